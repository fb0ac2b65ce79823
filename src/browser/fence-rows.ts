import { promisifyRequest } from 'idb-keyval';

/*
 * The rows of the one object store, told apart by the first letter of their keys:
 *
 *   '#'          the totals, and the sequence that every invalidation raises
 *   'm' + tag    when a tag was last invalidated: its mark
 *   'k' + hash   when a key was last invalidated: its mark
 *   'h' + hash   an entry's header, see entry-rows.ts
 *   'v' + hash   its value
 */
export const ROWS = 'rows';
export const BY_EXPIRY = 'expiresAt';
const TOTALS = '#';

/** What is true of the whole database. Changed inside one readwrite transaction, and put back at its end. */
export interface Totals {
  /** Drawn when the database is laid out: what was loaded for a database that was wiped has no place in the next one. */
  epoch: number;
  /** Raised by every invalidation. An entry has the one at which its load began. */
  seq: number;
  /** The marks up to here may be gone, so tickets from before it prove nothing any more. */
  floor: number;
  entries: number;
  bytes: number;
  marks: number;
  /** Wall-clock time of the last sweep. */
  sweptAt: number;
}

/** When a key or a tag was invalidated. */
export interface Mark {
  /** Entries whose load began before this are untrue. */
  readonly hard: number;
  /** Entries whose load began before this are stale. */
  readonly soft: number;
  /** Wall-clock time of the latest one. */
  readonly at: number;
  /** Until then nothing is committed, because a mutation is under way. */
  readonly heldUntil: number;
}

const NO_MARK: Mark = { hard: -1, soft: -1, at: 0, heldUntil: 0 };
/** Nobody knows what it said, so nothing under it is true until a sweep has taken it away. */
const UNREADABLE: Mark = { hard: Number.POSITIVE_INFINITY, soft: Number.POSITIVE_INFINITY, at: 0, heldUntil: 0 };

export const tagMark = (tag: string): string => `m${tag}`;
export const keyMark = (hash: string): string => `k${hash}`;
/** Neither 'k' nor 'm' begins anything else. */
export const allMarks = (): IDBKeyRange => IDBKeyRange.bound('k', 'n');

/** Makes the object store of a new database. */
export function layOut(db: IDBDatabase): void {
  const store = db.createObjectStore(ROWS);
  store.createIndex(BY_EXPIRY, BY_EXPIRY);
  putTotals(store, noTotals());
}

/** The totals of an empty database, in an epoch of its own. */
export function noTotals(): Totals {
  return { epoch: Math.random(), seq: 0, floor: 0, entries: 0, bytes: 0, marks: 0, sweptAt: 0 };
}

/** The totals, or new ones if what is there can't be read: their epoch makes every entry of before untrue. */
export async function getTotals(store: IDBObjectStore): Promise<Totals> {
  const row: unknown = await promisifyRequest(store.get(TOTALS));
  return areNumbers<Totals>(row, ['epoch', 'seq', 'floor', 'entries', 'bytes', 'marks', 'sweptAt']) ? row : noTotals();
}

export function putTotals(store: IDBObjectStore, totals: Totals): void {
  store.put(totals, TOTALS);
}

/** Reads marks by the names of their rows: each at most once in a transaction. */
export type Marks = (name: string) => Promise<Mark>;

export function marksOf(store: IDBObjectStore): Marks {
  const asked = new Map<string, Promise<Mark>>();
  return (name) => {
    let mark = asked.get(name);
    if (mark === undefined) {
      mark = promisifyRequest(store.get(name)).then((row: unknown) => (row === undefined ? NO_MARK : asMark(row)));
      asked.set(name, mark);
    }
    return mark;
  };
}

export function asMark(row: unknown): Mark {
  return areNumbers<Mark>(row, ['hard', 'soft', 'at', 'heldUntil']) ? row : UNREADABLE;
}

export function isObject(row: unknown): row is Record<string, unknown> {
  return typeof row === 'object' && row !== null;
}

export function areNumbers<T>(row: unknown, names: readonly (keyof T & string)[], are = Number.isFinite): row is T {
  return isObject(row) && names.every((name) => are(row[name]));
}
