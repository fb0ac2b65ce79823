import type { EntryRecord } from '../../contracts/entry-record.js';
import type { Commit } from '../../contracts/store.js';
import { LoadTimeoutError, messageOf, UnstorableError } from '../../errors.js';
import type { Events } from '../../events/events.js';
import type { Entry } from '../../tiers/entry.js';
import { isUnstorable } from '../../tiers/is-unstorable.js';
import type { Memory } from '../../tiers/memory.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { Flight, Right } from './flight.js';

/** How loads end in the tier below. Without a ticket, nothing happens there. */
export interface LoadsBelow {
  /** Commits what memory keeps. What the store refuses, memory gives up too. @returns whether the store has taken it */
  commit(entry: Entry, record: EntryRecord, right: Right): Promise<boolean>;
  /** @param failed that others should not repeat at once */
  release(flight: Flight, failed?: { readonly error: unknown }): void;
  /** Tells of what the store has refused, and takes it out of memory too. */
  refused(entry: Entry, answer: Commit | undefined): void;
}

export function createLoadsBelow(parts: { tier: SharedTier; memory: Memory; events: Events }): LoadsBelow {
  const { tier, memory, events } = parts;

  const refused: LoadsBelow['refused'] = (entry, answer) => {
    const { hash } = entry;
    // Another tab or process has invalidated it: memory may learn it here first.
    if (answer === 'dropped' && memory.recall(hash) === entry) memory.remove(hash);
    if (answer === 'dropped') events.emit({ type: answer, hash, tier: tier.name });
    else if (isUnstorable(answer)) {
      const error = new UnstorableError(tier.name, hash, answer.unstorable);
      events.emit({ type: 'unstorable', hash, tier: tier.name, error });
    }
  };

  return {
    async commit(entry, record, right) {
      if (typeof right !== 'object') return false;
      const answer = await tier.commit(entry.hash, record, right);
      refused(entry, answer);
      return answer === 'committed';
    },
    release({ request, right, abandoned }, failed) {
      if (typeof right !== 'object') return;
      const { hash, coolDown } = request;
      // A load that was abandoned says nothing about the source, unless it was for taking too long.
      const isSilent = coolDown === 0 || (abandoned && !(failed?.error instanceof LoadTimeoutError));
      const failure = failed && !isSilent ? { message: messageOf(failed.error), coolDown } : undefined;
      tier.release(hash, right, failure);
    },
    refused,
  };
}
