import { promisifyRequest } from 'idb-keyval';
import { complete } from './complete.js';
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
  epoch: number;
  /** Raised by every invalidation. An entry has the one at which its load began. */
  seq: number;
  /** Marks up to here may be gone, so a ticket from before it proves nothing any more. */
  floor: number;
  entries: number;
  bytes: number;
  marks: number;
  /** No entry that was ever committed expires later. */
  lastExpiry: number;
  /** Wall-clock time of the last sweep. */
  sweptAt: number;
  /** Wall-clock time at which the floor was raised: what was loaded elsewhere before it proves nothing. */
  floorAt: number;
}

/** When a key or a tag was invalidated. */
export interface Mark {
  /** Entries whose load began before this are untrue. */
  readonly hard: number;
  /** Entries whose load began before this are stale. */
  readonly soft: number;
  /** When that was, by the wall clock: what was loaded elsewhere has no number to compare. */
  readonly at: number;
  /** Until then nothing is committed, because a mutation is under way. */
  readonly heldUntil: number;
  /** No entry that it makes untrue or stale expires later. */
  readonly expiresAt: number;
}

/** Under this number of bytes a mark sorts behind all the entries that expire with it: see deleteByExpiry. */
export const MARK_BYTES = Number.POSITIVE_INFINITY;

export const NO_MARK: Mark = { hard: 0, soft: 0, at: Number.NEGATIVE_INFINITY, heldUntil: 0, expiresAt: 0 };
/** Nobody knows what it said, so nothing under it is true. */
export const UNREADABLE: Mark = { ...NO_MARK, hard: Number.POSITIVE_INFINITY, at: Number.POSITIVE_INFINITY };
const NO_TOTALS: Totals = {
  epoch: 0,
  seq: 0,
  floor: 0,
  floorAt: Number.NEGATIVE_INFINITY,
  entries: 0,
  bytes: 0,
  marks: 0,
  lastExpiry: 0,
  sweptAt: 0,
};

/** The rows of the marks that say whether an entry is true. */
export const markKeys = (hashes: readonly string[], tags: readonly string[]): string[] => [
  ...hashes.map((hash) => `k${hash}`),
  ...tags.map((tag) => `t${tag}`),
];

/** Makes the object store of a new database. */
export function layOut(db: IDBDatabase): void {
  const store = db.createObjectStore(ROWS);
  // With the bytes in it, entries can be evicted without reading their values.
  store.createIndex(BY_EXPIRY, ['expiresAt', 'bytes']);
  putTotals(store, reset(store, Number.NEGATIVE_INFINITY));
}

/** Deletes every row. What is under way can't put one back: the floor is raised or, without totals, the epoch is new. */
export function reset(
  store: IDBObjectStore,
  now: number,
  totals: Totals = { ...NO_TOTALS, epoch: Math.random() },
): Totals {
  store.clear();
  const { epoch, seq } = totals;
  return Object.assign(totals, NO_TOTALS, { epoch, seq, floor: seq, floorAt: now });
}

/** Deletes every row and the totals with them, even on a full disk. What is under way has no place in what comes then. */
export function empty(store: IDBObjectStore): Promise<void> {
  store.clear();
  return complete(store.transaction);
}

/** Deletes every row, but for the marks of mutations that are under way: what overlaps those must still not be kept. */
export async function forget(store: IDBObjectStore, now: number, totals: Totals): Promise<void> {
  const keys = (await promisifyRequest(store.getAllKeys())) as string[];
  const named = keys.filter((key) => key > 'f'); // behind the entries
  const marks = await Promise.all(named.map((key) => getMark(store, key)));
  reset(store, now, totals);
  marks.forEach((mark, i) => {
    if (now >= mark.heldUntil) return;
    store.put(mark, named[i]);
    totals.marks++;
  });
}

/** `undefined` if they can't be read: then nothing in the database can be trusted. */
export async function getTotals(store: IDBObjectStore): Promise<Totals | undefined> {
  const row: unknown = await promisifyRequest(store.get(TOTALS));
  return isLike(row, NO_TOTALS) ? row : undefined;
}

export function putTotals(store: IDBObjectStore, totals: Totals): void {
  store.put(totals, TOTALS);
}

/** Reads marks by the keys of their rows: each at most once in a transaction. */
export type Marks = (keys: readonly string[]) => Promise<Mark[]>;

export function marksOf(store: IDBObjectStore): Marks {
  const asked = new Map<string, Promise<Mark>>();
  const ask = (key: string): Promise<Mark> => {
    const mark = asked.get(key) ?? getMark(store, key);
    asked.set(key, mark);
    return mark;
  };
  return (keys) => Promise.all(keys.map(ask));
}

export async function getMark(store: IDBObjectStore, key: string): Promise<Mark> {
  const row: unknown = (await promisifyRequest(store.get(key))) ?? NO_MARK;
  return isLike(row, NO_MARK) ? row : UNREADABLE;
}
