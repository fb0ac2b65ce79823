import type { Key } from '../../key.js';
import type { GetOptions } from '../options.js';
import type { RetryOptions } from './retrying.js';
import type { TriggerOptions } from './triggers.js';
import type { View } from './view.js';

export interface WatchOptions<V = unknown> extends Omit<GetOptions, 'signal'>, RetryOptions, TriggerOptions<V> {
  /** Whether to load at all. If not, what others load is followed. @default true */
  enabled?: boolean;
  /**
   * What a new subscriber loads: `true` what is not fresh, `false` only what is not there, `'always'` anything.
   * @default true
   */
  revalidateOnMount?: boolean | 'always';
  /**
   * Whether parts of new data that equal the old stay the same objects; a function makes its own comparison.
   * @default true
   */
  structuralSharing?: boolean | ((before: V | undefined, after: V) => V);
  /**
   * Data for a key that memory does not have, taken in as if it had been loaded. Not after the key was invalidated.
   * `undefined`, also that of a function, is none.
   */
  initialData?: V | (() => V | undefined);
  /** When the initial data was loaded, ms of the wall clock: decides how long it is fresh. @default now */
  initialDataUpdatedAt?: number;
}

/** Follows one key. */
export interface Watch<V> {
  readonly key: Key | null;
  read(): View<V>;
  /**
   * What to show on the server, and in the browser while its HTML is hydrated: what the page brought by `hydrate`,
   * whatever has arrived since.
   */
  readServer(): View<V>;
  /** Calls back after each change of the view. The first subscriber starts the read. @returns a function that ends it */
  subscribe(listener: () => void): () => void;
  /** From now on this is loaded, and how. `enabled` is heeded by the next subscription. */
  configure(loader: (context: never) => unknown, options: WatchOptions<V> | undefined): void;
  /**
   * Loads even if the data is fresh, and answers nothing whose load began before it: a load that is under way is told to
   * give up, and its readers get this one's answer, if they have none before. One that a mount or a refresh
   * has begun in the same go is joined: no write can have ended between, unless it is a synchronous one.
   */
  refresh(): Promise<V>;
  /** Begins to load what is not there. Holds what it brings for a moment, until somebody subscribes. Never rejects. */
  preload(): Promise<void>;
  /** Whether a preload has begun to load, and still holds what it brings, such as its error. */
  isHeld(): boolean;
  /** Lets go of what a preload holds, such as its error. */
  release(): void;
}
