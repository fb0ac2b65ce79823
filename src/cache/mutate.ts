import type { Clock } from '../contracts/clock.js';
import type { Invalidation } from '../contracts/invalidation.js';
import { milliseconds } from '../freshness/duration.js';
import { type Hold, type Invalidator, patienceOf } from './invalidate.js';
import type { MutateOptions } from './options.js';
import { invalidationOf } from './target.js';

export type Mutate = <V>(save: () => V | PromiseLike<V>, options: MutateOptions<V>) => Promise<V>;

/** Ms after which the store lets go of what a mutation holds whose process has died. */
const LONGEST_SAVE = 30_000;

/**
 * Hold, save, invalidate. Source first, then the cache: the other way round, a read between the two would bring the
 * old value back. What is held cannot be stored by a load that overlaps the save, and has been dropped from the
 * store even if the process dies between save and invalidate.
 */
export function createMutate({ invalidator, clock }: { invalidator: Invalidator; clock: Clock }): Mutate {
  /** Until the source tells the new value for sure. */
  const settleDown = (invalidation: Invalidation, ms: number, hold: Hold): void => {
    clock.after(ms, () => {
      hold.release();
      void invalidator.invalidate(invalidation);
    });
  };

  return async (save, options) => {
    const { invalidates } = options;
    const patience = patienceOf(options);
    const settle = milliseconds('settle', options.settle ?? 0);
    const targetOf = typeof invalidates === 'function' ? invalidates : () => invalidates;
    const known = typeof invalidates === 'function' ? undefined : invalidationOf(invalidates, false);
    const hold = known && invalidator.hold(known, LONGEST_SAVE);
    if (hold?.taken) await hold.taken; // with memory alone, the save begins at once
    let saved: Awaited<ReturnType<typeof save>> | undefined;
    try {
      saved = await save();
      return saved;
    } finally {
      // After a failure too: a write that timed out may have happened.
      const invalidation = known ?? invalidationOf(targetOf(saved), false);
      if (settle > 0) settleDown(invalidation, settle, hold ?? invalidator.hold(invalidation, settle));
      else hold?.release();
      await invalidator.invalidate(invalidation, patience, settle);
    }
  };
}
