import type { Fence } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import type { Entry } from '../../tiers/entry.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { Keep } from './keep.js';

export interface CompareParts {
  readonly tier: SharedTier;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly keep: Keep;
}

/**
 * Takes from the tier what was loaded later than this entry, which came with a page: after an edit in this browser, or
 * from a page that was kept, the disk is ahead of the HTML. Loads nothing; and looks only for what is fresh, since for
 * anything else the tier is asked by whoever reads it, who would find it busy with this.
 */
export type Compare = (entry: Entry) => Promise<void>;

export function createCompare({ tier, fence, clock, keep }: CompareParts): Compare {
  return async ({ hash, tags, version, loadedAt, dueAt }) => {
    if (clock.now() >= dueAt) return;
    const generation = fence.now;
    const found = await tier.lookup(hash, tags, version);
    if (found && 'miss' in found) tier.release(hash, found.miss);
    if (!found || !('hit' in found)) return;
    const { hit, stale } = found;
    const age = clock.now() - hit.loadedAt;
    // What says that it is from the future cannot be compared.
    if (hit.loadedAt > loadedAt && age >= 0 && age < hit.windows.stale) keep(hash, hit, tier.name, generation, stale);
  };
}
