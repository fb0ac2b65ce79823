import type { Store } from '../contracts/store.js';
import { OptionError } from '../errors.js';
import { type Duration, milliseconds } from '../freshness/duration.js';
import { createDeadlines } from '../resilience/deadline.js';
import { createSharedTier, type SharedTier, type SharedTierOptions } from '../tiers/shared-tier.js';
import { createAdopt } from './reading/adopt.js';
import { createDescend } from './reading/descend.js';

type TierParts = Pick<SharedTierOptions, 'clock' | 'events' | 'delivered'>;

/** The tier below memory, as {@link tierOf} makes it. A cache without one does not pay for its code. */
export interface LowerTier {
  readonly open: (parts: TierParts) => SharedTier;
  readonly descend: typeof createDescend;
  readonly adopt: typeof createAdopt;
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
    open: (parts) => createSharedTier({ ...parts, store, deadline: createDeadlines(parts.clock), timeout }),
    descend: createDescend,
    adopt: createAdopt,
  };
}
