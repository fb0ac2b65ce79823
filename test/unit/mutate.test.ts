import { describe, expect, it } from 'vitest';
import { type Cache, type CacheEvent, createCache, OptionError, tierOf } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A source whose replica, from which loaders read, lags behind until it is told to catch up. */
function laggingSource() {
  let primary = 'OLD';
  let replica = 'OLD';
  return {
    save: (value: string) => {
      primary = value;
    },
    catchUp: () => {
      replica = primary;
    },
    load: () => replica,
  };
}

/** A cache of memory alone, and one above a store; `restart` forgets the memory of the latter. */
const kinds: [string, () => { cache: Cache; clock: ReturnType<typeof fakeClock>; restart: () => Cache }][] = [
  [
    'memory alone',
    () => {
      const clock = fakeClock();
      const cache = createCache({ clock });
      return { cache, clock, restart: () => cache };
    },
  ],
  [
    'memory above a store',
    () => {
      const clock = fakeClock(Date.now());
      const place = sharedMemoryPlace();
      const open = () => createCache({ clock, tier: tierOf(place.store()) });
      return { cache: open(), clock, restart: open };
    },
  ],
];

describe.each(kinds)('mutate, %s', (_, open) => {
  it.each(['invalidate', 'expire'] as const)(
    'goes on holding what somebody else %ss meanwhile, and that alone',
    async (what) => {
      const { cache, restart } = open();
      const saving = controlled<string>();
      const mutating = cache.mutate(saving.loader, { invalidates: { key: 'k' } });
      await settled();
      await cache[what]({ keys: ['k', 'other'] });
      expect(await cache.get('k', () => 'OLD')).toBe('OLD');
      await cache.get('other', () => 'V');
      await settled();
      expect(await restart().get('k', () => 'of the source')).toBe('of the source');
      expect(await restart().get('other', () => 'loaded again')).toBe('V');
      saving.answers[0]?.resolve('saved');
      await mutating;
      expect(await cache.get('k', () => 'NEW')).toBe('NEW');
      await settled();
      expect(await restart().get('k', () => 'loaded again')).toBe('NEW');
    },
  );

  it('a load that overlaps the save is not stored, whenever it began and ended', async () => {
    const { cache, restart } = open();
    const { answers, loader } = controlled<string>();
    const saving = controlled<string>();
    const before = cache.get('k', loader);
    await settled();
    const mutating = cache.mutate(saving.loader, { invalidates: { key: 'k' } });
    await settled();
    answers[0]?.resolve('OLD');
    expect(await before).toBe('OLD');
    await settled();
    // Began during the save, ends during it.
    const during = cache.get('k', loader);
    await settled();
    answers[1]?.resolve('OLD');
    expect(await during).toBe('OLD');
    await settled();
    expect(cache.peek('k')).toBeUndefined();
    // Began during the save, ends after it.
    const late = cache.get('k', loader);
    await settled();
    saving.answers[0]?.resolve('saved');
    expect(await mutating).toBe('saved');
    answers[2]?.resolve('OLD');
    expect(await late).toBe('OLD');
    await settled();
    for (const reader of [cache, restart()]) expect(await reader.get('k', () => 'NEW')).toBe('NEW');
  });

  it('without settle, a lagging replica brings the old value back to stay: the naive way', async () => {
    const { cache } = open();
    const source = laggingSource();
    await cache.mutate(() => source.save('NEW'), { invalidates: { key: 'k' } });
    expect(await cache.get('k', source.load)).toBe('OLD');
    source.catchUp();
    await settled();
    expect(await cache.get('k', source.load)).toBe('OLD');
  });

  it.each([
    ['a target known before', { key: 'k' }],
    ['a target told by the save', () => ({ key: 'k' })],
  ] as const)('with settle, what a lagging replica brought is not kept: %s', async (_name, invalidates) => {
    const { cache, clock, restart } = open();
    const source = laggingSource();
    await cache.mutate(() => source.save('NEW'), { invalidates, settle: '2s' });
    expect(await cache.get('k', source.load)).toBe('OLD'); // the replica has nothing else
    expect(cache.peek('k')).toBeUndefined();
    source.catchUp();
    expect(await cache.get('k', source.load)).toBe('NEW');
    // What was loaded before the settling time was over, and ends after it, may be old.
    const { answers, loader } = controlled<string>();
    const late = cache.get('k', loader);
    await settled();
    clock.advance(2_000);
    await settled();
    answers[0]?.resolve('OLD');
    expect(await late).toBe('OLD');
    for (const reader of [cache, restart()]) expect(await reader.get('k', source.load)).toBe('NEW');
    expect(cache.peek('k')).toBe('NEW');
  });

  it('a mutation that ends lets go of nothing that another still holds', async () => {
    const { cache, restart } = open();
    const source = laggingSource();
    const slow = controlled<void>();
    const invalidates = { key: 'k' };
    const first = cache.mutate(slow.loader, { invalidates });
    await cache.mutate(() => {}, { invalidates });
    await cache.mutate(() => {}, { invalidates: { tags: ['k'] } });
    for (const reader of [cache, restart()]) {
      expect(await reader.get('k', source.load, { tags: ['k'] })).toBe('OLD');
      await settled();
    }
    source.save('NEW');
    source.catchUp();
    slow.answers[0]?.resolve();
    // What was loaded during the first must be nowhere, even before it has ended.
    expect(await restart().get('k', source.load, { tags: ['k'] })).toBe('NEW');
    await first;
    expect(await cache.get('k', source.load, { tags: ['k'] })).toBe('NEW');
  });

  it('invalidates after a failure too, and passes it on', async () => {
    const { cache } = open();
    await cache.set('k', 'OLD');
    const failing = cache.mutate(() => Promise.reject(new Error('timed out, may have happened')), {
      invalidates: { key: 'k' },
    });
    await expect(failing).rejects.toThrow('timed out');
    expect(await cache.get('k', () => 'NEW')).toBe('NEW');
    expect(cache.peek('k')).toBe('NEW'); // nothing is held any more
  });

  it('tells of the invalidation once, at the end', async () => {
    const { cache } = open();
    const told: CacheEvent[] = [];
    cache.on('invalidated', (event) => told.push(event));
    await cache.mutate(() => expect(told).toEqual([]), { invalidates: { tags: ['a'] } });
    expect(told).toHaveLength(1);
  });

  it('rejects bad options before it saves', async () => {
    const { cache } = open();
    let saves = 0;
    const save = () => ++saves;
    const invalidates = { key: 'k' };
    await expect(cache.mutate(save, { invalidates, settle: 'soon' as '1s' })).rejects.toThrow(OptionError);
    await expect(cache.mutate(save, { invalidates, confirm: -1 })).rejects.toThrow(OptionError);
    await expect(cache.mutate(save, { invalidates: { kee: 'k' } as object })).rejects.toThrow(OptionError);
    expect(saves).toBe(0);
  });
});

describe('a process that dies between save and invalidate', () => {
  it('leaves nothing of what it held in the store', async () => {
    const place = sharedMemoryPlace();
    const open = () => createCache({ tier: tierOf(place.store()) });
    await open().get('k', () => 'OLD');
    await settled();
    void open().mutate(() => new Promise(() => {}), { invalidates: { key: 'k' } }); // never ends
    await settled();
    expect(await open().get('k', () => 'NEW')).toBe('NEW');
  });
});

describe('revision', () => {
  it.each(kinds)('a value of a lower one does not replace one of a higher, %s', async (_, open) => {
    const { cache, restart } = open();
    const refresh = (value: string, number?: number | bigint) =>
      cache
        .watch('k', ({ revision }) => {
          if (number !== undefined) revision(number);
          return value;
        })
        .refresh();
    await refresh('NEW', 10n);
    await settled();
    expect(await refresh('OLD', 9)).toBe('OLD'); // whoever insists gets what the replica said
    await settled();
    expect(cache.peek('k')).toBe('NEW');
    expect(await restart().get('k', () => Promise.reject(new Error('must not load')))).toBe('NEW');
    // Without a revision there is nothing to compare: the naive way.
    await refresh('OLD');
    expect(cache.peek('k')).toBe('OLD');
  });

  it.each([-1, 1.5, Number.NaN, -1n, '7' as unknown as number])('%s is none', async (bad) => {
    const load = createCache().get('k', ({ revision }) => revision(bad));
    await expect(load).rejects.toThrow(OptionError);
  });
});

it('a scope and a key of one name do not wait for each other', async () => {
  const cache = createCache();
  const { answers, loader } = controlled<string>();
  const things = cache.repository<string, string, string>({
    key: (id) => id,
    load: () => 'V',
    save: (_, value) => value,
    write: 'write-through',
  });
  for (const name of ['x', 's', '"', '[', '"[']) {
    const scoped = cache.mutate(loader, { invalidates: { key: 'k' }, scope: name });
    for (const key of [name, `"${name}`, `"s${name}`, `s${name}`, `scope:${name}`]) await things.update(key, 'W');
    answers.pop()?.resolve('saved');
    await scoped;
  }
});
