import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, it } from 'vitest';
import { createCache, tierOf } from '../../src/index.js';
import { createRedis } from '../../src/node/index.js';
import { type Place, truth } from '../model/truth.js';

const redis = new Redis(inject('redisUrl'));
afterAll(() => redis.quit());

let spaces = 0;
const place: Place = () => {
  const namespace = `model${++spaces}`;
  return (clock) => {
    const { store, bus } = createRedis({ redis, namespace, now: clock.now, lockTime: 100, fenceTime: 60_000 });
    const close = async () => {
      await Promise.all([store.close(), bus.close()]);
    };
    return { ...store, close };
  };
};

/** More for a long run: `MODEL_RUNS=5000 npx vitest run --project integration test/integration/model`. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 300);

/**
 * The model of `test/model`, over a real server. The scheduler decides when each call of a store begins and when its answer
 * is heard; in between, the server takes the time that it takes. So a seed replays the order of calls, though not to the
 * microsecond who is woken first.
 */
// A store that fails leaves leases behind, which the others wait for in real time.
it.each([
  ['none', RUNS],
  ['of stores', Math.ceil(RUNS / 60)],
] as const)(
  'no read answers what was invalidated before it, over Redis; faults: %s',
  { timeout: 3_600_000 },
  async (faults, numRuns) => {
    const found = await fc.check(truth({ createCache, tierOf }, [place], faults), { numRuns });
    if (found.failed) throw new Error(`${String(found.errorInstance)}\n${fc.defaultReportMessage(found)}`);
    expect(found.numRuns).toBe(numRuns);
  },
);
