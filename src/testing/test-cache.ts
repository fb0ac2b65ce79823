import type { Cache, CacheOptions } from '../cache/cache.js';
import { createCache } from '../cache/create-cache.js';
import { type FakeClock, fakeClock } from './fake-clock.js';

/** A cache for one test, and the time it lives in. */
export interface TestCache {
  readonly cache: Cache;
  /** Stands still until `clock.advance(ms)`: deadlines, retries and phases wait for it. */
  readonly clock: FakeClock;
}

/**
 * A cache of memory alone whose time the test holds, without jitter and without the pauses that spare a real source:
 * what a test of a component needs, one per test.
 */
export function testCache(options: Omit<CacheOptions, 'clock'> = {}): TestCache {
  const clock = fakeClock();
  return { cache: createCache({ jitter: 0, coolDown: 0, random: () => 0, ...options, clock }), clock };
}
