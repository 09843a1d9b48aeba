// Finished clips as posters that play.
import {source} from "./api.js";
import {$, complain, make} from "./dom.js";
import {duration} from "./format.js";

const kStep = 12;
const pathOf = (job, variant = "") => `/v1/videos/${job.video}/content${variant && `?variant=${variant}`}`;

export class GalleryView {
  #shown = kStep;
  #nodes = new Map();
  #thumbnails = true;

  constructor(jobs) {
    this.jobs = jobs;
    $("#more").addEventListener("click", () => { this.#shown += kStep; this.render(); });
    $("#player").addEventListener("close", () => {
      const video = $("#player video");
      video.pause();
      video.removeAttribute("src");
      video.load();
    });
  }

  render() {
    const ids = this.jobs.ids("done").filter((id) => this.jobs.rows.get(id).video);
    const seen = ids.slice(0, this.#shown);
    $("#no-clips").hidden = ids.length > 0;
    $("#more").hidden = ids.length <= this.#shown;
    if (seen.join() === [...this.#nodes.keys()].join()) return;
    const before = this.#nodes;
    this.#nodes = new Map(seen.map((id) => [id, before.get(id) ?? this.#poster(this.jobs.rows.get(id))]));
    $("#posters").replaceChildren(...this.#nodes.values());
  }

  #poster(job) {
    const button = make("button", {type: "button", className: "poster", title: job.title},
                        make("span", {}, job.title));
    button.setAttribute("aria-label", `Play ${job.title}`);
    button.addEventListener("click", () => this.play(job));
    const item = make("li", {}, button);
    new IntersectionObserver(([seen], observer) => {
      if (!seen.isIntersecting) return;
      observer.disconnect();
      this.#fill(button, job).catch(() => { /* the clip is gone: its title stays */ });
    }).observe(item);
    return item;
  }

  /** Its still; where there is none, the clip's own first frame. */
  async #fill(button, job) {
    const clip = async () => button.prepend(make("video", {src: await source(pathOf(job)), preload: "metadata", muted: true, tabIndex: -1}));
    if (!this.#thumbnails) return clip();
    try {
      const still = make("img", {alt: "", decoding: "async", src: await source(pathOf(job, "thumbnail"))});
      await still.decode();
      button.prepend(still);
    } catch {
      this.#thumbnails = false;
      await clip();
    }
  }

  async play(job) {
    try {
      const url = await source(pathOf(job)), video = $("#player video");
      $("#player-title").textContent = job.title;
      $("#player-about").textContent = [`job ${job.id}`, job.model, job.size, `${job.frames} frames`, `made in ${duration(job.seconds ?? 0)}`].filter(Boolean).join(" · ");
      Object.assign($("#download"), {href: url, download: `${job.video}.mp4`});
      video.src = url;
      $("#player").showModal();
      await video.play();
    } catch (error) {
      if (error.name !== "AbortError") complain(error);
    }
  }
}
