import { setTimeout as sleep } from 'node:timers/promises';
import { compare } from '../../harness/compare.mjs';
import { createSource, stringKeys } from '../source.mjs';

const COUNT = 10_000;
const CALLERS = 1_000;
const RUNS = 10;

/** 3. Miss, load, store: `await get(key)` over 10,000 keys of an empty cache. */
export async function miss({ contender, control, loops }) {
  const keys = stringKeys(COUNT);
  const [controlSide, ownSide] = [control, contender].map((side, i) => async () => {
    const cache = side.open(createSource().load, COUNT);
    globalThis.gc?.({ type: 'minor' }); // the garbage of the side before
    const each = await loops[i].awaitGets(cache, keys, 1);
    await sleep(0); // what it does behind its callers
    return each;
  });
  return () => compare(controlSide, ownSide);
}

/** 4. 1,000 callers of one cold key at once, whose load takes one turn of the event loop. */
export async function stampede({ contender, control }) {
  const sides = [control, contender].map((side) => {
    const source = createSource();
    const slowly = (key) => new Promise((resolve) => setImmediate(() => resolve(source.load(key))));
    const cache = side.open(slowly, COUNT);
    let runs = 0;
    const run = async () => {
      const key = `cold:${runs++}`;
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: CALLERS }, () => cache.get(key)));
      return (performance.now() - startedAt) * 1e3;
    };
    const slice = async () => {
      let total = 0;
      for (let i = 0; i < RUNS; i++) total += await run();
      return total / RUNS;
    };
    return { source, runs: () => runs, slice };
  });
  const [controlSide, ownSide] = sides;
  return async () => ({
    ...(await compare(controlSide.slice, ownSide.slice)),
    loads: ownSide.source.loads / ownSide.runs(),
  });
}
