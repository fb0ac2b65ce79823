import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCache } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

const logged: unknown[] = [];
beforeEach(() => {
  logged.length = 0;
  vi.spyOn(console, 'error').mockImplementation((error: unknown) => void logged.push(error));
});
afterEach(() => void vi.restoreAllMocks());

const broken = () => {
  throw new Error('listener');
};

describe('a listener that throws', () => {
  it('of events: the others are told, and its error is logged', async () => {
    const cache = createCache();
    let told = 0;
    cache.on('load', broken);
    cache.on('load', () => void told++);
    expect(await cache.get('k', () => 'V')).toBe('V');
    expect(told).toBe(1);
    expect(logged).toEqual([new Error('listener')]);
  });

  it('of a watch: the others are told, of what loads bring, of invalidations and of the passing of time', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, ttl: 100, staleWhileRevalidate: 1_000, jitter: 0 });
    const watch = cache.watch('k', () => 'V');
    const seen: unknown[] = [];
    watch.subscribe(broken);
    watch.subscribe(() => seen.push(watch.read().phase));
    await settled();
    expect(seen.at(-1)).toBe('fresh');
    clock.advance(100); // in a timer, where what is thrown would end the process
    expect(seen.at(-1)).toBe('stale');
    await cache.invalidate({ key: 'k' });
    await settled();
    expect(seen.at(-1)).toBe('fresh');
    expect(logged.length).toBeGreaterThan(2);
  });
});

describe('a listener that is added', () => {
  it('twice is told twice, and once after one of the two has ended', async () => {
    const cache = createCache();
    let told = 0;
    const listener = () => void told++;
    const stop = cache.on('invalidated', listener);
    cache.on('invalidated', listener);
    await cache.invalidate({ key: 'k' });
    expect(told).toBe(2);
    stop();
    await cache.invalidate({ key: 'k' });
    expect(told).toBe(3);
  });

  it('anew each time it is told hears each event once', async () => {
    const cache = createCache();
    let told = 0;
    const again = () => {
      if (++told > 10) throw new Error('told without an end');
      stop();
      stop = cache.on('invalidated', again);
    };
    cache.on('invalidated', () => {});
    let stop = cache.on('invalidated', again);
    await cache.invalidate({ key: 'k' });
    expect(told).toBe(1);
  });
});
