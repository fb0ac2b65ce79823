import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createBrowserCache,
  type IndexedDbStoreOptions,
  indexedDbStore,
  wipeIndexedDb,
} from '../../src/browser/index.js';
import type { Cache, HoldingStore, Lookup, Ticket } from '../../src/index.js';
import { controlled } from '../support/controlled.js';
import { recordOf } from '../support/indexed-db-rows.js';
import { until } from '../support/until.js';

const PATIENT = { openDeadline: '20s', readDeadline: '20s', writeDeadline: '20s', waitDeadline: '20s' } as const;
const TAGS = ['*', 't:a'];

let count = 0;
let name: string;
let frames: HTMLIFrameElement[] = [];
let open: (Cache | HoldingStore)[] = [];
beforeEach(() => {
  name = `locks-${Date.now()}-${++count}`;
});
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  for (const frame of frames) frame.remove();
  frames = [];
  open = [];
  await wipeIndexedDb({ name });
});

/** The locks and the database of a document of its own: to the browser it is another tab. */
const newDocument = () => {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  frames.push(frame);
  const window = frame.contentWindow as Window;
  return { frame, disk: { locks: window.navigator.locks, indexedDB: window.indexedDB } };
};
const cacheIn = (options: Partial<IndexedDbStoreOptions> = {}) => {
  const cache = createBrowserCache({ name, disk: { ...newDocument().disk, ...PATIENT, ...options } });
  open.push(cache);
  return cache;
};
const storeIn = (options: Partial<IndexedDbStoreOptions> = {}) => {
  const { frame, disk } = newDocument();
  const store = indexedDbStore({ name, ...disk, ...PATIENT, ...options });
  open.push(store);
  return { frame, store };
};

const ticketOf = (lookup: Lookup): Ticket => {
  if (!('miss' in lookup)) throw new Error(`expected a miss, got ${Object.keys(lookup).join()}`);
  return lookup.miss;
};
const busyOf = (lookup: Lookup): Promise<void> => {
  if (!('busy' in lookup)) throw new Error(`expected to wait, got ${Object.keys(lookup).join()}`);
  return lookup.busy;
};

describe('three tabs, fifty readers in each, one cold key', () => {
  const read = async (caches: Cache[]) => {
    const { answers, loader } = controlled<string>();
    const asked = caches.map((cache) => new Promise((resolve) => cache.on('lookup', resolve)));
    const reading = Promise.all(
      caches.flatMap((cache) => Array.from({ length: 50 }, () => cache.get(['user', 1], loader))),
    );
    await Promise.all(asked);
    await new Promise((resolve) => setTimeout(resolve, 300)); // so that they are answered too
    for (const answer of answers) answer.resolve('value');
    expect(new Set(await reading)).toEqual(new Set(['value']));
    return answers.length;
  };

  it('one load', async () => {
    expect(await read([cacheIn(), cacheIn(), cacheIn()])).toBe(1);
  });

  it('three without locks', async () => {
    expect(await read([1, 2, 3].map(() => cacheIn({ locks: null })))).toBe(3);
  });
});

it('when a load fails, the next tab loads', async () => {
  const [a, b] = [cacheIn(), cacheIn()];
  const { answers, loader } = controlled<string>();
  const first = a.get('key', loader);
  await until(() => answers.length === 1);
  const second = b.get('key', loader);
  answers[0]?.reject(new Error('source'));
  await expect(first).rejects.toThrow('source');
  await until(() => answers.length === 2);
  answers[1]?.resolve('value');
  expect(await second).toBe('value');
});

describe('of two tabs that miss', () => {
  it('one has the ticket; the other waits for its commit, and finds what it brought', async () => {
    const [{ store: a }, { store: b }] = [storeIn(), storeIn()];
    const ticket = ticketOf(await a.lookup('key', TAGS));
    const waiting = busyOf(await b.lookup('key', TAGS));
    expect(await a.commit('key', recordOf('value'), ticket)).toBe('committed');
    await waiting;
    expect(await b.lookup('key', TAGS)).toMatchObject({ hit: { value: 'value' } });
  });

  it('the other does not wait for a lock that the first was given too late, and so loads without', async () => {
    const { locks } = newDocument().disk;
    let grant = () => {};
    const late = new Promise<void>((resolve) => {
      grant = resolve;
    });
    const slow = {
      request: async (...args: Parameters<LockManager['request']>) => {
        await late;
        return locks.request(...args);
      },
    } as LockManager;
    ticketOf(await storeIn({ locks: slow }).store.lookup('key', TAGS));
    const granted = new Promise<void>((resolve) => {
      const { request } = locks;
      locks.request = ((...args: Parameters<LockManager['request']>) => {
        resolve();
        return request.apply(locks, args);
      }) as LockManager['request'];
    });
    grant();
    await granted;
    await until(async () => !JSON.stringify(await locks.query()).includes(name));
    ticketOf(await storeIn().store.lookup('key', TAGS));
  });

  it('the other waits no longer than until the first is closed', async () => {
    const [{ store: a, frame }, { store: b }] = [storeIn(), storeIn()];
    ticketOf(await a.lookup('key', TAGS));
    const waiting = busyOf(await b.lookup('key', TAGS));
    frame.remove();
    await waiting;
    ticketOf(await b.lookup('key', TAGS));
  });

  it('the other does not wait for what is loaded for another key, nor for a load from before an invalidation', async () => {
    const [{ store: a }, { store: b }] = [storeIn(), storeIn()];
    ticketOf(await a.lookup('key', TAGS));
    ticketOf(await b.lookup('other', TAGS));
    for (const [hashes, tags] of [
      [['key'], []],
      [[], ['t:a']],
      [[], ['*']],
    ] as const) {
      void busyOf(await b.lookup('key', TAGS));
      await b.invalidate({ hashes, tags, soft: false });
      ticketOf(await a.lookup('key', TAGS));
    }
  });

  it('the other loads too when the first has taken too long, and does not wait for it again', async () => {
    // The first keeps its lock as a frozen tab would, whose timers do not run.
    const frozen = storeIn();
    const { store: b } = storeIn({ waitDeadline: 100 });
    const ticket = ticketOf(await frozen.store.lookup('key', TAGS));
    await busyOf(await b.lookup('key', TAGS));
    expect(await b.commit('key', recordOf('value'), ticketOf(await b.lookup('key', TAGS)))).toBe('committed');
    const { hit } = (await b.lookup('key', TAGS)) as { hit: { version: string } };
    ticketOf(await b.lookup('key', TAGS, hit.version)); // a refresh: still not ours, and not waited for
    await frozen.store.release('key', ticket);
    const again = ticketOf(await b.lookup('key', TAGS, hit.version));
    void busyOf(await frozen.store.lookup('key', TAGS, hit.version)); // now it has the lock
    await b.release('key', again);
  });

  it('the first gives the lock back in time, though its load has not ended', async () => {
    const [{ store: a }, { store: b }] = [storeIn({ waitDeadline: 100 }), storeIn()];
    const ticket = ticketOf(await a.lookup('key', TAGS));
    await busyOf(await b.lookup('key', TAGS)); // would take 20 s
    ticketOf(await b.lookup('key', TAGS));
    expect(await a.commit('key', recordOf('late, and true'), ticket)).toBe('committed');
  });
});

it('holds no lock after everything was loaded', async () => {
  const cache = cacheIn();
  await Promise.all(Array.from({ length: 100 }, (_, i) => cache.get(['item', i], () => i)));
  await until(
    async () =>
      (await navigator.locks.query()).held?.every((lock) => !lock.name?.startsWith(`cache-aside:${name}/`)) === true,
  );
});
