import type { Added } from './layers.js';
import type { MutateOptions } from './options.js';
import type { Target } from './target.js';

export interface MutateParts {
  readonly invalidate: (target: Target) => Promise<unknown>;
  readonly optimistic: (changes: NonNullable<MutateOptions<never>['optimistic']>) => Added;
  /** Runs tasks of one name one after the other. */
  readonly inOrder: <T>(name: string, task: () => Promise<T>) => Promise<T>;
}

/** Source first, then the cache: the other way round, a read between the two would bring the old value back. */
export function createMutate({ invalidate, optimistic, inOrder }: MutateParts) {
  return async <V>(save: () => V | PromiseLike<V>, options: MutateOptions<V>): Promise<V> => {
    const { invalidates, scope } = options;
    const layers = options.optimistic && optimistic(options.optimistic);
    const run = async () => {
      let saved: V | undefined;
      try {
        saved = await save();
        layers?.saved();
        return saved;
      } catch (error) {
        layers?.undo();
        throw error;
      } finally {
        // After a failure too: a write that timed out may have happened.
        await invalidate(typeof invalidates === 'function' ? invalidates(saved) : invalidates);
      }
    };
    try {
      return await (scope === undefined ? run() : inOrder(`scope:${scope}`, run));
    } finally {
      layers?.end();
    }
  };
}
