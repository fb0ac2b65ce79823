import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Cache, type Clock, createCache, type GetOptions, type Key } from '../../src/index.js';
import { createRequestCache, createServerCache } from '../../src/node/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { controlled } from '../support/controlled.js';
import { startRedis } from '../support/redis.js';

const PUBLIC = { scope: 'public' } as const;

/** A source that counts, and knows who asks. */
function shop() {
  const loads: string[] = [];
  const load = (key: Key, user: string) => async () => {
    loads.push(`${JSON.stringify(key)} for ${user}`);
    await new Promise((resolve) => setImmediate(resolve));
    return { text: JSON.stringify(key), loadedFor: user };
  };
  return { loads, load };
}

describe('what is public is shared, the rest is not', () => {
  it('loads for two users at once: public entries once, private ones for each', async () => {
    const { loads, load } = shop();
    const shared = createCache();
    const page = async (user: string) => {
      const cache = createRequestCache(shared);
      const [products, profile] = await Promise.all([
        cache.get(['products'], load(['products'], 'anybody'), PUBLIC),
        cache.get(['profile'], load(['profile'], user)),
      ]);
      const sent = cache.dehydrate();
      await cache.close();
      return { products, profile, sent };
    };
    const [alice, bob] = await Promise.all([page('alice'), page('bob')]);
    expect(loads.sort()).toEqual(['["products"] for anybody', '["profile"] for alice', '["profile"] for bob']);
    expect(alice.profile.loadedFor).toBe('alice');
    expect(bob.profile.loadedFor).toBe('bob');
    expect(alice.products).toBe(bob.products);
    expect(JSON.stringify(bob.sent)).not.toContain('alice');
    expect(shared.dehydrate().map(({ hash }) => hash)).toEqual(['["products"]']);
  });

  const reads = fc.array(
    fc.record({
      user: fc.constantFrom('alice', 'bob', 'carol'),
      key: fc.constantFrom('profile', 'cart', 'products', 'prices'),
      pause: fc.nat(3),
    }),
    { maxLength: 40 },
  );
  const isPublic = (key: string) => key === 'products' || key === 'prices';

  /** Runs the reads as they come, each user with one cache; answers what was seen that is another's. */
  async function leaks(sequence: readonly { user: string; key: string; pause: number }[], cacheOf: () => Cache) {
    const { load } = shop();
    const caches = new Map<string, Cache>();
    const seen = sequence.map(async ({ user, key, pause }) => {
      for (let i = 0; i < pause; i++) await new Promise((resolve) => setImmediate(resolve));
      const cache = caches.get(user) ?? cacheOf();
      caches.set(user, cache);
      const value = await cache.get([key], load([key], isPublic(key) ? 'anybody' : user), {
        scope: isPublic(key) ? 'public' : 'private',
      });
      return value.loadedFor === user || value.loadedFor === 'anybody' ? [] : [`${user} saw ${value.loadedFor}`];
    });
    const seenInReads = (await Promise.all(seen)).flat();
    const seenInState = [...caches].flatMap(([user, cache]) =>
      cache
        .dehydrate()
        .map(({ value }) => (value as { loadedFor: string }).loadedFor)
        .filter((owner) => owner !== user && owner !== 'anybody'),
    );
    return [...seenInReads, ...seenInState];
  }

  property.prop([reads], { numRuns: 300 })('in whatever order requests read', async (sequence) => {
    const shared = createCache();
    expect(await leaks(sequence, () => createRequestCache(shared))).toEqual([]);
  });

  it('one cache for all requests would leak', async () => {
    const shared = createCache();
    const sequence = ['alice', 'bob'].map((user) => ({ user, key: 'profile', pause: 0 }));
    expect(await leaks(sequence, () => shared)).not.toEqual([]);
  });

  it('what writes tell is stored where it is read: that of one user in nobody else’s memory', async () => {
    const shared = createCache();
    const request = createRequestCache(shared);
    const write = (key: Key, options: Pick<GetOptions, 'scope'>) =>
      request.mutate(() => 'saved', { invalidates: { key }, populates: (value) => ({ ...options, key, value }) });
    await write(['profile'], {});
    await write(['products'], PUBLIC);
    for (const scope of ['private', 'public'] as const) {
      const key = (id: string) => ['row', scope, id];
      const things = { key, load: () => 'loaded', save: () => 'saved', write: 'write-through', scope } as const;
      await request.repository<string, string, string>(things).update('1', 'saved');
    }
    expect(shared.dehydrate().map(({ hash }) => hash)).toEqual(['["products"]', '["row","public","1"]']);
    const mustNotLoad = () => Promise.reject(new Error('must not load'));
    expect(await request.get(['profile'], mustNotLoad)).toBe('saved');
    expect(await request.get(['products'], mustNotLoad, PUBLIC)).toBe('saved');
    expect(await request.get(['row', 'private', '1'], mustNotLoad)).toBe('saved');
  });

  it('what one user has not saved yet is shown to nobody else, nor waited for', async () => {
    const shared = createCache();
    const everybody = shared.watch('cart', () => 'of nobody');
    const seen: unknown[] = [];
    everybody.subscribe(() => seen.push(everybody.read().data));
    await expect.poll(() => everybody.read().data).toBe('of nobody');
    const [alice, bob] = [createRequestCache(shared), createRequestCache(shared)];
    const hanging = controlled<string>();
    const write = { invalidates: { key: 'cart' }, scope: 'cart' };
    const optimistic = { key: 'cart', change: () => 'of Alice' };
    const first = alice.mutate(hanging.loader, { ...write, optimistic });
    await expect.poll(() => hanging.answers).toHaveLength(1);
    const done: string[] = [];
    const second = alice.mutate(() => done.push('Alice'), write); // a user's own writes keep their order
    await bob.mutate(() => done.push('Bob'), write);
    expect(done).toEqual(['Bob']);
    hanging.answers[0]?.resolve('saved');
    await Promise.all([first, second]);
    expect(done).toEqual(['Bob', 'Alice']);
    expect(seen).not.toContain('of Alice');
    await shared.close();
  });

  it('shares what is public through Redis among processes, and nothing else', async () => {
    const redis = await startRedis();
    const { loads, load } = shop();
    const one = createServerCache({ redis: redis.url });
    const two = createServerCache({ redis: redis.url });
    try {
      const alice = createRequestCache(one);
      await alice.get(['products'], load(['products'], 'anybody'), PUBLIC);
      await alice.get(['profile'], load(['profile'], 'alice'));
      const bob = createRequestCache(two);
      await bob.get(['products'], load(['products'], 'anybody'), PUBLIC);
      await bob.get(['profile'], load(['profile'], 'bob'));
      expect(loads).toEqual(['["products"] for anybody', '["profile"] for alice', '["profile"] for bob']);
    } finally {
      await Promise.all([one.close(), two.close()]);
      await redis.stop();
    }
  });
});

describe('one page, one value', () => {
  it('answers the same promise, so that it can be read while rendering', async () => {
    const cache = createRequestCache(createCache());
    const loader = () => ({ n: 1 });
    for (const options of [undefined, PUBLIC] as (GetOptions | undefined)[]) {
      const key = ['promise', options?.scope ?? 'none'];
      const promise = cache.get(key, loader, options);
      expect(cache.get(key, loader, options)).toBe(promise);
      await promise;
      expect(cache.get(key, loader, options)).toBe(promise);
    }
  });

  it('keeps what it has shown, though others change it meanwhile; the browser learns that it is stale', async () => {
    const shared = createCache({ ttl: '1h', staleWhileRevalidate: '1h' });
    const cache = createRequestCache(shared);
    let name = 'before';
    const load = () => ({ name });
    const read = () => cache.get(['product'], load, PUBLIC);
    expect((await read()).name).toBe('before');
    name = 'after';
    await shared.invalidate({ key: ['product'] });
    expect((await shared.get(['product'], load)).name).toBe('after');
    expect((await read()).name).toBe('before');
    expect(cache.peek<{ name: string }>(['product'])?.name).toBe('before');

    const browser = createCache();
    const loads: string[] = [];
    browser.hydrate(cache.dehydrate());
    const watch = browser.watch(['product'], () => {
      loads.push('load');
      return { name };
    });
    expect(watch.read()).toMatchObject({ data: { name: 'before' }, isStale: true });
    watch.subscribe(() => {});
    await expect.poll(() => watch.read().data?.name).toBe('after');
    expect(loads).toEqual(['load']);
  });

  it('reads again what it has itself invalidated, set or mutated', async () => {
    const shared = createCache();
    const cache = createRequestCache(shared);
    let row = 1;
    for (const options of [{}, PUBLIC]) {
      const key = ['row', 'scope' in options ? 'public' : 'private'];
      const read = () => cache.get(key, () => row, options);
      row = 1;
      expect(await read()).toBe(1);
      row = 2;
      expect(await read()).toBe(1);
      await cache.invalidate({ key });
      expect(await read()).toBe(2);
      await cache.mutate(
        async () => {
          row = 3;
        },
        { invalidates: { key } },
      );
      expect(await read()).toBe(3);
      await cache.set(key, 4, options);
      expect(await read()).toBe(4);
    }
    expect(shared.peek(['row', 'private'])).toBeUndefined();
    expect(shared.peek(['row', 'public'])).toBe(4);
  });

  it('does not keep what began to load before it invalidated', async () => {
    const cache = createRequestCache(createCache());
    const { loader, answers } = controlled<string>();
    const early = cache.get('key', loader, PUBLIC);
    await cache.invalidate({ key: 'key' });
    const late = cache.get('key', loader, PUBLIC);
    answers[0]?.resolve('old');
    answers[1]?.resolve('new');
    expect(await early).toBe('old');
    expect(await late).toBe('new');
    expect(cache.dehydrate().map(({ value }) => value)).toEqual(['new']);
  });
});

describe('what is sent with the page', () => {
  it('is what this request has read, each entry once when the page is streamed', async () => {
    const shared = createCache();
    await shared.get(['somebody', 'else'], () => 'not for this page');
    const cache = createRequestCache(shared);
    await cache.get('a', () => 1, PUBLIC);
    expect(cache.dehydrateNew().map(({ hash }) => hash)).toEqual(['a']);
    const unfinished = controlled<number>();
    const waiting = cache.get('b', unfinished.loader);
    expect(cache.dehydrateNew()).toEqual([]);
    unfinished.answers[0]?.resolve(2);
    await waiting;
    await cache.get('a', () => 3, PUBLIC);
    expect(cache.dehydrateNew().map(({ hash, value }) => [hash, value])).toEqual([['b', 2]]);
    expect(cache.dehydrateNew()).toEqual([]);
    expect(cache.dehydrate().map(({ hash }) => hash)).toEqual(['a', 'b']);
    expect(cache.dehydrate({ keys: ['b'] }).map(({ hash }) => hash)).toEqual(['b']);
  });

  it('leaves out what failed, and fails once', async () => {
    const cache = createRequestCache(createCache());
    let loads = 0;
    const fail = () => {
      loads++;
      throw new Error('The source is gone');
    };
    void cache.get('early', fail); // nobody looks yet
    await expect(cache.get('early', fail)).rejects.toThrow('The source is gone');
    expect(loads).toBe(1);
    expect(cache.dehydrate()).toEqual([]);
  });

  it('leaves out what came with the page', async () => {
    const cache = createRequestCache(createCache());
    const loader = createCache();
    await loader.get('k', () => 'from a route');
    cache.hydrate(loader.dehydrate());
    expect(await cache.get('k', () => 'loaded again')).toBe('from a route');
    expect(cache.watch('k', () => '').read()).toMatchObject({ data: 'from a route', source: 'server' });
    expect(cache.dehydrate()).toEqual([]);
  });

  it('ages on its way, while the page shows all of it in the phase in which it was read', async () => {
    const clock = fakeClock();
    const shared = createCache({ clock, ttl: 1000, staleWhileRevalidate: 10_000, jitter: 0 });
    const cache = createRequestCache(shared, { clock });
    await cache.get('k', () => 'v', PUBLIC);
    clock.advance(3000);
    expect(cache.watch('k', () => '').read()).toMatchObject({ phase: 'fresh', isStale: false });
    expect(cache.dehydrate()).toMatchObject([{ age: 3000, windows: { fresh: 1000 } }]);
  });

  it('shows what cannot be kept, and lets the browser load it again', async () => {
    const cache = createRequestCache(createCache({ maxBytes: 10 }));
    await cache.get('big', () => 'x'.repeat(1000), PUBLIC);
    expect(cache.watch('big', () => '').read()).toMatchObject({ status: 'success', isStale: true });
    const browser = createCache();
    browser.hydrate(cache.dehydrate());
    expect(browser.peek('big')).toBeUndefined();
  });
});

describe('the end of the request', () => {
  it('leaves no timer, aborts loads that only it waits for, and calls after it reject', async () => {
    const timers = new Set<object>();
    const clock: Clock = {
      now: Date.now,
      after() {
        const timer = {};
        timers.add(timer);
        return () => timers.delete(timer);
      },
    };
    const warnings: string[] = [];
    const warn = (warning: Error) => warnings.push(warning.message);
    process.on('warning', warn);
    const shared = createCache();
    const cache = createRequestCache(shared, { ttl: '1s', clock });
    const signals: AbortSignal[] = [];
    for (let i = 0; i < 20; i++) {
      const load = cache.get(
        ['never', i],
        ({ signal }) => {
          signals.push(signal);
          return new Promise<never>(() => {}); // a loader that does not listen
        },
        { scope: i % 2 ? 'public' : 'private', timeout: '1h' },
      );
      load.catch(() => {});
    }
    await cache.get('done', () => 1);
    const watch = cache.watch('done', () => 1);
    expect(watch.read().data).toBe(1);
    watch.subscribe(() => {}); // nobody does on a server, and it would set a timer
    expect(timers.size).toBe(11); // those of the private loads, and that
    await cache.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual(Array(20).fill(true));
    await expect(cache.get('done', () => 1)).rejects.toMatchObject({ name: 'ClosedError' });
    expect(timers.size).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warn);
    expect(warnings).toEqual([]);
    await shared.close();
  });

  it('does not end what others wait for', async () => {
    const shared = createCache();
    const [alice, bob] = [createRequestCache(shared), createRequestCache(shared)];
    const { loader, answers } = controlled<string>();
    const left = alice.get('k', loader, PUBLIC);
    const stays = bob.get('k', loader, PUBLIC);
    await alice.close();
    await expect(left).rejects.toMatchObject({ name: 'ClosedError' });
    answers[0]?.resolve('v');
    expect(await stays).toBe('v');
    expect(answers).toHaveLength(1);
  });

  it('lets a write that is under way end, and nothing be rejected that nobody can catch', async () => {
    const uncaught: unknown[] = [];
    const hear = (reason: unknown) => uncaught.push(reason);
    process.on('unhandledRejection', hear);
    const shared = createCache();
    await shared.set('product', 'old');
    const cache = createRequestCache(shared);
    const { loader, answers } = controlled<string>();
    const saving = cache.mutate(loader, { invalidates: { key: 'product' } });
    await expect.poll(() => answers).toHaveLength(1);
    const closing = cache.close(); // the client has gone
    answers[0]?.resolve('saved');
    expect(await saving).toBe('saved');
    expect(shared.peek('product')).toBeUndefined();
    await closing;
    const target = { key: 'product' };
    const late = [
      cache.invalidate(target),
      cache.expire(target),
      cache.set('k', 1),
      cache.mutate(() => 1, { invalidates: target }),
    ];
    for (const call of late) await expect(call).rejects.toMatchObject({ name: 'ClosedError' });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(uncaught).toEqual([]);
  });

  it('lets a caller leave by its own signal', async () => {
    const cache = createRequestCache(createCache());
    const { loader, answers } = controlled<string>();
    const leaving = new AbortController();
    const left = cache.get('k', loader, { signal: leaving.signal });
    const stays = cache.get('k', loader);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    answers[0]?.resolve('v');
    expect(await stays).toBe('v');
  });
});

it('reads and writes through repositories', async () => {
  const shared = createCache();
  const cache = createRequestCache(shared);
  let name = 'Ada';
  const users = cache.repository<string, { name: string }>({
    key: (id) => ['user', id],
    load: () => ({ name }),
    save: (_, patch) => {
      name = patch.name ?? name;
      return { name };
    },
  });
  expect((await users.get('1')).name).toBe('Ada');
  await users.update('1', { name: 'Grace' });
  expect((await users.get('1')).name).toBe('Grace');
  expect(shared.stats().entries).toBe(0);
  expect(() => cache.repository({ key: () => 'k', load: () => 1, write: 'write-behind' })).toThrow('a request ends');
});
