import type { Bus } from '../contracts/bus.js';
import type { Clock } from '../contracts/clock.js';
import type { Loader } from '../contracts/loader.js';
import type { CacheEventListener, CacheEventType } from '../events/events.js';
import type { Duration } from '../freshness/duration.js';
import type { Freshness } from '../freshness/timeline.js';
import type { Key, KeyPart } from '../key.js';
import type { Arrivals, DehydratedEntry, DehydrateOptions } from './hydrate.js';
import type { Auditor } from './inspecting/auditor.js';
import type { Explanation } from './inspecting/explain.js';
import type { GetOptions, Invalidated, InvalidateOptions, MutateOptions, SetOptions } from './options.js';
import type { Target } from './target.js';
import type { LowerTier } from './tier-of.js';
import type { Watch, WatchOptions } from './watching/watch-options.js';
import type { Repository, RepositoryDefinition } from './writing/repository.js';

export type { CacheEventListener, CacheEventType };

/** How much a cache holds and did. */
export interface CacheStats {
  /** Those that are current: fresh or stale, not untrue. */
  readonly entries: number;
  /** Estimated; 0 while `maxBytes` is not limited. */
  readonly bytes: number;
}

export interface CacheOptions extends Freshness {
  /** How many entries memory holds. @default 10_000 */
  maxEntries?: number;
  /** How many bytes memory holds, estimated. @default 100 MB */
  maxBytes?: number;
  /** How long a load may take. @default no limit */
  timeout?: Duration;
  /** How long after a failed load the readers of a shared store leave the source alone. @default '1s' */
  coolDown?: Duration;
  /** The tier below memory, shared with other tabs or processes: `tierOf(store)`. @default none */
  tier?: LowerTier;
  /** Tells and hears other tabs or processes what became untrue. @default none */
  bus?: Bus;
  /** Compares a sample of what was invalidated with the source: `auditor()`. @default none */
  auditor?: Auditor;
  /** @default the system's */
  clock?: Clock;
  /** Numbers from 0 to 1 for jitter. @default Math.random */
  random?: () => number;
}

/** A cache that stands aside of a source: reads load on a miss, writes go to the source and invalidate. */
export interface Cache {
  /**
   * The value of a key: from memory, from the store below, or from the loader. Many callers cause one load.
   *
   * Rejects with what the loader throws, unless an entry within `staleIfError` can be answered.
   * @throws {KeyError | OptionError} at once, for a key or an option that cannot work
   */
  get<V>(key: Key, loader: Loader<V>, options?: GetOptions): Promise<V>;

  /** The value in memory if it may be answered now, else `undefined`. Starts nothing. */
  peek<V = unknown>(key: Key): V | undefined;

  /** Stores a value as if it had just been loaded. Loads that began before it cannot overwrite it. */
  set<V>(key: Key, value: V, options?: SetOptions): Promise<void>;

  /**
   * Changes the value of an entry in memory, and below: for edits that the source knows of, or will. Its age stays.
   *
   * @returns whether it was stored: not if there is no entry, or it was invalidated or loaded anew while `change` ran
   */
  update<V>(key: Key, change: (current: V) => V | PromiseLike<V>): Promise<boolean>;

  /**
   * Declares entries untrue, wherever they are. When it has resolved, no read that starts later answers a value
   * whose load began before. Costs one write per key, tag or prefix, however many entries it reaches.
   */
  invalidate(target: Target, options?: InvalidateOptions): Promise<Invalidated>;

  /** Makes entries stale at once: they are loaded again at their next use, and answered meanwhile if they may be. */
  expire(target: Target, options?: InvalidateOptions): Promise<Invalidated>;

  /**
   * Runs a write and then invalidates what it made untrue: also if it failed, because a write that timed out may
   * have happened. While it runs, nothing of it is stored. Rejects with what `save` throws.
   */
  mutate<V>(save: () => V | PromiseLike<V>, options: MutateOptions<V>): Promise<V>;

  /** Follows one key: what a component needs. A `null` key follows nothing. */
  watch<V>(key: Key | null, loader: Loader<V>, options?: WatchOptions<V>): Watch<V>;

  /** Loads what is not there, ahead of the component that will show it. Never rejects. */
  preload<V>(key: Key, loader: Loader<V>, options?: WatchOptions<V>): Promise<void>;

  /** Resolves when what is watched and reached by the target has been loaded again, or could not be. */
  reloaded(target: Target): Promise<void>;

  /** How many keys are being loaded or looked up now, of all or of those that begin with these parts. */
  fetching(prefix?: readonly KeyPart[]): number;

  /** A typed home for one kind of data: how its keys are written, how it is loaded and saved. */
  repository<Id, V, Patch = Partial<NonNullable<V>>>(
    definition: RepositoryDefinition<Id, V, Patch>,
  ): Repository<Id, V, Patch>;

  /** Listens to what happens. @returns a function that ends it */
  on<T extends CacheEventType>(type: T | '*', listener: CacheEventListener<T>): () => void;

  /** The entries of memory, to be taken elsewhere by {@link hydrate}. */
  dehydrate(options?: DehydrateOptions): DehydratedEntry[];

  /**
   * Takes in entries that were dehydrated elsewhere, unless memory has later ones. The same entry may be taken in again:
   * it stays as old as it was. A function is asked for more at each miss of memory, until it answers `undefined`.
   */
  hydrate(entries: readonly DehydratedEntry[] | Arrivals): void;

  stats(): CacheStats;

  /** What is where of this key, in which phase, and what a read would do: for debugging. Changes nothing. */
  explain(key: Key): Promise<Explanation>;

  /** Writes what is queued, aborts loads, lets go of store and bus. Calls after it reject with a ClosedError. */
  close(): Promise<void>;
}
