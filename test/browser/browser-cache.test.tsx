import { render, screen } from '@testing-library/react';
import { createStore, del, get, set } from 'idb-keyval';
import { HttpResponse, http } from 'msw';
import { setupWorker } from 'msw/browser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBrowserCache, indexedDbStore, wipeIndexedDb } from '../../src/browser/index.js';
import { type Cache, createCache, hashKey } from '../../src/index.js';
import { CacheProvider, useCacheAside } from '../../src/react/index.js';
import { controlled } from '../support/controlled.js';
import { until } from '../support/until.js';

const worker = setupWorker();
beforeAll(() => worker.start({ quiet: true, onUnhandledRequest: 'bypass' }));
afterEach(() => worker.resetHandlers());
afterAll(() => worker.stop());

let space = 0;
let name: string;
const open: Cache[] = [];
beforeEach(() => {
  name = `t${Date.now()}-${++space}`;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((cache) => cache.close()));
  await wipeIndexedDb({ name });
});
const tab = () => {
  const cache = createBrowserCache({ name });
  open.push(cache);
  return cache;
};

/** Looks without loading: a read would store what it was told there is. */
const onDisk = async (key: string) => {
  const store = indexedDbStore({ name });
  const found = await store.lookup(hashKey(key), []);
  await store.close();
  return 'hit' in found;
};

it('runs on a real IndexedDB', () => {
  expect(indexedDB.constructor.toString()).toContain('[native code]');
});

it('holds no lock where `confirm` is not used, and never confirms', async () => {
  const locks = async () => (await navigator.locks.query()).held?.filter((lock) => lock.name?.includes(name)).length;
  const cache = createBrowserCache({ name, confirm: false });
  open.push(cache);
  expect(await cache.invalidate({ key: 'key' }, { confirm: true })).toEqual({ durable: true, confirmed: false });
  expect(await locks()).toBe(0);
  const sure = tab();
  expect(await sure.invalidate({ key: 'key' }, { confirm: '20s' })).toEqual({ durable: true, confirmed: true });
  expect(await locks()).toBe(1);
});

it('loads through the service worker, keeps it on disk, and a reloaded page shows it without a request', async () => {
  let requests = 0;
  worker.use(http.get('/api/user/1', () => HttpResponse.json({ name: `Ada ${++requests}` })));
  function User() {
    const { data, status } = useCacheAside(
      'user/1',
      async () => (await (await fetch('/api/user/1')).json()) as { name: string },
    );
    return <p>{data?.name ?? status}</p>;
  }
  const page = () =>
    render(
      <CacheProvider cache={tab()}>
        <User />
      </CacheProvider>,
    );
  const first = page();
  expect(await screen.findByText('Ada 1')).toBeTruthy();
  await until(() => onDisk('user/1'));
  first.unmount();
  page();
  expect(await screen.findByText('Ada 1')).toBeTruthy();
  expect(requests).toBe(1);
});

it('keeps what JSON does not know', async () => {
  const value = {
    at: new Date(0),
    map: new Map([[1, new Set(['x'])]]),
    big: 1n,
    bytes: new Uint8Array([1, 2]),
    none: undefined,
  };
  await tab().get('rich', () => value);
  await until(() => onDisk('rich'));
  expect(await tab().get('rich', () => 'must not load')).toEqual(value);
});

it('keeps files', async () => {
  const cache = tab();
  const text = new Blob(['x'.repeat(100)]);
  await cache.get('files', () => ({
    text,
    named: new File([text], 'x.txt', { lastModified: 1 }),
    at: new DOMRect(1, 2),
  }));
  await until(() => onDisk('files'));
  const files = await tab().get<{ text: Blob; named: File; at: DOMRect }>('files', () =>
    Promise.reject(new Error('no load')),
  );
  expect([files.text.size, files.named.name, files.named.size, files.at.y]).toEqual([100, 'x.txt', 100, 2]);
});

it('gives what cannot be stored to its caller, and reports it', async () => {
  const cache = tab();
  const reported: string[] = [];
  cache.on('unstorable', ({ hash }) => reported.push(hash));
  const value = { run: () => 1 };
  expect(await cache.get('function', () => value)).toBe(value);
  await until(() => reported.length > 0);
  expect(reported).toEqual(['function']);
});

describe('two tabs on one database', () => {
  it.each([
    ['key', { key: ['user', 1] }],
    ['tag', { tags: ['users'] }],
    ['tag of the loader', { tags: ['team:7'] }],
    ['prefix', { prefix: ['user'] }],
    ['all', { all: true }],
  ] as const)(
    'load starts, the source changes, the other tab invalidates by %s, the load ends, read again: the new value',
    async (_, target) => {
      const [a, b] = [tab(), tab()];
      const { answers, loader } = controlled<string>();
      const load = (context: { tag: (tag: string) => void }) => {
        context.tag('team:7');
        return loader();
      };
      const read = (cache: Cache) => cache.get(['user', 1], load, { tags: ['users'] });
      const before = read(a);
      await until(() => answers.length === 1);
      const heard = new Promise((resolve) => a.on('invalidated', resolve));
      await b.invalidate(target);
      await heard;
      answers[0]?.resolve('OLD');
      expect(await before).toBe('OLD');
      const after = read(a);
      await until(() => answers.length === 2);
      answers[1]?.resolve('NEW');
      expect(await after).toBe('NEW');
      const third = await tab().get(['user', 1], () => 'NEW');
      expect(third).toBe('NEW');
    },
  );

  it('an invalidation reaches entries that are only on disk', async () => {
    await tab().get('k', () => 'OLD');
    await until(() => onDisk('k'));
    const b = tab();
    await b.invalidate({ all: true }); // b has never read it
    expect(await tab().get('k', () => 'NEW')).toBe('NEW');
  });

  it('a naive get, load, set with del over idb-keyval brings the old value back in the same race', async () => {
    const place = createStore(`naive-${name}`, 'entries');
    const { answers, loader } = controlled<string>();
    const read = async (key: string) => {
      const found = await get<string>(key, place);
      if (found !== undefined) return found;
      const value = await loader();
      await set(key, value, place);
      return value;
    };
    const before = read('k');
    await until(() => answers.length === 1);
    await del('k', place);
    answers[0]?.resolve('OLD');
    await before;
    expect(await read('k')).toBe('OLD');
  });
});

describe('what comes with a page', () => {
  const stateOf = async (value: string) => {
    const server = createCache();
    await server.get('user', () => value, { tags: ['users'] });
    return server.dehydrate();
  };

  it('goes to the disk, for the next page', async () => {
    tab().hydrate(await stateOf('of the page'));
    await until(() => onDisk('user'));
    expect(await tab().get('user', () => 'loaded')).toBe('of the page');
  });

  it('is given up if another tab has invalidated it on its way, which memory alone cannot know', async () => {
    const other = tab();
    const state = await stateOf('of before');
    await other.invalidate({ tags: ['users'] });
    await other.close(); // nor can it tell
    const [page, naive] = [tab(), createCache()];
    for (const cache of [page, naive]) cache.hydrate(state);
    await until(async () => page.peek('user') === undefined);
    expect(await page.get('user', () => 'loaded')).toBe('loaded');
    expect(naive.peek('user')).toBe('of before');
  });
});
