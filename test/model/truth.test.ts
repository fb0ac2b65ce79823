import fc from 'fast-check';
import { it } from 'vitest';
import { createCache, tierOf } from '../../src/index.js';
import { memoryAlone, sharedMemory } from './places.js';
import { truth } from './truth.js';

/** More for a long run: `MODEL_RUNS=50000 npx vitest run test/model/truth`. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 1_000);

it.each([
  ['memory alone', memoryAlone, false],
  ['a shared store', sharedMemory, false],
  ['a shared store that fails', sharedMemory, true],
] as const)(
  'no read answers what was invalidated before it, over %s',
  { timeout: 3_600_000 },
  async (_, place, faults) => {
    const found = await fc.check(truth({ createCache, tierOf }, [place], faults), { numRuns: RUNS });
    if (found.failed) throw new Error(`${String(found.errorInstance)}\n${fc.defaultReportMessage(found)}`);
  },
);
