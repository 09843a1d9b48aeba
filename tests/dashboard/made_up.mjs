// Answers that stand for a busy service's.

export const now = 1_760_000_000;
const GiB = 2 ** 30;

export const health = {
  devices: [
    {name: "cpu:0", budget_bytes: 24 * GiB, used_bytes: 19.5 * GiB, model_bytes: 9.5 * GiB, data_bytes: 2 * GiB, intermediate_bytes: 8 * GiB,
     utilisation: .93, jobs: [1], power_watts: 312, temperature_celsius: 71},
  ],
  alarms: [{name: "waiting_too_long", subject: "queue", state: "firing", since: now - 600, value: 1800, limit: 900,
            advice: "Jobs wait 30 min: add a device, or let fewer jobs in."},
           {name: "memory_leak", subject: "cpu:0", state: "ok", since: now - 6000, value: 0, limit: 1}],
  waiting: 9990, running: 1,
};

const times = Array.from({length: 120}, (_, i) => now - 3600 + 30 * i);
export const history = {
  times,
  devices: {"cpu:0": {
    model_bytes: times.map((_, i) => i < 12 ? 0 : 9.5 * GiB),
    data_bytes: times.map((_, i) => (1.5 + Math.sin(i / 5)) * GiB),
    intermediate_bytes: times.map((_, i) => (4 + 4 * ((i * 7) % 11) / 11) * GiB),
    utilisation: times.map(() => .9)}},
  waiting: times.map((_, i) => 10_000 - i),
};

const stages = [["encode_text", 4], ["denoise", 62], ["decode", 18], ["encode_video", 6]];
export const gantt = {now, spans: Array.from({length: 38}, (_, job) => {
  let start = now - 3500 + job * 90;
  return stages.map(([stage, seconds]) => ({device: "cpu:0", job, stage, start, end: start += seconds, outcome: "done"}));
}).flat()};

/** Job `id` of `count`: the first is done, the last waits. */
const job = (id) => ({id, state: id < 9 ? "done" : id === 9 ? "running" : "waiting", kind: "clip", title: `Shot ${id}: a lighthouse in the storm, seen from a boat`, model: "wan-14b",
  size: "832x480", frames: 81, steps: 50, submitted: now - 9000 + id, attempts: 1, priority: 0,
  ...(id < 9 ? {seconds: 88} : id === 9 ? {progress: {device: "cpu:0", stage: "denoise", done: 21, total: 50}} : {waits_for: `cpu:0, in about ${id} min`})});

/** A page of 10,000 jobs, as GET /v1/queue gives it. */
export function queue(query, count = 10_000) {
  const limit = Number(query.get("limit") ?? 50), after = Number(query.get("after") ?? 0), down = query.get("order") === "desc";
  const ids = [];
  for (let id = down ? (after || count + 1) - 1 : after + 1; id >= 1 && id <= count && ids.length < limit; id += down ? -1 : 1) ids.push(id);
  const jobs = ids.map(job).filter(({state}) => !query.get("state") || state === query.get("state"));
  return {paused: false, devices: [{name: "cpu:0"}], counts: {waiting: count - 9, running: 1, done: 8, failed: 0, cancelled: 0, quarantined: 0}, jobs,
          has_more: down ? ids.at(-1) > 1 : ids.length > 0 && ids.at(-1) < count};
}
