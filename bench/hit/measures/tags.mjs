import { compare } from '../../harness/compare.mjs';
import { median } from '../../harness/median.mjs';
import { passesFor } from '../passes.mjs';
import { createSource, flat, spread } from '../source.mjs';

const TAGGED = 100;
const REPEATS = 7;

/**
 * 7. Invalidating a tag that 100 of N entries carry, reading these again, and what tags cost a hit.
 * A prefix or a group stands in where there are no tags; scanning for the entries where there is nothing.
 */
export async function tags({ contender, loops }) {
  if (contender.openTagged === undefined) return undefined;
  const small = await open(contender, 1_000);
  const large = await open(contender, 100_000);
  const hits = await hitsOf(contender, large, loops);
  await invalidations(small); // warms up
  globalThis.gc?.(); // else it goes on behind the first round
  return async () => {
    const few = await invalidations(small);
    const many = await invalidations(large);
    return {
      how: large.cache.how,
      small: few.invalidate,
      large: many.invalidate,
      reread: many.reread,
      correct: few.correct && many.correct ? 'yes' : 'NO',
      ...(await hits()),
    };
  };
}

async function open(contender, count) {
  const source = createSource();
  const cache = contender.openTagged(source.load, count);
  const groups = count / TAGGED;
  const items = Array.from({ length: count }, (_, i) => {
    const tag = flat(`t${i % groups}:`);
    return { tag, key: flat(`${tag}item:${i}`) };
  });
  for (const { key, tag } of items) await cache.get(key, tag);
  return { source, cache, items, groups, next: 0 };
}

async function invalidations(tagged) {
  const { source, cache, items, groups } = tagged;
  const invalidate = [];
  const reread = [];
  let correct = true;
  for (let i = 0; i < REPEATS; i++) {
    const group = tagged.next++ % groups;
    const reached = items.filter((_, index) => index % groups === group);
    const startedAt = performance.now();
    await cache.invalidate(reached[0].tag);
    const invalidatedAt = performance.now();
    const before = source.loads;
    for (const { key, tag } of reached) await cache.get(key, tag);
    const loaded = source.loads - before;
    invalidate.push((invalidatedAt - startedAt) * 1e3);
    reread.push((performance.now() - invalidatedAt) * 1e3);
    if (loaded !== TAGGED) correct = false;
  }
  return { invalidate: median(invalidate), reread: median(reread), correct };
}

/** Tagged beside untagged; and tagged when another tag is invalidated before every thousandth read. */
async function hitsOf(contender, { cache, items, groups }, loops) {
  const hot = spread(items, 1_000);
  const untagged = contender.open(createSource().load, items.length);
  for (const { key } of items) await untagged.get(key);
  const keys = hot.map(({ key }) => key);
  const plain = (passes) => loops[0].awaitGets(untagged, keys, passes);
  const tagged = (passes) => loops[1].awaitTaggedGets(cache, hot, passes);
  const disturbed = async (passes) => {
    let total = 0;
    for (let pass = 0; pass < passes; pass++) {
      await cache.invalidate(`nobody${pass % groups}:`);
      total += await loops[1].awaitTaggedGets(cache, hot, 1);
    }
    return total / passes;
  };
  const passes = { plain: await passesFor(plain, 1_000), tagged: await passesFor(tagged, 1_000) };
  return async () => {
    for (const { key, tag } of hot) await cache.get(key, tag);
    const steady = await compare(
      () => plain(passes.plain),
      () => tagged(passes.tagged),
    );
    if (cache.how === 'scan') return { taggedHit: steady.ratio };
    const busy = await compare(
      () => plain(passes.plain),
      () => disturbed(passes.tagged),
    );
    return { taggedHit: steady.ratio, disturbedHit: busy.ratio };
  };
}
