import type { Fence } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import type { EntryRecord } from '../../contracts/entry-record.js';
import type { Events } from '../../events/events.js';
import { type Timing, windowsFor } from '../../freshness/timeline.js';
import { hashKey, type Key } from '../../key.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { SetOptions } from '../options.js';
import type { CommitBelow } from '../reading/commit-below.js';
import type { Keep } from '../reading/keep.js';
import { newVersion } from '../reading/load.js';
import { timingWith } from '../reading/read.js';
import { tagsOf } from '../target.js';
import type { Invalidator } from './invalidate.js';

export interface SetParts {
  readonly fence: Fence;
  readonly tier: SharedTier | undefined;
  readonly commitBelow: CommitBelow | undefined;
  readonly clock: Clock;
  readonly events: Events;
  readonly keep: Keep;
  readonly invalidator: Invalidator;
  readonly defaults: SetOptions;
  readonly timing: Timing;
  readonly random: () => number;
}

/** Stores a value that the caller knows to be true now. */
export type Set = (key: Key, value: unknown, options: SetOptions | undefined) => Promise<void>;

export function createSet(parts: SetParts): Set {
  const { fence, tier, commitBelow, clock, events, keep, invalidator, defaults, timing, random } = parts;
  /** Whether the value was invalidated after the caller had seen it, or may have been. */
  const isPast = (since: number, hash: string, tags: readonly string[]): boolean => {
    const raised = fence.raisedSince(since, hash, tags);
    return raised === 'hard' || raised === 'suspect';
  };

  return async (key, value, options) => {
    const hash = hashKey(key);
    const tags = tagsOf(key, options?.tags);
    const windows = windowsFor(options === undefined ? timing : timingWith(defaults, timing, options), value, random);
    // Whatever was loaded before, here or elsewhere, is untrue from now on: so no older load can overwrite the value.
    const invalidation = { hashes: [hash], tags: [], soft: false };
    const begun = invalidator.begin(invalidation);
    const since = fence.now;
    await begun;
    const isOvertaken = isPast(since, hash, tags);
    invalidator.repeat(invalidation);
    const generation = fence.now;
    const record: EntryRecord = { version: newVersion(), value, tags, loadedAt: clock.now(), windows };
    const kept = isOvertaken ? undefined : keep(hash, record, 'set', generation);
    if (isOvertaken) events.emit({ type: 'dropped', hash, tier: 'memory' });
    invalidator.tell(invalidation); // those who watch find the value, and need not load it
    if (!kept?.current || tier === undefined) return;
    const found = await tier.lookup(hash, tags);
    if (found === undefined || !('miss' in found)) return; // somebody loads it anew, from the source
    // A ticket proves nothing of the time before it.
    if (isPast(generation, hash, tags)) tier.release(hash, found.miss);
    else await commitBelow?.(kept.entry, record, found.miss);
  };
}
