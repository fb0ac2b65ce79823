import { isLater } from '../contracts/revision.js';
import type { Adopted } from '../contracts/store.js';
import { type Offer, put } from './commit.js';
import { getEntry, isEntry } from './entry-rows.js';
import { type Marks, markKeys, type Totals } from './fence-rows.js';

/** What came with a page, and when its load began at the earliest, by the wall clock. */
export interface Arrival extends Pick<Offer, 'hash' | 'record' | 'bytes'> {
  readonly since: number;
}

/**
 * Puts what was loaded elsewhere, which has no number of this database. So the marks tell when they were made, by the wall
 * clock of this machine, which the page shares; a clock that is set forward meanwhile is as if the load had begun later.
 */
export async function adopt(
  store: IDBObjectStore,
  totals: Totals,
  marks: Marks,
  { since, ...arrival }: Arrival,
  now: number,
): Promise<Adopted> {
  const { hash, record } = arrival;
  const [found, before] = await Promise.all([marks(markKeys([hash], record.tags)), getEntry(store, hash)]);
  const isFenced = found.some(({ at, heldUntil }) => at >= since || now < heldUntil);
  if (isFenced || totals.floorAt >= since) return 'dropped';
  // What no mark from since then reaches is true, if it was loaded later.
  if (isEntry(before) && isLater(before.record, record, now)) {
    const all = await marks(markKeys([hash], before.record.tags));
    if (!all.some(({ hard }) => hard > before.seq)) {
      return { hit: before.record, stale: all.some(({ soft }) => soft > before.seq) };
    }
  }
  return put(store, totals, arrival, before, totals.seq, found);
}
