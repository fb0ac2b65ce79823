import { setTimeout as sleep } from 'node:timers/promises';
import { createSource, flat } from '../source.mjs';

const COUNT = 50_000;

/** 6. Heap per entry: key, value and what the cache adds, less what a Map of the same takes. */
export async function heap({ contender, control }) {
  const plain = (side) => {
    const cache = side.open(createSource().load, COUNT);
    return { cache, get: (i) => cache.get(flat(`item:${i}`)) };
  };
  const tags = Array.from({ length: 1_000 }, (_, i) => flat(`t${i}:`));
  const tagged = (side) => {
    const cache = side.openTagged(createSource().load, COUNT);
    return { cache, get: (i) => cache.get(flat(`item:${i}`), tags[i % tags.length]) };
  };
  await bytesPerEntry(plain, control); // code and shapes that come with first use
  return async () => {
    const map = await bytesPerEntry(plain, control);
    const own = await bytesPerEntry(plain, contender);
    const marked = contender.openTagged && (await bytesPerEntry(tagged, contender));
    return { own, overMap: own - map, taggedOverMap: marked && marked - map };
  };
}

async function bytesPerEntry(open, side) {
  const before = await used();
  const { cache, get } = open(side); // before it has room for what it will hold: some allocate that at once
  for (let i = 0; i < COUNT; i++) await get(i);
  const bytes = (await used()) - before;
  if ((await get(0)) === undefined || cache === undefined) throw new Error('The cache is to be alive until here');
  return bytes / COUNT;
}

async function used() {
  for (let i = 0; i < 3; i++) {
    await sleep(20); // timers and finalizers
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
