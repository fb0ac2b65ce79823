import fc from 'fast-check';
import { it } from 'vitest';
import { createCache, tierOf } from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { truth } from './truth.js';

/** More for a long run: `MODEL_RUNS=20000 npx vitest run test/model`. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 400);

const memoryPlace = () => {
  const place = sharedMemoryPlace();
  return () => place.store();
};

it.each([
  ['memory alone', undefined, false],
  ['a shared store', memoryPlace, false],
  ['a shared store that fails', memoryPlace, true],
] as const)(
  'no read answers what was invalidated before it, over %s',
  async (_, openPlace, faults) => {
    const found = await fc.check(truth({ createCache, tierOf }, openPlace, faults), { numRuns: RUNS });
    if (found.failed) throw new Error(`${String(found.errorInstance)}\n${fc.defaultReportMessage(found)}`);
  },
  600_000,
);
