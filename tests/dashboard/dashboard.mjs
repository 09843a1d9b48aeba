// The dashboard in Chromium, against a daemon with the shipped model: submit, watch it finish, play it, cancel one, see an
// alarm; by keyboard, at 390 px, in the dark, with 10,000 jobs, with a token.
// Usage: node dashboard.mjs SOURCE BUILD [FOLDER for screenshots]
import assert from "node:assert/strict";
import {join, resolve} from "node:path";
import {chromium} from "playwright-core";
import {startDaemon} from "./daemon.mjs";
import * as madeUp from "./made_up.mjs";

const [source, build] = process.argv.slice(2, 4).map((path) => resolve(path)), shots = process.argv[4];
const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"]});

/** A page that may ask nobody else, and in which no script fails. */
async function open(url, options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
  const page = await context.newPage();
  page.on("request", (request) => assert.match(request.url(), new RegExp(`^(blob:|data:|${url}/)`), "another host is asked"));
  page.on("pageerror", (error) => { throw error; });
  page.on("console", (message) => { if (/Content.Security.Policy/i.test(message.text())) throw new Error(message.text()); });
  return page;
}

const shoot = async (page, name) => shots && page.screenshot({path: join(shots, `${name}.png`), fullPage: true});
const answer = (page, path, body) => page.route(`**${path}**`, (route) => route.fulfill({json: typeof body === "function" ? body(new URL(route.request().url()).searchParams) : body}));

async function makeClip(page, prompt, seed) {
  await page.fill("#prompt", prompt);
  await page.fill("[name=size]", "64x64");
  await page.fill("[name=num_frames]", "17");
  await page.fill("[name=num_inference_steps]", "4");
  await page.fill("[name=seed]", String(seed));
  await page.click("#prompt-form .primary");
  await page.getByText(/Job \d+ is in the queue/).waitFor();
}

async function plays(page) {
  await page.click(".poster");
  await page.waitForFunction(() => document.querySelector("#player video").currentTime > 0);
  assert.match(await page.textContent("#player-about"), /shapes/);
  await shoot(page, "player");
  await page.click("#player .primary");
  await page.waitForFunction(() => !document.querySelector("#player").open);
}

async function submitWatchPlay({url}) {
  const page = await open(url);
  await page.goto(url);
  await page.locator("#live.on").waitFor();
  await page.locator("#no-jobs").waitFor();
  await makeClip(page, "a red circle moves right", 1);
  await page.locator(".row.done", {hasText: "a red circle moves right"}).waitFor();
  await page.locator(".poster img, .poster video").first().waitFor();
  await plays(page);
  await page.focus(".row.done");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#player").open);
  await page.keyboard.press("Escape");
  await page.fill("#prompt", "a red circle");
  await page.fill("[name=size]", "65x64");
  await page.click("#prompt-form .primary");
  await page.locator("#prompt-said.bad").waitFor();
  return page;
}

/** By keyboard alone, from the queue's top. */
async function cancelAndRetry(page) {
  await page.click("#pause");
  await page.getByRole("button", {name: "Resume queue"}).waitFor();
  await makeClip(page, "a blue square moves left", 2);
  const row = page.locator(".row", {hasText: "a blue square moves left"});
  await row.getByText(/queue is paused/).waitFor();
  await page.focus("#rows");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("c");
  await page.locator(".row.cancelled", {hasText: "a blue square"}).waitFor();
  await page.keyboard.press("r");
  await page.locator(".row.waiting", {hasText: "a blue square"}).waitFor();
  await shoot(page, "light");
  await row.getByRole("button", {name: /cancel/}).click();
  await page.locator(".row.cancelled", {hasText: "a blue square"}).waitFor();
  await page.click("#pause");
  await page.getByRole("button", {name: "Pause queue"}).waitFor();
}

async function busy(url, options) {
  const page = await open(url, options);
  await page.clock.setFixedTime(madeUp.now * 1000);
  for (const name of ["health", "history", "gantt"]) await answer(page, `/v1/${name}`, madeUp[name]);
  await answer(page, "/v1/queue?", madeUp.queue);
  await page.goto(url);
  await page.locator("#alarms").getByText("add a device").waitFor();
  await page.locator(".chart canvas").waitFor();
  await page.locator("#gantt canvas").waitFor();
  await page.locator("#summary", {hasText: "9,991 waiting"}).waitFor();
  return page;
}

async function tenThousand({url}) {
  const page = await busy(url);
  assert.equal(await page.locator("#alarm-list li").count(), 1, "an alarm that is over");
  await page.waitForFunction(() => document.querySelector("#rows").scrollHeight >= 640_000);
  assert.ok(await page.locator(".row").count() < 40, "more lines than are seen");
  await page.focus("#rows");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.activeElement.dataset.id === "1");
  assert.ok(await page.locator(".row").count() < 40);
  await page.getByRole("button", {name: /^running/}).click();
  await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
  await page.getByText("denoise 21/50").first().waitFor();
  await page.getByRole("button", {name: /^all/}).click();
  await page.keyboard.press("Home");
  await shoot(page, "busy-light");
}

async function narrowAndDark({url}) {
  for (const colorScheme of ["light", "dark"]) {
    const page = await busy(url, {viewport: {width: 390, height: 844}, colorScheme});
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, "wider than the screen");
    await shoot(page, `narrow-${colorScheme}`);
  }
  await shoot(await busy(url, {colorScheme: "dark"}), "busy-dark");
}

async function withToken() {
  const daemon = await startDaemon(source, build, "the-test-s-token");
  try {
    const page = await open(daemon.url);
    await page.goto(daemon.url);
    await page.fill("#token", "guessed");
    await page.keyboard.press("Enter");
    await page.getByText("does not know this token").waitFor();
    await shoot(page, "token");
    await page.fill("#token", "the-test-s-token");
    await page.keyboard.press("Enter");
    await page.locator("#live.on").waitFor();
    await makeClip(page, "a red circle moves right", 1);
    await page.locator(".row.done").waitFor();
    await page.locator(".poster img, .poster video").first().waitFor();
    await plays(page);
  } finally {
    await daemon.end();
  }
}

const daemon = await startDaemon(source, build);
try {
  const page = await submitWatchPlay(daemon);
  await cancelAndRetry(page);
  await tenThousand(daemon);
  await narrowAndDark(daemon);
  await withToken();
  console.log("the dashboard: all well");
} finally {
  await browser.close();
  await daemon.end();
}
