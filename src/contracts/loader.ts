import type { Key } from '../key.js';

/** What a loader is told. */
export interface LoadContext {
  readonly key: Key;
  /**
   * Aborted when nobody waits for the load any more, when it times out, when another process has taken it over, and when
   * the cache closes.
   */
  readonly signal: AbortSignal;
  /** Adds tags that only the loaded data can tell. */
  tag(...tags: string[]): void;
  /**
   * Tells the source's own number of the state that is loaded: a row version, a log position. A value of a lower
   * number never replaces one of a higher. Whole numbers from 0.
   */
  revision(number: number | bigint): void;
}

/** Fetches one value from the source. `null`, `0`, `''`, `false` and `undefined` are values. */
export type Loader<V> = (context: LoadContext) => V | PromiseLike<V>;
