import type { Key } from '../key.js';

/** What a loader is told. */
export interface LoadContext {
  readonly key: Key;
  /** Aborted when nobody waits for the load any more, when it times out and when the cache closes. */
  readonly signal: AbortSignal;
  /** Adds tags that only the loaded data can tell. */
  tag(...tags: string[]): void;
}

/** Fetches one value from the source. `null`, `0`, `''`, `false` and `undefined` are values. */
export type Loader<V> = (context: LoadContext) => V | PromiseLike<V>;
