import { promisifyRequest } from 'idb-keyval';
import { bytesOf, deleteEntry, FIRST_HEADER, hashOf, headersAfter, isHeader, isNewer } from './entry-rows.js';
import { deleteByExpiry, type Room } from './evict.js';
import { allMarks, asMark, keyMark, type Totals, tagMark } from './fence-rows.js';

/** At most this many entries are deleted in one transaction, because reads wait for it. */
const SLICE = 200;
const PAGE = 500;
const PAUSE = 3_600_000;
/** A load that takes longer may be dropped for a mark that it has nothing to do with. */
const LONGEST_LOAD = 600_000;
const MOST_MARKS = 2_000;

/** Whether it is time to sweep; marks are bounded, so many of them don't wait for the hour. */
export function isSweepDue({ sweptAt, marks }: Totals, now: number): boolean {
  return marks > MOST_MARKS || Math.abs(now - sweptAt) > PAUSE;
}

/**
 * Deletes what has expired, then what is untrue, and then the marks that said so. A mark must outlive all that it
 * makes untrue, or an old entry would be true again; and once it is gone, the floor keeps old loads out.
 *
 * @returns whether there is more to do, in a transaction of its own
 */
export async function sweep(store: IDBObjectStore, totals: Totals, now: number): Promise<boolean> {
  const expired = await deleteByExpiry(store, totals, IDBKeyRange.upperBound(now), SLICE);
  if (expired === SLICE) return true;
  const [names, rows] = await Promise.all([
    promisifyRequest(store.getAllKeys(allMarks())),
    promisifyRequest<unknown[]>(store.getAll(allMarks())),
  ]);
  const marks = new Map(names.map((name, i) => [String(name), asMark(rows[i])]));
  // If there are too many, all of them go, at the cost of stale entries and of loads under way.
  const crowded = marks.size > MOST_MARKS;
  const needed = new Set<string>();
  let foreign = false;
  const isUntrue = (header: unknown, hash: string): boolean => {
    if (isNewer(header)) {
      foreign = true;
      return false;
    }
    if (!isHeader(header, hash, totals)) return true;
    for (const name of [keyMark(hash), ...header.tags.map(tagMark)]) {
      const { hard, soft } = marks.get(name) ?? { hard: -1, soft: -1 };
      if (hard > header.seq || (crowded && soft > header.seq)) return true;
      if (soft > header.seq) needed.add(name);
    }
    return false;
  };
  const left = await deleteUntrue(store, totals, isUntrue);
  if (left === undefined) return true;
  Object.assign(totals, left, { marks: 0 });
  if (foreign) return false; // which marks a later release's entries need, only that release can tell
  for (const [name, { soft, at }] of marks) {
    if (!crowded && (needed.has(name) || Math.abs(now - at) < LONGEST_LOAD)) {
      totals.marks++;
    } else {
      store.delete(name);
      totals.floor = Math.max(totals.floor, Math.min(soft, totals.seq));
    }
  }
  return false;
}

/** Goes through all headers. @returns what is left, counted anew, or `undefined` if it stopped before the end */
async function deleteUntrue(
  store: IDBObjectStore,
  totals: Totals,
  isUntrue: (header: unknown, hash: string) => boolean,
): Promise<Room | undefined> {
  let entries = 0;
  let bytes = 0;
  let deleted = 0;
  for (let after: IDBValidKey | undefined = FIRST_HEADER; after !== undefined; ) {
    const page: IDBKeyRange = headersAfter(after);
    const [keys, headers] = await Promise.all([
      promisifyRequest(store.getAllKeys(page, PAGE)),
      promisifyRequest<unknown[]>(store.getAll(page, PAGE)),
    ]);
    for (const [i, key] of keys.entries()) {
      if (!isUntrue(headers[i], hashOf(key))) {
        entries++;
        bytes += bytesOf(headers[i]);
      } else if (deleted++ < SLICE) deleteEntry(store, totals, hashOf(key), headers[i]);
      else return undefined;
    }
    after = keys[PAGE - 1];
  }
  return { entries, bytes };
}
