// Server-sent events by fetch(): EventSource could not send the token.
import {request} from "./api.js";

/** Cuts a stream's text into events. Use: for (const event of parser(text)) … with each piece that comes. */
export function eventParser() {
  let rest = "";
  return function* (text) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = {event: "message", data: "", id: null};
      for (const line of block.split("\n")) {
        const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
        if (name in event) event[name] = name === "data" && event.data ? `${event.data}\n${value}` : value;
      }
      if (event.data) yield event;
    }
  };
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function read(last, listener) {
  const answer = await request("/v1/events", last.id ? {headers: {"Last-Event-ID": last.id}} : {});
  listener.connected(true, last.id === null);
  const parse = eventParser();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece; !(piece = await reader.read()).done;) {
    for (const {event, data, id} of parse(piece.value)) {
      if (id) last.id = id;
      event === "reset" ? listener.reset() : listener.job(JSON.parse(data));
    }
  }
}

/** For ever: `listener.connected(yes, first)`, `.job(event)`, `.reset()`: events were missed. */
export async function watch(listener) {
  const last = {id: null};
  for (;;) {
    try {
      await read(last, listener);
    } catch { /* the server is away, or this page is too slow: it tries again */ }
    listener.connected(false, false);
    await wait(1500);
  }
}
