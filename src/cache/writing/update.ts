import type { Fence } from '../../coherence/fence.js';
import type { Bus } from '../../contracts/bus.js';
import type { EntryRecord } from '../../contracts/entry-record.js';
import type { Events } from '../../events/events.js';
import { hashKey, type Key } from '../../key.js';
import type { Entry } from '../../tiers/entry.js';
import type { Memory } from '../../tiers/memory.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { Keep } from '../reading/keep.js';
import { newVersion } from '../reading/load.js';

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
 * Memory has the changed value at once; loads that began before cannot overwrite it here. It keeps its age, since a change
 * here makes the rest of it no younger: it is loaded again when it would have been.
 */
export function createUpdate({ fence, memory, tier, bus, events, keep }: UpdateParts): Update {
  /**
   * What was changed may have been invalidated by another tab or process that we have not heard of yet. So the right to
   * commit is taken first, and used only if the store then still has the very version that was changed: whatever reached
   * it before would have made it no hit, and what comes later voids the right.
   */
  const commitBelow = async (to: SharedTier, before: Entry, record: EntryRecord): Promise<string> => {
    const { hash, tags, version } = before;
    const right = await to.lookup(hash, tags, version);
    if (right === undefined || !('miss' in right)) return 'not there';
    const found = await to.lookup(hash, tags);
    if (found !== undefined && 'hit' in found && found.hit.version === version) {
      return (await to.commit(hash, record, right.miss)) ?? 'not there';
    }
    to.release(hash, right.miss);
    return 'not there';
  };

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
    const answer = tier ? await commitBelow(tier, before, record) : 'committed';
    if (answer === 'committed') bus?.publish(invalidation); // to others, who would look below
    if (answer === 'dropped' && memory.find(hash) === entry) memory.remove(hash);
    if (tier && (answer === 'dropped' || answer === 'unstorable')) events.emit({ type: answer, hash, tier: tier.name });
    return memory.find(hash) === entry;
  };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
