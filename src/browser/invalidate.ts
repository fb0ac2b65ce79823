import { promisifyRequest } from 'idb-keyval';
import type { Invalidation } from '../contracts/invalidation.js';
import { deleteEntry, headerKey } from './entry-rows.js';
import { keyMark, type Mark, marksOf, noTotals, type Totals, tagMark } from './fence-rows.js';

/** An invalidation and, for a mutation that begins with it, how long loads are kept from committing. */
export interface Order {
  readonly invalidation: Invalidation;
  readonly holdMs: number;
}

/** Marks what became untrue. Entries stay where they are, but for those of invalidated keys and of everything. */
export async function invalidate(
  store: IDBObjectStore,
  totals: Totals,
  orders: readonly Order[],
  now: number,
): Promise<void> {
  const seq = ++totals.seq;
  const marks = marksOf(store);
  const hard = orders.flatMap(({ invalidation }) => (invalidation.soft ? [] : [invalidation]));
  const old = new Map<string, Mark>();
  const gone = new Map<string, unknown>();
  await Promise.all([
    ...orders.flatMap(({ invalidation }) =>
      namesOf(invalidation).map(async (name) => {
        old.set(name, await marks(name));
      }),
    ),
    ...hard.flatMap(({ hashes }) =>
      hashes.map(async (hash) => {
        gone.set(hash, await promisifyRequest<unknown>(store.get(headerKey(hash))));
      }),
    ),
  ]);
  if (hard.some(({ tags }) => tags.includes('*'))) {
    // Nothing is true any more, so no entry need stay, and the floor says what all the marks said.
    store.clear();
    Object.assign(totals, { ...noTotals(), epoch: totals.epoch, seq, floor: seq, sweptAt: totals.sweptAt });
    old.clear();
  } else {
    for (const [hash, header] of gone) if (header !== undefined) deleteEntry(store, totals, hash, header);
  }
  for (const { invalidation, holdMs } of orders) {
    for (const name of namesOf(invalidation)) {
      const hardSeq = invalidation.soft ? (old.get(name)?.hard ?? -1) : seq;
      const mark: Mark = { hard: hardSeq, soft: seq, at: now, heldUntil: now + holdMs };
      store.put(mark, name);
      old.set(name, mark);
      totals.marks++;
    }
  }
}

function namesOf({ hashes, tags }: Invalidation): string[] {
  return [...hashes.map(keyMark), ...tags.map(tagMark)];
}
