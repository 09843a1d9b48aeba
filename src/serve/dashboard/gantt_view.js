// What ran where in the last hour.
import {$, make, say} from "./dom.js";
import {count, words} from "./format.js";

const kHour = 3600, kLane = 22, kGap = 6, kLabel = 74, kAxis = 20;
// Apart for colour-blind eyes, too (Okabe and Ito); stages beyond them share the last.
const kColours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8d93"];

/** Spans of a device that overlap lie in lanes of their own: [{span, lane}] and how many lanes there are. */
export function lanesOf(spans, now) {
  const ends = [];
  const placed = [...spans].sort((a, b) => a.start - b.start).map((span) => {
    const free = ends.findIndex((end) => end <= span.start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = span.end ?? now;
    return {span, lane};
  });
  return {placed, lanes: Math.max(1, ends.length)};
}

function grouped(spans) {
  const devices = new Map();
  for (const span of spans) devices.set(span.device, [...(devices.get(span.device) ?? []), span]);
  return [...devices].sort(([a], [b]) => a.localeCompare(b));
}

export class GanttView {
  #canvas = make("canvas");

  constructor() {
    $("#gantt-chart").append(this.#canvas);
    new ResizeObserver(() => this.#last && this.show(this.#last)).observe($("#gantt-chart"));
    this.#canvas.addEventListener("mousemove", (event) => this.#point(event));
  }
  #last = null;
  #boxes = [];

  show(gantt) {
    $("#gantt").hidden = gantt === null;
    if (gantt === null) return;
    this.#last = gantt;
    const stages = [...new Set(gantt.spans.map((span) => span.stage))];
    const colourOf = (stage) => kColours[Math.min(stages.indexOf(stage), kColours.length - 1)];
    say($("#gantt-said"), gantt.spans.length ? `${count(gantt.spans.length)} stages of ${count(new Set(gantt.spans.map((span) => span.job)).size)} jobs.` : "Nothing ran in the last hour.");
    this.#canvas.hidden = gantt.spans.length === 0;
    $("#gantt-key").replaceChildren(...stages.map((stage) => {
      const square = make("i");
      square.style.background = colourOf(stage);
      return make("li", {}, square, words(stage));
    }));
    this.#draw(gantt, colourOf);
  }

  #draw({now, spans}, colourOf) {
    const rows = grouped(spans).map(([device, all]) => ({device, ...lanesOf(all, now)}));
    const width = $("#gantt-chart").clientWidth, height = rows.reduce((sum, row) => sum + row.lanes * kLane + kGap, kAxis);
    const pen = this.#pen(width, height), begin = Math.min(...spans.map((span) => span.start), now - 60);
    const from = Math.max(now - kHour, begin), scale = (width - kLabel) / (now - from);
    const x = (time) => kLabel + Math.max(0, time - from) * scale;
    let y = 0;
    this.#boxes = [];
    for (const {device, placed, lanes} of rows) {
      pen.fillStyle = this.#quiet;
      pen.fillText(device, 0, y + kLane / 2 + 4, kLabel - 8);
      for (const {span, lane} of placed) {
        const box = [x(span.start), y + lane * kLane, Math.max(1, x(span.end ?? now) - x(span.start) - .5), kLane - 3];
        pen.fillStyle = colourOf(span.stage);
        pen.fillRect(...box);
        this.#boxes.push({box, span});
      }
      y += lanes * kLane + kGap;
    }
    this.#drawTimes(pen, now, from, x, height);
  }

  #drawTimes(pen, now, from, x, height) {
    const clock = new Intl.DateTimeFormat([], {hour: "2-digit", minute: "2-digit", hour12: false});
    pen.fillStyle = this.#quiet;
    for (let i = 0; i <= 3; ++i) {
      const time = from + (now - from) * i / 3;
      pen.textAlign = i === 3 ? "right" : i === 0 ? "left" : "center";
      pen.fillText(clock.format(time * 1000), x(time), height - 5);
    }
    pen.textAlign = "left";
  }

  get #quiet() { return getComputedStyle(document.documentElement).getPropertyValue("--quiet"); }

  #pen(width, height) {
    const sharp = window.devicePixelRatio;
    Object.assign(this.#canvas, {width: width * sharp, height: height * sharp});
    this.#canvas.style.height = `${height}px`;
    const pen = this.#canvas.getContext("2d");
    pen.scale(sharp, sharp);
    pen.font = "12px system-ui, sans-serif";
    return pen;
  }

  #point({offsetX, offsetY}) {
    const found = this.#boxes.find(({box: [x, y, w, h]}) => offsetX >= x && offsetX <= x + w && offsetY >= y && offsetY <= y + h);
    this.#canvas.title = found ? `job ${found.span.job}, ${words(found.span.stage)}${found.span.outcome ? `, ${found.span.outcome}` : ""}` : "";
  }
}
