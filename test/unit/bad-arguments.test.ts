import { describe, expect, it, vi } from 'vitest';
import { type Cache, createCache, type DehydratedEntry, OptionError, tierOf } from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** What callers without types pass. */
const bad = (value: unknown) => value as never;

/** Whether a call fails with an OptionError that names the option, and the cache does nothing of it. */
async function fails(option: string, call: (cache: Cache) => unknown): Promise<void> {
  const cache = createCache({ tier: tierOf(sharedMemoryPlace().store()) });
  const told: string[] = [];
  cache.on('*', ({ type }) => told.push(type));
  const error = await (async () => call(cache))().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OptionError);
  expect((error as OptionError).option).toBe(option);
  await settled();
  expect(told).toEqual([]);
}

describe('what cannot work fails with the name of the option, before anything happens:', () => {
  it.each([
    ['a text as a prefix, which names one key and not what begins with it', { prefix: 'user:' }, 'target.prefix'],
    ['a text as keys, which names its letters', { keys: 'abc' }, 'target.keys'],
    ['a word for everything', { key: 'a', all: 'yes' }, 'target.all'],
  ])('%s', async (_, target, option) => {
    await fails(option, (cache) => cache.invalidate(bad(target)));
    await fails(option, (cache) => cache.expire(bad(target)));
    await fails(option, (cache) => cache.mutate(() => 1, { invalidates: bad(target) }));
  });

  it.each([[null], [{}], ['abort']])('the signal %j', async (signal) => {
    await fails('signal', (cache) => cache.get('k', () => 'V', { signal: bad(signal) }));
  });

  it('a mutation of nothing, or that says nothing of what it makes untrue', async () => {
    await fails('save', (cache) => cache.mutate(bad(undefined), { invalidates: { key: 'k' } }));
    await fails('options', (cache) => cache.mutate(() => 1, bad(undefined)));
    await fails('target', (cache) => cache.mutate(() => 1, bad({})));
  });

  it.each([[{ key: 'k', value: 1 }], ['k'], [null]])(
    '%j as what a mutation tells, before it saves',
    async (populates) => {
      const save = vi.fn(() => 1);
      const mutate = (cache: Cache) => cache.mutate(save, { invalidates: { key: 'k' }, populates: bad(populates) });
      await fails('populates', mutate);
      await expect(mutate(createCache())).rejects.toThrow('Expected a function, such as (saved) => ({ key, value }).');
      expect(save).not.toHaveBeenCalled();
    },
  );

  it('a watch without a loader', async () => {
    await fails('loader', (cache) => cache.watch('k', bad(undefined)).refresh());
    const watch = createCache().watch('k', bad(undefined));
    watch.subscribe(() => {});
    await settled();
    expect(watch.read().error).toBeInstanceOf(OptionError);
  });

  it('what is hydrated and is no array', async () => {
    for (const state of [null, undefined, {}, 'state']) await fails('hydrate', (cache) => cache.hydrate(bad(state)));
  });

  it('a word that is none', async () => {
    await fails('target.tag', (cache) => cache.invalidate(bad({ key: 'a', tag: 'b' })));
    expect(() => createCache(bad({ ttl: '1m', staleWhileRevalidat: '1h' }))).toThrow(
      /^Bad option staleWhileRevalidat: got \["ttl","staleWhileRevalidat"\]\. Expected some of ttl, staleWhileRevalidate, /,
    );
  });

  it('a part of a cache that is none', () => {
    const store = sharedMemoryPlace().store();
    expect(() => createCache({ tier: bad(store) })).toThrow('Bad option tier');
    expect(() => tierOf(bad(undefined))).toThrow('Bad option store');
    for (const option of ['clock', 'tier', 'bus', 'auditor', 'random']) {
      for (const value of [null, {}, 'x'])
        expect(() => createCache({ [option]: value })).toThrow(`Bad option ${option}`);
    }
  });

  it.each([
    [Number.NaN, 'NaN'],
    [-1n, '-1n'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [{ ttl: 5n }, '[object Object]'],
    ['soon', "'soon'"],
  ])('a duration that is none, shown as it was written (%s)', (value, shown) => {
    expect(() => createCache({ ttl: bad(value) })).toThrow(`Bad option ttl: got ${shown}. Expected`);
  });

  const definition = { key: (id: string) => id, load: (id: string) => ({ id }) };

  it.each([
    ['key', undefined],
    ['load', undefined],
    ['save', 'UPDATE'],
    ['remove', null],
    ['tags', ['users']],
    ['apply', {}],
    ['write', 'later'],
    ['ttl', 'soon'],
    ['timeout', -1],
    ['coolDown', Number.NaN],
  ])('the %s %j of a repository', async (option, value) => {
    await fails(option, (cache) => cache.repository({ ...definition, [option]: bad(value) }));
  });

  it.each(['invalidate', 'write-through', 'write-behind'] as const)(
    'writes of a %s repository that cannot write',
    async (write) => {
      await fails('save', (cache) => cache.repository({ ...definition, write }).update('1', { id: '2' }));
      await fails('remove', (cache) => cache.repository({ ...definition, write }).delete('1'));
    },
  );
});

it('a target function that cannot cope with a write that failed does not hide why it failed', async () => {
  const cache = createCache();
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const save = (): { id: string } => {
    throw new Error('constraint violated');
  };
  const invalidates = (saved: { id: string } | undefined) => ({ key: ['user', (saved as { id: string }).id] });
  await expect(cache.mutate(save, { invalidates })).rejects.toThrow('constraint violated');
  expect(logged).toHaveBeenCalledWith(expect.any(TypeError));
  logged.mockRestore();
  await expect(cache.mutate(() => ({ id: '1' }), { invalidates: () => bad(undefined) })).rejects.toThrow(OptionError);
});

describe('what is hydrated and misshapen is loaded instead', () => {
  const good = async (): Promise<DehydratedEntry> => {
    const cache = createCache();
    await cache.get('k', () => 'GOOD');
    return cache.dehydrate()[0] as DehydratedEntry;
  };
  const windows = { due: 0, fresh: 0, stale: 0, expires: 0 };

  it.each([
    ['nothing', null],
    ['a number', 5],
    ['no age', { age: Number.NaN }],
    ['tags that no invalidation of everything reaches', { tags: [] }],
    ['windows that end before they begin', { windows: { ...windows, due: Number.POSITIVE_INFINITY } }],
    ['windows that are none', { windows: [1, 2, 3, 4] }],
  ])('%s', async (_, fault) => {
    const entry = await good();
    const cache = createCache();
    const state = typeof fault === 'object' && fault !== null ? { ...entry, value: 'BAD', ...fault } : fault;
    cache.hydrate([bad(state)]);
    expect(cache.peek('k')).toBeUndefined();
    cache.hydrate([entry, bad(state)]); // nor does it take the place of what is good
    expect(cache.peek('k')).toBe('GOOD');
  });
});
