import type { EntryRecord } from '../contracts/entry-record.js';
import { EVERYTHING } from '../contracts/invalidation.js';
import type { Lookup } from '../contracts/store.js';

/** Whether what came from elsewhere is a record that every invalidation can reach and whose windows are in order. */
export function isRecord(record: Omit<EntryRecord, 'loadedAt'> | null | undefined): boolean {
  const { version, tags, windows } = record ?? {};
  if (typeof version !== 'string' || !Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string'))
    return false;
  if (!tags.includes(EVERYTHING)) return false;
  const { due, fresh, stale, expires } = windows ?? {};
  return [0, due, fresh, stale, expires].every((end, i, ends) => typeof end === 'number' && end >= (ends[i - 1] ?? 0));
}

/** Whether a store has answered with one of what a lookup can answer. */
export function isLookup(found: Lookup | null | undefined): found is Lookup {
  if (typeof found !== 'object' || found === null) return false;
  if ('hit' in found) return isRecord(found.hit) && Number.isFinite(found.hit.loadedAt);
  if ('busy' in found) return isThenable(found.busy);
  if ('miss' in found) return found.lost === undefined || isThenable(found.lost);
  return 'held' in found || 'failed' in found;
}

function isThenable(promise: PromiseLike<void> | null): boolean {
  return typeof promise?.then === 'function';
}
