import type { EntryRecord } from '../../contracts/entry-record.js';
import type { Ticket } from '../../contracts/store.js';
import type { Events } from '../../events/events.js';
import type { Entry } from '../../tiers/entry.js';
import type { Memory } from '../../tiers/memory.js';
import type { SharedTier } from '../../tiers/shared-tier.js';

/** Commits to the store what memory keeps. What the store refuses, memory gives up too. */
export type CommitBelow = (entry: Entry, record: EntryRecord, ticket: Ticket) => Promise<void>;

export function createCommitBelow(parts: { tier: SharedTier; memory: Memory; events: Events }): CommitBelow {
  const { tier, memory, events } = parts;
  return async (entry, record, ticket) => {
    const { hash } = entry;
    const answer = await tier.commit(hash, record, ticket);
    if (answer === 'dropped') {
      // Another tab or process has invalidated it: memory may learn it here first.
      if (memory.recall(hash) === entry) memory.remove(hash);
      events.emit({ type: 'dropped', hash, tier: tier.name });
    } else if (answer === 'unstorable') {
      events.emit({ type: 'unstorable', hash, tier: tier.name });
    }
  };
}
