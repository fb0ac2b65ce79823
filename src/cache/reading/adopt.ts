import type { Fence } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import type { EntryRecord } from '../../contracts/entry-record.js';
import type { Entry } from '../../tiers/entry.js';
import type { Memory } from '../../tiers/memory.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { Keep } from './keep.js';
import type { LoadsBelow } from './loads-below.js';

export interface AdoptParts {
  readonly tier: SharedTier;
  readonly memory: Memory;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly keep: Keep;
  readonly refused: LoadsBelow['refused'];
}

/**
 * Takes what came with a page down to the tier too, if the tier can. Another tab may have invalidated it while the page was
 * on its way, which only the tier knows: then memory gives it up. Or the tier has what was loaded later, after an edit in
 * this browser say: then memory takes that.
 */
export type Adopt = (entry: Entry, record: EntryRecord) => Promise<void>;

/** How long the answer of a server may take that brings entries to a page that is open already, ms. */
const LONGEST_TRIP = 30_000;

export function createAdopt({ tier, memory, fence, clock, keep, refused }: AdoptParts): Adopt {
  return async (entry, record) => {
    const { hash } = entry;
    const generation = fence.now;
    const answer = await tier.adopt(hash, record, record.loadedAt - longestTrip());
    if (answer === undefined) return;
    if (typeof answer === 'string' || 'unstorable' in answer) {
      refused(entry, answer);
      return;
    }
    if (memory.recall(hash) !== entry) return; // what has been loaded meanwhile may be newer
    const { hit, stale } = answer;
    if (clock.now() - hit.loadedAt < hit.windows.stale) keep(hash, hit, tier.name, generation, stale);
  };
}

/**
 * Ms since the server was asked for what came with a page, at most: with the document itself, since the navigation began.
 * Later, nobody tells when a framework has asked for it.
 */
function longestTrip(): number {
  const { document, performance } = globalThis;
  const opened = document ? performance.now() : LONGEST_TRIP;
  return document?.readyState === 'complete' ? Math.min(opened, LONGEST_TRIP) : opened;
}
