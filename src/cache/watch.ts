import type { Clock } from '../contracts/clock.js';
import type { Loader } from '../contracts/loader.js';
import type { CacheEvent, Events } from '../events/events.js';
import { untilNextPhase } from '../freshness/timeline.js';
import { hashKey, type Key } from '../key.js';
import type { Entry } from '../tiers/entry.js';
import type { Memory } from '../tiers/memory.js';
import type { Flights } from './flights.js';
import type { Reader } from './read.js';
import { IDLE, type Shown, sameView, type View, viewOf, type Watch, type WatchOptions } from './view.js';

export interface WatchParts {
  readonly memory: Memory;
  readonly flights: Flights;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly events: Events;
  /** Whether there is a tier below memory, so that the first thing to do is to ask it. */
  readonly hasTier: boolean;
}

export type WatchKey = (key: Key | null, loader: Loader<unknown>, options: WatchOptions | undefined) => Watch<unknown>;

/** One key with at least one subscriber. */
interface Followed {
  readonly listeners: Set<() => void>;
  /** The watch that subscribed last: its loader and options are used. */
  load: () => Promise<unknown>;
  view: View;
  shown: Shown | undefined;
  error: unknown;
  entry: Entry | undefined;
  cancelTimer: () => void;
}

export function createWatches({ memory, flights, reader, clock, events, hasTier }: WatchParts): WatchKey {
  const followed = new Map<string, Followed>();
  /** Views of entries that nobody follows yet, so that two reads before the first subscription see one object. */
  const unfollowed = new WeakMap<Entry, View>();
  let stopListening: (() => void) | undefined;
  const waiting: View = { ...IDLE, status: hasTier ? 'restoring' : 'loading', isLoading: true, isFetching: true };

  const pick = (hash: string, one: Followed): View => {
    const entry = memory.find(hash);
    if (entry !== undefined && entry !== one.entry) {
      one.entry = entry;
      const fromMemory = one.shown === undefined && flights.find(hash) === undefined && !one.listeners.size;
      one.shown = { value: entry.value, updatedAt: entry.loadedAt, source: fromMemory ? 'memory' : entry.source };
      one.error = undefined;
    }
    const { shown, error } = one;
    return viewOf({ entry, shown, error, stage: flights.find(hash)?.stage, hasTier, now: clock.now() });
  };

  const update = (hash: string, one: Followed): void => {
    const view = pick(hash, one);
    setTimer(hash, one);
    if (sameView(view, one.view)) return;
    one.view = view;
    for (const listener of one.listeners) listener();
  };

  /** Wakes up when the entry's phase changes by the mere passing of time. */
  const setTimer = (hash: string, one: Followed): void => {
    one.cancelTimer();
    const { entry } = one;
    if (entry === undefined || one.listeners.size === 0) return;
    const left = untilNextPhase(entry.windows, clock.now() - entry.loadedAt);
    if (left !== Number.POSITIVE_INFINITY) one.cancelTimer = clock.after(left, () => update(hash, one));
  };

  const start = (hash: string, one: Followed): void => {
    const loading = one.load();
    update(hash, one);
    loading.then(
      (value) => {
        // Memory may not have kept it: dropped by an invalidation, or too large. It is shown all the same.
        if (memory.find(hash) === undefined) {
          one.shown = { value, updatedAt: clock.now(), source: 'source' };
          one.error = undefined;
        }
        update(hash, one);
      },
      (error: unknown) => {
        one.error = error;
        update(hash, one);
      },
    );
  };

  const hear = (event: CacheEvent): void => {
    if (event.type === 'invalidated' || event.type === 'suspect') {
      for (const [hash, one] of followed) {
        const before = one.entry;
        if (before === undefined || memory.find(hash) === before) {
          update(hash, one);
          if (one.view.isStale && before !== undefined) start(hash, one);
        } else start(hash, one);
      }
      return;
    }
    if (!('hash' in event) || event.type === 'hit') return;
    const one = followed.get(event.hash);
    if (one === undefined) return;
    // Told by the flight itself, which has ended by the time its readers hear of it.
    if (event.type === 'load-failed') one.error = event.error;
    update(event.hash, one);
  };

  const follow = (hash: string, load: () => Promise<unknown>): Followed => {
    const known = followed.get(hash);
    if (known !== undefined) {
      known.load = load;
      return known;
    }
    const entry = memory.find(hash);
    const one: Followed = {
      listeners: new Set(),
      load,
      view: entry === undefined ? waiting : firstViewOf(entry),
      shown: undefined,
      error: undefined,
      entry: undefined,
      cancelTimer: () => {},
    };
    if (entry !== undefined) {
      one.entry = entry;
      one.shown = { value: entry.value, updatedAt: entry.loadedAt, source: one.view.source ?? 'memory' };
    }
    followed.set(hash, one);
    stopListening ??= events.on('*', hear);
    return one;
  };

  const unfollow = (hash: string, one: Followed): void => {
    one.cancelTimer();
    followed.delete(hash);
    if (followed.size > 0) return;
    stopListening?.();
    stopListening = undefined;
  };

  /** The view of an entry that was in memory before anybody followed it. */
  const firstViewOf = (entry: Entry): View => {
    const shown = {
      value: entry.value,
      updatedAt: entry.loadedAt,
      source: entry.source === 'server' ? 'server' : 'memory',
    };
    const view = viewOf({ entry, shown, error: undefined, stage: undefined, hasTier, now: clock.now() });
    const before = unfollowed.get(entry);
    if (before !== undefined && before.phase === view.phase) return before;
    unfollowed.set(entry, view);
    return view;
  };

  return (key, loader, options) => {
    if (key === null || options?.enabled === false) return disabled(key, loader, options, reader);
    const hash = hashKey(key);
    const load = () => reader.get(key, loader, options);
    return {
      read() {
        const one = followed.get(hash);
        if (one !== undefined) return one.view;
        const entry = reader.peek(key);
        return entry === undefined ? waiting : firstViewOf(entry);
      },
      subscribe(listener) {
        const own = () => listener(); // the same listener may subscribe twice
        const one = follow(hash, load);
        const isFirst = one.listeners.size === 0;
        one.listeners.add(own);
        if (isFirst || one.entry === undefined || one.view.isStale) start(hash, one);
        return () => {
          one.listeners.delete(own);
          if (one.listeners.size === 0 && followed.get(hash) === one) unfollow(hash, one);
        };
      },
      refresh: () => reader.refresh(key, loader, options),
    };
  };
}

function disabled(
  key: Key | null,
  loader: Loader<unknown>,
  options: WatchOptions | undefined,
  reader: Reader,
): Watch<unknown> {
  return {
    read: () => IDLE,
    subscribe: () => () => {},
    refresh: () =>
      key === null
        ? Promise.reject(new TypeError('A watch without a key has nothing to refresh.'))
        : reader.refresh(key, loader, options),
  };
}
