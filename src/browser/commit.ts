import type { EntryRecord } from '../contracts/entry-record.js';
import { isLower } from '../contracts/revision.js';
import type { Commit } from '../contracts/store.js';
import { messageOf } from '../errors.js';
import { deleteRow, type EntryRow, entryKey, getEntry, isEntry } from './entry-rows.js';
import { forget, type Mark, type Marks, markKeys, type Totals, UNREADABLE } from './fence-rows.js';
import type { Lease } from './look-up.js';

export interface Offer {
  readonly hash: string;
  readonly record: EntryRecord;
  readonly lease: Lease;
  /** Weighed before the transaction; NaN if the value can't be kept. */
  readonly bytes: number;
}

/** Puts an entry, unless something it depends on was invalidated after its lease, or what is there has a later revision. */
export async function commit(
  store: IDBObjectStore,
  totals: Totals,
  marks: Marks,
  { hash, record, lease: { epoch, seq = 0 }, bytes }: Offer,
  now: number,
): Promise<Commit> {
  const [found, before] = await Promise.all([marks(markKeys([hash], record.tags)), getEntry(store, hash)]);
  if (found.includes(UNREADABLE)) await forget(store, now, totals); // else what is under that mark could never be kept again
  const isFenced = found.some(({ hard, heldUntil }) => hard > seq || now < heldUntil);
  const isOutdated = isEntry(before) && isLower(record.revision, before.record.revision);
  if (epoch !== totals.epoch || seq < totals.floor || isFenced || isOutdated) return 'dropped';
  return put(store, totals, { hash, record, bytes }, before, seq, found);
}

/** Puts it in the place of what is there, which is older, even if it can't be kept. */
export function put(
  store: IDBObjectStore,
  totals: Totals,
  { hash, record, bytes }: Pick<Offer, 'hash' | 'record' | 'bytes'>,
  before: unknown,
  seq: number,
  marks: readonly Mark[],
): Commit {
  deleteRow(store, totals, hash, before);
  if (Number.isNaN(bytes)) return { unstorable: 'it is too large, or would come back as something else' };
  // Under a soft mark it goes no later than the mark, or it would be fresh again.
  const marked = marks.filter(({ soft }) => soft > seq);
  const expiresAt = Math.min(record.loadedAt + record.windows.expires, ...marked.map((mark) => mark.expiresAt));
  try {
    const row: EntryRow = { record, seq, expiresAt, bytes };
    store.put(row, entryKey(hash));
  } catch (error) {
    return { unstorable: messageOf(error) }; // cannot be cloned, or is too large for the browser
  }
  totals.entries++;
  totals.bytes += bytes;
  totals.lastExpiry = Math.max(totals.lastExpiry, expiresAt);
  return 'committed';
}
