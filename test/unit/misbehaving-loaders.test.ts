import { describe, expect, it } from 'vitest';
import { createCache, ReentrantLoadError, type Ticket, tierOf } from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';

/** What cannot be made a string, or says nothing that is one: a report of it must not take the place of it. */
const thrown: [string, () => unknown][] = [
  ['an object without a prototype', () => Object.create(null)],
  [
    'an object whose toString throws',
    () => ({
      toString() {
        throw new Error('toString');
      },
    }),
  ],
  ['an error whose message is no string', () => Object.assign(new Error(), { message: Object.create(null) })],
  ['a symbol', () => Symbol('s')],
  ['undefined', () => undefined],
];

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );

it.each([
  ['memory alone', () => createCache()],
  ['a store', () => createCache({ coolDown: 0, tier: tierOf(sharedMemoryPlace().store()) })],
])('a loader that reads its own key is told, instead of waiting for itself, over %s', async (_, open) => {
  const cache = open();
  const loader = (): Promise<string> => cache.get('k', loader);
  expect(await caught(cache.get('k', loader))).toBeInstanceOf(ReentrantLoadError);
  expect(await cache.get('k', () => 'V')).toBe('V');
});

describe('a loader that throws', () => {
  it.each(thrown)('%s: its readers get just that, and the next read loads again', async (_, make) => {
    const error = make();
    for (const fail of [
      () => Promise.reject(error),
      () => {
        throw error;
      },
    ]) {
      const cache = createCache({ coolDown: 0, tier: tierOf(sharedMemoryPlace().store()) });
      expect(await caught(cache.get('k', fail))).toBe(error);
      expect(await cache.get('k', () => 'V')).toBe('V');
    }
  });

  it.each(thrown)('%s: the store gets its ticket back', async (_, make) => {
    const store = sharedMemoryPlace().store();
    const released: Ticket[] = [];
    const release: typeof store.release = async (_hash, ticket) => void released.push(ticket);
    const cache = createCache({ tier: tierOf({ ...store, release }) });
    await caught(cache.get('k', () => Promise.reject(make())));
    expect(released).toHaveLength(1);
  });
});

describe('a loader that brings', () => {
  it('what throws when it is looked into: the reader gets it', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const lazy = {
      get field(): never {
        throw new Error('not loaded');
      },
    };
    const cache = createCache();
    expect(await cache.get('getter', () => lazy)).toBe(lazy);
    const holder = { proxy };
    expect((await cache.get('proxy', () => holder)) === holder).toBe(true);
    expect(cache.peek('getter')).toBe(lazy);
  });

  it('a thenable that settles twice, or throws when it is asked', async () => {
    const twice: PromiseLike<string> = {
      // biome-ignore lint/suspicious/noThenProperty: it is what is tested
      then(resolve, reject) {
        void resolve?.('first');
        void reject?.(new Error('second'));
        throw new Error('third');
      },
    };
    const broken = {
      // biome-ignore lint/suspicious/noThenProperty: it is what is tested
      get then(): never {
        throw new Error('no then');
      },
    };
    const cache = createCache();
    expect(await cache.get('twice', () => twice)).toBe('first');
    await expect(cache.get('broken', () => broken)).rejects.toThrow('no then');
    expect(await cache.get('broken', () => 'V')).toBe('V');
  });
});
