import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import { chromiumLaunchOptions, findBrowsers } from '../../scripts/binaries.mjs';
import type { WayName } from './back-forward/page.js';
import { makeTrip } from './back-forward/trip.js';

const inChromium = (executablePath?: string) => async (urls: string[]) => {
  const options = await chromiumLaunchOptions();
  const browser = await chromium.launch({
    ...options,
    ...(executablePath && { executablePath }),
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
  const context = await browser.newContext();
  for (const url of urls) void (await context.newPage()).goto(url).catch(() => {});
  return () => browser.close();
};

const inFirefox = (program: string) => async (urls: string[]) => {
  const profile = await mkdtemp(join(tmpdir(), 'firefox-'));
  const silent = ['browser.aboutwelcome.enabled', 'app.update.enabled', 'network.captive-portal-service.enabled'];
  await writeFile(join(profile, 'user.js'), silent.map((name) => `user_pref("${name}", false);`).join('\n'));
  const child = spawn(program, ['--headless', '--no-remote', '--profile', profile, ...urls], {
    stdio: 'ignore',
    env: { ...process.env, HOME: profile, MOZ_DISABLE_CONTENT_SANDBOX: '1' }, // it may be started by root
  });
  return async () => {
    const ended = once(child, 'close');
    child.kill();
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
};

const installed = findBrowsers();
const browsers = [
  ['the headless shell', inChromium()] as const,
  ...(installed.chromium ? [['Chromium', inChromium(installed.chromium)] as const] : []),
  ...(installed.firefox ? [['Firefox', inFirefox(installed.firefox)] as const] : []),
];

/** A browser may always drop a page that it could keep. */
const TRIES = 4;

it.each(browsers)(
  '%s: a page that was away reads what is true when it is back',
  {
    timeout: 180_000,
  },
  async (name, open) => {
    /** All trips that were made; the last is the one on which the page was kept, if it ever was. */
    const go = async (way: WayName, tries: number) => {
      const trips = [];
      do {
        const trip = await makeTrip(way, open);
        console.log(`back and forward, ${name}, ${way}: ${JSON.stringify(trip)}`);
        trips.push(trip);
      } while (!trips.at(-1)?.persisted && trips.length < tries);
      return trips;
    };
    const naive = (await go('naive', 2)).at(-1);
    if (!naive?.persisted) console.log(`${name} has no back/forward cache: a return from it was not tried`);
    const isKept = naive?.persisted && name === 'Chromium'; // Firefox keeps no page that has held a lock until it left
    const ours = await go('ours', isKept ? TRIES : 1);
    const unconfirmed = await go('unconfirmed', naive?.persisted ? TRIES : 1);
    for (const { values } of [...ours, ...unconfirmed]) expect(new Set(values)).toEqual(new Set([1]));
    expect(ours.every(({ confirmed }) => confirmed)).toBe(true);
    expect(unconfirmed.some(({ confirmed }) => confirmed)).toBe(false);
    expect(unconfirmed.at(-1)?.persisted).toBe(naive?.persisted);
    if (isKept) expect(ours.at(-1)?.persisted).toBe(true);
    if (naive?.persisted) expect(naive.values).toContain(0);
  },
);
