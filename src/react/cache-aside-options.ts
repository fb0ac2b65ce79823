import type { View } from '../cache/watching/view.js';
import type { WatchOptions } from '../cache/watching/watch-options.js';

export interface CacheAsideOptions<V, S = V> extends WatchOptions<V> {
  /** What the component needs of the data: it renders again only if that changes. */
  select?: (data: V) => S;
  /** Shown while there is no data yet; never cached. A function gets what was shown before the key changed. */
  placeholderData?: V | ((previous: V | undefined) => V | undefined);
  /** Whether to show the data of the key before while that of a new one is loaded. @default false */
  keepPreviousData?: boolean;
  /** Whether a load that failed throws to the nearest error boundary. @default false */
  throwOnError?: boolean | ((error: unknown) => boolean);
}

/**
 * What a component sees of a key: an immutable object, the same one until something in it that the component has read
 * changes.
 */
export interface CacheAsideResult<S, V = S> extends View<S> {
  /** What is shown is `placeholderData`, or the data of the key before. */
  readonly isPlaceholderData: boolean;
  /** Loads even if the data is fresh. */
  readonly refresh: () => Promise<V>;
  /**
   * Changes the cached value, without telling the source. @returns whether it was stored: not if there is none, or it
   * was invalidated or loaded anew while an asynchronous change ran
   */
  readonly mutate: (change: V | ((current: V) => V | PromiseLike<V>)) => Promise<boolean>;
}

/** The same where there is always data, by `initialData` or by suspending. */
export interface DefinedCacheAsideResult<S, V = S> extends CacheAsideResult<S, V> {
  readonly data: S;
}
