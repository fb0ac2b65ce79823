import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cache, createCache, type GetOptions } from '../../src/index.js';
import { newShopper, type Shopper } from '../support/shopper.js';
import { cutInState, deferred, gated, isAlive, NAMES } from './app/gated.js';
import { buildClient, renderPage, serve } from './app/start.js';

/** What the application's page has put where tests find it. */
interface Page {
  readonly cache: Cache;
  readonly sightings: Record<string, string[]>;
  readonly firsts: Record<string, Element>;
}

const PANELS = ['shell', 'first', 'nested', 'second', 'held', 'last'];
const keyOf = (panel: string) => (panel === 'second' || panel === 'held' ? 'common' : panel);
const ofServer = (panel: string) => `${keyOf(panel)} of 2026, 42 </script><!--, 0`;
const ofBrowser = (panel: string) => `${keyOf(panel)} of this browser of 1970, , 0`;
const ofApi = (panel: string) => `${keyOf(panel)} from the API of 1970, , 0`;

describe('a page that is hydrated shows what its HTML shows, and then what is newer', () => {
  let client: string;
  let shopper: Shopper;
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    client = await buildClient();
  });
  beforeEach(async () => {
    shopper = await newShopper();
  });
  afterEach(async () => {
    await shopper.leave();
    // React says what does not match as an error of the console.
    expect(shopper.complaints).toEqual([]);
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });

  type Opened = Awaited<ReturnType<Shopper['open']>>;

  /** A server whose loads are those of the first page, so that the entries of the next ones are older. */
  async function site(options?: GetOptions, clientAfter?: Promise<unknown>) {
    const shared = createCache();
    const { load, open } = gated();
    let rest = Promise.resolve();
    const server = await serve(client, {
      page: (response) =>
        void renderPage(shared, load, undefined, options).pipe(cutInState('last', rest)).pipe(response),
      ...(clientAfter && { clientAfter }),
    });
    ends.push(server.close);
    /** The next page waits in the midst of the entry of `last`. */
    const hold = () => {
      const held = deferred<void>();
      rest = held.promise;
      return held.resolve;
    };
    return { ...server, open, hold };
  }

  /** Puts newer values on the disk. */
  async function edit({ page }: Opened) {
    for (const panel of PANELS) await page.waitForSelector(isAlive(panel));
    await page.evaluate(async (names) => {
      const { cache } = globalThis as unknown as Page;
      for (const name of names) {
        const piece = { text: `${name} of this browser`, madeAt: new Date(0), counts: new Map() };
        await cache.set([name], piece, { ttl: '1h', staleWhileRevalidate: '1h' });
      }
    }, NAMES);
  }

  async function expectSightings({ page }: Opened, panels: readonly string[], ...texts: ((panel: string) => string)[]) {
    for (const panel of panels) {
      const last = texts.at(-1)?.(panel);
      await page.waitForFunction(
        ([id, text]) => (globalThis as unknown as Partial<Page>).sightings?.[id as string]?.at(-1) === text,
        [panel, last],
      );
      const seen = await page.evaluate((id) => {
        const { sightings, firsts } = globalThis as unknown as Page;
        return { sightings: sightings[id], isSame: firsts[id] === document.getElementById(id) };
      }, panel);
      expect(seen, panel).toEqual({ sightings: texts.map((text) => text(panel)), isSame: true });
    }
  }

  const EARLY = NAMES.map((name) => `early=${name}`).join('&');

  it('when memory has something newer', async () => {
    const { url, open } = await site();
    open(...NAMES);
    await edit(await shopper.open(url));
    const tab = await shopper.open(`${url}?${EARLY}`);
    await expectSightings(tab, PANELS, ofServer, ofBrowser);
    expect(tab.asked).toEqual([]);
  });

  it('when memory has something newer than a boundary that arrives late', async () => {
    const { url, open, hold } = await site();
    open(...NAMES);
    await edit(await shopper.open(url));
    const release = hold();
    const tab = await shopper.open(`${url}?${EARLY}`, 'commit');
    await expectSightings(tab, ['shell'], ofServer, ofBrowser);
    release();
    await expectSightings(tab, PANELS, ofServer, ofBrowser);
    expect(tab.asked).toEqual([]);
  });

  it('when the disk has something newer, which nobody has read yet', async () => {
    const { url, open } = await site();
    open(...NAMES);
    await edit(await shopper.open(url));
    const tab = await shopper.open(url);
    await expectSightings(tab, PANELS, ofServer, ofBrowser);
    expect(tab.asked).toEqual([]);
  });

  it.each<[string, GetOptions]>([
    ['stale', { ttl: 1, staleWhileRevalidate: '1h' }],
    ['expired', { ttl: 1 }],
  ])('when its entries are %s by then', async (_, options) => {
    const start = deferred<void>();
    const { url, open } = await site({ ...options, scope: 'public' }, start.promise);
    open(...NAMES);
    const tab = await shopper.open(url, 'commit');
    await tab.page.waitForSelector('#last');
    await tab.page.waitForFunction(() => {
      const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
      return performance.now() - (navigation?.responseStart ?? 0) > 100;
    });
    start.resolve();
    await expectSightings(tab, PANELS, ofServer, ofApi);
    expect(tab.asked.sort()).toEqual(NAMES.map((name) => `GET /api/${name}`).sort());
  });

  it('when what arrives late was invalidated on its way', async () => {
    const { url, open, hold } = await site();
    open(...NAMES);
    const release = hold();
    const tab = await shopper.open(url, 'commit');
    await expectSightings(tab, ['shell'], ofServer);
    await tab.page.waitForSelector(isAlive('shell'));
    await tab.page.evaluate(() => (globalThis as unknown as Page).cache.invalidate({ keys: [['shell'], ['last']] }));
    await expectSightings(tab, ['shell'], ofServer, ofApi);
    release();
    await expectSightings(tab, ['first', 'nested', 'second', 'held'], ofServer);
    await expectSightings(tab, ['last'], ofServer, ofApi);
    expect(tab.asked).toEqual(['GET /api/shell', 'GET /api/last']);
  });
});
