import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCache } from '../../src/index.js';

const key = fc.constantFrom(...'abcdefghij');
const act = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant('get'), key) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('set'), key) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('invalidate'), key) },
);

it('evicts in the very order of use, whatever is removed or replaced in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(act, { maxLength: 60 }), async (maxEntries, acts) => {
      const cache = createCache({ maxEntries });
      const evicted: string[] = [];
      cache.on('evicted', ({ hash }) => evicted.push(hash));
      /** The least recently used first, as a Map keeps what is put in. */
      const order = new Set<string>();
      const expected: string[] = [];
      for (const [what, of] of acts) {
        order.delete(of);
        if (what === 'invalidate') {
          await cache.invalidate({ key: of });
          continue;
        }
        if (what === 'get') await cache.get(of, () => of);
        else await cache.set(of, of);
        const [oldest = ''] = order;
        if (order.size === maxEntries && order.delete(oldest)) expected.push(oldest);
        order.add(of);
      }
      expect(evicted).toEqual(expected);
      expect(cache.stats().entries).toBe(order.size);
    }),
    { numRuns: 1_000 },
  );
});
