import type { Fence } from '../coherence/fence.js';
import type { Bus } from '../contracts/bus.js';
import type { EntryRecord } from '../contracts/entry-record.js';
import type { Events } from '../events/events.js';
import { hashKey, type Key } from '../key.js';
import type { Entry } from '../tiers/entry.js';
import type { Memory } from '../tiers/memory.js';
import type { SharedTier } from '../tiers/shared-tier.js';
import type { Keep } from './keep.js';
import { newVersion } from './load.js';

/** Changes the value of an entry in place. */
export type Update = (key: Key, change: (current: unknown) => unknown) => Promise<boolean>;

export interface UpdateParts {
  readonly fence: Fence;
  readonly memory: Memory;
  readonly tier: SharedTier | undefined;
  readonly bus: Bus | undefined;
  readonly events: Events;
  readonly keep: Keep;
}

/**
 * Memory has the changed value at once; loads that began before cannot overwrite it, here or elsewhere. It keeps its
 * age, since a change here makes the rest of it no younger: it is loaded again when it would have been.
 */
export function createUpdate({ fence, memory, tier, bus, events, keep }: UpdateParts): Update {
  /** Whether the store below has it; memory is no different from a store that has not. */
  const commitBelow = async (to: SharedTier, entry: Entry, record: EntryRecord): Promise<void> => {
    const { hash } = entry;
    const isStill = () => memory.find(hash) === entry;
    const found = await to.lookup(hash, entry.tags);
    // Somebody has loaded it, or loads it, from the source: later than the change.
    if (found === undefined || !('miss' in found)) return;
    if (!isStill()) return to.release(hash, found.miss);
    const answer = await to.commit(hash, record, found.miss);
    if (answer === 'dropped' && isStill()) memory.remove(hash);
    if (answer === 'dropped' || answer === 'unstorable') events.emit({ type: answer, hash, tier: to.name });
  };

  return async (key, change) => {
    const hash = hashKey(key);
    const entry = memory.find(hash);
    if (entry === undefined) return false;
    const changing = change(entry.value);
    const value = isPromise(changing) ? await changing : changing;
    if (memory.find(hash) !== entry) return false; // invalidated or loaded anew: it is not what was changed
    if (Object.is(value, entry.value)) return true;
    const { tags, revision, loadedAt, windows } = entry;
    const invalidation = { hashes: [hash], tags: [], soft: false };
    fence.raise(invalidation);
    memory.remove(hash);
    const record = { version: newVersion(), value, tags, revision, loadedAt, windows };
    const changed = keep(hash, record, 'update', fence.now).entry;
    if (tier !== undefined) await tier.invalidate(invalidation);
    bus?.publish(invalidation);
    if (tier === undefined || memory.find(hash) !== changed) return memory.find(hash) === changed;
    await commitBelow(tier, changed, record);
    return memory.find(hash) === changed;
  };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
