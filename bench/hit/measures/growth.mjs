import { compare } from '../../harness/compare.mjs';
import { passesFor } from '../passes.mjs';
import { createSource, spread, stringKeys } from '../source.mjs';

const SIZES = [1_000, 100_000, 1_000_000];
const HOT = 1_000;

/** 5. The hit and the peek of 1,000 hot keys in ever larger caches, beside a Map of the same size. */
export async function growth({ contender, control, loops }) {
  const all = stringKeys(Math.min(SIZES.at(-1), contender.largest ?? Number.POSITIVE_INFINITY));
  /** @type {Record<string, () => Promise<{ ratio: number, own: number }>>} */
  const comparisons = {};
  for (const size of SIZES.filter((size) => size <= all.length)) {
    const keys = all.slice(0, size);
    const hot = spread(keys, HOT);
    const caches = [control, contender].map((side) => side.open(createSource().load, size));
    for (const cache of caches) for (const key of keys) await cache.get(key);
    comparisons[`get${size}`] = await sidesOf(caches, (cache, i) => (n) => loops[i].awaitGets(cache, hot, n));
    if (caches[1].peek === undefined) continue;
    comparisons[`peek${size}`] = await sidesOf(caches, (cache, i) => async (n) => loops[i].peeks(cache, hot, n));
  }
  globalThis.gc?.(); // else it goes on behind the first rounds
  return async () => {
    /** @type {Record<string, number>} */
    const round = {};
    for (const [name, comparison] of Object.entries(comparisons)) {
      const { own, ratio } = await comparison();
      round[name] = ratio;
      round[`${name}ns`] = own;
    }
    return round;
  };
}

async function sidesOf(caches, runOf) {
  const slices = await Promise.all(
    caches.map(async (cache, i) => {
      const run = runOf(cache, i);
      const passes = await passesFor(run, HOT);
      return () => run(passes);
    }),
  );
  return () => compare(...slices);
}
