// The dashboard's pure functions, by Node alone: node --test tests/dashboard/parts.test.mjs
import assert from "node:assert/strict";
import test from "node:test";

globalThis.document = {querySelector: () => null};
globalThis.sessionStorage = {getItem: () => null};
const from = (file) => import(`../../src/serve/dashboard/${file}.js`);
const {eventParser} = await from("events");
const {linesToDraw} = await from("virtual_list");
const {bytes, duration} = await from("format");
const {lanesOf} = await from("gantt_view");
const {stacked} = await from("devices_view");
const {actionsFor, standing} = await from("queue_view");
const {filled, saidOf} = await from("submit_view");
const {Jobs} = await from("jobs");

test("events come whole, however the stream is cut", () => {
  const stream = "retry: 2000\n\nid: 7\nevent: job\ndata: {\"id\":1}\n\n:\n\nevent: reset\ndata: {}\n\n";
  for (let size = 1; size <= stream.length; ++size) {
    const parse = eventParser(), events = [];
    for (let i = 0; i < stream.length; i += size) events.push(...parse(stream.slice(i, i + size)));
    assert.deepEqual(events, [{event: "job", data: "{\"id\":1}", id: "7"}, {event: "reset", data: "{}", id: null}]);
  }
});

test("only what is seen is drawn", () => {
  assert.deepEqual(linesToDraw(0, 640, 64, 10000), [0, 14]);
  assert.deepEqual(linesToDraw(64000, 640, 64, 10000), [996, 1014]);
  assert.deepEqual(linesToDraw(64000, 640, 64, 5), [1, 5], "the list became short");
  assert.deepEqual(linesToDraw(0, 640, 64, 0), [0, 0]);
});

test("numbers read well", () => {
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(1536), "1.5 KiB");
  assert.equal(bytes(6 * 2 ** 30), "6.0 GiB");
  assert.equal(duration(3.25), "3.3 s");
  assert.equal(duration(125), "2 min 5 s");
  assert.equal(duration(7322), "2 h 2 min");
});

test("spans that overlap lie in lanes", () => {
  const span = (start, end) => ({device: "cpu:0", start, end});
  const {placed, lanes} = lanesOf([span(5, null), span(0, 4), span(3, 6)], 10);
  assert.equal(lanes, 2);
  assert.deepEqual(placed.map(({span: {start}, lane}) => [start, lane]), [[0, 0], [3, 1], [5, 0]]);
});

test("categories lie on top of each other", () => {
  assert.deepEqual(stacked([[1, 2], [10, null], [100, 200]]), [[1, 2], [11, 2], [111, 202]]);
});

test("who is paused waits for no command", () => {
  assert.equal(standing({state: "waiting", waits_for: "clipmill resume 7: it is paused"}), "waits: it is paused");
  assert.equal(standing({state: "waiting", waits_for: "cpu:0, in about 3 s"}), "waits for cpu:0, in about 3 s");
});

test("a job offers what its state allows", () => {
  assert.deepEqual(actionsFor({state: "waiting"}), ["pause", "cancel"]);
  assert.deepEqual(actionsFor({state: "waiting", paused: true}), ["resume", "cancel"]);
  assert.deepEqual(actionsFor({state: "done"}), []);
  assert.deepEqual(actionsFor({state: "done", video: "video_1"}), ["play"]);
  assert.deepEqual(actionsFor({state: "quarantined"}), ["retry"]);
  assert.equal(standing({state: "waiting", waits_for: "cpu:0, in about 3 s"}), "waits for cpu:0, in about 3 s");
  assert.equal(standing({state: "running", progress: {device: "cpu:0", stage: "encode_text", done: 0, total: 0}}), "encode text on cpu:0");
  assert.equal(standing({state: "failed", failure: {message: "no room"}}), "failed: no room");
});

test("a form sends what was filled in, and says where a manifest is wrong", () => {
  assert.deepEqual(filled([["prompt", " a "], ["seed", ""]]), {prompt: "a"});
  assert.equal(saidOf({message: "no", details: [{line: 3, message: "size"}, {message: "x"}]}), "no\nline 3: size\nx");
});

test("events change jobs and their counts", () => {
  const jobs = new Jobs();
  jobs.rows.set(1, {id: 1, state: "waiting", waits_for: "x"});
  jobs.counts = {waiting: 1, running: 0, done: 0};
  assert.equal(jobs.apply({id: 1, state: "running", stage: "denoise", done: 1, total: 8}), true);
  assert.equal(jobs.apply({id: 1, state: "running", stage: "denoise", done: 2, total: 8}), false);
  assert.deepEqual(jobs.rows.get(1), {id: 1, state: "running", progress: {device: undefined, stage: "denoise", done: 2, total: 8}});
  assert.deepEqual(jobs.counts, {waiting: 0, running: 1, done: 0});
  assert.equal(jobs.apply({id: 9, state: "waiting"}), true, "a job that the page does not know");
  assert.equal(jobs.apply({id: 1, state: "removed"}), true);
  assert.deepEqual(jobs.ids(""), []);
});
