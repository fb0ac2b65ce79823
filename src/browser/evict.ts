import { promisifyRequest } from 'idb-keyval';
import { deleteEntry, hashOf } from './entry-rows.js';
import { BY_EXPIRY, type Totals } from './fence-rows.js';

export interface Room {
  readonly entries: number;
  readonly bytes: number;
}

const SLICE = 100;

/** Makes room: the entries that expire soonest go first, and so those that have expired before all others. */
export async function evict(store: IDBObjectStore, totals: Totals, room: Room): Promise<void> {
  const fits = () => totals.entries <= room.entries && totals.bytes <= room.bytes;
  while (!fits()) {
    const evicted = await deleteByExpiry(store, totals, undefined, SLICE, fits);
    if (evicted === 0) return;
  }
}

/** Four fifths of it, so that room is made rarely. */
export function mostOf({ entries, bytes }: Room): Room {
  return { entries: Math.ceil(entries * 0.8), bytes: bytes * 0.8 };
}

/** Deletes at most `limit` entries in the order of their expiry, until `isEnough`. @returns how many */
export async function deleteByExpiry(
  store: IDBObjectStore,
  totals: Totals,
  range: IDBKeyRange | undefined,
  limit: number,
  isEnough?: () => boolean,
): Promise<number> {
  const index = store.index(BY_EXPIRY);
  const [keys, headers] = await Promise.all([
    promisifyRequest(index.getAllKeys(range, limit)),
    promisifyRequest<unknown[]>(index.getAll(range, limit)),
  ]);
  let deleted = 0;
  for (const [i, key] of keys.entries()) {
    if (isEnough?.()) break;
    // Also what only looks like a header, or it would be found again and again.
    store.delete(key);
    deleteEntry(store, totals, hashOf(key), headers[i]);
    deleted++;
  }
  return deleted;
}
