import type { EntryRecord } from './entry-record.js';

/** Whether revision `a` is lower than `b`. Both are decimal digits without leading zeros, so that a store needs no big numbers. */
export function isLower(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}

/** Whether what a tier has was loaded later than what came to it. What says that it is from the future cannot be compared. */
export function isLater(has: EntryRecord, came: EntryRecord, now: number): boolean {
  if (isLower(came.revision, has.revision)) return true;
  return has.loadedAt > came.loadedAt && has.loadedAt <= now && !isLower(has.revision, came.revision);
}
