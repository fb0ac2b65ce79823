import { compare } from '../../harness/compare.mjs';
import { passesFor } from '../passes.mjs';
import { createSource, stringKeys } from '../source.mjs';

const COUNT = 10_000;

/** 1. `await get(key)`, one after the other, over 10,000 string keys that are all cached. */
export async function hit({ contender, control, loops }) {
  const keys = stringKeys(COUNT);
  const sides = await Promise.all(
    [control, contender].map(async (side, i) => {
      const cache = side.open(createSource().load, COUNT);
      const run = (passes) => loops[i].awaitGets(cache, keys, passes);
      await run(1);
      const passes = await passesFor(run, keys.length);
      return () => run(passes);
    }),
  );
  return () => compare(...sides);
}

/** 2. `peek(key)`: the value, if it may be answered now, without a promise. */
export async function peek({ contender, control, loops }) {
  const keys = stringKeys(COUNT);
  const sides = await Promise.all(
    [control, contender].map(async (side, i) => {
      const cache = side.open(createSource().load, COUNT);
      if (cache.peek === undefined) return undefined;
      await loops[i].awaitGets(cache, keys, 1);
      const run = async (passes) => loops[i].peeks(cache, keys, passes);
      const passes = await passesFor(run, keys.length);
      return () => run(passes);
    }),
  );
  return sides[1] && (() => compare(...sides));
}

/** 8. The hit with an array key, `['user', id]`, made for each read; the control makes the string `user:${id}`. */
export async function arrayKey({ contender, control, loops }) {
  if (contender.openArrayKeys === undefined) return undefined;
  const ids = Array.from({ length: COUNT }, (_, i) => i);
  const sides = await Promise.all(
    [control, contender].map(async (side, i) => {
      const cache = side.openArrayKeys(createSource().load, COUNT);
      const run = (passes) => loops[i].awaitGets(cache, ids, passes);
      await run(1);
      const passes = await passesFor(run, ids.length);
      return () => run(passes);
    }),
  );
  return () => compare(...sides);
}
