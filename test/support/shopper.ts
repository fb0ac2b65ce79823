import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { chromiumLaunchOptions } from '../../scripts/binaries.mjs';

/** A browser with a profile of its own, and what its tabs complained about. */
export interface Shopper {
  /**
   * Opens a tab. `asked` has the API requests it made since, but for those of live data.
   *
   * @param until the page is there: `'commit'` when its first byte is
   */
  open(url: string, until?: 'load' | 'commit'): Promise<{ page: Page; asked: string[] }>;
  readonly complaints: string[];
  leave(): Promise<void>;
}

export async function newShopper(): Promise<Shopper> {
  const options = await chromiumLaunchOptions();
  if (options === undefined) throw new Error('Chromium was not found. Run `npm run setup`, or set CHROMIUM_PATH.');
  const profile = await mkdtemp(join(tmpdir(), 'storefront-'));
  const context = await chromium.launchPersistentContext(profile, { ...options, headless: true });
  const complaints: string[] = [];
  return {
    complaints,
    async open(url, until = 'load') {
      const page = await context.newPage();
      const asked: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        const { pathname } = new URL(request.url());
        if (/^\/api\/(?!price|stats)/.test(pathname)) asked.push(`${request.method()} ${pathname}`);
      });
      await page.goto(url, { waitUntil: until });
      return { page, asked };
    },
    async leave() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
