import { describe, expect, it } from 'vitest';
import { createCache, tierOf } from '../../src/index.js';
import { chaosStore } from '../../src/testing/chaos-store.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { storeContract } from '../../src/testing/store-contract.js';
import { testCache } from '../../src/testing/test-cache.js';

const TARGET = { hashes: ['k'], tags: [], soft: false };
const settled = () => new Promise((resolve) => setImmediate(resolve));

storeContract(
  { describe, it, expect },
  'a chaos store that is only slow',
  async () => {
    const place = sharedMemoryPlace();
    const slow = (seed: number) => chaosStore(place.store(), { seed, latency: 2 }).store;
    return { stores: [slow(1), slow(2)], cleanup: async () => {} };
  },
  { coolDown: true },
);

describe('a scripted fault', () => {
  const wrapped = () => chaosStore(sharedMemoryPlace().store());
  const isMarked = async ({ store }: ReturnType<typeof wrapped>) => {
    const { invalidatedBy } = (await store.explain('k', [])) as { invalidatedBy: string[] };
    return invalidatedBy.length > 0;
  };
  const commitOne = async ({ store }: ReturnType<typeof wrapped>) => {
    const found = await store.lookup('k', []);
    const windows = { due: 1, fresh: 1, stale: 1, expires: 1 };
    if ('miss' in found)
      await store.commit('k', { version: '1', value: 1, tags: [], loadedAt: 0, windows }, found.miss);
  };

  it.each([
    ['reject', false],
    ['lose-answer', true],
  ] as const)('%s: the caller is told that it failed; done: %s', async (fault, done) => {
    const chaos = wrapped();
    await commitOne(chaos);
    chaos.next('invalidate', fault);
    await expect(chaos.store.invalidate(TARGET)).rejects.toThrow('shared-memory');
    expect(await isMarked(chaos)).toBe(done);
  });

  it.each([
    ['hang', false],
    ['hang-answer', true],
  ] as const)('%s: the caller is told nothing; done: %s', async (fault, done) => {
    const chaos = wrapped();
    await commitOne(chaos);
    chaos.next('invalidate', fault);
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    chaos.store.invalidate(TARGET).then(settle, settle);
    await settled();
    expect([isSettled, await isMarked(chaos)]).toEqual([false, done]);
  });

  it('throw: at once, rather than by the promise', () => {
    const chaos = wrapped();
    chaos.next('lookup', 'throw');
    expect(() => chaos.store.lookup('k', [])).toThrow('throw');
  });

  it('a pair of delays lets answers overtake each other, and say what is no longer true', async () => {
    const clock = fakeClock();
    const chaos = chaosStore(sharedMemoryPlace().store(), { clock });
    await commitOne(chaos);
    chaos.next('lookup', [0, 100], [10, 0]);
    const answers: string[] = [];
    for (const name of ['first', 'second']) {
      void chaos.store.lookup('k', []).then((found) => answers.push(`${name}: ${Object.keys(found)[0]}`));
    }
    await settled();
    await chaos.store.invalidate(TARGET);
    clock.advance(100);
    await settled();
    expect(answers.sort()).toEqual(['first: hit', 'second: miss']);
  });

  it('comes once, before chance, and is written down', async () => {
    const chaos = chaosStore(sharedMemoryPlace().store(), { chances: { reject: 1 } });
    chaos.next('lookup', undefined, 'throw');
    expect(await chaos.store.lookup('k', [])).toHaveProperty('miss');
    expect(() => chaos.store.lookup('k', [])).toThrow();
    await expect(chaos.store.lookup('k', [])).rejects.toThrow();
    chaos.calm();
    expect(await chaos.store.lookup('k', [])).toHaveProperty('miss');
    expect(chaos.calls.map(({ operation, fault }) => [operation, fault])).toEqual([
      ['lookup', undefined],
      ['lookup', 'throw'],
      ['lookup', 'reject'],
      ['lookup', undefined],
    ]);
  });
});

it('has the powers of the store it wraps, and no others', () => {
  const { explain: _explain, hold: _hold, ...plain } = sharedMemoryPlace().store();
  expect('hold' in chaosStore(plain).store).toBe(false);
  expect('explain' in chaosStore(plain).store).toBe(false);
  expect('hold' in chaosStore(sharedMemoryPlace().store()).store).toBe(true);
});

it('brings the same faults for the same seed, as likely as they should be', async () => {
  const run = async (seed: number) => {
    const chaos = chaosStore(sharedMemoryPlace().store(), {
      seed,
      chances: { reject: 0.2, throw: 0.1 },
      only: ['lookup'],
    });
    for (let i = 0; i < 500; i++) {
      await (async () => chaos.store.lookup('k', []))().catch(() => {});
      await chaos.store.invalidate(TARGET);
    }
    return chaos.calls.map(({ fault }) => fault);
  };
  const faults = await run(3);
  expect(await run(3)).toEqual(faults);
  expect(await run(4)).not.toEqual(faults);
  const count = (fault: string) => faults.filter((one) => one === fault).length;
  expect(Math.abs(count('reject') - 100)).toBeLessThan(40);
  expect(Math.abs(count('throw') - 50)).toBeLessThan(30);
});

it('never makes a cache reject or answer what it has invalidated, whatever it does', async () => {
  const clock = fakeClock();
  const chances = { reject: 0.15, throw: 0.1, hang: 0.05, 'lose-answer': 0.15, 'hang-answer': 0.05 };
  const { store, calls } = chaosStore(sharedMemoryPlace({ clock }).store(), { clock, chances, latency: 400, seed: 11 });
  const cache = createCache({ clock, jitter: 0, tier: tierOf(store), maxEntries: 1 });
  let version = 0;
  const finish = async <T>(promise: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    promise.then(over, over);
    while (!isOver) {
      clock.advance(25);
      await settled();
    }
    return promise;
  };
  for (let i = 0; i < 60; i++) {
    expect(await finish(cache.get('k', () => version))).toBe(version);
    await finish(cache.get('other', () => 'pushes it out of memory'));
    version++;
    await finish(cache.invalidate({ key: 'k' }));
  }
  expect(calls.filter(({ fault }) => typeof fault === 'string').length).toBeGreaterThan(20);
});

describe('testCache', () => {
  it('lets the test hold the time', async () => {
    const { cache, clock } = testCache({ ttl: '1m' });
    let n = 0;
    const load = () => ++n;
    expect([await cache.get('k', load), await cache.get('k', load)]).toEqual([1, 1]);
    clock.advance(59_999);
    expect(await cache.get('k', load)).toBe(1);
    clock.advance(1);
    expect(await cache.get('k', load)).toBe(2);
  });

  it('fails a load by its deadline when the test lets the time pass', async () => {
    const { cache, clock } = testCache({ timeout: '5s' });
    const reading = cache.get('k', () => new Promise(() => {}));
    clock.advance(5_000);
    await expect(reading).rejects.toThrow('5000 ms');
  });
});
