import type { Fence } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import type { Invalidation } from '../../contracts/invalidation.js';
import { checkFunction, OptionError } from '../../errors.js';
import { waitingTime } from '../../freshness/duration.js';
import type { MutateOptions, OptimisticChange, Populated } from '../options.js';
import { invalidationOf, type Target } from '../target.js';
import type { Added } from '../watching/layers.js';
import { type Invalidator, patienceOf } from './invalidate.js';
import type { SetValue, Write } from './set.js';

export type Mutate = <V>(save: () => V | PromiseLike<V>, options: MutateOptions<V>) => Promise<V>;

export interface MutateParts {
  readonly fence: Fence;
  readonly invalidator: Invalidator;
  readonly set: SetValue;
  readonly clock: Clock;
  readonly optimistic: (changes: readonly OptimisticChange[]) => Added;
  /** Runs tasks of one name one after the other. */
  readonly inOrder: <T>(name: string, task: () => Promise<T>) => Promise<T>;
}

/**
 * Hold, save, invalidate. Source first, then the cache: the other way round, a read between the two would bring the
 * old value back. What is held cannot be stored by a load that overlaps the save, and has been dropped from the
 * store even if the process dies between save and invalidate.
 */
export function createMutate({ fence, invalidator, set, clock, optimistic, inOrder }: MutateParts): Mutate {
  const releaseAfter = (ms: number, release: () => void, invalidation: Invalidation): void => {
    clock.after(ms, () => {
      release();
      void invalidator.invalidate(invalidation);
    });
  };

  const store = async (populated: Populated, write: Write): Promise<void> => {
    try {
      await set(populated.key, populated.value, populated, write);
    } catch (error) {
      // It cannot be stored. What was written made the rest untrue all the same.
      await invalidator.invalidate(write.invalidation, write.patience);
      throw error;
    }
  };

  /** Checks the options at once; what it answers does the work. */
  const prepare = <V>(save: () => V | PromiseLike<V>, options: MutateOptions<V>): (() => Promise<V>) => {
    const { invalidates, populates } = options;
    if (populates !== undefined)
      checkFunction('populates', populates, 'a function, such as (saved) => ({ key, value })');
    const patience = patienceOf(options);
    const settle = waitingTime('settle', options.settle ?? 0);
    const targetOf = typeof invalidates === 'function' ? invalidates : () => invalidates;
    const known = typeof invalidates === 'function' ? undefined : invalidationOf(invalidates, false);
    return async () => {
      const hold = known && invalidator.hold(known);
      if (hold?.taken) await hold.taken; // with memory alone, the save begins at once
      const since = fence.now;
      let saved: Awaited<V> | undefined;
      let populated: Populated | undefined;
      let failed = true;
      try {
        saved = await save();
        failed = false;
        populated = populates?.(saved);
        return saved;
      } finally {
        // After a failure too: a write that timed out may have happened.
        const invalidation = known ?? toldBy(() => targetOf(saved), failed);
        const release = hold?.release ?? (settle > 0 ? fence.hold(invalidation) : () => {});
        if (settle > 0) releaseAfter(settle, release, invalidation);
        else release();
        if (populated === undefined || settle > 0) await invalidator.invalidate(invalidation, patience, settle);
        else await store(populated, { since, invalidation, patience });
      }
    };
  };

  return async (save, options) => {
    checkFunction('save', save);
    if (typeof options !== 'object' || options === null) throw new OptionError('options', options, '{ invalidates }');
    const { scope, optimistic: changes } = options;
    let layers: Added | undefined;
    const run = prepare(async () => {
      try {
        const saved = await save();
        layers?.saved();
        return saved;
      } catch (error) {
        layers?.undo();
        throw error;
      }
    }, options);
    layers = changes && optimistic([changes].flat());
    try {
      return await (scope === undefined ? run() : inOrder(`"s${scope}`, run));
    } finally {
      layers?.end();
    }
  };
}

/** What a target function names. If it cannot cope with a write that failed, the caller is to get the write's error, not its. */
function toldBy(target: () => Target, failed: boolean): Invalidation {
  try {
    return invalidationOf(target(), false);
  } catch (error) {
    if (!failed) throw error;
    console.error(error);
    return NOTHING;
  }
}

const NOTHING: Invalidation = { hashes: [], tags: [], soft: false };
