// Numbers as people read them.

/** 1536 → "1.5 KiB". */
export function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) count /= 1024, ++unit;
  return `${count >= 100 || unit === 0 ? Math.round(count) : count.toFixed(1)} ${units[unit]}`;
}

/** Seconds: 3.2 → "3.2 s", 125 → "2 min 5 s", 7300 → "2 h 2 min". */
export function duration(seconds) {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
}

/** 10000 → "10,000". */
export const count = (number) => Number(number).toLocaleString("en");

/** "encode_text" → "encode text". */
export const words = (name) => name.replaceAll("_", " ");
