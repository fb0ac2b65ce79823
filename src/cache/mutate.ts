import type { Fence } from '../coherence/fence.js';
import type { Clock } from '../contracts/clock.js';
import type { Invalidation } from '../contracts/invalidation.js';
import { milliseconds } from '../freshness/duration.js';
import { type Invalidator, patienceOf } from './invalidate.js';
import type { Invalidated, MutateOptions } from './options.js';
import { invalidationOf } from './target.js';

export type Mutate = <V>(save: () => V | PromiseLike<V>, options: MutateOptions<V>) => Promise<V>;

export interface MutateParts {
  readonly fence: Fence;
  readonly invalidator: Invalidator;
  readonly clock: Clock;
}

/** Ms after which the store lets go of what a mutation holds whose process has died. */
const LONGEST_HOLD = 30_000;

/**
 * Hold, save, invalidate. Source first, then the cache: the other way round, a read between the two would bring the
 * old value back. What is held cannot be stored by a load that overlaps the save, and has been dropped from the
 * store even if the process dies between save and invalidate.
 */
export function createMutate({ fence, invalidator, clock }: MutateParts): Mutate {
  /** What another mutation still holds stays held: an invalidation alone would let the store go of it. */
  const invalidate = (invalidation: Invalidation, patience?: number, settle = 0): Promise<Invalidated> => {
    const isHeld = fence.isHeld(invalidation.hashes, invalidation.tags);
    return invalidator.invalidate(invalidation, patience, isHeld ? Math.max(settle, LONGEST_HOLD) : 0);
  };

  return async (save, options) => {
    const { invalidates } = options;
    const patience = patienceOf(options);
    const settle = milliseconds('settle', options.settle ?? 0);
    const targetOf = typeof invalidates === 'function' ? invalidates : () => invalidates;
    const known = typeof invalidates === 'function' ? undefined : invalidationOf(invalidates, false);
    const hold = known && invalidator.hold(known, LONGEST_HOLD);
    if (hold?.taken) await hold.taken; // with memory alone, the save begins at once
    let saved: Awaited<ReturnType<typeof save>> | undefined;
    try {
      saved = await save();
      return saved;
    } finally {
      // After a failure too: a write that timed out may have happened.
      const invalidation = known ?? invalidationOf(targetOf(saved), false);
      const release = hold?.release ?? (settle > 0 ? fence.hold(invalidation) : () => {});
      if (settle === 0) release();
      else {
        clock.after(settle, () => {
          release();
          void invalidate(invalidation);
        });
      }
      await invalidate(invalidation, patience, settle);
    }
  };
}
