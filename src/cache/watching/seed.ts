import type { Fence } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import { type Timing, windowsFor } from '../../freshness/timeline.js';
import { hashKey, type Key } from '../../key.js';
import { Entry } from '../../tiers/entry.js';
import type { GetOptions } from '../options.js';
import type { Keep } from '../reading/keep.js';
import { timingWith } from '../reading/read.js';
import { tagsOf } from '../target.js';
import type { WatchOptions } from './watch-options.js';

/** Makes entries of initial data. */
export interface Seed {
  /** The entry that initial data would be, if there is any. */
  entryOf(key: Key, options: WatchOptions | undefined): Entry | undefined;
  /** Whether it may be shown: not if the key was invalidated. */
  isTrue(entry: Entry): boolean;
  /** Takes it into memory. @returns the entry that memory has now */
  plant(entry: Entry): Entry | undefined;
}

/**
 * Nobody knows when initial data was made, so it counts as loaded when the cache began: an invalidation since then
 * makes it untrue. Otherwise a component that is mounted again after an invalidation would bring the old value back.
 */
const BEGINNING = 1;

export function createSeed(parts: {
  fence: Fence;
  clock: Clock;
  keep: Keep;
  defaults: GetOptions;
  timing: Timing;
  random: () => number;
}): Seed {
  const { fence, clock, keep, defaults, timing, random } = parts;
  return {
    entryOf(key, options) {
      if (options?.initialData === undefined) return undefined;
      const { initialData, initialDataUpdatedAt } = options;
      const [hash, tags] = [hashKey(key), tagsOf(key, options.tags)];
      const value: unknown = typeof initialData === 'function' ? initialData() : initialData;
      if (value === undefined) return undefined;
      const now = clock.now();
      const loadedAt = Math.min(initialDataUpdatedAt ?? now, now);
      const windows = windowsFor(timingWith(defaults, timing, options), value, random);
      return new Entry(hash, { version: '', value, tags, loadedAt, windows }, 'initial', BEGINNING);
    },
    isTrue: ({ hash, tags }) => fence.raisedSince(BEGINNING, hash, tags) !== 'hard',
    plant({ hash, ...record }) {
      const { entry, current } = keep(hash, record, 'initial', BEGINNING);
      return current ? entry : undefined;
    },
  };
}
