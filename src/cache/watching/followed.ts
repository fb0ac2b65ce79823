import type { Entry } from '../../tiers/entry.js';
import type { Shown, View } from './view.js';
import type { WatchOptions } from './watch-options.js';

export interface Subscriber {
  readonly listener: () => void;
  readonly options: () => WatchOptions | undefined;
  /** Reads the key, until the signal says that nobody follows it any more. @param again even if it is fresh */
  readonly read: (signal: AbortSignal, again: boolean) => Promise<unknown>;
}

/** One key with at least one subscriber. */
export interface Followed {
  readonly hash: string;
  readonly subscribers: Set<Subscriber>;
  /** Aborted when nobody follows it any more. */
  readonly leaving: AbortController;
  view: View;
  /** The entry that was last seen in memory. It outlives its eviction. */
  entry: Entry | undefined;
  shown: Shown | undefined;
  /** What is shown, as it was read. */
  value: unknown;
  /** What is shown was invalidated, and its successor has not arrived. */
  untrue: boolean;
  error: View['error'];
  /** A load has begun whose end is still to be told. */
  loading: boolean;
  /** The latest read; what an earlier one brings is out of date. Never rejects. */
  reading: Promise<void>;
  /** The tags of the latest flight: what an invalidation is compared with while there is no entry. */
  tags: readonly string[];
  cancelTimer: () => void;
  /** When a store last refused what was loaded, and when to load again because of that: 0 for not at all. */
  refusedAt: number;
  againAt: number;
}
