import { promisifyRequest } from 'idb-keyval';
import type { EntryRecord } from '../contracts/entry-record.js';
import type { Commit } from '../contracts/store.js';
import { bytesOf, deleteEntry, FORMAT, type Header, headerKey, putEntry } from './entry-rows.js';
import { type Marks, marksOf, type Totals } from './fence-rows.js';
import { isHeld, type Lease, marksAt } from './look-up.js';

export interface Offer {
  readonly hash: string;
  readonly record: EntryRecord;
  readonly lease: Lease;
  /** Weighed before the transaction; NaN if the value can't be kept. */
  readonly bytes: number;
}

/** Puts entries in one transaction: each unless something it depends on was invalidated after its lease. */
export async function commit(
  store: IDBObjectStore,
  totals: Totals,
  offers: readonly Offer[],
  now: number,
): Promise<Commit[]> {
  const marks = marksOf(store);
  const checked = await Promise.all(
    offers.map(async (offer) => {
      const [old, kept] = await Promise.all([
        promisifyRequest<unknown>(store.get(headerKey(offer.hash))),
        isCurrent(marks, totals, offer, now),
      ]);
      return { offer, old, kept };
    }),
  );
  // What is there now: of two commits of one key in a transaction the second replaces the first.
  const there = new Map(checked.map(({ offer, old }) => [offer.hash, old]));
  return checked.map(({ offer, kept }) => {
    if (!kept) return 'dropped';
    const old = there.get(offer.hash);
    const header = put(store, offer);
    if (header === undefined) {
      // The source has something newer than what is there, even if it can't be kept.
      if (old !== undefined) deleteEntry(store, totals, offer.hash, old);
    } else {
      if (old === undefined) totals.entries++;
      totals.bytes += header.bytes - bytesOf(old);
    }
    there.set(offer.hash, header);
    return header === undefined ? 'unstorable' : 'committed';
  });
}

async function isCurrent(marks: Marks, { epoch, floor }: Totals, offer: Offer, now: number): Promise<boolean> {
  const { hash, record, lease } = offer;
  const found = await marksAt(marks, hash, record.tags);
  return (
    lease.epoch === epoch && lease.seq >= floor && !isHeld(found, now) && found.every(({ hard }) => hard <= lease.seq)
  );
}

function put(store: IDBObjectStore, { hash, record, lease, bytes }: Offer): Header | undefined {
  if (Number.isNaN(bytes)) return undefined;
  const { version, tags, loadedAt, windows } = record;
  const expiresAt = loadedAt + windows.expires;
  const { epoch, seq } = lease;
  const header: Header = { format: FORMAT, hash, version, tags, loadedAt, windows, epoch, seq, expiresAt, bytes };
  try {
    putEntry(store, header, record.value);
    return header;
  } catch (error) {
    // A function inside, or too large: a property of the value. Anything else is the transaction's failure.
    if (error instanceof Error && /InvalidState|Inactive|ReadOnly/.test(error.name)) throw error;
    return undefined;
  }
}
