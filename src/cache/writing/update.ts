import type { Fence } from '../../coherence/fence.js';
import type { Bus } from '../../contracts/bus.js';
import { hashKey, type Key } from '../../key.js';
import type { Memory } from '../../tiers/memory.js';
import { isPromise } from '../reading/is-promise.js';
import type { Keep } from '../reading/keep.js';
import { newVersion } from '../reading/load.js';
import type { WritesBelow } from './writes-below.js';

/** Changes the value of an entry in place. */
export type Update = (key: Key, change: (current: unknown) => unknown) => Promise<boolean>;

export interface UpdateParts {
  readonly fence: Fence;
  readonly memory: Memory;
  readonly below: WritesBelow | undefined;
  readonly bus: Bus | undefined;
  readonly keep: Keep;
}

/**
 * Memory has the changed value at once; loads that began before cannot overwrite it here. It keeps its age, since a change
 * here makes the rest of it no younger: it is loaded again when it would have been.
 */
export function createUpdate({ fence, memory, below, bus, keep }: UpdateParts): Update {
  return async (key, change) => {
    const hash = hashKey(key);
    const before = memory.find(hash);
    if (before === undefined) return false;
    const changing = change(before.value);
    const value = isPromise(changing) ? await changing : changing;
    if (memory.find(hash) !== before) return false; // invalidated or loaded anew: it is not what was changed
    const { tags, revision, loadedAt, windows } = before;
    const invalidation = { hashes: [hash], tags: [], soft: false };
    fence.raise(invalidation);
    memory.remove(hash);
    const record = { version: newVersion(), value, tags, revision, loadedAt, windows };
    const { entry } = keep(hash, record, 'update', fence.now);
    const isThere = below === undefined || (await below.replace(before, entry, record));
    if (isThere) bus?.publish(invalidation); // to others, who would look below
    return memory.find(hash) === entry;
  };
}
