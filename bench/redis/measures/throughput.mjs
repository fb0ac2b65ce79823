import { compare } from '../../harness/compare.mjs';

const KEYS = 2_048;
const SLICE_MS = 80;
const CALLERS = [1, 64, 512];

/** A value of about 1 kB of JSON. @param {string} key */
const itemOf = (key) => ({
  id: key,
  name: `Item ${key}`,
  text: 'x'.repeat(600),
  prices: Array.from({ length: 24 }, (_, i) => 100.5 + i),
  tags: ['a', 'b', 'c', 'd'],
  nested: { createdAt: '2026-01-01T00:00:00.000Z', active: true, stock: 42, place: { aisle: 7, shelf: 'B' } },
});

/**
 * Hits per second in Redis with 1, 64 and 512 callers, each of whom asks for his next key when he has the last one.
 * No two callers share a key, so that single flight spares nobody a read.
 */
export async function throughput({ contender, control, url, namespace }) {
  const keys = Array.from({ length: KEYS }, (_, i) => `item:${i}`);
  const sides = await Promise.all(
    [control, contender].map(async (side, i) => {
      const cache = await side.open(url, async (key) => itemOf(key), `${namespace}:throughput${i}`);
      for (const key of keys) await cache.get(key);
      return { cache, cpu: /** @type {number[]} */ ([]) };
    }),
  );
  return async () => {
    /** @type {Record<string, number>} */
    const round = {};
    for (const callers of CALLERS) {
      for (const side of sides) side.cpu = [];
      const [controlSide, ownSide] = sides.map((side) => () => slice(side, keys, callers));
      const { own, ratio } = await compare(controlSide, ownSide, 'more');
      const [controlCpu, ownCpu] = sides.map(({ cpu }) => Math.min(...cpu.slice(-2)));
      Object.assign(round, { [`ops${callers}`]: own, [`ratio${callers}`]: ratio });
      Object.assign(round, { [`cpu${callers}`]: ownCpu, [`cpuRatio${callers}`]: ownCpu / controlCpu });
    }
    return round;
  };
}

async function slice({ cache, cpu }, keys, callers) {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const until = startedAt + SLICE_MS;
  let reads = 0;
  const caller = async (first) => {
    for (let i = first; performance.now() < until; i = i + callers < keys.length ? i + callers : first) {
      await cache.get(keys[i]);
      reads++;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, i) => caller(i)));
  const { user, system } = process.cpuUsage(cpuBefore);
  cpu.push((user + system) / reads);
  return (reads * 1e3) / (performance.now() - startedAt);
}
