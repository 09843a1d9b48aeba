// The page: what is read when, and who shows it.
import {showAlarms} from "./alarms_view.js";
import {getIfThere, post} from "./api.js";
import {DevicesView} from "./devices_view.js";
import {$, complain, say} from "./dom.js";
import {watch} from "./events.js";
import {count} from "./format.js";
import {GalleryView} from "./gallery_view.js";
import {GanttView} from "./gantt_view.js";
import {Jobs} from "./jobs.js";
import {QueueView} from "./queue_view.js";
import {prepareForms} from "./submit_view.js";

const jobs = new Jobs(), gallery = new GalleryView(jobs), devices = new DevicesView(), gantt = new GanttView();
const queue = new QueueView(jobs, (job) => gallery.play(job));
let health = null;

/** Calls come as often as they like; `work` runs at most once in `pause` milliseconds, and after the last call. */
function paced(pause, work) {
  let planned = false, busy = false;
  return async function call() {
    if (planned) return;
    planned = true;
    if (busy) return;
    busy = true;
    while (planned) {
      planned = false;
      await work();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    busy = false;
  };
}

/** The server may be away for a while: the next call sees to it. */
const quietly = (work) => async () => { try { await work(); } catch (error) { if (error.status) complain(error); } };

const render = paced(100, async () => {
  const {waiting = 0, running = 0, done = 0} = jobs.counts;
  say($("#summary"), `${count(running)} running · ${count(waiting)} waiting · ${count(done)} done${jobs.paused ? " · paused" : ""}`);
  say($("#pause"), jobs.paused ? "Resume queue" : "Pause queue");
  $("#pause").hidden = false;
  queue.render();
  gallery.render();
  devices.show(jobs, health);
});

const refresh = paced(400, quietly(async () => {
  await jobs.loadNew();
  await jobs.refresh(queue.list.seen, queue.filter);
}));
const load = paced(1000, quietly(() => jobs.load()));

/** Every so many seconds while the page is seen, until the server turns out not to have it. */
async function poll(seconds, path, show) {
  for (;;) {
    if (!document.hidden) {
      try {
        const answer = await getIfThere(path);
        show(answer);
        if (answer === null) return;
      } catch { /* away */ }
    }
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

jobs.addEventListener("change", render);
queue.onFilter = refresh;
queue.list.box.addEventListener("scrollend", refresh);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { devices.showHistory(devices.history); });
addEventListener("resize", paced(300, async () => devices.showHistory(devices.history)));
$("#pause").addEventListener("click", quietly(async () => {
  await post(`/v1/queue/${jobs.paused ? "resume" : "pause"}`, {});
  await jobs.refresh(queue.list.seen, queue.filter);
}));

prepareForms().catch(complain);
watch({
  connected(yes) {
    $("#live").classList.toggle("on", yes);
    say($("#live"), yes ? "live" : "offline");
    if (yes) load();
  },
  reset: load,
  job(event) { if (jobs.apply(event)) refresh(); },
});
setInterval(() => { if (!document.hidden) refresh(); }, 5000);
poll(2, "/v1/health", (answer) => { health = answer; showAlarms(answer?.alarms ?? []); devices.show(jobs, health); });
poll(15, "/v1/history?seconds=3600", (answer) => devices.showHistory(answer));
poll(15, "/v1/gantt?seconds=3600", (answer) => gantt.show(answer));
