import type { ErrorView, SuccessView, View } from '../cache/watching/view.js';
import type { WatchOptions } from '../cache/watching/watch-options.js';
import type { ThrowOnError } from './use-throw-on-error.js';

export interface CacheAsideOptions<V, S = V> extends WatchOptions<V>, ThrowOnError {
  /** What the component needs of the data: it renders again only if that changes. */
  select?: (data: V) => S;
  /** Shown while there is no data yet; never cached. A function gets what was shown before the key changed. */
  placeholderData?: V | ((previous: V | undefined) => V | undefined);
  /** Whether to show the data of the key before while that of a new one is loaded. @default false */
  keepPreviousData?: boolean;
}

/** What a component can do with a key. */
export interface CacheAsideActions<V> {
  /** Loads even if the data is fresh. */
  readonly refresh: () => Promise<V>;
  /**
   * Changes the cached value, without telling the source. @returns whether it was stored: not if there is none, or it
   * was invalidated or loaded anew while an asynchronous change ran
   */
  readonly mutate: (change: V | ((current: V) => V | PromiseLike<V>)) => Promise<boolean>;
}

type Extras<V> = CacheAsideActions<V> & {
  /** What is shown is `placeholderData`, or the data of the key before. */
  readonly isPlaceholderData: boolean;
};

/**
 * What a component sees of a key: an immutable object, the same one until something in it that the component has read
 * changes. Its `status` tells whether there is data.
 */
export type CacheAsideResult<S, V = S> = View<S> & Extras<V>;

/** The same where there is always data, since the component suspends until it is there. */
export type DefinedCacheAsideResult<S, V = S> = (SuccessView<S> | (ErrorView<S> & { readonly data: S })) & Extras<V>;
