import { setMaxListeners } from 'node:events';
import type { Cache, CacheOptions } from '../cache/cache.js';
import { createCache } from '../cache/create-cache.js';
import { type DehydratedEntry, type DehydrateOptions, isDehydrated } from '../cache/hydrate.js';
import type { GetOptions, MutateOptions } from '../cache/options.js';
import { tagsOf } from '../cache/target.js';
import { createRepository } from '../cache/writing/repository.js';
import { createWriteBehind } from '../cache/writing/write-behind.js';
import type { Clock } from '../contracts/clock.js';
import type { Windows } from '../contracts/entry-record.js';
import type { Loader } from '../contracts/loader.js';
import { ClosedError, OptionError } from '../errors.js';
import { createEvents } from '../events/events.js';
import { createSystemClock } from '../freshness/system-clock.js';
import { endFresh } from '../freshness/timeline.js';
import { hashKey, type Key } from '../key.js';

/** Those of the cache that keeps what is not public for the time of the request. */
export type RequestCacheOptions = Omit<CacheOptions, 'tier' | 'bus'>;

/** The cache of one request. What it has read once stays as it is until the request ends or changes something. */
export interface RequestCache extends Cache {
  /** What this request has read, and nothing else. */
  dehydrate(options?: DehydrateOptions): DehydratedEntry[];
  /** What it has read since the last call: so that a page that is streamed carries each entry once. */
  dehydrateNew(): DehydratedEntry[];
}

/** A key that this request has read. */
interface Reading {
  readonly promise: Promise<unknown>;
  readonly key?: Key;
  readonly origin?: Cache;
  /** What it brought, as it was then. */
  entry?: DehydratedEntry;
  readAt: number;
}

/** One for all requests: it holds nothing of theirs. */
const systemClock = createSystemClock();

const ALWAYS_STALE: Windows = { due: 0, fresh: 0, stale: Number.POSITIVE_INFINITY, expires: Number.POSITIVE_INFINITY };
const EXPIRED: Windows = { due: 0, fresh: 0, stale: 0, expires: 0 };

/**
 * A cache for one request: what is read with `scope: 'public'` goes through the shared cache, everything else stays in
 * the request. It answers the same promise for the same key (React's `use` needs that) and the same value throughout, so
 * that the page and the state that is sent with it agree. Close it when the response has ended or the client has gone.
 */
export function createRequestCache(shared: Cache, options: RequestCacheOptions = {}): RequestCache {
  const clock = endable(options.clock ?? systemClock);
  const startedAt = clock.now();
  const own = createCache({ ...options, clock });
  // What the page shows. Its time stands still: nothing gets older while it is rendered.
  const page = createCache({
    clock: { now: () => startedAt, after: clock.after },
    maxEntries: Number.POSITIVE_INFINITY,
    maxBytes: Number.POSITIVE_INFINITY,
  });
  const readings = new Map<string, Reading>();
  const sent = new WeakSet<Reading>();
  const ended = new AbortController();
  setMaxListeners(0, ended.signal); // one for each load
  let closing: Promise<void> | undefined;

  const show = (entry: DehydratedEntry): void => {
    page.hydrate([entry.age < entry.windows.stale ? entry : { ...entry, windows: ALWAYS_STALE }]);
  };

  const begin = (key: Key, hash: string, loader: Loader<unknown>, options: GetOptions = {}): Reading => {
    const { scope, signal: _, ...rest } = options;
    const origin = scope === 'public' ? shared : own;
    const promise = origin.get(key, loader, { ...rest, signal: ended.signal }).then((value) => {
      if (readings.get(hash) !== reading) return value; // something was invalidated since
      const [kept] = origin.dehydrate({ keys: [key] });
      // What the cache could not keep is shown too, and loaded again by the browser.
      const unkept = { hash, version: '', value, tags: tagsOf(key, rest.tags), age: 0, windows: EXPIRED };
      reading.entry = kept !== undefined && Object.is(kept.value, value) ? kept : unkept;
      reading.readAt = clock.now();
      show(reading.entry);
      return value;
    });
    // It is kept for whoever reads the key later, so that nobody has looked at a failure yet does not mean that nobody will.
    promise.catch(() => {});
    const reading: Reading = { promise, key, origin, readAt: 0 };
    readings.set(hash, reading);
    return reading;
  };

  const get = <V>(key: Key, loader: Loader<V>, options?: GetOptions): Promise<V> => {
    if (closing !== undefined) return own.get(key, loader);
    const hash = hashKey(key);
    const { promise } = readings.get(hash) ?? begin(key, hash, loader, options);
    return leavable(promise, options?.signal) as Promise<V>;
  };

  /** What was read may be untrue by now: it is read again. */
  const forget = (): void => {
    readings.clear();
    if (closing === undefined) void page.invalidate({ all: true }); // a write may end after the request
  };
  const changing = async <T>(change: () => Promise<T>): Promise<T> => {
    forget();
    try {
      return await change();
    } finally {
      forget();
    }
  };

  /** As it is now: older than when it was read, and stale if the shared cache has something else by now. */
  const dehydrated = ({ key, origin, entry, readAt }: Reading): DehydratedEntry | undefined => {
    if (entry === undefined || key === undefined) return undefined;
    const age = entry.age + clock.now() - readAt;
    const isCurrent = origin === own || Object.is(shared.peek(key), entry.value);
    const windows = isCurrent ? entry.windows : endFresh(entry.windows, age);
    return { ...entry, age, windows };
  };
  const isThere = (entry: DehydratedEntry | undefined): entry is DehydratedEntry => entry !== undefined;

  const queue = createWriteBehind(clock, createEvents(), forget);
  const cache: RequestCache = {
    get,
    peek: page.peek,
    set(key, value, { scope, ...options } = {}) {
      return changing(() => (scope === 'public' ? shared : own).set(key, value, options));
    },
    invalidate: (...target) => changing(() => own.invalidate(...target).then(() => shared.invalidate(...target))),
    expire: (...target) => changing(() => own.expire(...target).then(() => shared.expire(...target))),
    mutate: (save, options) =>
      changing(() => own.mutate(() => shared.mutate(save, sharedPart(options)), populating(options, false))),
    update(key, change) {
      const origin = readings.get(hashKey(key))?.origin ?? own;
      return changing(() => origin.update(key, change));
    },
    preload: (key, loader, options) =>
      get(key, loader, options).then(
        () => {},
        () => {},
      ),
    reloaded: page.reloaded,
    fetching: own.fetching,
    watch: (key, loader, options) => page.watch(key, () => get(key ?? '', loader, options), options),
    repository(definition) {
      if (definition.write === 'write-behind') {
        const expected = "'invalidate' or 'write-through': a request ends before what is queued is saved";
        throw new OptionError('write', definition.write, expected);
      }
      return createRepository(cache, queue, definition);
    },
    on: own.on,
    dehydrate({ keys, filter } = {}) {
      const hashes = keys && new Set(keys.map(hashKey));
      const all = [...readings.values()].map(dehydrated).filter(isThere);
      return all.filter((entry) => (hashes?.has(entry.hash) ?? true) && (filter?.(entry) ?? true));
    },
    dehydrateNew() {
      const news = [...readings.values()].filter((reading) => reading.entry !== undefined && !sent.has(reading));
      for (const reading of news) sent.add(reading);
      return news.map(dehydrated).filter(isThere);
    },
    hydrate(entries) {
      // What arrives with the page needs not be sent with it.
      for (const entry of typeof entries === 'function' ? [] : entries.filter(isDehydrated)) {
        if (readings.has(entry.hash)) continue;
        readings.set(entry.hash, { promise: Promise.resolve(entry.value), readAt: startedAt });
        show(entry);
      }
    },
    stats: page.stats,
    explain: (key) => (readings.get(hashKey(key))?.origin ?? own).explain(key),
    close() {
      closing ??= Promise.all([own.close(), page.close()]).then(() => {});
      ended.abort(new ClosedError('A load'));
      clock.end();
      readings.clear();
      return closing;
    },
  };
  return cache;
}

/** What is not yet saved is nobody else's to see, and no user's write waits for another's. */
function sharedPart<V>(options: MutateOptions<V>): MutateOptions<V> {
  if (typeof options !== 'object' || options === null) return options;
  const { optimistic: _, scope: __, ...rest } = options;
  return populating(rest, true);
}

/** Options for one of two caches: what a write tells of a key is stored where that key is read, and nowhere else. */
function populating<V>(options: MutateOptions<V>, isPublic: boolean): MutateOptions<V> {
  const populates = options?.populates;
  if (populates === undefined) return options;
  const own = (saved: V) => {
    const populated = populates(saved);
    return (populated?.scope === 'public') === isPublic ? populated : undefined;
  };
  return { ...options, populates: own };
}

/** A clock whose timers end with the request. */
function endable({ now, after }: Clock): Clock & { end(): void } {
  const running = new Set<() => void>();
  return {
    now,
    after(ms, task) {
      const cancel = after(ms, () => {
        running.delete(cancel);
        task();
      });
      running.add(cancel);
      return () => {
        running.delete(cancel);
        cancel();
      };
    },
    end() {
      for (const cancel of running) cancel();
      running.clear();
    },
  };
}

/** The same for all who stay; whoever has a signal may leave. */
function leavable(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    const stay = () => signal.removeEventListener('abort', leave);
    promise.then(resolve, reject).then(stay, stay);
  });
}
