import fc from 'fast-check';
import { it } from 'vitest';
import { createCache, tierOf } from '../../src/index.js';
import { indexedDb, memoryAlone, sharedMemory } from './places.js';
import { truth } from './truth.js';

/** More for a long run: `MODEL_RUNS=50000 npx vitest run test/model/truth`. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 1_000);
/** One history again, as a failure reports it: `MODEL_SEED=42 MODEL_PATH=17:3:1 npx vitest run test/model/truth -t 'over memory'`. */
const { MODEL_SEED: seed, MODEL_PATH: path } = process.env;
const replay = { ...(seed && { seed: Number(seed) }), ...(path && { path, endOnFailure: true }) };

it.each([
  ['memory alone', memoryAlone, 'none', RUNS],
  ['a shared store', sharedMemory, 'none', RUNS],
  ['a shared store that fails', sharedMemory, 'of stores', RUNS],
  ['IndexedDB', indexedDb, 'none', RUNS / 5],
  ['IndexedDB that fails', indexedDb, 'of stores', RUNS / 5],
] as const)(
  'no read answers what was invalidated before it, over %s',
  { timeout: 3_600_000 },
  async (_, place, faults, numRuns) => {
    const found = await fc.check(truth({ createCache, tierOf }, [place], faults), { numRuns, ...replay });
    if (found.failed) throw new Error(`${String(found.errorInstance)}\n${fc.defaultReportMessage(found)}`);
  },
);
