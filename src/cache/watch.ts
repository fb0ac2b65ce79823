import type { Clock } from '../contracts/clock.js';
import type { Loader } from '../contracts/loader.js';
import type { CacheEvent, Events } from '../events/events.js';
import { type Phase, phaseOf, untilNextPhase } from '../freshness/timeline.js';
import { hashKey, type Key } from '../key.js';
import type { Entry } from '../tiers/entry.js';
import type { Memory } from '../tiers/memory.js';
import type { GetOptions } from './cache.js';
import type { Flights } from './flights.js';
import type { Reader } from './read.js';

/** What a component sees of one key: a plain object that stays the same until something in it changes. */
export interface View<V = unknown> {
  readonly data: V | undefined;
  /** Why the last load failed, until one succeeds. The data stays. */
  readonly error: unknown;
  /** `restoring`: a lower tier is asked, nothing is loaded yet. `idle`: no key, or disabled. */
  readonly status: 'idle' | 'restoring' | 'loading' | 'success' | 'error';
  readonly phase: Phase | undefined;
  /** There is no data yet, and it is being loaded. */
  readonly isLoading: boolean;
  /** A load is under way, behind the data or for the first time. */
  readonly isFetching: boolean;
  /** The data is past its ttl, or was invalidated and its successor has not arrived yet. */
  readonly isStale: boolean;
  /** When the data was loaded, ms of the wall clock. */
  readonly updatedAt: number | undefined;
  /** Where the data came from: `'memory'`, the store's name, `'source'`, `'set'` or `'server'`. */
  readonly source: string | undefined;
}

export interface WatchOptions extends Omit<GetOptions, 'signal'> {
  /** Whether to load at all. @default true */
  enabled?: boolean;
}

/** Follows one key. */
export interface Watch<V> {
  read(): View<V>;
  /** Calls back after each change of the view. The first subscriber starts the read. @returns a function that ends it */
  subscribe(listener: () => void): () => void;
  /** Loads even if the data is fresh. */
  refresh(): Promise<V>;
}

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

/** What is kept on screen of an entry, also after the entry itself has gone. */
interface Shown {
  readonly value: unknown;
  readonly updatedAt: number;
  readonly source: string;
}

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

export const IDLE: View = Object.freeze({
  data: undefined,
  error: undefined,
  status: 'idle',
  phase: undefined,
  isLoading: false,
  isFetching: false,
  isStale: false,
  updatedAt: undefined,
  source: undefined,
});

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
    const flight = flights.find(hash);
    const age = entry === undefined ? 0 : clock.now() - entry.loadedAt;
    const phase = entry === undefined ? undefined : phaseOf(entry.windows, age);
    const { shown, error } = one;
    const isFetching = flight !== undefined;
    const noData = flight?.stage === 'load' || !hasTier ? 'loading' : 'restoring';
    return {
      data: shown?.value,
      error,
      status: error !== undefined ? 'error' : shown !== undefined ? 'success' : noData,
      phase,
      isLoading: shown === undefined && error === undefined,
      isFetching,
      isStale: shown !== undefined && phase !== 'fresh' && phase !== 'due',
      updatedAt: shown?.updatedAt,
      source: shown?.source,
    };
  };

  const update = (hash: string, one: Followed): void => {
    const view = pick(hash, one);
    setTimer(hash, one);
    if (same(view, one.view)) return;
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
      view: entry === undefined ? waiting : viewOf(entry),
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

  const viewOf = (entry: Entry): View => {
    const phase = phaseOf(entry.windows, clock.now() - entry.loadedAt);
    const before = unfollowed.get(entry);
    if (before !== undefined && before.phase === phase) return before;
    const { value: data, loadedAt: updatedAt } = entry;
    const source = entry.source === 'server' ? 'server' : 'memory';
    const isStale = phase !== 'fresh' && phase !== 'due';
    const view: View = { ...IDLE, data, status: 'success', phase, isStale, updatedAt, source };
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
        return entry === undefined ? waiting : viewOf(entry);
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

function disabled(key: Key | null, loader: Loader<unknown>, options: WatchOptions | undefined, reader: Reader): Watch<unknown> {
  return {
    read: () => IDLE,
    subscribe: () => () => {},
    refresh: () =>
      key === null ? Promise.reject(new TypeError('A watch without a key has nothing to refresh.')) : reader.refresh(key, loader, options),
  };
}

function same(a: View, b: View): boolean {
  return (Object.keys(a) as (keyof View)[]).every((name) => Object.is(a[name], b[name]));
}
