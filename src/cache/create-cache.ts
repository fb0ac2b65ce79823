import { Fence } from '../coherence/fence.js';
import type { Loader } from '../contracts/loader.js';
import { ClosedError, checkWords, OptionError } from '../errors.js';
import { createEvents } from '../events/events.js';
import { createSystemClock } from '../freshness/system-clock.js';
import { timingOf } from '../freshness/timeline.js';
import type { Key } from '../key.js';
import { Memory } from '../tiers/memory.js';
import type { Cache, CacheOptions } from './cache.js';
import { createHydration } from './hydrate.js';
import type { InvalidateOptions } from './options.js';
import { createCommitBelow } from './reading/commit-below.js';
import { createFail } from './reading/fail.js';
import type { Flight } from './reading/flight.js';
import { createFlights, type Flights, type Takeoff } from './reading/flights.js';
import { createGiveBack } from './reading/give-back.js';
import { createKeep } from './reading/keep.js';
import { createLoad } from './reading/load.js';
import { checkLoader, createReader, FRESHNESS, type Reader } from './reading/read.js';
import { createSafeBus } from './safe-bus.js';
import { belongsTo, invalidationOf, type Target } from './target.js';
import { createSeed } from './watching/seed.js';
import { createWatches } from './watching/watch.js';
import type { Watch, WatchOptions } from './watching/watch-options.js';
import { createInvalidator, patienceOf } from './writing/invalidate.js';
import { createMutate } from './writing/mutate.js';
import { createRepository } from './writing/repository.js';
import { createSet } from './writing/set.js';
import { createUpdate } from './writing/update.js';
import { createWriteBehind } from './writing/write-behind.js';

const MEGABYTE = 2 ** 20;
/** What only a cache is told. */
const OWN = 'maxEntries maxBytes timeout coolDown tier bus auditor clock random';
/** How often the load of one flight may be taken over before it is left alone. */
const MOST_LOSSES = 3;

/**
 * Makes a cache: memory alone, or memory above a store shared with other tabs or processes.
 *
 * @throws {OptionError} naming the option that cannot work and what to write instead
 */
export function createCache(options: CacheOptions = {}): Cache {
  checkWords('', options, [...FRESHNESS, ...OWN.split(' ')]);
  const { clock = createSystemClock(), random = Math.random } = options;
  const maxEntries = limit('maxEntries', options.maxEntries ?? 10_000);
  const maxBytes = limit('maxBytes', options.maxBytes ?? 100 * MEGABYTE);
  const timing = timingOf(options);
  if (typeof random !== 'function') throw new OptionError('random', random, 'a function');
  part('clock', clock, 'now', 'a Clock');
  part('tier', options.tier, 'open', 'what tierOf(store) returns');
  part('bus', options.bus, 'subscribe', 'a Bus');
  part('auditor', options.auditor, 'open', 'what auditor() returns');

  const events = createEvents();
  const fence = new Fence();
  const memory = new Memory({ maxEntries, maxBytes, fence, clock, events });
  const bus = options.bus && createSafeBus(options.bus, events);
  const tier = options.tier?.open({ clock, events, delivered: (invalidation) => bus?.publish(invalidation) });

  const keep = createKeep({ fence, memory, clock, events });
  const land = (flight: Flight) => flights.land(flight);
  const commitBelow = tier && createCommitBelow({ tier, memory, events });
  const fail = createFail({ fence, events, land });
  const giveBack = createGiveBack(tier);
  const again = (flight: Flight) => {
    if (flight.instead !== undefined) return flight.instead().catch((error) => fail(flight, error));
    flight.renew();
    // Loads that take longer than the store lets a silent one be would take each other over for ever.
    return flight.losses < MOST_LOSSES ? takeoff(flight, undefined) : load(flight, 'memory-only');
  };
  const load = createLoad({
    hasTier: tier !== undefined,
    giveBack,
    commitBelow,
    clock,
    events,
    keep,
    fail,
    again,
    land,
    random,
  });
  const takeoff: Takeoff =
    options.tier && tier
      ? options.tier.descend({
          tier,
          memory,
          clock,
          events,
          keep,
          load,
          fail,
          land,
          behind: (request, entry) => flights.behind(request, entry),
        })
      : (flight: Flight) => load(flight, 'memory-only');
  const flights: Flights = createFlights(fence, takeoff, giveBack);
  const adopt = tier && options.tier?.adopt({ tier, fence, memory, clock, events, keep });
  const hydration = createHydration({ memory, fence, clock, keep, adopt, pin: (entries) => watches.pin(entries) });
  const reader = createReader({ memory, arrived: hydration.arrived, flights, clock, events, defaults: options });
  let closed: Promise<void> | undefined;
  const open = <T>(call: string, run: () => Promise<T>): Promise<T> => {
    return closed === undefined ? run() : Promise.reject(new ClosedError(call));
  };
  const whileOpen: Reader = {
    get: (...read) => open('get', () => reader.get(...read)),
    reload: (...read) => open('refresh', () => reader.reload(...read)),
    peek: reader.peek,
  };

  const invalidator = createInvalidator({ fence, memory, tier, bus, events });
  const set = createSet({
    fence,
    memory,
    tier,
    commitBelow,
    clock,
    events,
    keep,
    invalidator,
    defaults: options,
    timing,
    random,
  });
  const update = createUpdate({ fence, memory, tier, bus, events, keep });
  const watches = createWatches({
    memory,
    flights,
    reader: whileOpen,
    clock,
    events,
    seed: createSeed({ fence, clock, keep, defaults: options, timing, random }),
    arrived: hydration.arrived,
    random,
    generation: () => fence.now,
    hasTier: tier !== undefined,
  });
  const writeBehind = createWriteBehind(clock, events, (hash) =>
    invalidator.invalidate({ hashes: [hash], tags: [], soft: false }),
  );

  const stopAudit = options.auditor?.open({ fence, memory, tier, find: flights.find, clock, events, random });

  const close = async () => {
    stopAudit?.();
    await writeBehind.close();
    flights.abandonAll(new ClosedError('A load'));
    invalidator.close();
    memory.clear();
    await Promise.all([tier?.close(), bus?.close()]);
  };

  const invalidate = (target: Target, soft: boolean, own: InvalidateOptions = {}) => {
    const invalidation = invalidationOf(target, soft);
    const patience = patienceOf(own);
    return open('invalidate', () => invalidator.invalidate(invalidation, patience));
  };

  const mutate = createMutate({
    fence,
    invalidator,
    set,
    clock,
    optimistic: watches.optimistic,
    inOrder: writeBehind.inOrder,
  });

  const cache: Cache = {
    get<V>(key: Parameters<Cache['get']>[0], loader: Loader<V>, own?: Parameters<Cache['get']>[2]) {
      if (closed !== undefined) return Promise.reject(new ClosedError('get'));
      checkLoader(loader);
      return reader.get(key, loader, own) as Promise<V>;
    },
    peek<V>(key: Parameters<Cache['peek']>[0]) {
      return reader.peek(key)?.value as V | undefined;
    },
    set: (key, value, own) => open('set', () => set(key, value, own)),
    invalidate: (target, own) => invalidate(target, false, own),
    expire: (target, own) => invalidate(target, true, own),
    update: (key, change) => open('update', () => update(key, change as (current: unknown) => unknown)),
    mutate: (save, own) => open('mutate', () => mutate(save, own)),
    watch: <V>(key: Key | null, loader: Loader<V>, own?: WatchOptions<V>) => {
      return watches.watch(key, loader, own as WatchOptions) as Watch<V>;
    },
    preload: (key, loader, own) => watches.watch(key, loader, own as WatchOptions).preload(),
    reloaded: (target) => watches.reloaded(target),
    fetching: (prefix) => [...flights.hashes()].filter((hash) => belongsTo(hash, prefix)).length,
    repository: (definition) => createRepository(cache, writeBehind, definition),
    on: (type, listener) => events.on(type, listener),
    dehydrate: (own) => hydration.dehydrate(own),
    hydrate: (entries) => hydration.hydrate(entries),
    stats: () => memory.stats(),
    // For debugging: a page that never asks does not fetch its code.
    explain: async (key) =>
      (await import('./inspecting/explain.js')).explain({ fence, memory, flights, tier, clock }, key),
    close() {
      closed ??= close();
      return closed;
    },
  };
  return cache;
}

function limit(option: string, value: number): number {
  if (typeof value !== 'number' || !(value >= 0))
    throw new OptionError(option, value, 'a number of 0 or more, or Infinity');
  return value;
}

function part<T extends object>(option: string, value: T | undefined, method: keyof T, expected: string): void {
  if (value !== undefined && typeof value?.[method] !== 'function') throw new OptionError(option, value, expected);
}
