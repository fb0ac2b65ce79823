import type { Fence } from '../../coherence/fence.js';
import type { EntryRecord } from '../../contracts/entry-record.js';
import type { Invalidation } from '../../contracts/invalidation.js';
import type { Entry } from '../../tiers/entry.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { LoadsBelow } from '../reading/loads-below.js';

/** What writes do in the tier below, once they have been done in memory. */
export interface WritesBelow {
  /** @returns whether the store has taken it  @param settle ms for which a mutation goes on holding it */
  invalidate(invalidation: Invalidation, settle?: number): Promise<boolean>;
  /** Lets nothing of it be stored. Resolves when the store has taken that. */
  hold(invalidation: Invalidation): Promise<boolean>;
  /** Stores what a caller knows to be true, unless somebody loads it anew. */
  put(entry: Entry, record: EntryRecord): Promise<void>;
  /** Stores what has changed in place, if the store still has what was changed. @returns whether it had */
  replace(before: Entry, after: Entry, record: EntryRecord): Promise<boolean>;
}

/** Ms after which the store lets go of what a mutation holds whose process has died. */
const LONGEST_HOLD = 30_000;

export function createWritesBelow(parts: { tier: SharedTier; fence: Fence; loads: LoadsBelow }): WritesBelow {
  const { tier, fence, loads } = parts;
  return {
    async invalidate(invalidation, settle = 0) {
      const { held, free } = divide(fence, invalidation);
      // What a mutation holds stays held: an invalidation alone would make the store let go of it.
      const holding = !held || tier.invalidate(held, Math.max(settle, LONGEST_HOLD));
      const taken = free ? await tier.invalidate(free) : true;
      return (await holding) && taken;
    },
    hold: (invalidation) => tier.invalidate(invalidation, LONGEST_HOLD),
    async put(entry, record) {
      const { hash, tags, generation } = entry;
      const found = await tier.lookup(hash, tags);
      if (found === undefined || !('miss' in found)) return; // somebody loads it anew, from the source
      // A ticket proves nothing of the time before it.
      if (fence.raisedSince(generation, hash, tags) !== undefined) tier.release(hash, found.miss);
      else await loads.commit(entry, record, found.miss);
    },
    /**
     * What was changed may have been invalidated by another tab or process that we have not heard of yet. So the right to
     * commit is taken first, and used only if the store then still has the very version that was changed: whatever reached
     * it before would have made it no hit, and what comes later voids the right.
     */
    async replace({ hash, tags, version }, after, record) {
      const right = await tier.lookup(hash, tags, version);
      if (right === undefined || !('miss' in right)) return false;
      const found = await tier.lookup(hash, tags);
      if (found !== undefined && 'hit' in found && found.hit.version === version) {
        return loads.commit(after, record, right.miss);
      }
      tier.release(hash, right.miss);
      return false;
    },
  };
}

/** An invalidation in two: what a mutation that is under way names, and the rest. */
function divide(fence: Fence, invalidation: Invalidation): { held?: Invalidation; free?: Invalidation } {
  const { hashes, tags, soft } = invalidation;
  if (!fence.isHeld(hashes, tags)) return { free: invalidation };
  const part = (isHeld: boolean): Invalidation => ({
    hashes: hashes.filter((hash) => fence.isHeld([hash], []) === isHeld),
    tags: tags.filter((tag) => fence.isHeld([], [tag]) === isHeld),
    soft,
  });
  const [held, free] = [part(true), part(false)];
  return free.hashes.length + free.tags.length > 0 ? { held, free } : { held };
}
