import type { Lookup } from '../contracts/store.js';
import { isRecord } from './is-record.js';

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
