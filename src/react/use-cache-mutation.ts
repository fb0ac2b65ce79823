import { useCallback, useInsertionEffect, useRef, useState } from 'react';
import type { MutateOptions } from '../cache/options.js';
import type { Target } from '../cache/target.js';
import { useCache } from './cache-context.js';

export interface CacheMutationOptions<Variables, V> {
  /** What the write makes untrue. A function gets what was saved (`undefined` if it failed) and the variables. */
  invalidates: Target | ((saved: V | undefined, variables: Variables) => Target);
  onSuccess?: (saved: V, variables: Variables) => void;
  onError?: (error: unknown, variables: Variables) => void;
}

/** A write, and how it is going. */
export interface CacheMutation<Variables, V> {
  /** Saves, then invalidates. Rejects with what `save` throws. */
  readonly mutate: (variables: Variables) => Promise<V>;
  readonly status: 'idle' | 'saving' | 'success' | 'error';
  readonly data: V | undefined;
  readonly error: unknown;
  readonly reset: () => void;
}

type State<V> = Pick<CacheMutation<never, V>, 'status' | 'data' | 'error'>;

const IDLE = { status: 'idle', data: undefined, error: undefined } as const;

/** A write to the source that invalidates what it made untrue: after success, and after a failure whose outcome is unknown. */
export function useCacheMutation<Variables = void, V = unknown>(
  save: (variables: Variables) => V | PromiseLike<V>,
  options: CacheMutationOptions<Variables, V>,
): CacheMutation<Variables, V> {
  const cache = useCache();
  const [state, setState] = useState<State<V>>(IDLE);
  const latest = useRef({ save, options });
  // Only a render that was committed may change what is saved.
  useInsertionEffect(() => {
    latest.current = { save, options };
  });
  /** Only the latest call shows how it goes. */
  const calls = useRef(0);

  const mutate = useCallback(
    async (variables: Variables): Promise<V> => {
      const call = ++calls.current;
      const show = (next: State<V>) => {
        if (calls.current === call) setState(next);
      };
      const { invalidates, onSuccess, onError } = latest.current.options;
      const targets: MutateOptions<V>['invalidates'] =
        typeof invalidates === 'function' ? (saved) => invalidates(saved, variables) : invalidates;
      show({ ...IDLE, status: 'saving' });
      let data: V;
      try {
        data = await cache.mutate(() => latest.current.save(variables), { invalidates: targets });
      } catch (error) {
        show({ status: 'error', data: undefined, error });
        onError?.(error, variables);
        throw error;
      }
      show({ status: 'success', data, error: undefined });
      onSuccess?.(data, variables); // outside: what it throws does not mean that the write failed
      return data;
    },
    [cache],
  );
  const reset = useCallback(() => {
    calls.current++;
    setState(IDLE);
  }, []);
  return { ...state, mutate, reset };
}
