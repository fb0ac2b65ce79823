import { useInsertionEffect, useState } from 'react';
import type { AnyView } from '../cache/watching/view.js';

export interface ThrowOnError {
  /** Whether a load that failed throws to the nearest error boundary. @default false */
  throwOnError?: boolean | ((error: unknown) => boolean);
}

/**
 * For components with several views: a function that throws the error of one, if its options say so. Not before the first
 * commit: after its error boundary was reset, a component tries again.
 */
export function useThrowOnError(): (view: Pick<AnyView, 'error' | 'isFetching'>, options: ThrowOnError) => void {
  const [state] = useState({ isCommitted: false });
  useInsertionEffect(() => {
    state.isCommitted = true;
  });
  return ({ error, isFetching }, { throwOnError }) => {
    if (error !== undefined && !isFetching && state.isCommitted && throws(throwOnError, error)) throw error;
  };
}

export function throws(throwOnError: ThrowOnError['throwOnError'], error: unknown): boolean {
  return typeof throwOnError === 'function' ? throwOnError(error) : throwOnError === true;
}
