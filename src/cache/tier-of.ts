import type { Fence } from '../coherence/fence.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { Store } from '../contracts/store.js';
import { OptionError } from '../errors.js';
import { type Duration, milliseconds } from '../freshness/duration.js';
import { createDeadlines } from '../resilience/deadline.js';
import { createSharedTier, type SharedTier } from '../tiers/shared-tier.js';
import { type Adopt, createAdopt } from './reading/adopt.js';
import { createDescend, type DescendParts } from './reading/descend.js';
import type { Takeoff } from './reading/flights.js';
import { createLoadsBelow, type LoadsBelow } from './reading/loads-below.js';
import { createWritesBelow, type WritesBelow } from './writing/writes-below.js';

interface TierParts extends Pick<DescendParts, 'memory' | 'clock' | 'events' | 'keep'> {
  readonly fence: Fence;
  /** Hears what the store has taken late: those who looked in between have seen what it makes untrue. */
  readonly delivered: (invalidation: Invalidation) => void;
}

/** What a cache does with the tier below memory. */
export interface Below extends LoadsBelow, WritesBelow {
  readonly tier: SharedTier;
  readonly adopt: Adopt;
  /** The way down of flights. */
  readonly descend: (parts: Pick<DescendParts, 'load' | 'fail' | 'land' | 'behind'>) => Takeoff;
}

/** The tier below memory, as {@link tierOf} makes it. A cache without one does not pay for its code. */
export interface LowerTier {
  readonly open: (parts: TierParts) => Below;
}

/**
 * Makes a store the tier below memory: `createCache({ tier: tierOf(store) })`.
 *
 * @param options.timeout how long the store may take to answer before reads go on without it; `@default '1s'`
 */
export function tierOf(store: Store, options: { timeout?: Duration } = {}): LowerTier {
  if (typeof store?.lookup !== 'function') throw new OptionError('store', store, 'a Store');
  const timeout = milliseconds('timeout', options.timeout ?? '1s');
  return {
    open({ delivered, ...parts }) {
      const deadline = createDeadlines(parts.clock);
      const tier = createSharedTier({ ...parts, store, deadline, timeout, delivered });
      const loads = createLoadsBelow({ ...parts, tier });
      return {
        tier,
        ...loads,
        ...createWritesBelow({ ...parts, tier, loads }),
        adopt: createAdopt({ ...parts, tier, refused: loads.refused }),
        descend: (more) => createDescend({ ...parts, ...more, tier }),
      };
    },
  };
}
