import type { Fence } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import type { EntryRecord } from '../../contracts/entry-record.js';
import type { Invalidation } from '../../contracts/invalidation.js';
import type { Events } from '../../events/events.js';
import { type Timing, windowsFor } from '../../freshness/timeline.js';
import { hashKey, type Key } from '../../key.js';
import type { Memory } from '../../tiers/memory.js';
import type { SetOptions } from '../options.js';
import type { Keep } from '../reading/keep.js';
import { newVersion } from '../reading/load.js';
import { timingWith } from '../reading/read.js';
import { tagsOf } from '../target.js';
import type { Invalidator } from './invalidate.js';
import type { WritesBelow } from './writes-below.js';

export interface SetParts {
  readonly fence: Fence;
  readonly memory: Memory;
  readonly below: WritesBelow | undefined;
  readonly clock: Clock;
  readonly events: Events;
  readonly keep: Keep;
  readonly invalidator: Invalidator;
  readonly defaults: SetOptions;
  readonly timing: Timing;
  readonly random: () => number;
}

/** Stores a value that the caller knows to be true now; or that a write has told, and was true when it ended. */
export type SetValue = (key: Key, value: unknown, options?: SetOptions, write?: Write) => Promise<void>;

/** The write that a value comes from. */
export interface Write {
  /** Logical time of the fence before it began. */
  readonly since: number;
  /** What else it makes untrue. */
  readonly invalidation: Invalidation;
  /** Ms to wait for the others to confirm; `undefined` for not at all. */
  readonly patience: number | undefined;
}

export function createSet(parts: SetParts): SetValue {
  const { fence, memory, below, clock, events, keep, invalidator, defaults, timing, random } = parts;
  /** Whether the value was invalidated after the caller had seen it, or may have been; or expired: it would be fresh. */
  const isPast = (since: number, hash: string, tags: readonly string[]): boolean =>
    fence.raisedSince(since, hash, tags) !== undefined;

  return async (key, value, options, write) => {
    const hash = hashKey(key);
    // Whoever names no tags means those that it has: else an invalidation by tag would pass it by from now on.
    const tags = options?.tags ? tagsOf(key, options.tags) : (memory.recall(hash)?.tags ?? tagsOf(key, undefined));
    const windows = windowsFor(options === undefined ? timing : timingWith(defaults, timing, options), value, random);
    const isOld = write !== undefined && isPast(write.since, hash, tags);
    // Whatever was loaded before, here or elsewhere, is untrue from now on: so no older load can overwrite the value.
    const { hashes, tags: others } = write?.invalidation ?? { hashes: [], tags: [] };
    const invalidation = { hashes: [hash, ...hashes], tags: others, soft: false };
    const begun = invalidator.begin(invalidation);
    const since = fence.now;
    if (below !== undefined) await begun; // with memory alone, the value is there at once
    const isOvertaken = isOld || isPast(since, hash, tags);
    invalidator.repeat(invalidation);
    const record: EntryRecord = { version: newVersion(), value, tags, loadedAt: clock.now(), windows };
    const kept = isOvertaken ? undefined : keep(hash, record, 'set', fence.now);
    if (isOvertaken) events.emit({ type: 'dropped', hash, tier: 'memory' });
    invalidator.tell(invalidation); // those who watch find the value, and need not load it
    const confirmed = write?.patience === undefined ? undefined : invalidator.confirm(write.patience);
    if (kept?.current) await below?.put(kept.entry, record);
    await confirmed;
  };
}
