import { describe, expect, it } from 'vitest';
import { type Bus, type Cache, createCache, tierOf } from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

const throws = () => {
  throw new Error('no bus today');
};
const rejects = () => Promise.reject(new Error('no bus today'));

function busWith(faults: Partial<Bus>): Bus {
  return { publish() {}, subscribe: () => () => {}, async close() {}, ...faults };
}

const kinds: [string, (bus: Bus) => Cache][] = [
  ['memory alone', (bus) => createCache({ bus })],
  ['memory above a store', (bus) => createCache({ bus, tier: tierOf(sharedMemoryPlace().store()) })],
];

describe.each(kinds)('a bus that throws, %s', (_, open) => {
  it('at publish: every write does its work, and nothing stays held', async () => {
    const cache = open(busWith({ publish: throws }));
    expect(await cache.invalidate({ key: 'k' })).toEqual({ durable: true });
    await cache.set('k', 'V');
    expect(await cache.mutate(() => 'saved', { invalidates: { key: 'k' }, settle: 1 })).toBe('saved');
    await settled(); // the end of settling is told too, and nobody waits for it
    await cache.get('k', () => 'W');
    expect(cache.peek('k')).toBe('W');
    await cache.close();
  });

  it('at publish, later: that is told, and ends no process', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on('unhandledRejection', note);
    let down = true;
    const publish: () => unknown = () => (down ? rejects() : Promise.resolve());
    const cache = open(busWith({ publish }));
    const told: string[] = [];
    cache.on('degraded', ({ tier }) => told.push(`${tier} degraded`));
    cache.on('recovered', ({ tier }) => told.push(`${tier} recovered`));
    await cache.invalidate({ key: 'a' });
    await cache.invalidate({ key: 'b' });
    await settled();
    expect(told).toEqual(['bus degraded']);
    down = false;
    await cache.invalidate({ key: 'c' });
    await settled();
    expect(told).toEqual(['bus degraded', 'bus recovered']);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('when the cache stops listening: it closes all the same', async () => {
    let closed = false;
    const close = async () => {
      closed = true;
    };
    await open(busWith({ subscribe: () => throws, close })).close();
    expect(closed).toBe(true);
  });

  it('is told once, and once more when it publishes again', async () => {
    let down = true;
    const cache = open(busWith({ publish: () => down && throws() }));
    const told: string[] = [];
    cache.on('degraded', ({ tier }) => told.push(`${tier} degraded`));
    cache.on('recovered', ({ tier }) => told.push(`${tier} recovered`));
    await cache.invalidate({ key: 'a' });
    await cache.invalidate({ key: 'b' });
    down = false;
    await cache.invalidate({ key: 'c' });
    expect(told).toEqual(['bus degraded', 'bus recovered']);
  });

  it.each([
    ['throws', throws],
    ['rejects', rejects],
  ])('at confirm and close, where it %s: nothing is confirmed, and the cache closes', async (_how, fail) => {
    const cache = open(busWith({ confirm: fail, close: fail }));
    expect(await cache.invalidate({ key: 'k' }, { confirm: true })).toEqual({ durable: true, confirmed: false });
    await cache.close();
  });
});

it('a confirmation is waited for for ever where that is asked for: a timer would take that for no time at all', async () => {
  const confirm = (ms: number) =>
    new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(true), 20);
      setTimeout(() => resolve(false), ms).unref();
    });
  const cache = createCache({ bus: busWith({ confirm }) });
  const forEver = { confirm: Number.POSITIVE_INFINITY };
  expect(await cache.invalidate({ key: 'k' }, forEver)).toEqual({ durable: true, confirmed: true });
});
