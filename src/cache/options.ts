import type { Duration } from '../freshness/duration.js';
import type { Freshness } from '../freshness/timeline.js';
import type { Key } from '../key.js';
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
  /**
   * Who may see the value. What is `'public'` depends on nothing but the key, and is shared among the requests of a
   * server; a cache that has one user takes no notice. See `createRequestCache`. @default 'private'
   */
  scope?: 'public' | 'private';
  /** Lets this caller leave. The load is aborted when the last one has left. */
  signal?: AbortSignal;
}

/** Options of `set`. */
export interface SetOptions extends Freshness {
  /** @default those of the entry that it replaces, if memory has one */
  tags?: readonly string[];
  /** As in {@link GetOptions}. */
  scope?: 'public' | 'private';
}

export interface InvalidateOptions {
  /**
   * Whether to wait until every other tab or process has dropped it from its memory; `true` waits for at most a
   * second. @default false: they hear of it within the latency of the bus
   */
  confirm?: boolean | Duration;
}

/** What an invalidation achieved. */
export interface Invalidated {
  /**
   * Whether the shared store has taken it. If false, the store could not be reached: the invalidation holds in
   * this tab or process, and is delivered before anything is read from the store again.
   */
  readonly durable: boolean;
  /** Whether all others have confirmed in time; `undefined` unless it was asked for. */
  readonly confirmed?: boolean | undefined;
}

/** A change that is shown before the source has it. A key has no type: say what `current` is, or ask a repository. */
export interface OptimisticChange<V = unknown> {
  readonly key: Key;
  /** Gets what is shown. May run several times, on newer data each time: it must not change what it gets. */
  change(current: V): V;
}

/** A value that is stored as if it had just been loaded. */
export interface Populated<V = unknown> extends SetOptions {
  readonly key: Key;
  readonly value: V;
}

/** Options of `mutate`. */
export interface MutateOptions<V> extends InvalidateOptions {
  /**
   * What the write makes untrue; a function gets what `save` answered (`undefined` if it failed). A target that is
   * known before the write is held meanwhile: loads may run, none is stored.
   */
  invalidates: Target | ((saved: V | undefined) => Target);
  /**
   * How long after the write reads may still bring the old value, because a replica lags behind or a transaction
   * that timed out commits late. Until then loads answer their readers and are not stored. @default 0
   */
  settle?: Duration;
  /**
   * What is shown until the source has answered and what was invalidated has been loaded again; taken back if `save`
   * fails. It is seen by what watches the key, and by no `get`.
   */
  optimistic?: OptimisticChange | readonly OptimisticChange[];
  /**
   * What the write's answer tells of a key: stored in the same step as the invalidation, which reaches that key too. Not
   * if the write failed, nor if the key was invalidated by somebody else since the write began, or is still held.
   * `undefined` stores nothing.
   * @default nothing: what was invalidated is loaded at its next use
   */
  populates?: (saved: V) => Populated | undefined;
  /** Writes of one scope run one after the other. @default all at once */
  scope?: string;
}
