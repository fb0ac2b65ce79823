import { Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Suspense, version } from 'react';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import { createRequestCache, createStateStream, insertState } from '../../src/node/index.js';
import { CacheProvider, useCacheAside } from '../../src/react/index.js';
import { StreamedCache } from '../../src/react/streamed-cache.js';
import { newShopper, type Shopper } from '../support/shopper.js';
import { until } from '../support/until.js';
import { cutInState, deferred, gated, isAlive, NAMES } from './app/gated.js';
import { buildClient, renderPage, renderWhole, serve } from './app/start.js';

/** React 18 ends the document with its shell. */
const END = version.startsWith('18.') ? '</script>' : '</body></html>';
const occurrences = (html: string, of: string) => html.split(of).length - 1;
/** As the state spells the hash of a key, in devalue's text. */
const hashOf = (name: string) => JSON.stringify(JSON.stringify([name]));

describe('the HTML', () => {
  it('has each key once, before the boundaries that read it, and cuts no tag in two', async () => {
    const { load, loads, open } = gated();
    const gate = deferred<void>();
    const stream = renderPage(createCache(), load, gate.promise);
    let html = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      html += chunk;
    });
    open('shell');
    await until(() => html.includes('last …'));
    expect(html).toContain(hashOf('shell'));
    expect(html).not.toContain(hashOf('common'));
    // The boundary that reads `common` first is held back by something else; the one that reads it second is not.
    open('common');
    await until(() => html.includes('id="second"'));
    expect(html.indexOf(hashOf('common'))).toBeGreaterThan(0);
    expect(html.indexOf(hashOf('common'))).toBeLessThan(html.indexOf('id="second"'));
    open('last', 'nested', 'first');
    await until(() => html.includes('id="first"') && html.includes('id="last"'));
    gate.resolve();
    await new Promise((resolve) => stream.once('end', resolve));

    for (const name of NAMES) expect(occurrences(html, hashOf(name)), name).toBe(1);
    expect(loads.sort()).toEqual([...NAMES].sort());
    for (const [name, reads] of [
      ['first', 'first'],
      ['nested', 'nested'],
      ['held', 'common'],
      ['last', 'last'],
    ]) {
      expect(html.indexOf(hashOf(reads ?? '')), name).toBeLessThan(html.indexOf(`id="${name}"`));
    }
    // The state of the shell comes before the script that starts the application.
    expect(html.indexOf(hashOf('shell'))).toBeLessThan(html.indexOf('src="/client.js"'));
    expect(occurrences(html, `title="${'&quot;&lt;&amp;&gt;'.repeat(12_500)}"`)).toBe(5);
    expect(html.endsWith(END)).toBe(true);
    expect(html).not.toContain('</script><!--"');
  });

  it('would be cut in two at the ends of chunks', async () => {
    const stream = new Transform({
      transform(chunk: Buffer, _, done) {
        done(null, Buffer.concat([Buffer.from('<script type="application/json">1</script>'), chunk]));
      },
    });
    const { pipe } = renderToPipeableStream(<p title={'x'.repeat(50_000)}>text</p>, {
      onShellReady: () => void pipe(stream),
    });
    expect(/title="x*<script/.test(await text(stream))).toBe(true);
  });

  it('is the same when the response takes its time', async () => {
    const { load, open } = gated();
    open(...NAMES);
    const stream = renderPage(createCache(), load);
    let html = '';
    for await (const chunk of stream.setEncoding('utf8')) {
      html += chunk;
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const name of NAMES) expect(occurrences(html, hashOf(name)), name).toBe(1);
    expect(html.endsWith(END)).toBe(true);
  });

  it('has the state of a page that was rendered as a whole, and nothing if nothing was read', async () => {
    function Page() {
      return <p>{useCacheAside('k', () => 'loaded').data ?? 'nothing'}</p>;
    }
    const render = (cache: ReturnType<typeof createRequestCache>) =>
      renderToString(
        <CacheProvider cache={cache}>
          <StreamedCache>
            <Page />
          </StreamedCache>
        </CacheProvider>,
      );
    const [full, empty] = [createRequestCache(createCache()), createRequestCache(createCache())];
    await full.get('k', () => '$& is no pattern');
    const html = insertState(`<main>${render(full)}</main>`, full);
    expect(html).toMatch(
      /<script type="application\/json" data-cache-aside="0">j\[{"hash":"k".*\$& is no pattern.*<\/script><\/main>$/,
    );
    expect(insertState(render(empty), empty)).toBe(render(empty));
  });

  it('ends with an error if the rendering fails before it began', async () => {
    const stream = renderPage(createCache(), () => () => {
      throw new Error('The source is gone');
    });
    await expect(text(stream)).rejects.toThrow('The source is gone');
  });

  it('passes on what has no place for state, with the state behind it', async () => {
    const cache = createRequestCache(createCache());
    await cache.get('k', () => 'v');
    const stream = createStateStream(cache);
    stream.end('<p>é</p>');
    expect(await text(stream)).toMatch(/^<p>é<\/p><script type="application\/json".*"v".*<\/script>$/);
  });

  it('goes on without the state of what cannot be written, and says of what', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const cache = createRequestCache(createCache());
    const readBoth = (name: string) =>
      Promise.all([cache.get([name], () => ({ open() {} })), cache.get([name, 'plain'], () => `${name} as text`)]);
    await readBoth('shell');
    const gate = deferred<void>();
    let isOpen = false;
    const Late = () => {
      if (!isOpen) throw gate.promise; // as every React understands it
      return <p>the late part</p>;
    };
    const errors: unknown[] = [];
    const stream = createStateStream(cache);
    const { pipe } = renderToPipeableStream(
      <main>
        <Suspense fallback="…">
          <Late />
        </Suspense>
      </main>,
      { onShellReady: () => void pipe(stream), onError: (error) => void errors.push(error) },
    );
    let html = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      html += chunk;
    });
    await until(() => errors.length > 0 || html.includes('shell as text'));
    await readBoth('late');
    isOpen = true;
    gate.resolve();
    await until(() => errors.length > 0 || stream.readableEnded);
    for (const part of ['late as text', 'the late part']) expect(html).toContain(part);
    expect(errors).toEqual([]);
    expect(said.mock.calls.join()).toContain('Store page cannot keep the value of ["shell"]');
    expect(said.mock.calls.join()).toContain('["late"]');
    said.mockRestore();
  });
});

describe('in the browser', () => {
  let client: string;
  let shopper: Shopper;
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    client = await buildClient();
  });
  beforeEach(async () => {
    shopper = await newShopper();
  });
  afterEach(() => shopper.leave());
  afterAll(async () => {
    for (const end of ends) await end();
  });

  it('hydrates each boundary from what came before it, without a request, and shell first', async () => {
    const { load, open } = gated();
    const gate = deferred<void>();
    const server = await serve(client, {
      page: (response) => void renderPage(createCache(), load, gate.promise).pipe(response),
    });
    ends.push(server.close);
    open('shell', 'common');
    const { page, asked } = await shopper.open(server.url, 'commit');
    await page.waitForSelector(isAlive('shell'));
    await page.waitForSelector(isAlive('second'));
    await page.click('#shell');
    expect(await page.textContent('#shell')).toBe('shell of 2026, 42 </script><!--, 1');
    expect(await page.getByText('first …').count()).toBe(1);
    open('last', 'first', 'nested');
    for (const name of ['last', 'first', 'nested']) await page.waitForSelector(isAlive(name));
    gate.resolve();
    await page.waitForSelector(isAlive('held'));
    for (const name of ['shell', 'first', 'nested', 'second', 'held', 'last']) await page.click(`#${name}`);
    expect(await page.textContent('#held')).toBe('common of 2026, 42 </script><!--, 1');
    expect(await page.textContent('#shell')).toBe('shell of 2026, 42 </script><!--, 2');
    await page.waitForLoadState();
    expect(asked).toEqual([]);
    expect(shopper.complaints).toEqual([]);
  });

  it('hydrates a page whose policy runs no inline script', async () => {
    const { load, open } = gated();
    open(...NAMES);
    const html = await renderWhole(createCache(), load, NAMES);
    const server = await serve(client, { page: (response) => response.end(html), policy: "'self'" });
    ends.push(server.close);
    const { page, asked } = await shopper.open(server.url);
    for (const name of ['shell', 'first', 'nested', 'held', 'second', 'last']) {
      await page.waitForSelector(isAlive(name));
      await page.click(`#${name}`);
    }
    expect(await page.textContent('#nested')).toBe('nested of 2026, 42 </script><!--, 1');
    expect(asked).toEqual([]);
    expect(shopper.complaints).toEqual([]);
  });

  it('waits for state of which only a part has arrived', async () => {
    const { load, open } = gated();
    const rest = deferred<void>();
    const server = await serve(client, {
      page: (response) => void renderPage(createCache(), load).pipe(cutInState('last', rest.promise)).pipe(response),
    });
    ends.push(server.close);
    open('shell', 'first', 'nested', 'common');
    const { page, asked } = await shopper.open(server.url, 'commit');
    for (const name of ['shell', 'first', 'nested', 'held', 'second']) await page.waitForSelector(isAlive(name));
    open('last');
    await page.waitForFunction(() => {
      const last = [...document.querySelectorAll('script[data-cache-aside]')].at(-1)?.textContent ?? '';
      return last.length > 0 && !last.endsWith(']');
    });
    expect(await page.evaluate(() => (globalThis as unknown as { cache: Cache }).cache.peek(['last']))).toBeUndefined();
    rest.resolve();
    await page.waitForSelector(isAlive('last'));
    expect(asked).toEqual([]);
    expect(shopper.complaints).toEqual([]);
  });

  it('counts the time for which the page was under way', async () => {
    const { load, open } = gated();
    open(...NAMES);
    const start = deferred<void>();
    const server = await serve(client, {
      page: (response) => void renderPage(createCache(), load).pipe(response),
      clientAfter: start.promise,
    });
    ends.push(server.close);
    const { page } = await shopper.open(server.url, 'commit');
    await page.waitForSelector('#last');
    const waited = await page.waitForFunction(() => {
      const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
      const ms = performance.now() - (navigation?.responseStart ?? 0);
      return ms > 300 && ms;
    });
    start.resolve();
    await page.waitForSelector(isAlive('last'));
    const ages = await page.evaluate(() => {
      const { cache } = globalThis as unknown as { cache: Cache };
      return cache.dehydrate({ keys: [['shell']] }).map(({ age }) => age);
    });
    expect(ages).toHaveLength(1);
    expect(ages[0]).toBeGreaterThanOrEqual(Number(await waited.jsonValue()));
  });
});
