// All jobs that the page knows, the newest first. Rows come in pages; events change them.
import {get} from "./api.js";

const kPage = 1000;
export const kStates = ["waiting", "running", "done", "failed", "cancelled", "quarantined"];

export class Jobs extends EventTarget {
  rows = new Map();
  counts = {};
  paused = false;
  devices = [];

  #tell = () => this.dispatchEvent(new Event("change"));

  #take(page) {
    for (const job of page.jobs) this.rows.set(job.id, job);
    ({counts: this.counts, paused: this.paused, devices: this.devices} = page);
    this.#tell();
    return page;
  }

  #page = async (query) => this.#take(await get(`/v1/queue?${new URLSearchParams(query)}`));

  /** Anew, the newest first; the page can be used while older ones still come. */
  async load() {
    const known = new Set();
    let after = 0, page;
    do {
      page = await this.#page({order: "desc", limit: kPage, after});
      for (const job of page.jobs) known.add(after = job.id);
    } while (page.has_more);
    for (const id of this.rows.keys()) if (!known.has(id) && id <= Math.max(0, ...known)) this.rows.delete(id);
    this.#tell();
  }

  /** Those that came since, all at once. */
  async loadNew() {
    let page;
    do page = await this.#page({limit: kPage, after: Math.max(0, ...this.rows.keys())});
    while (page.has_more);
  }

  /** Rows as the server has them now: what they wait for, how they failed. `ids`: neighbours in the list of `state`. */
  async refresh(ids, state) {
    if (ids.length === 0) return this.#page({limit: 1});
    const page = await this.#page({order: "desc", limit: ids.length, after: ids[0] + 1, ...(state ? {state} : {})});
    const found = new Set(page.jobs.map((job) => job.id));
    if (!state) for (const id of ids) if (!found.has(id) && id > page.jobs.at(-1)?.id) this.rows.delete(id);
  }

  /** True where the row itself should be read again. */
  apply({id, state, stage, done = 0, total = 0}) {
    const job = this.rows.get(id);
    if (state === "removed") return this.rows.delete(id), true;
    if (!job) return true;
    const turned = job.state !== state || state === "waiting";
    if (job.state !== state) --this.counts[job.state], ++this.counts[state];
    job.state = state;
    if (state !== "waiting") delete job.waits_for;
    if (state !== "running") delete job.progress;
    else job.progress = {device: job.progress?.device, stage: stage ?? "starting", done, total};
    this.#tell();
    return turned;
  }

  /** Numbers of those in `state` (all: ""), the newest first. */
  ids(state) {
    const ids = [];
    for (const [id, job] of this.rows) if (!state || job.state === state) ids.push(id);
    return ids.sort((a, b) => b - a);
  }
}
