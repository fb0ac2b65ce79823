import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Example, type ExampleProcess, installExample } from './example.js';
import { startRedis } from './redis.js';
import { newShopper, type Shopper } from './shopper.js';

/** A browser's name, because robots get the page as a whole. */
const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
const as = (user: string) => ({ headers: { cookie: `user=${user}`, 'user-agent': agent } });
const html = async (url: string, user: string) => (await fetch(url, as(user))).text();

/** What both examples of the reading room can do, whichever framework renders it. */
export function libraryCases(name: string): void {
  describe(`the reading room with ${name}`, () => {
    let example: Example;
    let room: ExampleProcess;
    let ada: Shopper;
    let grace: Shopper;
    beforeAll(async () => {
      example = await installExample(name);
    });
    beforeEach(async () => {
      [room, ada, grace] = await Promise.all([example.start(), newShopper(), newShopper()]);
    });
    afterEach(async () => {
      await Promise.all([ada.leave(), grace.leave()]);
      await room.kill();
    });
    afterAll(() => room?.kill());

    const reads = async (url = room.url) => (await fetch(`${url}api/reads`)).json();
    const signIn = async (page: Page, user: string) => {
      await page.getByRole('button', { name: user, exact: true }).click();
      await page.locator(`button[value="${user}"][aria-pressed="true"]`).waitFor();
    };
    const rename = async (page: Page, title: string) => {
      await page.getByLabel('Title').fill(title);
      await page.getByRole('button', { name: 'Rename for everybody' }).click();
      await page.getByRole('heading', { name: title }).waitFor();
    };

    it('renders on the server, hydrates without a complaint, and asks the API for nothing', async () => {
      expect(await html(room.url, 'Ada')).toContain('Invisible Cities');
      const { page, asked } = await ada.open(`${room.url}books/2`);
      await page.getByText('None yet. Only you will see it.').waitFor();
      await page.getByRole('link', { name: '← The shelf' }).click();
      await page.getByRole('link', { name: /Middlemarch/ }).click();
      await page.getByRole('heading', { name: 'Middlemarch' }).waitFor();
      await page.getByText('None yet. Only you will see it.').waitFor();
      expect(asked).toEqual([]);
      expect(ada.complaints).toEqual([]);
    });

    it('loads what is public once for all readers, and what is not for each', async () => {
      const before = await reads();
      await Promise.all(['Ada', 'Grace', 'Ada', 'Grace'].map((user) => html(`${room.url}books/3`, user)));
      const after = await reads();
      expect(after.book - before.book).toBe(1);
      expect(after.note - before.note).toBe(4);
    });

    it('streams the slow note behind the page', async () => {
      const response = await fetch(`${room.url}books/1`, as('Ada'));
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        if (text.includes('Looking for your note')) break;
      }
      expect(text.includes('The Left Hand of Darkness')).toBe(true);
      expect(text.includes('None yet')).toBe(false);
    });

    it('keeps one reader’s notes from another, however many ask at once', async () => {
      const { page } = await ada.open(`${room.url}books/4`);
      await page.getByLabel('Your note').fill('Argon is Ada’s');
      await page.getByRole('button', { name: 'Keep' }).click();
      await page.locator('.note', { hasText: 'Argon is Ada’s' }).waitFor();
      expect(await page.locator('time').getAttribute('datetime')).toMatch(/^\d{4}-\d\d-\d\dT/);

      const users = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'Ada' : 'Grace'));
      const pages = await Promise.all(users.map((user) => html(`${room.url}books/4`, user)));
      expect(pages.map((text) => text.includes('Argon'))).toEqual(users.map((user) => user === 'Ada'));

      // In one browser, too: another reader has another disk.
      await signIn(page, 'Grace');
      await page.goto(`${room.url}books/4`);
      await page.getByText('None yet. Only you will see it.').waitFor();
      expect(await page.getByText('Argon is Ada’s').count()).toBe(0);
      expect(ada.complaints).toEqual([]);
    });

    it('shows an edit everywhere: here, on the way back, and to others', async () => {
      const { page } = await ada.open(room.url);
      await page.getByRole('link', { name: /Beloved/ }).click();
      await page.getByRole('heading', { name: 'Beloved' }).waitFor();
      await rename(page, 'Beloved, again');
      // The router shows the list with the state that it came with before.
      await page.goBack();
      await page.getByRole('link', { name: /Beloved, again/ }).waitFor();
      await page.goForward();
      await page.getByRole('heading', { name: 'Beloved, again' }).waitFor();
      expect(await html(room.url, 'Grace')).toContain('Beloved, again');
      const other = await grace.open(room.url);
      await signIn(other.page, 'Grace');
      await other.page.getByRole('link', { name: /Beloved, again/ }).waitFor();
      expect(ada.complaints).toEqual([]);
      expect(grace.complaints).toEqual([]);
    });

    it('tells why an edit was not taken', async () => {
      const { page } = await ada.open(`${room.url}books/5`);
      await page.getByLabel('Title').fill('   ');
      await page.getByRole('button', { name: 'Rename for everybody' }).click();
      await page.getByRole('alert').filter({ hasText: 'A book has a title.' }).waitFor();
    });

    it('with REDIS_URL shares what is public with the next process, and its edits', async () => {
      const redis = await startRedis();
      const processes = await Promise.all([1, 2].map(() => example.start({ REDIS_URL: redis.url })));
      const [one, two] = processes.map(({ url }) => url) as [string, string];
      try {
        await html(`${one}books/6`, 'Ada');
        expect(await html(`${two}books/6`, 'Grace')).toContain('The Summer Book');
        expect([(await reads(one)).book, (await reads(two)).book]).toEqual([1, 0]);
        // The database is each process's own here: what counts is that the other one asks it again.
        const edit = { method: 'PATCH', body: JSON.stringify({ title: 'The Winter Book' }) };
        expect((await fetch(`${one}api/books/6`, edit)).status).toBe(204);
        const total = async () => {
          await html(`${two}books/6`, 'Grace');
          return (await reads(one)).book + (await reads(two)).book;
        };
        await expect.poll(total).toBe(2);
        expect(await total()).toBe(2);
      } finally {
        await Promise.all(processes.map((one) => one.kill()));
        await redis.stop();
      }
    });
  });
}
