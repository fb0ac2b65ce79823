import type { Clock } from '../../contracts/clock.js';
import type { Loader } from '../../contracts/loader.js';
import { checkFunction } from '../../errors.js';
import type { Events } from '../../events/events.js';
import { milliseconds } from '../../freshness/duration.js';
import { type Phase, type Timing, timingOf } from '../../freshness/timeline.js';
import { hashKey, type Key } from '../../key.js';
import type { Entry } from '../../tiers/entry.js';
import type { Memory } from '../../tiers/memory.js';
import type { GetOptions } from '../options.js';
import { tagsOf } from '../target.js';
import { defined } from './defined.js';
import type { Request } from './flight.js';
import type { Flights } from './flights.js';

export interface Reader {
  get(key: Key, loader: Loader<unknown>, options: GetOptions | undefined): Promise<unknown>;
  /**
   * Loads even if an entry is fresh. A `refresh` answers nothing whose load began before it; to `revalidate`, a load
   * that is under way will do.
   */
  reload(
    purpose: 'revalidate' | 'refresh',
    key: Key,
    loader: Loader<unknown>,
    options: GetOptions | undefined,
  ): Promise<unknown>;
  /** The entry in memory that may be answered now. */
  peek(key: Key): Entry | undefined;
}

export interface ReadParts {
  readonly memory: Memory;
  /** What memory lacks and has arrived meanwhile. */
  readonly arrived: (hash: string) => Entry | undefined;
  readonly flights: Flights;
  readonly clock: Clock;
  readonly events: Events;
  /** The cache's options: what a read does not say itself. */
  readonly defaults: GetOptions;
}

/** Cache-aside: look into memory, judge the phase, answer or load. */
export function createReader({ memory, arrived, flights, clock, events, defaults }: ReadParts): Reader {
  const requestOf = createRequests(defaults);

  const hit = (entry: Entry, phase: Phase): Promise<unknown> => {
    memory.touch(entry);
    if (events.wants('hit')) events.emit({ type: 'hit', hash: entry.hash, tier: 'memory', phase });
    return Promise.resolve(entry.value);
  };

  const lookUp = (hash: string) => memory.find(hash) ?? arrived(hash);

  return {
    get(key, loader, options) {
      const direct = memory.findDirectly(key);
      const hash = direct?.hash ?? hashKey(key);
      const entry = direct ?? lookUp(hash);
      if (entry === undefined)
        return flights.foreground(requestOf(key, hash, loader, options), undefined, options?.signal);
      const phase = entry.phaseAt(clock.now());
      switch (phase) {
        case 'fresh':
          return hit(entry, phase);
        case 'due':
        case 'stale':
          flights.behind(requestOf(key, hash, loader, options), entry);
          return hit(entry, phase);
        case 'fallback':
          return flights.foreground(requestOf(key, hash, loader, options), entry, options?.signal);
        case 'expired':
          return flights.foreground(requestOf(key, hash, loader, options), undefined, options?.signal);
      }
    },
    reload(purpose, key, loader, options) {
      const hash = hashKey(key);
      return flights.reload(requestOf(key, hash, loader, options), purpose, memory.find(hash), options?.signal);
    },
    peek(key) {
      const entry = memory.findDirectly(key) ?? lookUp(hashKey(key));
      return entry?.isAnswerableAt(clock.now()) ? entry : undefined;
    },
  };
}

/** Resolves a read's options: only on a miss, and once for the reads that bring none. */
function createRequests(defaults: GetOptions) {
  const timing = timingOf(defaults);
  const timeout = timeoutOf(defaults);
  const coolDown = coolDownOf(defaults);
  return (key: Key, hash: string, loader: Loader<unknown>, options: GetOptions | undefined): Request => {
    checkFunction('loader', loader);
    return {
      key,
      hash,
      loader,
      timing: options === undefined ? timing : timingWith(defaults, timing, options),
      tags: tagsOf(key, options?.tags),
      timeout: options?.timeout === undefined ? timeout : timeoutOf(options),
      coolDown: options?.coolDown === undefined ? coolDown : coolDownOf(options),
    };
  };
}

/** @throws {OptionError} for what would throw at the first read */
export function checkReading(options: GetOptions): void {
  timingOf(options);
  timeoutOf(options);
  coolDownOf(options);
}

export const FRESHNESS = [
  'ttl',
  'staleWhileRevalidate',
  'staleIfError',
  'refreshAhead',
  'negativeTtl',
  'jitter',
] as const;

/** The timing of the defaults, changed by what these options say. */
export function timingWith(defaults: GetOptions, timing: Timing, options: GetOptions): Timing {
  return FRESHNESS.some((name) => options[name] !== undefined)
    ? timingOf({ ...defaults, ...defined(options) })
    : timing;
}

function coolDownOf({ coolDown }: GetOptions): number {
  return milliseconds('coolDown', coolDown ?? '1s');
}

function timeoutOf({ timeout }: GetOptions): number | undefined {
  return timeout === undefined ? undefined : milliseconds('timeout', timeout);
}
