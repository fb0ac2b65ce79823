import type { EntryRecord } from '../contracts/entry-record.js';
import { EVERYTHING } from '../contracts/invalidation.js';

/** Whether what came from elsewhere is a record that every invalidation can reach and whose windows are in order. */
export function isRecord(record: Omit<EntryRecord, 'loadedAt'> | null | undefined): boolean {
  const { version, tags, windows } = record ?? {};
  if (typeof version !== 'string' || !Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string'))
    return false;
  if (!tags.includes(EVERYTHING)) return false;
  const { due, fresh, stale, expires } = windows ?? {};
  return [0, due, fresh, stale, expires].every((end, i, ends) => typeof end === 'number' && end >= (ends[i - 1] ?? 0));
}
