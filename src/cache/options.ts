import type { Duration } from '../freshness/duration.js';
import type { Freshness } from '../freshness/timeline.js';
import type { OptimisticChange } from './layers.js';
import type { Target } from './target.js';

/** Options of one read; what is not given comes from the cache's options. */
export interface GetOptions extends Freshness {
  /** Names shared by entries that become untrue together. Loaders can add more by `tag()`. */
  tags?: readonly string[];
  /** How long a load may take before it is aborted and fails with a LoadTimeoutError. @default no limit */
  timeout?: Duration;
  /**
   * How long after a failed load the readers of a shared store leave the source alone; a `refresh` does not wait.
   * @default '1s'
   */
  coolDown?: Duration;
  /** Lets this caller leave. The load is aborted when the last one has left. */
  signal?: AbortSignal;
}

/** Options of `set`. */
export interface SetOptions extends Freshness {
  tags?: readonly string[];
}

/** What an invalidation achieved. */
export interface Invalidated {
  /**
   * Whether the shared store has taken it. If false, the store could not be reached: the invalidation holds in
   * this tab or process, and is delivered before anything is read from the store again.
   */
  readonly durable: boolean;
}

/** Options of `mutate`. */
export interface MutateOptions<V> {
  /** What the write makes untrue; a function gets what `save` answered (`undefined` if it failed). */
  invalidates: Target | ((saved: V | undefined) => Target);
  /**
   * What is shown until the source has answered and what was invalidated has been loaded again; taken back if `save`
   * fails. It is seen by what watches the key, and by no `get`.
   */
  optimistic?: readonly OptimisticChange[];
  /** Writes of one scope run one after the other. @default all at once */
  scope?: string;
}
