// The queue as a list: what each job does or waits for, and what one may do about it.
import {post} from "./api.js";
import {$, complain, make, say} from "./dom.js";
import {count, duration, words} from "./format.js";
import {kStates} from "./jobs.js";
import {VirtualList} from "./virtual_list.js";

const kLine = 64, kLineOfNarrow = 100;  // pixels, as style.css has them
const narrow = () => matchMedia("(max-width: 900px)");
const kGlyphs = {waiting: "○", running: "◐", done: "✓", failed: "✕", cancelled: "–", quarantined: "!"};

/** The actions that a job's state allows. */
export function actionsFor(job) {
  if (job.state === "waiting") return job.paused ? ["resume", "cancel"] : ["pause", "cancel"];
  if (job.state === "running") return ["cancel"];
  if (job.state === "done") return job.video ? ["play"] : [];
  return ["retry"];
}

/** One line on how it stands. */
export function standing(job) {
  const about = [job.size, job.model].filter(Boolean).join(", ");
  const paused = job.waits_for?.match(/^clipmill resume[^:]*: (.*)/);  // said for the command line: here are buttons
  if (job.state === "waiting" && paused) return `waits: ${paused[1]}`;
  if (job.state === "waiting") return job.waits_for ? `waits for ${job.waits_for}` : "waits";
  if (job.state === "running") {
    const {stage = "starting", done, total, device} = job.progress ?? {};
    return [words(stage) + (total > 0 ? ` ${done}/${total}` : ""), device].filter(Boolean).join(" on ");
  }
  if (job.state === "done") return `done in ${duration(job.seconds ?? 0)}${about && ` · ${about}`}`;
  return [job.state, job.failure?.message].filter(Boolean).join(": ");
}

export class QueueView {
  #filter = "";

  constructor(jobs, play) {
    Object.assign(this, {jobs, play});
    this.list = new VirtualList($("#rows"), narrow().matches ? kLineOfNarrow : kLine, (id, node) => this.#draw(id, node));
    this.#makeFilters();
    narrow().addEventListener("change", ({matches}) => { this.list.line = matches ? kLineOfNarrow : kLine; this.render(); });
    this.list.box.addEventListener("click", (event) => this.#onClick(event));
    this.list.box.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get filter() { return this.#filter; }

  #makeFilters() {
    for (const state of ["", ...kStates]) {
      const button = make("button", {type: "button", dataset: {state}});
      button.addEventListener("click", () => { this.#filter = state; this.list.box.scrollTop = 0; this.render(); this.onFilter?.(); });
      $("#filters").append(button);
    }
  }

  render() {
    const {counts} = this.jobs;
    const all = kStates.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
    for (const button of $("#filters").children) {
      const {state} = button.dataset, number = state ? counts[state] ?? 0 : all;
      say(button, `${state || "all"} ${count(number)}`);
      button.setAttribute("aria-pressed", state === this.#filter);
      button.hidden = state !== "" && number === 0 && state !== this.#filter;
    }
    this.list.ids = this.jobs.ids(this.#filter);
    $("#no-jobs").hidden = this.list.ids.length > 0;
    this.list.box.hidden = this.list.ids.length === 0;
  }

  #draw(id, node) {
    const job = this.jobs.rows.get(id);
    node ??= make("div", {tabIndex: -1, dataset: {id}, attributes: {role: "listitem"}},
      make("span", {className: "glyph", ariaHidden: "true"}),
      make("div", {}, make("b", {}, make("i", {}, String(id)), make("span")), make("small", {}, make("progress", {hidden: true}), make("span"))),
      make("div", {className: "actions"}));
    node.className = `row ${job.state}`;
    const [glyph, about, actions] = node.children, [title, small] = about.children;
    say(glyph, kGlyphs[job.state]);
    say(title.children[1], job.title);
    title.title = job.title;
    this.#drawProgress(small, job);
    this.#drawActions(actions, job);
    return node;
  }

  #drawProgress(small, job) {
    const [bar, text] = small.children, {done, total} = job.progress ?? {};
    bar.hidden = !(job.state === "running" && total > 0);
    if (!bar.hidden) Object.assign(bar, {max: total, value: done, ariaLabel: "steps done"});
    say(text, standing(job));
    text.title = job.failure?.hint ?? "";
  }

  #drawActions(box, job) {
    const wanted = actionsFor(job);
    if ([...box.children].map((each) => each.dataset.action).join() === wanted.join()) return;
    box.replaceChildren(...wanted.map((action) => make("button", {type: "button", dataset: {action},
      attributes: {"aria-label": `${action} job ${job.id}`}, tabIndex: -1}, action[0].toUpperCase() + action.slice(1))));
  }

  #onClick(event) {
    const row = event.target.closest(".row"), {action} = event.target.dataset;
    if (!row) return;
    if (action) this.#act(Number(row.dataset.id), action);
    else row.focus();
  }

  #onKey(event) {
    const id = Number(document.activeElement.closest(".row")?.dataset.id), at = this.list.ids.indexOf(id);
    const page = Math.floor(this.list.box.clientHeight / this.list.line);
    const moves = {ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: Infinity};
    const keys = {Enter: ["play"], c: ["cancel"], r: ["retry"], p: ["pause", "resume"]};
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.dataset.action) return;
    if (event.key in moves) {
      this.list.focus(Math.max(0, Math.min(this.list.ids.length - 1, moves[event.key])));
    } else if (event.key in keys && at >= 0) {
      const action = actionsFor(this.jobs.rows.get(id)).find((each) => keys[event.key].includes(each));
      if (action) this.#act(id, action);
    } else {
      return;
    }
    event.preventDefault();
  }

  async #act(id, action) {
    if (action === "play") return this.play(this.jobs.rows.get(id));
    try {
      const {errors} = await post(`/v1/queue/jobs/${action}`, {ids: [id]});
      if (errors.length > 0) complain(errors[0]);
      await this.jobs.refresh([id], "");
    } catch (error) {
      complain(error);
    }
  }
}
