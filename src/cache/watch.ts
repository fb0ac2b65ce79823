import type { Clock } from '../contracts/clock.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { Loader } from '../contracts/loader.js';
import type { CacheEvent, Events } from '../events/events.js';
import { hashKey, type Key } from '../key.js';
import type { Entry } from '../tiers/entry.js';
import type { Memory } from '../tiers/memory.js';
import type { Flights } from './flights.js';
import type { Reader } from './read.js';
import { IDLE, type Shown, sameView, shownOf, type View, viewOf, type Watch, type WatchOptions } from './view.js';

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
  /** The entry that was last seen in memory. It outlives its eviction. */
  entry: Entry | undefined;
  shown: Shown | undefined;
  /** What is shown was invalidated, and its successor has not arrived. */
  untrue: boolean;
  error: unknown;
  /** A load has begun whose end is still to be told. */
  loading: boolean;
  /** Number of the latest read: what an earlier one brings is out of date. */
  turn: number;
  /** The tags of the latest flight: what an invalidation is compared with while there is no entry. */
  tags: readonly string[];
  cancelTimer: () => void;
}

export function createWatches({ memory, flights, reader, clock, events, hasTier }: WatchParts): WatchKey {
  const followed = new Map<string, Followed>();
  /** Views of entries that nobody follows yet, so that two reads before the first subscription see one object. */
  const unfollowed = new WeakMap<Entry, View>();
  let stopListening: (() => void) | undefined;
  const waiting = viewOf({}, hasTier ? 'lookup' : 'load', 0);

  const update = (hash: string, one: Followed): void => {
    const entry = memory.find(hash);
    if (entry !== undefined && entry !== one.entry) {
      one.entry = entry;
      one.shown = shownOf(entry);
      one.untrue = false;
      one.error = undefined;
      one.loading = false;
    }
    const flight = flights.find(hash);
    if (flight !== undefined) one.tags = flight.tags;
    setTimer(hash, one);
    const view = viewOf(one, flight?.stage, clock.now());
    if (sameView(view, one.view)) return;
    one.view = view;
    for (const listener of one.listeners) listener();
  };

  /** Wakes up when the entry's phase changes by the mere passing of time. */
  const setTimer = (hash: string, one: Followed): void => {
    one.cancelTimer();
    const { entry } = one;
    if (entry === undefined || one.untrue || one.listeners.size === 0) return;
    const left = entry.untilNextPhase(clock.now());
    if (left !== Number.POSITIVE_INFINITY) one.cancelTimer = clock.after(left, () => update(hash, one));
  };

  /** Takes what a read brings: memory tells of most of it, but may not keep it, or have had it all along. */
  const take = (hash: string, one: Followed, reading: Promise<unknown>): void => {
    const turn = ++one.turn;
    const settle = (settled: () => void) => {
      if (turn !== one.turn) return;
      settled();
      update(hash, one);
    };
    update(hash, one);
    reading.then(
      (data) =>
        settle(() => {
          const entry = memory.find(hash);
          if (entry === undefined) one.entry = undefined;
          if (entry === undefined && one.shown?.data !== data) one.shown = undefined;
          one.shown ??= entry ? shownOf(entry) : { data, updatedAt: clock.now(), source: 'source' };
          one.untrue = false;
        }),
      (error: unknown) =>
        settle(() => {
          one.error = error;
        }),
    );
  };

  const start = (hash: string, one: Followed, untrue = one.untrue): void => {
    one.untrue = untrue;
    take(hash, one, one.load());
  };

  /** Only whom it reaches: the other watches would load what they have. */
  const reaches = ({ hashes, tags }: Invalidation, hash: string, one: Followed): boolean => {
    const own = [flights.find(hash)?.tags ?? one.tags, one.entry?.tags ?? []].flat();
    return hashes.includes(hash) || own.some((tag) => tags.includes(tag));
  };

  const hear = (event: CacheEvent): void => {
    // A mutation elsewhere that has only begun: its end will be told too.
    if (event.type === 'invalidated' && event.invalidation.held) return;
    if (event.type === 'invalidated' || event.type === 'suspect') {
      const told = event.type === 'suspect' ? undefined : event.invalidation;
      for (const [hash, one] of followed) {
        if (told === undefined || reaches(told, hash, one)) start(hash, one, !told?.soft || one.untrue);
      }
    }
    if (!('hash' in event) || event.type === 'hit') return;
    const { type, hash } = event;
    const one = followed.get(hash);
    if (one === undefined) return;
    if (type === 'load') one.loading = true;
    // While another flight is in the air, or after it has landed, this one was overtaken: how it ended is no news.
    if ((type === 'loaded' || type === 'load-failed') && one.loading && flights.find(hash) === undefined) {
      one.loading = false;
      one.error = type === 'loaded' ? undefined : event.error;
    }
    // A store has refused what was loaded: another tab or process invalidated it, and there may be no bus to tell.
    if (type === 'dropped' && event.tier !== 'memory' && memory.find(hash) === undefined) start(hash, one, true);
    // The flight that brought it from a store lands right after: one step for both.
    else if (type === 'stored') queueMicrotask(() => update(hash, one));
    else update(hash, one);
  };

  const follow = (hash: string, load: () => Promise<unknown>, answerable: Entry | undefined): Followed => {
    const known = followed.get(hash);
    if (known !== undefined) {
      known.load = load;
      return known;
    }
    const one: Followed = {
      listeners: new Set(),
      load,
      view: answerable ? firstViewOf(answerable) : waiting,
      // One that may not be answered any more is known, but not shown, unless the load fails and it may stand in.
      entry: memory.find(hash),
      shown: answerable && shownInMemory(answerable),
      untrue: false,
      error: undefined,
      loading: flights.find(hash)?.stage === 'load',
      turn: 0,
      tags: [],
      cancelTimer: () => {},
    };
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
    const view = viewOf({ entry, shown: shownInMemory(entry) }, undefined, clock.now());
    const before = unfollowed.get(entry);
    if (before !== undefined && before.phase === view.phase) return before;
    unfollowed.set(entry, view);
    return view;
  };

  return (key, loader, options) => {
    if (key === null) return disabled(() => Promise.reject(new TypeError('No key: nothing to refresh.')));
    if (options?.enabled === false) return disabled(() => reader.refresh(key, loader, options));
    const hash = hashKey(key);
    const load = async () => reader.get(key, loader, options); // an option that cannot work is an error of the view
    return {
      read() {
        const one = followed.get(hash);
        if (one !== undefined) return one.view;
        const entry = reader.peek(key);
        return entry === undefined ? waiting : firstViewOf(entry);
      },
      subscribe(listener) {
        const own = () => listener(); // the same listener may subscribe twice
        const one = follow(hash, load, reader.peek(key));
        const isFirst = one.listeners.size === 0;
        one.listeners.add(own);
        if (isFirst || one.entry === undefined || one.view.isStale) start(hash, one);
        return () => {
          one.listeners.delete(own);
          if (one.listeners.size === 0 && followed.get(hash) === one) unfollow(hash, one);
        };
      },
      refresh() {
        const refreshing = reader.refresh(key, loader, options);
        const one = followed.get(hash);
        if (one !== undefined) take(hash, one, refreshing);
        return refreshing;
      },
    };
  };
}

function disabled(refresh: () => Promise<unknown>): Watch<unknown> {
  return { read: () => IDLE, subscribe: () => () => {}, refresh };
}

/** What was there before anybody followed it came from memory, or was brought along by the page. */
function shownInMemory(entry: Entry): Shown {
  return { ...shownOf(entry), source: entry.source === 'server' ? 'server' : 'memory' };
}
