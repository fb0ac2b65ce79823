import { promisifyRequest } from 'idb-keyval';
import type { Lookup, Ticket } from '../contracts/store.js';
import { type Header, headerKey, isHeader, isNewer, isValue, recordOf, valueKey } from './entry-rows.js';
import { getTotals, keyMark, type Mark, type Marks, marksOf, tagMark } from './fence-rows.js';

/** The right to commit: where the database was when the load began. */
export interface Lease extends Ticket {
  readonly epoch: number;
  readonly seq: number;
}

export interface Question {
  readonly hash: string;
  readonly tags: readonly string[];
  readonly besides: string | undefined;
}

/** Answers lookups in one transaction. `misshapen` hears the hashes of entries that can't be read. */
export async function lookUp(
  store: IDBObjectStore,
  questions: readonly Question[],
  now: number,
  misshapen: (hash: string) => void,
): Promise<Lookup[]> {
  const totals = getTotals(store);
  const marks = marksOf(store);
  return Promise.all(
    questions.map(async ({ hash, tags, besides }): Promise<Lookup> => {
      // All requests before the first wait: one turn of the event loop answers them together.
      const reading = Promise.all([
        totals,
        promisifyRequest<unknown>(store.get(headerKey(hash))),
        readable(store.get(valueKey(hash))),
        marksAt(marks, hash, tags),
      ]);
      const [{ epoch, seq }, header, value, known] = await reading;
      const lease: Lease = { epoch, seq };
      const miss: Lookup = { miss: lease };
      if (isHeld(known, now)) return { held: true };
      if (header === undefined || isNewer(header)) return miss;
      if (!isHeader(header, hash, await totals) || !isValue(value, header)) {
        misshapen(hash);
        return miss;
      }
      const found = [...known, ...(await marksAt(marks, hash, unknownTags(header, tags)))];
      if (isHeld(found, now)) return { held: true };
      if (header.version === besides || found.some(({ hard }) => hard > header.seq)) return miss;
      const hit = recordOf(header, value);
      return found.some(({ soft }) => soft > header.seq) ? { hit, stale: true } : { hit };
    }),
  );
}

/** Whether loads may not commit, because a mutation is under way. A clock that was set back doesn't prolong it. */
export function isHeld(marks: readonly Mark[], now: number): boolean {
  return marks.some(({ at, heldUntil }) => at <= now && now < heldUntil);
}

/** The marks that say whether an entry with these tags is true. */
export function marksAt(marks: Marks, hash: string, tags: readonly string[]): Promise<Mark[]> {
  return Promise.all([keyMark(hash), ...tags.map(tagMark)].map(marks));
}

/** Tags that only the load could tell. */
function unknownTags(header: Header, known: readonly string[]): string[] {
  return header.tags.filter((tag) => !known.includes(tag));
}

/** A value that the browser can't read back any more must not fail the lookups beside it. */
function readable(request: IDBRequest<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      if (request.error?.name === 'AbortError') return;
      event.preventDefault();
      resolve(undefined);
    };
  });
}
