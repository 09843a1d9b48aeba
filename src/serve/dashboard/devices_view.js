// Devices: memory by category now and over the last hour, what runs there.
import {$, make, say} from "./dom.js";
import {bytes, words} from "./format.js";

export const kCategories = ["model", "data", "intermediate"];

/** Series on top of each other, the lowest first; a gap (null) counts as nothing. */
export function stacked(series) {
  const sums = [];
  return series.map((values) => values.map((value, i) => sums[i] = (sums[i] ?? 0) + (value ?? 0)));
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** The categories as areas, the sum of all drawn first so that the lower ones lie on it. */
function chartOptions(width) {
  const axis = {stroke: colour("quiet"), grid: {stroke: colour("line"), width: 1}, ticks: {show: false}, font: "11px system-ui, sans-serif"};
  const clock = new Intl.DateTimeFormat([], {hour: "2-digit", minute: "2-digit", hour12: false});
  return {
    width, height: 150, legend: {show: false}, cursor: {show: false}, padding: [8, 8, 0, 0],
    scales: {y: {range: (_, __, most) => [0, Math.max(most * 1.1, 1)]}},
    axes: [{...axis, space: 60, values: (_, ticks) => ticks.map((tick) => clock.format(tick * 1000))},
           {...axis, size: 62, incrs: Array.from({length: 44}, (_, i) => 2 ** i), values: (_, ticks) => ticks.map(bytes)}],
    series: [{}, ...[...kCategories].reverse().map((name) => ({stroke: colour(name), fill: colour(name), width: 0, points: {show: false}}))],
  };
}

class Device {
  constructor(name) {
    this.name = make("h3", {}, name);
    this.state = make("span", {className: "quiet"});
    this.bar = make("div", {className: "memory"}, ...kCategories.map((each) => make("i", {className: each})));
    this.key = make("ul", {className: "key"});
    this.jobs = make("p", {className: "quiet"});
    this.chart = make("div", {className: "chart", hidden: true, attributes: {role: "img", "aria-label": `Memory of ${name} over the last hour`}});
    this.node = make("div", {className: "device"}, make("div", {className: "device-head"}, this.name, this.state), this.bar, this.key, this.jobs, this.chart);
  }

  show(health, running) {
    this.#showMemory(health);
    const about = [];
    if (health.trouble) about.push(health.trouble);
    if (health.utilisation !== undefined) about.push(`${Math.round(health.utilisation * 100)} % busy`);
    if (health.power_watts !== undefined) about.push(`${Math.round(health.power_watts)} W`);
    if (health.temperature_celsius !== undefined) about.push(`${Math.round(health.temperature_celsius)} °C`);
    say(this.state, about.join(" · "));
    this.state.classList.toggle("bad", Boolean(health.trouble));
    say(this.jobs, running.map((job) => `job ${job.id}: ${words(job.progress?.stage ?? "starting")}${job.progress?.total ? ` ${job.progress.done}/${job.progress.total}` : ""}`).join(" · ") || "idle");
  }

  #showMemory(health) {
    const budget = health.budget_bytes;
    this.bar.hidden = this.key.hidden = !budget;
    if (!budget) return;
    kCategories.forEach((name, i) => { this.bar.children[i].style.width = `${100 * (health[`${name}_bytes`] ?? 0) / budget}%`; });
    this.key.replaceChildren(
      ...kCategories.map((name) => make("li", {}, make("i", {className: name}), `${name} ${bytes(health[`${name}_bytes`] ?? 0)}`)),
      make("li", {}, `${bytes(health.used_bytes ?? 0)} of ${bytes(budget)}`));
  }

  showHistory(times, series) {
    const sums = stacked(kCategories.map((name) => series[`${name}_bytes`] ?? []));
    this.chart.hidden = times.length < 2;
    if (this.chart.hidden) return;
    this.plot?.destroy();
    this.plot = new window.uPlot(chartOptions(this.chart.clientWidth), [times, ...sums.reverse()], this.chart);
  }
}

export class DevicesView {
  #devices = new Map();

  /** `health`: /v1/health; null: only what the queue tells of devices. */
  show(jobs, health) {
    const told = new Map((health?.devices ?? []).map((each) => [each.name, each]));
    const running = jobs.ids("running").map((id) => jobs.rows.get(id));
    for (const device of jobs.devices.length ? jobs.devices : [...told.values()]) {
      if (!this.#devices.has(device.name)) {
        this.#devices.set(device.name, new Device(device.name));
        $("#device-list").append(this.#devices.get(device.name).node);
      }
      this.#devices.get(device.name).show({...told.get(device.name), ...device}, running.filter((job) => job.progress?.device === device.name));
    }
  }

  showHistory(history) {
    this.history = history;
    for (const [name, series] of Object.entries(history?.devices ?? {})) this.#devices.get(name)?.showHistory(history.times, series);
  }
}
