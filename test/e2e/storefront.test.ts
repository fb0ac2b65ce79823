import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { freePorts, startRedis } from '../support/redis.js';
import { newShopper, type Shopper } from '../support/shopper.js';
import { runStorefront } from '../support/storefront.js';

const url = inject('storefrontUrl');
let shopper: Shopper;
beforeEach(async () => {
  shopper = await newShopper();
});
afterEach(() => shopper.leave());

/** The panel with this heading. */
const panel = (page: Page, name: string) =>
  page.locator('.panel').filter({ has: page.getByRole('heading', { name, exact: true }) });
const sourceOf = (page: Page, name: string) =>
  panel(page, name).locator('.provenance[data-source]').getAttribute('data-source');
/** What is on disk is there some time after it is on screen: the cache writes it when nobody waits. */
const untilOnDisk = (page: Page, hashes: string[]) =>
  page.waitForFunction(async (wanted) => {
    const texts: string[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name ?? '');
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const keys = await new Promise<IDBValidKey[]>((resolve, reject) => {
          const reading = database.transaction(store).objectStore(store).getAllKeys();
          reading.onsuccess = () => resolve(reading.result);
          reading.onerror = () => reject(reading.error);
        });
        texts.push(...keys.map((key) => JSON.stringify(key)));
      }
      database.close();
    }
    return wanted.every((hash) => texts.some((text) => text.includes(JSON.stringify(hash).slice(1, -1))));
  }, hashes);

describe('server rendering', () => {
  it('has the catalogue in the HTML, and nothing of the customer', async () => {
    const html = await (await fetch(url)).text();
    expect(html).toContain('<span class="name">Harbour Blend</span>');
    expect(html).toContain('Keeper Jar');
    expect(html).not.toContain('Ada Moreau');
  });

  it('hydrates without a complaint and without asking the API again', async () => {
    const { page, asked } = await shopper.open(url);
    await panel(page, 'Your profile').getByText('Ada Moreau').waitFor();
    expect(await sourceOf(page, 'On the shelf')).toBe('server');
    expect(await sourceOf(page, 'Harbour Blend')).toBe('server');
    expect(await sourceOf(page, 'Your profile')).toBe('source');
    expect(asked).toEqual(['GET /api/profile/1']);
    expect(shopper.complaints).toEqual([]);
  });

  it('renders a product that does not exist as such', async () => {
    const { page } = await shopper.open(`${url}products/4711`);
    await page.getByRole('heading', { name: 'Not on the shelf' }).waitFor();
    expect(shopper.complaints).toEqual([]);
  });
});

describe('reload', () => {
  it('shows from disk what the server did not render, without asking the API', async () => {
    const { page, asked } = await shopper.open(url);
    await panel(page, 'Your profile').getByText('Ada Moreau').waitFor();
    await untilOnDisk(page, ['["profile",1]']);
    asked.length = 0;
    await page.reload();
    await panel(page, 'Your profile').getByText('Ada Moreau').waitFor();
    expect(await sourceOf(page, 'Your profile')).toBe('indexeddb');
    expect(asked).toEqual([]);
  });

  it('shows the whole page from disk when the browser renders it', async () => {
    const { page, asked } = await shopper.open(`${url}?render=browser`);
    await panel(page, 'Harbour Blend').getByText('The house espresso').waitFor();
    await untilOnDisk(page, ['["products"]', '["product",1]', '["configuration"]']);
    expect(asked.sort()).toEqual([
      'GET /api/configuration',
      'GET /api/products',
      'GET /api/products/1',
      'GET /api/profile/1',
    ]);
    asked.length = 0;
    await page.reload();
    await panel(page, 'Harbour Blend').getByText('The house espresso').waitFor();
    expect(await sourceOf(page, 'On the shelf')).toBe('indexeddb');
    expect(await sourceOf(page, 'Configuration')).toBe('indexeddb');
    expect(asked).toEqual([]);
  });
});

describe('editing', () => {
  it('shows the new value in both tabs, worked by keyboard alone', async () => {
    const one = (await shopper.open(`${url}products/4`)).page;
    const two = (await shopper.open(`${url}products/4`)).page;
    await two.getByRole('heading', { name: 'Tidewater Cup' }).waitFor();
    await one.bringToFront();
    await one.getByRole('button', { name: 'Edit this product' }).focus();
    await one.keyboard.press('Enter');
    await one.keyboard.type('Tidewater Bowl'); // the name is selected
    await one.keyboard.press('Tab');
    await one.keyboard.type('31.5');
    await one.keyboard.press('Enter');

    for (const page of [one, two]) {
      await page.getByRole('heading', { name: 'Tidewater Bowl' }).waitFor();
      await panel(page, 'On the shelf').getByText('Tidewater Bowl').waitFor();
      expect(await panel(page, 'Tidewater Bowl').getByText('€31.50').count()).toBe(1);
    }
    await expect.poll(() => one.evaluate(() => document.activeElement?.textContent)).toBe('Edit this product');
    expect(shopper.complaints).toEqual([]);
  });

  it('tells why a change was not saved', async () => {
    const { page } = await shopper.open(`${url}products/5`);
    await page.getByRole('button', { name: 'Edit this product' }).click();
    await page.getByLabel('Name').fill('   ');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').filter({ hasText: 'A name has 1 to 60 characters' }).waitFor();
    await page.keyboard.press('Escape');
    await panel(page, 'Fold Dripper').getByText('€32.00').waitFor();
  });
});

it('shows what the browser has kept when it reloads and the server is gone', async () => {
  const own = await runStorefront();
  const { page } = await shopper.open(`${own.url}products/6`);
  await panel(page, 'Your profile').getByText('Ada Moreau').waitFor();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await untilOnDisk(page, ['["profile",1]', '["products"]', '["product",6]', '["configuration"]']);
  await own.kill();
  await page.reload();

  await page.getByText('The shop can’t be reached').waitFor();
  expect(await panel(page, 'Mill No. 3').getByText('A hand grinder').count()).toBe(1);
  expect(await panel(page, 'On the shelf').getByRole('link').count()).toBe(8);
  for (const name of ['On the shelf', 'Mill No. 3', 'Your profile', 'Configuration']) {
    expect(await sourceOf(page, name)).toBe('indexeddb');
  }
});

it('loads what an edit made untrue once the server that was stopped is there again, with nobody touching the page', {
  timeout: 90_000,
}, async () => {
  const before = await runStorefront();
  const { page } = await shopper.open(`${before.url}products/4`);
  await panel(page, 'Your profile').getByText('Ada Moreau').waitFor();
  await before.kill();
  await page.getByRole('button', { name: 'Edit this product' }).click();
  await page.getByLabel('Name').fill('Nobody hears of it');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Not saved: the shop can’t be reached.' }).waitFor();
  await page.keyboard.press('Escape');
  const untrue = panel(page, 'Tidewater Cup').locator('.provenance[data-fetching=false] .phase-invalid');
  await untrue.waitFor(); // the tries are used up
  await page.getByText('The shop can’t be reached').waitFor();

  const after = await runStorefront({ PORT: new URL(before.url).port });
  await panel(page, 'Tidewater Cup').locator('.phase-fresh').waitFor();
  await panel(page, 'On the shelf').locator('.phase-fresh').waitFor();
  await page.getByText('The shop can’t be reached').waitFor({ state: 'hidden' });
  await after.kill();
});

describe('npm start', () => {
  it.each([
    ['a port that is none', { PORT: 'http' }, 'PORT=http is no port.'],
    ['a port that is taken', { PORT: new URL(url).port }, 'is taken. Choose another one: PORT=3001 npm start'],
    ['what is no URL of a Redis', { REDIS_URL: 'localhost:6379' }, `REDIS_URL can't be used. Bad option redis: got`],
  ])('says in one line what is wrong with %s', async (_, env, says) => {
    const problem = await runStorefront(env).catch((error: Error) => error.message);
    expect(problem).toContain(says);
    expect(problem).not.toContain('    at ');
  });

  it('says that Redis does not answer, and serves without it', async () => {
    const [unused] = await freePorts(1);
    const own = await runStorefront({ REDIS_URL: `redis://localhost:${unused}` });
    expect((await fetch(`${own.url}api/products/2`)).status).toBe(200);
    expect(own.said()).toContain('redis does not answer, going on without: ');
    await own.kill();
  });
});

it('reads the database once for many requests', async () => {
  const own = await runStorefront();
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${own.url}api/products/2`)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect((await fetch(`${own.url}api/products/2`)).headers.get('x-cache')).toBe('memory');
  expect(await (await fetch(`${own.url}api/stats`)).json()).toMatchObject({ product: { source: 1 } });
  await own.kill();
});

it('with REDIS_URL shares what it read with the next process', async () => {
  const redis = await startRedis();
  const one = await runStorefront({ REDIS_URL: redis.url });
  const two = await runStorefront({ REDIS_URL: redis.url });
  expect((await fetch(`${one.url}api/products/3`)).headers.get('x-cache')).toBe('source');
  const seen = async () => (await fetch(`${two.url}api/products/3`)).headers.get('x-cache');
  expect(await seen()).toBe('redis');
  expect(await seen()).toBe('memory');
  expect(await (await fetch(`${two.url}api/stats`)).json()).toMatchObject({
    product: { source: 0, redis: 1, memory: 1 },
  });
  await Promise.all([one.kill(), two.kill()]);
  await redis.stop();
});
