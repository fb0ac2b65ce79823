import type { Lookup, Ticket } from '../contracts/store.js';
import { getEntry, isEntry } from './entry-rows.js';
import { getTotals, markKeys, marksOf } from './fence-rows.js';

/** The right to commit: where the database was when the load began. */
export interface Lease extends Ticket {
  readonly epoch?: number;
  readonly seq?: number;
  /** When what it depends on was last invalidated or expired: who waits for a load from before that waits in vain. */
  readonly since?: number;
  /** Lets another tab load. */
  readonly free?: () => void;
}

export interface Question {
  readonly hash: string;
  readonly tags: readonly string[];
  readonly besides: string | undefined;
}

/** Answers lookups in one transaction. `misshapen` hears the hashes of entries that can't be read. */
export function lookUp(
  store: IDBObjectStore,
  questions: readonly Question[],
  now: number,
  misshapen: (hash: string) => void,
): Promise<Lookup[]> {
  const reading = getTotals(store);
  const marks = marksOf(store);
  return Promise.all(
    questions.map(async ({ hash, tags, besides }): Promise<Lookup> => {
      // Everything is requested before the first wait, so that one turn of the event loop answers it together.
      const [totals, row] = await Promise.all([reading, getEntry(store, hash), marks(markKeys([hash], tags))]);
      const entry = totals !== undefined && isEntry(row) && row.seq <= totals.seq ? row : undefined;
      if (row !== undefined && entry === undefined) misshapen(hash);
      const found = await marks(markKeys([hash], entry === undefined ? tags : [...tags, ...entry.record.tags]));
      if (found.some(({ heldUntil }) => now < heldUntil)) return { held: true };
      if (entry === undefined || entry.record.version === besides || found.some(({ hard }) => hard > entry.seq)) {
        const lease: Lease = { ...totals, since: Math.max(...found.map(({ soft }) => soft)) };
        return { miss: lease };
      }
      return { hit: entry.record, stale: found.some(({ soft }) => soft > entry.seq) };
    }),
  );
}
