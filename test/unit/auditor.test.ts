import { describe, expect, it } from 'vitest';
import { isEqual } from '../../src/cache/inspecting/is-equal.js';
import { auditor, type CacheEvent, type Clock, createCache, OptionError, type Store, tierOf } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

function audited(store?: Store) {
  const clock = fakeClock(Date.now());
  const disagreements: Extract<CacheEvent, { type: 'disagreement' }>[] = [];
  const cache = createCache({
    clock,
    auditor: auditor({ sample: 1, after: '5s' }),
    ...(store && { tier: tierOf(store) }),
  });
  cache.on('disagreement', (event) => disagreements.push(event));
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settled();
  };
  return { cache, disagreements, pass };
}

describe('the auditor', () => {
  it('says nothing while the cache answers what the source says', async () => {
    const { cache, disagreements, pass } = audited();
    let rows = ['a'];
    const read = () => cache.get('rows', () => [...rows], { tags: ['rows'] });
    await read();
    rows = ['a', 'b'];
    await cache.invalidate({ tags: ['rows'] });
    await read();
    await pass(5_000);
    expect(disagreements).toEqual([]);
  });

  it('tells of a source that changed without being told, with the trace', async () => {
    const { cache, disagreements, pass } = audited();
    let price = 1;
    const read = () => cache.get('price', () => price);
    await read();
    await cache.invalidate({ key: 'price' });
    await read();
    price = 2; // and nobody invalidates
    await pass(4_999);
    expect(disagreements).toEqual([]);
    await pass(1);
    expect(disagreements).toMatchObject([{ hash: 'price', tier: 'memory', cached: 1, loaded: 2 }]);
    const trace = disagreements[0]?.trace;
    expect(trace?.loadedAt).toBeGreaterThanOrEqual(trace?.invalidatedAt ?? Number.POSITIVE_INFINITY);
  });

  it('finds a store that goes on answering what was invalidated', async () => {
    const honest = sharedMemoryPlace().store();
    const { cache, disagreements, pass } = audited({ ...honest, invalidate: async () => {} });
    let row = 'OLD';
    const read = () => cache.get('row', () => row);
    await read();
    await settled();
    row = 'NEW';
    await cache.invalidate({ key: 'row' });
    expect(await read()).toBe('OLD'); // the store lies
    await pass(5_000);
    const invalidation = { hashes: ['row'], tags: [], soft: false };
    expect(disagreements).toMatchObject([{ hash: 'row', cached: 'OLD', loaded: 'NEW', trace: { invalidation } }]);
    const trace = disagreements[0]?.trace;
    expect(trace?.loadedAt).toBeLessThanOrEqual(trace?.invalidatedAt ?? 0);
  });

  it('is not put off for ever by what is invalidated all the time', async () => {
    const { cache, disagreements, pass } = audited();
    let n = 0;
    for (let second = 0; second < 6; second++) {
      await cache.invalidate({ key: 'k' });
      await cache.get('k', () => ++n);
      await pass(1_000);
    }
    expect(disagreements).toHaveLength(1);
  });

  it('looks only at its sample, and at nothing after close', async () => {
    let asked = 0;
    const clock = fakeClock();
    const numbers = [0.9, 0.9, 0.9, 0.001, 0.001];
    const cache = createCache({
      clock,
      auditor: auditor({ sample: 0.01 }),
      random: () => numbers.shift() ?? 0.001,
      jitter: 0,
    });
    const read = (key: string) => cache.get(key, () => ++asked, { tags: ['all'] });
    for (const key of ['a', 'b', 'c', 'd']) await read(key);
    await cache.invalidate({ tags: ['all'] });
    for (const key of ['a', 'b', 'c', 'd']) await read(key);
    expect(asked).toBe(8);
    clock.advance(5_000);
    await settled();
    const audits = asked - 8;
    expect(audits).toBeGreaterThan(0);
    expect(audits).toBeLessThan(4);
    await cache.invalidate({ tags: ['all'] });
    await cache.close();
    clock.advance(5_000);
    await settled();
    expect(asked).toBe(8 + audits);
  });

  it('has a bounded number of keys waiting, however many are invalidated before it looks', async () => {
    const clock = fakeClock();
    let waiting = 0;
    const counting: Clock = {
      now: clock.now,
      after(ms, task) {
        waiting++;
        return clock.after(ms, task);
      },
    };
    const cache = createCache({ clock: counting, auditor: auditor({ sample: 1, after: '1h' }) });
    for (let i = 0; i < 3_000; i++) {
      await cache.get(['k', i], () => i);
      await cache.invalidate({ key: ['k', i] });
    }
    expect(waiting).toBe(1_000);
    await cache.close();
  });

  it('rejects a sample that is none', () => {
    expect(() => auditor({ sample: 2 })).toThrow(OptionError);
    expect(() => auditor({ after: 'soon' as '1s' })).toThrow(OptionError);
  });
});

describe('isEqual', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const other: { self?: unknown } = {};
  other.self = other;
  it.each([
    [{ a: [1, { b: Number.NaN }] }, { a: [1, { b: Number.NaN }] }, true],
    [{ a: undefined }, {}, false],
    [{ a: undefined }, { b: undefined }, false],
    [[1], { 0: 1 }, false],
    [new Date(5), new Date(5), true],
    [new Date(5), new Date(6), false],
    [new Map([[{ k: 1 }, new Set([1])]]), new Map([[{ k: 1 }, new Set([1])]]), true],
    [new Set([1, 2]), new Set([1]), false],
    [new Uint8Array([1, 2]), new Uint8Array([1, 3]), false],
    [null, {}, false],
    [cyclic, other, false],
  ])('%o, %o: %s', (a, b, expected) => expect(isEqual(a, b)).toBe(expected));
});
