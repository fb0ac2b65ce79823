import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chromiumLaunchOptions } from '../../scripts/binaries.mjs';
import type { Counts } from './tabs/page.js';
import { startSource } from './tabs/source.js';

/** Ms of each run; more for a long one: `TABS_TIME=60000`. */
const TIME = Number(process.env['TABS_TIME'] ?? 6_000);

let source: Awaited<ReturnType<typeof startSource>>;
let context: BrowserContext;
let pages: Page[];
/** The process that the last tab runs in. */
let frozen: number;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const renderers = async () => {
  const session = await context.browser()?.newBrowserCDPSession();
  const { processInfo } = (await session?.send('SystemInfo.getProcessInfo')) ?? { processInfo: [] };
  await session?.detach();
  return processInfo.filter(({ type }) => type === 'renderer');
};

/** The process that is busy while the page is: a browser keeps processes ready that no page runs in. */
async function processOf(page: Page): Promise<number> {
  const before = new Map((await renderers()).map(({ id, cpuTime }) => [id, cpuTime]));
  await page.evaluate(() => {
    const end = performance.now() + 500;
    while (performance.now() < end);
  });
  const busy = (await renderers()).map(({ id, cpuTime }) => ({ id, spent: cpuTime - (before.get(id) ?? 0) }));
  return busy.reduce((most, one) => (one.spent > most.spent ? one : most)).id;
}

beforeAll(async () => {
  source = await startSource();
  const options = await chromiumLaunchOptions();
  const browser = await chromium.launch({ ...options, headless: true });
  context = await browser.newContext();
  pages = [];
  for (let i = 0; i < 3; i++) {
    const page = await context.newPage();
    await page.goto(source.url);
    await page.waitForFunction(() => 'tab' in globalThis);
    pages.push(page);
  }
  const processes = [];
  for (const page of pages) processes.push(await processOf(page));
  expect(new Set(processes).size, 'each tab has a process of its own').toBe(pages.length);
  frozen = processes[2] ?? 0;
}, 60_000);
afterAll(async () => {
  await context?.browser()?.close();
  await source?.stop();
});

/** Freezes the last tab's process now and then, and loses every third message of the second. */
async function disturb(until: number): Promise<number> {
  await pages[1]?.evaluate(() => {
    const { postMessage } = BroadcastChannel.prototype;
    let sent = 0;
    BroadcastChannel.prototype.postMessage = function lossy(message: unknown) {
      if (++sent % 3 > 0) postMessage.call(this, message);
    };
  });
  let freezes = 0;
  while (Date.now() < until - 1_200) {
    await pause(400);
    process.kill(frozen, 'SIGSTOP');
    const isRunning = await Promise.race([pages[2]?.evaluate(() => true), pause(600)]);
    process.kill(frozen, 'SIGCONT');
    if (isRunning) throw new Error(`Process ${frozen} was stopped, and the tab ran on.`);
    freezes++;
  }
  return freezes;
}

async function run(way: 'ours' | 'naive'): Promise<Counts & { freezes: number; stale: number }> {
  const running = pages.map((page) => page.evaluate(([name, ms]) => tab.run(name, ms), [way, TIME] as const));
  const freezes = await disturb(Date.now() + TIME);
  const counts = await Promise.all(running);
  const sum = (name: keyof Counts) => counts.reduce((total, one) => total + one[name], 0);
  await pause(3_000); // what is on its way arrives, what was lost is noticed
  const ends = await Promise.all(pages.map((page) => page.evaluate((name) => tab.finally(name), way)));
  const stale = ends.flatMap(([memory = [], disk = [], truth = []]) =>
    [...memory.map((version, i) => version !== truth[i]), ...disk.map((version, i) => version !== truth[i])].filter(
      Boolean,
    ),
  ).length;
  const result = {
    reads: sum('reads'),
    old: sum('old'),
    writes: sum('writes'),
    confirmed: sum('confirmed'),
    freezes,
    stale,
  };
  console.log(`tabs, ${way}: ${JSON.stringify(result)}`);
  return result;
}

it('three tabs: no read begun after a confirmed invalidation answers what was before it, and none for ever', {
  timeout: TIME + 60_000,
}, async () => {
  const { reads, old, confirmed, freezes, stale } = await run('ours');
  expect({ old, stale }).toEqual({ old: 0, stale: 0 });
  expect(Math.min(reads, confirmed, freezes)).toBeGreaterThan(0);
});

it('three tabs with get, set and delete answer it', { timeout: TIME + 60_000 }, async () => {
  const { old, stale } = await run('naive');
  expect(old + stale).toBeGreaterThan(0);
});
