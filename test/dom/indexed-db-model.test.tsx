import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { indexedDbStore, wipeIndexedDb } from '../../src/browser/index.js';
import type { HoldingStore, Ticket } from '../../src/index.js';
import { recordOf, withRows } from '../support/indexed-db-rows.js';

let count = 0;
let name: string;
beforeEach(() => {
  name = `model-${++count}`;
  // Sweeps begin when the test lets time pass, not when the machine has time.
  vi.stubGlobal('requestIdleCallback', (task: () => void) => setTimeout(task, 0));
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await wipeIndexedDb({ name });
});

const HASHES = ['a', 'b', 'c'];
const TAGS = ['*', 't:x', 't:y'];
const hash = fc.constantFrom(...HASHES);
const tab = fc.nat(1);
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('load' as const), tab, hash }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      tab,
      load: fc.nat(3),
      tags: fc.subarray(['t:x', 't:y']),
      ttl: fc.constantFrom(1_000, 1_000_000, 10_000_000, Number.POSITIVE_INFINITY),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('invalidate' as const),
      tab,
      hashes: fc.subarray(HASHES, { maxLength: 1 }),
      tags: fc.subarray(TAGS, { maxLength: 1 }),
      soft: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      tab,
      hashes: fc.subarray(HASHES, { maxLength: 1 }),
      tags: fc.subarray(TAGS, { maxLength: 1 }),
      ms: fc.constantFrom(30_000, 10_000_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(2_000, 700_000, 4_000_000) }),
  },
);

interface Load {
  readonly hash: string;
  readonly ticket: Ticket;
  /** How many invalidations had been before it. */
  readonly begunAt: number;
}

it('answers nothing that an invalidation after its load reached, and keeps nothing that is held, in whatever order', async () => {
  let hits = 0;
  let refused = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
      name = `model-${count}-${++runs}`;
      let now = 1_700_000_000_000;
      const options = {
        name,
        clock: { now: () => now },
        maxEntries: 2,
        readDeadline: '20s',
        writeDeadline: '20s',
      } as const;
      const tabs: HoldingStore[] = [indexedDbStore(options), indexedDbStore(options)];
      const at = (index: number) => tabs[index] as HoldingStore;
      const loads: Load[] = [];
      const past: { hashes: string[]; tags: string[]; soft: boolean }[] = [];
      const begun = new Map<string, number>();
      /** Until when what is named so is held: each invalidation of that very name ends it. */
      const held = new Map<string, number>();
      const hold = ({ hashes, tags }: { hashes: string[]; tags: string[] }, until: number) => {
        for (const named of [...hashes, ...tags]) held.set(named, until);
      };

      const check = async (store: HoldingStore, of: string) => {
        const found = await store.lookup(of, ['*']);
        if (!('hit' in found)) return;
        hits++;
        const { version, tags } = found.hit;
        const since = past.slice(begun.get(version));
        const reached = since.filter((one) => one.hashes.includes(of) || one.tags.some((tag) => tags.includes(tag)));
        expect(reached.filter(({ soft }) => !soft)).toEqual([]);
        expect(found.stale).toBe(reached.length > 0);
      };

      for (const one of actions) {
        switch (one.do) {
          case 'load': {
            const besides = await at(one.tab).lookup(one.hash, ['*']);
            const version = 'hit' in besides ? besides.hit.version : undefined;
            const found = await at(one.tab).lookup(one.hash, ['*'], version);
            if ('miss' in found) loads.unshift({ hash: one.hash, ticket: found.miss, begunAt: past.length });
            break;
          }
          case 'commit': {
            const load = loads[one.load];
            if (load === undefined) break;
            const record = recordOf(1, { tags: one.tags, ttl: one.ttl, loadedAt: now });
            begun.set(record.version, load.begunAt);
            const answer = await at(one.tab).commit(load.hash, record, load.ticket);
            const isHeld = [load.hash, ...record.tags].some((named) => now < (held.get(named) ?? 0));
            if (isHeld) expect(answer).toBe('dropped');
            if (isHeld) refused++;
            break;
          }
          case 'invalidate':
            await at(one.tab).invalidate(one);
            past.push(one);
            hold(one, 0);
            break;
          case 'hold':
            await at(one.tab).hold({ ...one, soft: false }, one.ms);
            past.push({ ...one, soft: false });
            hold(one, now + one.ms);
            break;
          case 'pass':
            now += one.ms;
            await new Promise((resolve) => setTimeout(resolve, 2));
        }
        for (const of of HASHES) await check(at(0), of);
      }
      const [totals, all] = await withRows(name, 'readonly', (rows) => [rows.get('#'), rows.getAllKeys()] as const);
      const keys = all.result.map(String);
      expect(totals.result).toMatchObject({
        entries: keys.filter((key) => key.startsWith('e')).length,
        marks: keys.filter((key) => /^[kt]/.test(key)).length,
      });
      expect(totals.result.entries).toBeLessThanOrEqual(2);
      await Promise.all(tabs.map((store) => store.close()));
      await wipeIndexedDb({ name });
    }),
    { numRuns: 60 },
  );
  expect(hits).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(10);
}, 120_000);

it('survives any garbage in its rows, and never answers it', async () => {
  const key = fc.constantFrom('#', 'ea', 'eb', 'ka', 't*', 'tt:x');
  const fields = [
    'record',
    'seq',
    'expiresAt',
    'bytes',
    'epoch',
    'floor',
    'hard',
    'soft',
    'heldUntil',
    'entries',
    'value',
  ];
  const part = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.constant({}), fc.constant([]));
  const truncated = (row: unknown, without: string) => {
    if (typeof row !== 'object' || row === null) return row;
    const { [without]: _, ...rest } = row as Record<string, unknown>;
    return rest;
  };
  const spoil = fc.oneof(
    fc.record({ key, row: fc.anything({ withDate: true, withMap: true, withBigInt: true }), without: fc.constant('') }),
    fc.record({ key, row: fc.dictionary(fc.constantFrom(...fields), part), without: fc.constant('') }),
    fc.record({ key, row: fc.constant(undefined), without: fc.constantFrom(...fields) }),
  );
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(spoil, { minLength: 1, maxLength: 4 }), async (spoiled) => {
      name = `garbage-${count}-${++runs}`;
      const store = indexedDbStore({ name, maxEntries: 3, readDeadline: '20s', writeDeadline: '20s' });
      const commit = async (of: string, value: unknown) => {
        const found = await store.lookup(of, ['*']);
        return 'miss' in found ? store.commit(of, recordOf(value, { tags: ['t:x'] }), found.miss) : 'hit';
      };
      await commit('a', 'good');
      await commit('b', 'good');
      await store.invalidate({ hashes: ['c'], tags: ['t:y'], soft: false });
      const present = await withRows(name, 'readonly', (rows) => rows.getAll());
      for (const { key: at, row, without } of spoiled) {
        const garbage = row ?? truncated(present.result.at(without.length), without);
        await withRows(name, 'readwrite', (rows) => rows.put(garbage, at)).catch(() => {}); // cannot be cloned
      }
      for (const of of ['a', 'b', 'c']) {
        const found = await store.lookup(of, ['*']);
        if ('hit' in found) {
          expect(found.hit).toMatchObject({ value: 'good', version: expect.any(String), loadedAt: expect.any(Number) });
        }
      }
      await store.invalidate({ hashes: ['a', 'b'], tags: ['*'], soft: false });
      for (const value of ['first may find a spoiled mark', 'new']) await commit('a', value);
      expect(await store.lookup('a', ['*'])).toHaveProperty('hit');
      await store.close();
      await wipeIndexedDb({ name });
    }),
    { numRuns: 150 },
  );
}, 60_000);
