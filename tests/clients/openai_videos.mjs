// OpenAI's Node client against a daemon's video API: create, poll, list, download, remix, delete, a refusal.
// Usage: node openai_videos.mjs BASE_URL TOKEN
import assert from "node:assert/strict";
import OpenAI from "openai";
import { VERSION } from "openai/version";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const small = { model: "shapes", size: "64x64", num_frames: 9, num_inference_steps: 8, seed: 7 };

async function finished(video) {
  while (["queued", "in_progress"].includes(video.status)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    video = await client.videos.retrieve(video.id);
  }
  return video;
}

async function download(id, variant) {
  const answer = await client.videos.downloadContent(id, { variant });
  return Buffer.from(await answer.arrayBuffer());
}

const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.deepEqual(models, ["shapes"]);

const video = await finished(await client.videos.create({ ...small, prompt: "a red circle moving left on a black background" }));
assert.equal(video.status, "completed");
assert.equal(video.progress, 100);
assert.ok(video.completed_at >= video.created_at);
assert.ok(video.stage_durations.denoise > 0);
assert.ok(video.peak_memory_mb > 0);

assert.equal((await download(video.id, "video")).toString("latin1", 4, 8), "ftyp");
assert.equal((await download(video.id, "thumbnail")).readUInt16BE(0), 0xffd8, "a JPEG");
assert.equal((await download(video.id, "spritesheet")).toString("latin1", 1, 4), "PNG");

const remix = await finished(await client.videos.remix(video.id, { prompt: "a blue square growing on a white background" }));
assert.equal(remix.remixed_from_video_id, video.id);

const listed = [];
for await (const each of client.videos.list({ limit: 1, order: "asc" })) listed.push(each.id);
assert.deepEqual(listed, [video.id, remix.id]);

await assert.rejects(client.videos.create({ ...small, prompt: "x", size: "large" }), OpenAI.BadRequestError);
await assert.rejects(client.videos.retrieve("video_999"), OpenAI.NotFoundError);
for (const id of listed) assert.equal((await client.videos.delete(id)).deleted, true);
await assert.rejects(client.videos.retrieve(video.id), OpenAI.NotFoundError);
console.log(`openai (Node) ${VERSION}: create, poll, list, download, thumbnail, spritesheet, remix, delete, refusals`);
