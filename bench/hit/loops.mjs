// The loops that are timed. Each side of a comparison imports a copy of this module of its own (`loops.mjs?own`), so
// that the engine compiles each for one kind of cache, as it does in a program that has one.

/** @param {{ get(key: any): Promise<unknown> }} cache @param {readonly unknown[]} keys @param {number} passes */
export async function awaitGets(cache, keys, passes) {
  const startedAt = performance.now();
  for (let pass = 0; pass < passes; pass++) for (const key of keys) await cache.get(key);
  return nanosecondsEach(startedAt, passes * keys.length);
}

/** @param {{ peek(key: any): unknown }} cache @param {readonly unknown[]} keys @param {number} passes */
export function peeks(cache, keys, passes) {
  let found = 0;
  const startedAt = performance.now();
  for (let pass = 0; pass < passes; pass++) {
    for (const key of keys) if (cache.peek(key) !== undefined) found++;
  }
  const each = nanosecondsEach(startedAt, passes * keys.length);
  if (found !== passes * keys.length) throw new Error(`${found} of ${passes * keys.length} peeks found something`);
  return each;
}

/** @param {{ get(key: any, tag: string): Promise<unknown> }} cache @param {readonly { key: string, tag: string }[]} items @param {number} passes */
export async function awaitTaggedGets(cache, items, passes) {
  const startedAt = performance.now();
  for (let pass = 0; pass < passes; pass++) for (const { key, tag } of items) await cache.get(key, tag);
  return nanosecondsEach(startedAt, passes * items.length);
}

/** @param {number} startedAt @param {number} count */
function nanosecondsEach(startedAt, count) {
  return ((performance.now() - startedAt) * 1e6) / count;
}
