// Opens the page of a running node in Chromium, light and dark, narrow and wide, looks for what is wrong, and takes
// pictures for people to look at. Not a part of `make check`: it needs a browser. Anywhere outside the sources:
//
//   apt-get install chromium; npm install playwright-core axe-core
//   NODE_PATH=$PWD/node_modules node .../tests/browser/page.mjs http://127.0.0.1:PORT FOLDER
//
// PORT is page_port of a node; one with an open contract shows most. CHROMIUM names another program than
// /usr/bin/chromium. It fails when axe-core finds a violation, the page is wider than the screen, the console has an
// error, something is blocked by the page's own policy, or the keyboard does not reach what it should.
import {createRequire} from "node:module";
import {mkdirSync, readFileSync} from "node:fs";
import {join} from "node:path";

const require = createRequire(join(process.env.NODE_PATH ?? process.cwd(), "x.js"));
const {chromium} = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [url, folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: page.mjs URL FOLDER");
  process.exit(2);
}
mkdirSync(folder, {recursive: true});

const faults = [];
function check(good, what) {
  if (!good) faults.push(what);
}

// What a node with a market says of its jobs, as docs/rpc.md has it: shown whatever the node at URL has.
const running = {job: "5d1f".repeat(16), state: "running", end: "none", items: 64, done: 16, parts: 4, created: 120, ended: 0, spent: 1200000,
  promised: 3600000, fees: 5400, gained: 0};
const attempts = [0, 16, 32, 48].map((first, index) => ({attempt: index + 1, first, items: 16, channel: `job 5d1f5d1f5d1f5d1f ${index + 1}`,
  phase: index === 0 ? "over" : "compute", over: index === 0, blocks_left: 12 - index, cost: 1200000}));
const JOBS = {"job.list": {jobs: [{...running, job: "07ab".repeat(16), state: "ended", end: "done", done: 64, spent: 4800000, promised: 0}, running], next: null},
  "job.show": {...running, attempts, hindrance: "no worker has answered yet"}};

async function withJobs(page) {
  await page.route("**/rpc/rpc.help*", async (route) => {
    const help = await (await route.fetch()).json();
    await route.fulfill({json: {...help, methods: [...help.methods, {name: "job.list"}]}});
  });
  for (const [method, told] of Object.entries(JOBS)) await page.route(`**/rpc/${method}*`, (route) => route.fulfill({json: told}));
}

async function open(browser, colorScheme, width) {
  const context = await browser.newContext({colorScheme, viewport: {width, height: 900}, reducedMotion: "reduce", bypassCSP: false});
  const page = await context.newPage();
  const where = `${colorScheme} ${width}`;
  page.on("console", (message) => message.type() === "error" && faults.push(`${where}: console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`${where}: ${error}`));
  page.on("request", (request) => {
    const to = new URL(request.url());
    check(to.protocol === "data:" || to.origin === new URL(url).origin, `${where}: asks ${request.url()}`);
  });
  await withJobs(page);
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById("live").textContent === "live");
  await page.waitForFunction(() => !document.getElementById("contracts").textContent.includes("…"));
  await page.waitForSelector("#jobs article");
  return {context, page, where};
}

async function look(browser, colorScheme, width) {
  const {context, page, where} = await open(browser, colorScheme, width);
  const shot = (name) => page.screenshot({path: join(folder, `${colorScheme}-${width}-${name}.png`), fullPage: true, scale: "css"});
  await shot("closed");
  const summaries = await page.locator("#contracts article summary").count();
  if (summaries > 0) {
    await page.locator("#contracts article summary").first().click();
    await page.waitForSelector("article details[open] h4");
    await page.locator("#contracts article details[open] img").first().scrollIntoViewIfNeeded({timeout: 2000}).catch(() => {});
    await page.locator("#jobs summary").first().click();
    await page.waitForTimeout(500);
    await shot("open");
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(overflow <= 0, `${where}: ${overflow} pixels wider than the screen`);
  const moving = await page.evaluate(() => document.getAnimations().length);
  check(moving === 0, `${where}: moves though the reader wants none of that`);
  // The page's policy lets no other script in, so axe-core runs in a world of its own.
  const client = await context.newCDPSession(page);
  const {frameTree} = await client.send("Page.getFrameTree");
  const {executionContextId} = await client.send("Page.createIsolatedWorld", {frameId: frameTree.frame.id});
  const run = await client.send("Runtime.evaluate", {contextId: executionContextId, awaitPromise: true, returnByValue: true,
    expression: `${axe}; axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map((it) => it.id + ": " + it.help + " at " + it.nodes.map((node) => node.target.join(" ") + " (" + node.failureSummary.replace(/\\s+/g, " ") + ")").join(", ")))`});
  check(Array.isArray(run.result.value), `${where}: axe-core did not run: ${JSON.stringify(run)}`);
  for (const violation of run.result.value ?? []) faults.push(`${where}: axe: ${violation}`);
  await context.close();
}

async function keyboard(browser) {
  const {context, page} = await open(browser, "light", 1280);
  await page.keyboard.press("Tab");
  check(await page.evaluate(() => document.activeElement.className) === "skip", "the first stop of Tab is not the skip link");
  await page.keyboard.press("Enter");
  check(await page.evaluate(() => document.activeElement.id) === "contracts-title", "the skip link does not lead to the contracts");
  if (await page.locator("#contracts article summary").count() > 0) {
    await page.keyboard.press("Tab");
    check(await page.evaluate(() => document.activeElement.tagName) === "SUMMARY", "Tab does not reach a contract");
    await page.keyboard.press("Enter");
    await page.waitForSelector("article details[open] h4");
    check(await page.evaluate(() => document.activeElement.tagName) === "SUMMARY", "the focus is lost when a contract opens");
    await page.waitForTimeout(2500); // it is drawn anew meanwhile
    check(await page.locator("#contracts article details[open]").count() === 1, "what was opened does not stay open");
  }
  await context.close();
}

async function policy(browser) {
  const {context, page} = await open(browser, "light", 1280);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.intruder = true";
    document.body.append(script);
    return window.intruder === true;
  });
  check(!ran, "a script that is not the page's own runs");
  faults.splice(0, faults.length, ...faults.filter((fault) => !/Executing inline script|Refused to execute inline/.test(fault)));
  await context.close();
}

const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]});
try {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [320, 1280]) await look(browser, colorScheme, width);
  }
  await keyboard(browser);
  await policy(browser);
} finally {
  await browser.close();
}
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults; pictures are in ${folder}`);
process.exit(faults.length > 0 ? 1 : 0);
