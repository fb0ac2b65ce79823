import { useCallback, useInsertionEffect, useMemo, useRef, useState } from 'react';
import type { MutateOptions, OptimisticChange, Populated } from '../cache/options.js';
import type { Target } from '../cache/target.js';
import { reasonOf } from '../cache/watching/view.js';
import { useCache } from './cache-context.js';

export interface CacheMutationOptions<Variables, V> {
  /** What the write makes untrue. A function gets what was saved (`undefined` if it failed) and the variables. */
  invalidates: Target | ((saved: V | undefined, variables: Variables) => Target);
  /**
   * What is shown meanwhile: changes laid over what is shown of some keys, never cached. They are applied again to newer
   * data, are taken back if the write fails, and otherwise stay until what was invalidated has been loaded again.
   */
  optimistic?: (variables: Variables) => OptimisticChange | readonly OptimisticChange[];
  /**
   * What the write's answer tells of a key: stored in the same step as the invalidation, so that it need not be loaded.
   * Not if the key was invalidated by somebody else since the write began; `undefined` stores nothing. @default nothing
   */
  populates?: (saved: V, variables: Variables) => Populated | undefined;
  /** Writes of one scope run one after the other, of all components. @default all at once */
  scope?: string;
  /**
   * Whether `mutate` resolves only when what is on screen and was invalidated has been loaded again, so that a
   * `useOptimistic` around it does not fall back to what was there before. @default true
   */
  awaitReload?: boolean;
  onSuccess?: (saved: V, variables: Variables) => unknown;
  onError?: (error: unknown, variables: Variables) => unknown;
  /** After success and after failure. */
  onSettled?: (saved: V | undefined, error: unknown, variables: Variables) => unknown;
}

/** How a write is going. */
type MutationState<Variables, V> =
  | { readonly status: 'idle'; readonly data: undefined; readonly error: undefined; readonly variables: undefined }
  | { readonly status: 'saving'; readonly data: undefined; readonly error: undefined; readonly variables: Variables }
  | { readonly status: 'success'; readonly data: V; readonly error: undefined; readonly variables: Variables }
  | {
      readonly status: 'error';
      readonly data: undefined;
      readonly error: NonNullable<unknown>;
      readonly variables: Variables;
    };

/** A write, and how it is going: its `status` tells what of the latest call there is. */
export type CacheMutation<Variables, V> = MutationState<Variables, V> & {
  /** Saves, then invalidates. Rejects with what `save` throws: whoever does not wait for it finds that in `error`. */
  readonly mutate: (variables: Variables) => Promise<V>;
  readonly reset: () => void;
};

const IDLE = { status: 'idle', data: undefined, error: undefined, variables: undefined } as const;

/** A write to the source that invalidates what it made untrue: after success, and after a failure whose outcome is unknown. */
export function useCacheMutation<Variables = void, V = unknown>(
  save: (variables: Variables) => V | PromiseLike<V>,
  options: CacheMutationOptions<Variables, V>,
): CacheMutation<Variables, V> {
  const cache = useCache();
  const [state, setState] = useState<MutationState<Variables, V>>(IDLE);
  const latest = useRef({ save, options });
  // Only a render that was committed may change what is saved.
  useInsertionEffect(() => {
    latest.current = { save, options };
  });
  /** Only the latest call shows how it goes. */
  const calls = useRef(0);

  const write = useCallback(
    async (variables: Variables, failed: () => void): Promise<V> => {
      const call = ++calls.current;
      const show = (next: MutationState<Variables, V>) => {
        if (calls.current === call) setState(next);
      };
      const { invalidates, populates, optimistic, scope, awaitReload = true } = latest.current.options;
      let reached = typeof invalidates === 'function' ? undefined : invalidates;
      const own = (): MutateOptions<V> => ({
        // What is known before the write is held meanwhile.
        invalidates:
          typeof invalidates === 'function' ? (saved) => (reached = invalidates(saved, variables)) : invalidates,
        ...(scope !== undefined && { scope }),
        ...(populates && { populates: (saved) => populates(saved, variables) }),
        ...(optimistic && { optimistic: optimistic(variables) }),
      });
      const on = () => latest.current.options;
      const reload = () => (awaitReload && reached ? cache.reloaded(reached) : undefined);
      show({ ...IDLE, status: 'saving', variables });
      let data: V;
      try {
        data = await cache.mutate(() => latest.current.save(variables), own());
      } catch (error) {
        show({ ...IDLE, status: 'error', error: reasonOf(error), variables });
        await reporting(() => on().onError?.(error, variables));
        await reporting(() => on().onSettled?.(undefined, error, variables));
        await reload();
        failed();
        throw error;
      }
      show({ ...IDLE, status: 'success', data, variables });
      // Outside: what these throw does not mean that the write failed.
      try {
        await on().onSuccess?.(data, variables);
      } finally {
        await on().onSettled?.(data, undefined, variables);
      }
      await reload();
      return data;
    },
    [cache],
  );
  const mutate = useCallback(
    (variables: Variables) => {
      // An error that is shown is not an unhandled one.
      const writing: Promise<V> = write(variables, () => void writing.catch(() => {}));
      return writing;
    },
    [write],
  );
  const reset = useCallback(() => {
    calls.current++;
    setState(IDLE);
  }, []);
  return useMemo(() => ({ ...state, mutate, reset }), [state, mutate, reset]);
}

/** What a callback throws must not take the place of the error of the write: it is reported as an unhandled one. */
async function reporting(tell: () => unknown): Promise<void> {
  try {
    await tell();
  } catch (problem) {
    void Promise.reject(problem);
  }
}
