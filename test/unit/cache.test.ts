import { describe, expect, it } from 'vitest';
import { createCache, isCacheError, KeyError, type Loader, OptionError } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('get', () => {
  it('loads on a miss and answers from memory after it, one load for many callers', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const reads = Array.from({ length: 1000 }, () => cache.get('k', loader));
    answers[0]?.resolve('v');
    expect(new Set(await Promise.all(reads))).toEqual(new Set(['v']));
    expect(await cache.get('k', loader)).toBe('v');
    expect(answers).toHaveLength(1);
  });

  it.each([null, 0, '', false, undefined, Number.NaN])('takes %s as a value, not as a miss', async (value) => {
    const cache = createCache();
    let loads = 0;
    const load = () => {
      loads++;
      return value;
    };
    await cache.get('k', load);
    expect(await cache.get('k', load)).toBe(value);
    expect(loads).toBe(1);
  });

  it('goes through the phases: fresh, due, stale, fallback, expired', async () => {
    const clock = fakeClock();
    const cache = createCache({
      clock,
      jitter: 0,
      ttl: '60s',
      refreshAhead: '10s',
      staleWhileRevalidate: '60s',
      staleIfError: '180s',
    });
    let n = 0;
    let fails = false;
    const load = () => {
      if (fails) throw new Error('down');
      return ++n;
    };
    const read = async () => {
      const value = await cache.get('k', load);
      await settled();
      return value;
    };
    expect(await read()).toBe(1);
    clock.advance(49_000);
    expect([await read(), n]).toEqual([1, 1]);
    clock.advance(2_000);
    expect([await read(), n]).toEqual([1, 2]); // due: answered, loaded behind
    clock.advance(61_000);
    expect([await read(), n]).toEqual([2, 3]); // stale
    fails = true;
    clock.advance(130_000);
    expect(cache.peek('k')).toBeUndefined();
    expect(await read()).toBe(3); // fallback: the load failed
    clock.advance(120_000);
    await expect(read()).rejects.toThrow('down'); // expired
  });

  it('caches "nothing" for its own shorter time', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, jitter: 0, ttl: '1h', negativeTtl: '5s' });
    let loads = 0;
    const load = () => {
      loads++;
      return null;
    };
    await cache.get('k', load);
    clock.advance(4_000);
    await cache.get('k', load);
    expect(loads).toBe(1);
    clock.advance(2_000);
    await cache.get('k', load);
    expect(loads).toBe(2);
  });

  it('does not ask for "nothing" at every read because values are refreshed further ahead than it lasts', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, jitter: 0, ttl: '1h', refreshAhead: '1m', negativeTtl: '5s' });
    let loads = 0;
    const load = () => {
      loads++;
      return null;
    };
    for (let ms = 0; ms < 4_000; ms += 1_000) {
      await cache.get('k', load);
      clock.advance(1_000);
    }
    expect(loads).toBe(1);
    clock.advance(1_000);
    await cache.get('k', load);
    expect(loads).toBe(2);
  });

  it('evicts the least recently used by entries and by bytes', async () => {
    const byEntries = createCache({ maxEntries: 2 });
    for (const key of ['a', 'b', 'a', 'c']) await byEntries.get(key, () => key);
    expect(['a', 'b', 'c'].map((key) => byEntries.peek(key))).toEqual(['a', undefined, 'c']);
    const byBytes = createCache({ maxBytes: 3_000 });
    for (const key of ['a', 'b', 'c']) await byBytes.get(key, () => new Uint8Array(1_000));
    expect(byBytes.peek('a')).toBeUndefined();
    expect(byBytes.stats().bytes).toBeLessThanOrEqual(3_000);
    await byBytes.get('huge', () => new Uint8Array(10_000));
    expect(byBytes.peek('c')).toBeDefined();
  });

  it('evicts in the very order of use, whatever was removed in between', async () => {
    const cache = createCache({ maxEntries: 3 });
    const evicted: string[] = [];
    cache.on('evicted', ({ hash }) => evicted.push(hash));
    const get = (keys: string) => Promise.all([...keys].map((key) => cache.get(key, () => key)));
    await get('abc');
    await get('cba');
    await get('d');
    expect(evicted).toEqual(['c']);
    await get('b');
    await get('ef');
    expect(evicted).toEqual(['c', 'a', 'd']);
    await cache.invalidate({ key: 'e' });
    await get('gh');
    expect(evicted).toEqual(['c', 'a', 'd', 'b']);
    expect(cache.stats().entries).toBe(3);
  });

  it('counts what is current, of what was invalidated too', async () => {
    const cache = createCache();
    for (const id of [1, 2, 3]) await cache.get(['row', id], () => 'v', { tags: [id < 3 ? 'some' : 'others'] });
    await cache.invalidate({ tags: ['some'] });
    const { entries, bytes } = cache.stats();
    expect([entries, bytes > 0]).toEqual([1, true]);
    await cache.expire({ all: true });
    expect(cache.stats()).toEqual({ entries, bytes }); // it is stale, not untrue
    await cache.invalidate({ all: true });
    expect(cache.stats()).toEqual({ entries: 0, bytes: 0 });
  });

  it('tells of the miss, the load and the hit', async () => {
    const cache = createCache();
    const told: string[] = [];
    cache.on('*', ({ type }) => told.push(type));
    await cache.get('k', () => 'v');
    await cache.get('k', () => 'v');
    expect(told).toEqual(['miss', 'load', 'stored', 'loaded', 'hit']);
  });

  it('tells its own errors from those of loaders', async () => {
    const cache = createCache();
    await cache.close();
    const failed = [cache.get('k', () => 1), createCache().get('k', () => Promise.reject(new Error('source')))];
    const errors = await Promise.all(failed.map((read) => read.catch((error: unknown) => error)));
    expect(errors.map(isCacheError)).toEqual([true, false]);
  });

  it('lets callers leave by their signal, and aborts the load when the last one has left', async () => {
    const cache = createCache();
    let signal: AbortSignal | undefined;
    const load = (context: { signal: AbortSignal }) => {
      signal = context.signal;
      return new Promise<string>(() => {});
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const reads = [one, two].map((own) => cache.get('k', load, { signal: own.signal }));
    one.abort(new Error('left'));
    await expect(reads[0]).rejects.toThrow('left');
    expect(signal?.aborted).toBe(false);
    two.abort(new Error('left too'));
    await expect(reads[1]).rejects.toThrow('left too');
    expect(signal?.aborted).toBe(true);
  });

  it('lets a caller leave whom its own loader aborts, and starts nothing for one who has left', async () => {
    const cache = createCache();
    const leaving = new AbortController();
    const load: Loader<string> = ({ signal }) => {
      leaving.abort(new Error('left'));
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    await expect(cache.get('k', load, { signal: leaving.signal })).rejects.toThrow('left');
    let loads = 0;
    await expect(cache.get('k', () => ++loads, { signal: leaving.signal })).rejects.toThrow('left');
    expect(loads).toBe(0);
  });

  it('rejects for a load that takes longer than its timeout, and aborts it', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, timeout: '1s' });
    let aborted = false;
    const read = cache.get('k', ({ signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => {});
    });
    clock.advance(1_001);
    await expect(read).rejects.toThrow('longer than 1000 ms');
    expect(aborted).toBe(true);
  });

  it('tells what is wrong with a key or an option, at once', () => {
    const cache = createCache();
    const load = () => 1;
    const cyclic: unknown[] = ['a'];
    cyclic.push(cyclic);
    for (const [key, path] of [
      [['a', () => 1], 'key[1]'],
      [['a', { b: Symbol('s') }], 'key[1].b'],
      [['a', [Number.NaN]], 'key[1][0]'],
      [cyclic, 'key[1]'],
      ['', 'key'],
      [[], 'key'],
    ] as const) {
      expect(() => cache.get(key as never, load)).toThrow(KeyError);
      expect(() => cache.get(key as never, load)).toThrow(path);
    }
    expect(() => createCache({ ttl: '5 min' as never })).toThrow(OptionError);
    expect(() => createCache({ ttl: -1 })).toThrow('ttl');
    expect(() => cache.invalidate({ tag: 'x' } as never)).toThrow('target.tag');
  });
});

describe('invalidate', () => {
  const targets = [
    ['key', { key: ['user', 1] }],
    ['tag', { tags: ['users'] }],
    ['tag of the loader', { tags: ['team:7'] }],
    ['prefix', { prefix: ['user'] }],
    ['all', { all: true }],
  ] as const;

  it.each(targets)('by %s: a load that began before it is answered once and not kept', async (_, target) => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const load = (context: { tag: (tag: string) => void }) => {
      context.tag('team:7');
      return loader();
    };
    const before = cache.get(['user', 1], load, { tags: ['users'] });
    await cache.invalidate(target);
    const after = cache.get(['user', 1], load, { tags: ['users'] });
    answers[0]?.resolve('OLD');
    expect(await before).toBe('OLD');
    answers[1]?.resolve('NEW');
    expect(await after).toBe('NEW');
    expect(await cache.get(['user', 1], load)).toBe('NEW');
  });

  it('by a tag that the load tells only at its end: whoever came after the invalidation loads again', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const load = async ({ tag }: { tag: (tag: string) => void }) => {
      const value = await loader();
      tag('late');
      return value;
    };
    const before = cache.get('k', load);
    await cache.invalidate({ tags: ['late'] });
    const after = cache.get('k', load); // nobody can know yet that this load will carry the tag
    answers[0]?.resolve('OLD');
    expect(await before).toBe('OLD');
    await settled();
    answers[1]?.resolve('NEW');
    expect(await after).toBe('NEW');
  });

  it('by a tag that only the old load had told: what stands in for a failed load is not answered after it', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, jitter: 0, ttl: 1_000, staleIfError: '1h' });
    await cache.get('k', ({ tag }) => {
      tag('told');
      return 'OLD';
    });
    clock.advance(1_000);
    const { answers, loader } = controlled<string>();
    const first = cache.get('k', loader);
    await cache.invalidate({ tags: ['told'] });
    const second = cache.get('k', loader); // joins: the load has told nothing yet
    answers[0]?.reject(new Error('down'));
    for (const reading of [first, second]) await expect(reading).rejects.toThrow('down');
  });

  it('a naive cache brings the old value back in the same race', async () => {
    const map = new Map<string, string>();
    const { answers, loader } = controlled<string>();
    const get = async (key: string) => {
      const found = map.get(key);
      if (found !== undefined) return found;
      const value = await loader();
      map.set(key, value);
      return value;
    };
    const before = get('k');
    map.delete('k');
    answers[0]?.resolve('OLD');
    await before;
    expect(await get('k')).toBe('OLD');
  });

  it.each(targets)('by %s: reaches entries that are in memory', async (_, target) => {
    const cache = createCache();
    let n = 0;
    const load = ({ tag }: { tag: (tag: string) => void }) => {
      tag('team:7');
      return ++n;
    };
    const read = () => cache.get(['user', 1], load, { tags: ['users'] });
    await read();
    await cache.invalidate({ tags: ['others'] });
    expect(await read()).toBe(1);
    await cache.invalidate(target);
    expect(cache.peek(['user', 1])).toBeUndefined();
    expect(await read()).toBe(2);
  });

  it.each(targets)('expire by %s makes stale: answered once more while it loads behind', async (_, target) => {
    const cache = createCache({ staleWhileRevalidate: '1h' });
    let n = 0;
    const load = ({ tag }: { tag: (tag: string) => void }) => {
      tag('team:7');
      return ++n;
    };
    const read = () => cache.get(['user', 1], load, { tags: ['users'] });
    await read();
    await cache.expire(target);
    expect(await read()).toBe(1);
    await settled();
    expect(await read()).toBe(2);
    await settled();
    expect([await read(), n]).toEqual([2, 2]);
  });
});

it('a load that began earlier and ends later does not take the place of one that began later', async () => {
  const cache = createCache({ staleWhileRevalidate: '1h' });
  const { answers, loader } = controlled<string>();
  const first = cache.get('k', loader);
  await cache.expire({ key: 'k' }); // what it brings is stale, but not untrue
  const second = cache.get('k', loader);
  answers[1]?.resolve('LATER');
  await second;
  answers[0]?.resolve('EARLIER');
  expect(await first).toBe('EARLIER');
  expect(await cache.get('k', loader)).toBe('LATER');
});

it('keeps for ever what is due from the beginning, if that is asked for', async () => {
  const cache = createCache({ ttl: Number.POSITIVE_INFINITY, refreshAhead: Number.POSITIVE_INFINITY });
  await cache.get('k', () => 'V');
  expect(cache.dehydrate()[0]?.windows).toMatchObject({ due: 0, fresh: Number.POSITIVE_INFINITY });
});

describe('set and mutate', () => {
  it('with memory alone, a set is there at once', () => {
    const cache = createCache();
    void cache.set('k', 'SET');
    expect(cache.peek('k')).toBe('SET');
  });

  it('a set is not overwritten by a load that began before it', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const before = cache.get('k', loader);
    await cache.set('k', 'SET');
    answers[0]?.resolve('OLD');
    await before;
    expect(await cache.get('k', loader)).toBe('SET');
  });

  it('mutate invalidates after success and after a failure, whose outcome nobody knows', async () => {
    const cache = createCache();
    let source = 1;
    const read = () => cache.get('k', () => source);
    await read();
    await cache.mutate(() => ++source, { invalidates: { key: 'k' } });
    expect(await read()).toBe(2);
    const failing = cache.mutate(
      () => {
        source++;
        throw new Error('timeout');
      },
      { invalidates: { key: 'k' } },
    );
    await expect(failing).rejects.toThrow('timeout');
    expect(await read()).toBe(3);
  });
});
