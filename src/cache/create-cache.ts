import { Fence } from '../coherence/fence.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { Loader } from '../contracts/loader.js';
import { ClosedError, checkFunction, checkLimit, checkWords, OptionError } from '../errors.js';
import { createEvents } from '../events/events.js';
import { createSystemClock } from '../freshness/system-clock.js';
import { timingOf } from '../freshness/timeline.js';
import type { Key } from '../key.js';
import { Memory } from '../tiers/memory.js';
import type { Cache, CacheOptions } from './cache.js';
import { createHydration } from './hydrate.js';
import { createFail } from './reading/fail.js';
import type { Flight } from './reading/flight.js';
import { createFlights, type Flights, type Takeoff } from './reading/flights.js';
import { createGiveBack } from './reading/give-back.js';
import { createKeep } from './reading/keep.js';
import { createLoad } from './reading/load.js';
import { createReader, FRESHNESS } from './reading/read.js';
import { createSafeBus } from './safe-bus.js';
import { belongsTo, invalidationOf } from './target.js';
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

/**
 * Makes a cache: memory alone, or memory above a store shared with other tabs or processes.
 *
 * @throws {OptionError} naming the option that cannot work and what to write instead
 */
export function createCache(options: CacheOptions = {}): Cache {
  checkWords('', options, [...FRESHNESS, ...OWN.split(' ')]);
  const { clock = createSystemClock(), random = Math.random } = options;
  const maxEntries = checkLimit('maxEntries', options.maxEntries ?? 10_000);
  const maxBytes = checkLimit('maxBytes', options.maxBytes ?? 100 * MEGABYTE);
  const timing = timingOf(options);
  checkFunction('random', random);
  part('clock', clock, 'now', 'a Clock');
  part('tier', options.tier, 'open', 'what tierOf(store) returns');
  part('bus', options.bus, 'subscribe', 'a Bus');
  part('auditor', options.auditor, 'open', 'what auditor() returns');

  const events = createEvents();
  const fence = new Fence();
  const memory = new Memory({ maxEntries, maxBytes, fence, clock, events });
  const bus = options.bus && createSafeBus(options.bus, events);
  const basis = { clock, random, events, fence, memory, bus, timing, defaults: options };
  const keep = createKeep(basis);
  const delivered = (invalidation: Invalidation) => bus?.publish(invalidation);
  const below = options.tier?.open({ ...basis, keep, delivered });
  const parts = { ...basis, keep, below, tier: below?.tier };

  const land = (flight: Flight) => flights.land(flight);
  const behind: Flights['behind'] = (request, entry) => flights.behind(request, entry);
  const fail = createFail({ ...parts, land });
  const giveBack = createGiveBack(below);
  const again = (flight: Flight) => {
    if (flight.instead === undefined) return takeoff(flight, undefined);
    return flight.instead().catch((error) => {
      // The newer one may have found what this one was looking for.
      if (flight.purpose === 'answer') flight.fallback ??= reader.peek(flight.request.key);
      return fail(flight, error, true);
    });
  };
  const load = createLoad({ ...parts, giveBack, fail, again, land });
  const takeoff: Takeoff = below?.descend({ load, fail, land, behind }) ?? ((flight) => load(flight, 'memory-only'));
  const flights: Flights = createFlights(fence, takeoff, giveBack);
  const hydration = createHydration({ ...parts, adopt: below?.adopt, pin: (entries) => watches.pin(entries) });
  const { arrived } = hydration;
  const reader = createReader({ ...parts, arrived, flights });
  let closed: Promise<void> | undefined;
  /** The same, until the cache is closed. */
  const whileOpen =
    <A extends unknown[], T>(call: string, run: (...own: A) => Promise<T>) =>
    (...own: A): Promise<T> =>
      closed === undefined ? run(...own) : Promise.reject(new ClosedError(call));

  const invalidator = createInvalidator(parts);
  const set = createSet({ ...parts, invalidator });
  const update = createUpdate(parts);
  const watches = createWatches({
    ...parts,
    flights,
    reader: { ...reader, get: whileOpen('get', reader.get), reload: whileOpen('refresh', reader.reload) },
    seed: createSeed(parts),
    arrived,
  });
  const writeBehind = createWriteBehind(clock, events, (hash) =>
    invalidator.invalidate({ hashes: [hash], tags: [], soft: false }),
  );

  const stopAudit = options.auditor?.open({ ...parts, find: flights.find });

  const close = async () => {
    stopAudit?.();
    await writeBehind.close();
    flights.abandonAll(new ClosedError('A load'));
    invalidator.close();
    memory.clear();
    await Promise.all([below?.tier.close(), bus?.close()]);
  };

  const invalidate = whileOpen('invalidate', invalidator.invalidate);
  const { optimistic } = watches;
  const mutate = createMutate({ ...parts, invalidator, set, optimistic, inOrder: writeBehind.inOrder });

  const cache: Cache = {
    get<V>(key: Parameters<Cache['get']>[0], loader: Loader<V>, own?: Parameters<Cache['get']>[2]) {
      if (closed !== undefined) return Promise.reject(new ClosedError('get'));
      checkFunction('loader', loader);
      return reader.get(key, loader, own) as Promise<V>;
    },
    peek<V>(key: Parameters<Cache['peek']>[0]) {
      return reader.peek(key)?.value as V | undefined;
    },
    set: (key, value, own) => whileOpen('set', set)(key, value, own),
    invalidate: (target, own) => invalidate(invalidationOf(target, false), patienceOf(own)),
    expire: (target, own) => invalidate(invalidationOf(target, true), patienceOf(own)),
    update: whileOpen('update', update) as Cache['update'],
    mutate: whileOpen('mutate', mutate) as Cache['mutate'],
    watch: <V>(key: Key | null, loader: Loader<V>, own?: WatchOptions<V>) => {
      return watches.watch(key, loader, own as WatchOptions) as Watch<V>;
    },
    preload: (key, loader, own) => watches.watch(key, loader, own as WatchOptions).preload(),
    reloaded: watches.reloaded,
    fetching: (prefix) => [...flights.hashes()].filter((hash) => belongsTo(hash, prefix)).length,
    repository: (definition) => createRepository(cache, writeBehind, definition),
    on: events.on,
    dehydrate: hydration.dehydrate,
    hydrate: hydration.hydrate,
    stats: () => memory.stats(),
    // For debugging: a page that never asks does not fetch its code.
    explain: async (key) => (await import('./inspecting/explain.js')).explain({ ...parts, flights }, key),
    close() {
      closed ??= close();
      return closed;
    },
  };
  return cache;
}

function part<T extends object>(option: string, value: T | undefined, method: keyof T, expected: string): void {
  if (value !== undefined && typeof value?.[method] !== 'function') throw new OptionError(option, value, expected);
}
