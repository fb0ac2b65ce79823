import type { Clock } from '../../contracts/clock.js';
import { type Events, tellAll } from '../../events/events.js';
import type { Entry } from '../../tiers/entry.js';
import type { Memory } from '../../tiers/memory.js';
import type { Flights } from '../reading/flights.js';
import type { FirstViewOf } from './first-views.js';
import type { Followed, Subscriber } from './followed.js';
import { createHearing, HEARD, type Hearing } from './hearing.js';
import type { Layers } from './layers.js';
import { share } from './share.js';
import { tried } from './tried.js';
import { foundOf, reasonOf, type Shown, sameView, shownOf, type View, viewOf } from './view.js';

export interface Following extends Pick<Hearing, 'reaches'> {
  readonly all: ReadonlyMap<string, Followed>;
  /** @param shows what is in memory, and to be shown  @param isWanted whether it is loaded again */
  follow(hash: string, subscriber: Subscriber, shows: Entry | undefined, isWanted: boolean): Followed;
  /** Whether it could not be loaded again. */
  hasFailed(entry: Entry): boolean;
  leave(one: Followed, subscriber: Subscriber): void;
  /** Reads with the loader and options of whoever subscribed last. */
  start(one: Followed, untrue?: boolean): void;
  take(one: Followed, reading: Promise<unknown>): void;
  update(one: Followed): void;
}

export interface FollowingParts {
  readonly memory: Memory;
  readonly flights: Flights;
  readonly clock: Clock;
  readonly events: Events;
  readonly layers: Layers;
  /** The view of an entry that nobody follows yet. */
  readonly firstViewOf: FirstViewOf;
  readonly waiting: View;
  readonly random: () => number;
}

const mayLoad = ({ options }: Subscriber) => options()?.enabled !== false;

export function createFollowing(parts: FollowingParts): Following {
  const { memory, flights, clock, events, layers, firstViewOf, waiting, random } = parts;
  const followed = new Map<string, Followed>();
  /** Entries that could not be loaded again: whoever comes next tries, however fresh they are. */
  const failed = new WeakSet<Entry>();
  let stopListening: readonly (() => void)[] = [];

  const latest = (one: Followed) => [...one.subscribers].findLast(mayLoad);

  /** With the parts of what was shown that have not changed. */
  const show = (one: Followed, shown: Shown, value: unknown): void => {
    const sharing = latest(one)?.options()?.structuralSharing ?? true;
    const merge = typeof sharing === 'function' ? sharing : share;
    one.shown = sharing === false ? shown : { ...shown, data: tried(() => merge(one.shown?.data, value), value) };
    one.value = value;
  };

  const update = (one: Followed): void => {
    const { hash } = one;
    const entry = memory.find(hash);
    if (entry !== undefined && entry !== one.entry) {
      one.entry = entry;
      show(one, shownOf(entry), entry.value);
      one.untrue = false;
      one.error = undefined;
      one.loading = false;
      one.againAt = 0;
      layers.arrived(hash, entry.generation);
    }
    const flight = flights.find(hash);
    if (flight !== undefined) one.tags = flight.tags;
    if (one.error !== undefined && one.entry !== undefined) failed.add(one.entry);
    setTimer(one);
    const shown = one.shown && { ...one.shown, data: layers.over(hash, one.shown.data) };
    const idle = latest(one) === undefined;
    const view = viewOf({ ...one, shown, idle }, flight?.stage, clock.now());
    if (sameView(view, one.view)) return;
    one.view = view;
    tellAll(
      [...one.subscribers].map(({ listener }) => listener),
      undefined,
    );
  };

  /** Wakes up when it is to be loaded again, or the entry's phase changes by the mere passing of time. */
  const setTimer = (one: Followed): void => {
    one.cancelTimer();
    const { entry, untrue, againAt } = one;
    const phase = entry && !untrue ? entry.untilNextPhase(clock.now()) : Number.POSITIVE_INFINITY;
    const left = againAt ? againAt - clock.now() : phase;
    if (one.subscribers.size === 0 || left === Number.POSITIVE_INFINITY) return;
    one.cancelTimer = clock.after(left, () => (againAt ? start(one, true) : update(one)));
  };

  /** Takes what a read brings: memory tells of most of it, but may not keep it, or have had it all along. */
  const take = (one: Followed, reading: Promise<unknown>): void => {
    const settle = (settled: () => void) => {
      if (one.reading !== taken) return;
      settled();
      update(one);
    };
    const taken: Promise<void> = reading.then(
      (data) =>
        settle(() => {
          const entry = memory.find(one.hash);
          if (entry === undefined) one.entry = undefined;
          const isNew = one.shown === undefined || (entry === undefined && one.value !== data);
          if (isNew && entry === undefined) show(one, { data, updatedAt: clock.now(), source: 'source' }, data);
          else if (isNew && entry !== undefined) show(one, shownOf(entry), entry.value);
          one.untrue = false;
          // What memory cannot keep has no generation, but it is of the latest read.
          if (entry === undefined) layers.arrived(one.hash, Number.POSITIVE_INFINITY);
        }),
      (error: unknown) =>
        settle(() => {
          one.error = reasonOf(error);
        }),
    );
    one.reading = taken;
    update(one);
  };

  const start = (one: Followed, untrue = one.untrue, pause = 0): void => {
    one.untrue = untrue;
    one.againAt = pause && clock.now() + pause;
    const reader = latest(one);
    if (reader === undefined || pause) update(one);
    else take(one, reader.read(one.leaving.signal, one.entry !== undefined && failed.has(one.entry)));
  };

  const { hear, reaches } = createHearing({ followed, memory, flights, clock, random, start, update });

  const create = (hash: string, shows: Entry | undefined, isWanted: boolean): Followed => ({
    hash,
    subscribers: new Set(),
    leaving: new AbortController(),
    view: shows ? firstViewOf(shows, isWanted) : waiting,
    // One that may not be answered any more is known, but not shown, unless the load fails and it may stand in.
    entry: memory.find(hash),
    shown: shows && foundOf(shows),
    value: shows?.value,
    untrue: false,
    error: undefined,
    loading: flights.find(hash)?.stage === 'load',
    reading: Promise.resolve(),
    tags: [],
    cancelTimer: () => {},
    refusedAt: 0,
    againAt: 0,
  });

  const unfollow = ({ hash, leaving }: Followed): void => {
    followed.delete(hash);
    layers.left(hash);
    // A loader that does not take the signal cannot be stopped: then what it brings is worth keeping.
    if (flights.find(hash)?.isStoppable) leaving.abort();
    if (followed.size > 0) return;
    for (const stop of stopListening) stop();
    stopListening = [];
  };

  return {
    all: followed,
    hasFailed: (entry) => failed.has(entry),
    follow(hash, subscriber, shows, isWanted) {
      const one = followed.get(hash) ?? create(hash, shows, isWanted);
      followed.set(hash, one);
      one.subscribers.add(subscriber);
      if (stopListening.length === 0) stopListening = HEARD.map((type) => events.on(type, hear));
      return one;
    },
    leave(one, subscriber) {
      if (!one.subscribers.delete(subscriber) || one.subscribers.size > 0) return;
      one.cancelTimer();
      const end = () => {
        if (one.subscribers.size === 0 && followed.get(one.hash) === one) unfollow(one);
      };
      // StrictMode, and whoever is enabled, unsubscribe and subscribe in one go: that must neither abort the load that has
      // just begun, nor lose an error or what only the screen still has.
      queueMicrotask(end);
    },
    start,
    take,
    update,
    reaches,
  };
}
