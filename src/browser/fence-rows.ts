import { promisifyRequest } from 'idb-keyval';
import { isLike } from './is-like.js';

/*
 * The rows of the one object store, told apart by the first letter of their keys:
 *
 *   '#'          the totals, among them the sequence that every invalidation raises
 *   'e' + hash   an entry
 *   'k' + hash   when a key was last invalidated: its mark
 *   't' + tag    when a tag was last invalidated: its mark
 *
 * A later release that needs other rows opens the database with a higher version. Then this code can't open it,
 * and so neither misreads nor deletes what a tab with the later release has put.
 */
export const ROWS = 'rows';
export const BY_EXPIRY = 'byExpiry';
const TOTALS = '#';

/** What is true of the whole database. Changed inside one readwrite transaction, and put back at its end. */
export interface Totals {
  /** Drawn when the database is laid out: what was loaded for one that was wiped has no place in the next. */
  readonly epoch: number;
  /** Raised by every invalidation. An entry has the one at which its load began. */
  seq: number;
  /** Some marks up to here may be gone, so a ticket from before it proves nothing any more. */
  floor: number;
  entries: number;
  bytes: number;
  marks: number;
  /** No entry that was ever committed expires later. */
  lastExpiry: number;
  /** Wall-clock time of the last sweep. */
  sweptAt: number;
}

/** When a key or a tag was invalidated. */
export interface Mark {
  /** Entries whose load began before this are untrue. */
  readonly hard: number;
  /** Entries whose load began before this are stale. */
  readonly soft: number;
  /** Until then nothing is committed, because a mutation is under way. */
  readonly heldUntil: number;
}

const NO_MARK: Mark = { hard: 0, soft: 0, heldUntil: 0 };
/** Nobody knows what it said, so nothing under it is true. */
const UNREADABLE: Mark = { ...NO_MARK, hard: Number.POSITIVE_INFINITY };

export const tagMark = (tag: string): string => `t${tag}`;
export const keyMark = (hash: string): string => `k${hash}`;

/** Makes the object store of a new database. */
export function layOut(db: IDBDatabase): void {
  const store = db.createObjectStore(ROWS);
  // With the bytes in it, entries can be evicted without reading them.
  store.createIndex(BY_EXPIRY, ['expiresAt', 'bytes']);
  putTotals(store, reset(store));
}

/** Deletes every row. What is under way can't put one back: without totals the epoch is new, else the floor is raised. */
export function reset(store: IDBObjectStore, totals?: Totals): Totals {
  store.clear();
  const { epoch, seq, sweptAt } = totals ?? { epoch: Math.random(), seq: 0, sweptAt: 0 };
  return { epoch, seq, floor: seq, entries: 0, bytes: 0, marks: 0, lastExpiry: 0, sweptAt };
}
