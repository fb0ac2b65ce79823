import type { Fence } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import type { EntryRecord } from '../../contracts/entry-record.js';
import { isLater, isLower } from '../../contracts/revision.js';
import type { Events } from '../../events/events.js';
import { Entry } from '../../tiers/entry.js';
import type { Memory } from '../../tiers/memory.js';

/** What became of a record that should be kept in memory. */
export interface Kept {
  readonly entry: Entry;
  /**
   * False if an invalidation came after it began, a mutation is under way, or what is kept began after it or has a
   * later revision, or was loaded later: then it answers only those who asked before.
   */
  readonly current: boolean;
}

/**
 * Keeps a record in memory, unless something it depends on was invalidated since `generation`, the moment its
 * load or lookup began, or is being mutated. This is the one gate to memory: loads, hits of lower tiers, sets and hydration pass it.
 */
export type Keep = (hash: string, record: EntryRecord, source: string, generation: number, stale?: boolean) => Kept;

export function createKeep(parts: { fence: Fence; memory: Memory; clock: Clock; events: Events }): Keep {
  const { fence, memory, clock, events } = parts;
  return (hash, record, source, generation, stale = false) => {
    const entry = new Entry(hash, record, source, generation);
    const raised = fence.raisedSince(generation, hash, entry.tags);
    if (stale || raised === 'soft') entry.endFresh(clock.now());
    const known = memory.recall(hash);
    const isOlder =
      known !== undefined &&
      (known.generation > generation ||
        (known.generation < generation
          ? isLower(record.revision, known.revision)
          : isLater(known, record, clock.now())));
    const isDropped = raised === 'hard' || isOlder || fence.isHeld([hash], entry.tags);
    if (isDropped) {
      events.emit({ type: 'dropped', hash, tier: 'memory' });
      return { entry, current: false };
    }
    memory.put(entry);
    if (events.wants('stored')) events.emit({ type: 'stored', hash, source });
    return { entry, current: true };
  };
}
