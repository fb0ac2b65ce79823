import { describe, expect, it } from 'vitest';
import { type Bus, createCache, type Invalidation, tierOf } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

describe('explain', () => {
  it('follows an entry through its life, and changes nothing', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, ttl: '10s', staleWhileRevalidate: '10s', staleIfError: '1m', jitter: 0 });
    const explained = async () => (await cache.explain(['user', 1])).read;
    expect(await explained()).toBe('miss: not in memory; loads');
    const { answers, loader } = controlled<string>();
    const reading = cache.get(['user', 1], loader);
    expect(await explained()).toBe('miss: not in memory; joins the load under way');
    answers[0]?.resolve('v');
    await reading;
    expect(await cache.explain(['user', 1])).toMatchObject({
      hash: '["user",1]',
      read: 'hit: fresh in memory',
      held: false,
      memory: { phase: 'fresh', age: 0, source: 'source', tags: ['*', 'p:["user"]'], raised: undefined },
    });
    clock.advance(10_000);
    expect(await explained()).toBe('hit: stale in memory; behind it loads');
    clock.advance(10_000);
    expect(await explained()).toContain('answers the old value if the load fails');
    clock.advance(60_000);
    expect(await explained()).toBe('miss: expired in memory; loads');
    expect(answers).toHaveLength(1);
  });

  it('tells of an invalidation that has reached what is in memory, and of a mutation under way', async () => {
    const cache = createCache();
    await cache.get('k', () => 'v', { tags: ['users'] });
    await cache.invalidate({ tags: ['users'] });
    expect(await cache.explain('k')).toMatchObject({
      memory: { raised: 'hard' },
      read: expect.stringContaining('invalidated'),
    });
    const saving = controlled<void>();
    const mutating = cache.mutate(saving.loader, { invalidates: { key: 'k' } });
    expect(await cache.explain('k')).toMatchObject({ held: true });
    saving.answers[0]?.resolve();
    await mutating;
    expect(await cache.explain('k')).toMatchObject({ held: false });
  });

  it.each([{ key: 'k' }, { tags: ['users'] }, { prefix: ['users'] }, { all: true as const }])(
    'calls stale what %j has expired, before any read has seen it',
    async (target) => {
      const cache = createCache({ ttl: '1m', staleWhileRevalidate: '1h' });
      const key = 'prefix' in target ? ['users', 1] : 'k';
      await cache.get(key, () => 'v', { tags: ['users'] });
      await cache.expire(target);
      expect(await cache.explain(key)).toMatchObject({
        memory: { raised: 'soft', phase: 'stale' },
        read: 'hit: stale in memory; behind it loads',
      });
      expect(cache.peek(key)).toBe('v');
    },
  );

  it('names the store below and whether it answers', async () => {
    const cache = createCache({ tier: tierOf(sharedMemoryPlace().store()) });
    expect(await cache.explain('k')).toMatchObject({
      read: 'miss: not in memory; asks shared-memory',
      tier: { name: 'shared-memory', answers: true, owed: 0 },
    });
  });
});

describe('invalidate with confirm', () => {
  const busThat = (confirm?: Bus['confirm']) => {
    const published: Invalidation[] = [];
    const bus: Bus = {
      publish: (invalidation) => void published.push(invalidation),
      ...(confirm && { confirm }),
      subscribe: () => () => {},
      close: async () => {},
    };
    return { bus, published };
  };

  it('asks the bus after it has told the others, and says what it answered', async () => {
    const asked: [number, number][] = [];
    const { bus, published } = busThat(async (ms) => {
      asked.push([ms, published.length]);
      return ms > 100;
    });
    const cache = createCache({ bus });
    expect(await cache.invalidate({ key: 'k' })).toEqual({ durable: true });
    expect(await cache.invalidate({ key: 'k' }, { confirm: true })).toEqual({ durable: true, confirmed: true });
    expect(await cache.invalidate({ key: 'k' }, { confirm: '50ms' })).toEqual({ durable: true, confirmed: false });
    expect(asked).toEqual([
      [1_000, 2],
      [50, 3],
    ]);
  });

  it('is sure of it where there is nobody else, and never where the bus cannot tell', async () => {
    expect(await createCache().invalidate({ key: 'k' }, { confirm: true })).toMatchObject({ confirmed: true });
    const { bus } = busThat();
    expect(await createCache({ bus }).invalidate({ key: 'k' }, { confirm: true })).toMatchObject({ confirmed: false });
  });
});
