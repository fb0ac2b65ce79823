import type { EntryRecord } from '../contracts/entry-record.js';
import { BY_EXPIRY, getMark, MARK_BYTES, type Totals } from './fence-rows.js';
import { isLike } from './is-like.js';

/** What the store keeps of an entry. */
export interface EntryRow {
  readonly record: EntryRecord;
  /** The database's when the load began. */
  readonly seq: number;
  readonly expiresAt: number;
  readonly bytes: number;
}

const WINDOWS = { due: 0, fresh: 0, stale: 0, expires: 0 };
const RECORD = { version: '', tags: [''], loadedAt: 0, windows: WINDOWS };
const ENTRY = { record: RECORD, seq: 0, expiresAt: 0, bytes: 0 };

export const entryKey = (hash: string): string => `e${hash}`;

export function isEntry(row: unknown): row is EntryRow {
  return isLike(row, ENTRY) && 'value' in row.record;
}

/** A value that the browser can't read back any more is as good as none, and must not fail what is read beside it. */
export function getEntry(store: IDBObjectStore, hash: string): Promise<unknown> {
  return new Promise((resolve) => {
    const request: IDBRequest<unknown> = store.get(entryKey(hash));
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      event.preventDefault();
      event.stopPropagation();
      resolve(undefined);
    };
  });
}

export async function deleteEntry(store: IDBObjectStore, totals: Totals, hash: string): Promise<void> {
  deleteRow(store, totals, hash, await getEntry(store, hash));
}

/** Deletes an entry whose row was read in this transaction. */
export function deleteRow(store: IDBObjectStore, totals: Totals, hash: string, row: unknown): void {
  if (row === undefined) return;
  store.delete(entryKey(hash));
  totals.entries--;
  if (isEntry(row)) totals.bytes -= row.bytes;
}

/**
 * Deletes entries in the order of their expiry while `isWanted`, and the marks among them. A mark expires with the
 * last of the entries that it makes untrue and comes after it, so none of them is ever left without it; and what is
 * loading under a mark that is gone can't be committed below the floor. A mark that holds something stays for as long.
 */
export function deleteByExpiry(
  store: IDBObjectStore,
  totals: Totals,
  now: number,
  isWanted: (expiresAt: number) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = store.index(BY_EXPIRY).openKeyCursor();
    request.onerror = () => reject(request.error);
    const step = async (cursor: IDBCursor | null): Promise<void> => {
      if (cursor === null) return resolve();
      const { key, primaryKey } = cursor;
      const [expiresAt, bytes] = key as [number, number];
      if (!isWanted(expiresAt)) return resolve();
      const isMark = bytes === MARK_BYTES;
      if (isMark && now < (await getMark(store, primaryKey as string)).heldUntil) return cursor.continue();
      store.delete(primaryKey);
      if (isMark) {
        totals.marks--;
        totals.floor = totals.seq;
        totals.floorAt = now;
      } else {
        totals.entries--;
        totals.bytes -= bytes;
      }
      cursor.continue();
    };
    request.onsuccess = () => void step(request.result).catch(reject);
  });
}
