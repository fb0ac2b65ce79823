import type { Clock } from '../../contracts/clock.js';
import type { EntryRecord } from '../../contracts/entry-record.js';
import type { LoadContext } from '../../contracts/loader.js';
import type { Failure, Ticket } from '../../contracts/store.js';
import { LoadTimeoutError, messageOf, OptionError } from '../../errors.js';
import type { Events } from '../../events/events.js';
import { windowsFor } from '../../freshness/timeline.js';
import type { Key } from '../../key.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import { encodeTags } from '../target.js';
import type { CommitBelow } from './commit-below.js';
import type { Fail } from './fail.js';
import type { Flight } from './flight.js';
import type { Keep } from './keep.js';

export interface LoadParts {
  readonly tier: SharedTier | undefined;
  readonly commitBelow: CommitBelow | undefined;
  readonly clock: Clock;
  readonly events: Events;
  readonly keep: Keep;
  readonly fail: Fail;
  /** Begins a flight again, whose load another process has taken over. */
  readonly again: (flight: Flight) => Promise<unknown>;
  readonly land: (flight: Flight) => void;
  readonly random: () => number;
}

/** The right to store what a load brings: a store's ticket; memory alone; or, during a mutation, nowhere. */
export type Right = Ticket | 'memory-only' | 'nowhere';

/** Runs a flight's loader, answers its readers, and commits what it brought behind them. */
export type Load = (flight: Flight, right: Right) => Promise<unknown>;

export function createLoad(parts: LoadParts): Load {
  const { tier, commitBelow, clock, events, keep, fail, again, land, random } = parts;

  const release = (flight: Flight, right: Right, failure?: Failure) => {
    if (typeof right === 'object') tier?.release(flight.request.hash, right, failure);
  };

  const commit = (flight: Flight, value: unknown, right: Right): void => {
    if (right === 'nowhere' || flight.abandoned) {
      release(flight, right);
      return;
    }
    const { hash, timing } = flight.request;
    const record: EntryRecord = {
      version: tier === undefined ? '' : newVersion(),
      value,
      tags: flight.tags,
      revision: flight.revision,
      loadedAt: clock.now(),
      windows: windowsFor(timing, value, random),
    };
    const { entry, current } = keep(hash, record, 'source', flight.generation);
    if (!current) release(flight, right);
    else if (typeof right === 'object') void commitBelow?.(entry, record, right); // off the readers' path
  };

  // Not an async function: with memory alone this is the whole miss, and each await costs.
  return (flight, right) => {
    const { hash, key } = flight.request;
    if (flight.abandoned) {
      release(flight, right);
      return Promise.reject(flight.signal.reason);
    }
    flight.stage = 'load';
    if (events.wants('miss') && flight.purpose === 'answer') events.emit({ type: 'miss', hash });
    if (events.wants('load')) events.emit({ type: 'load', hash, key, behind: flight.purpose === 'behind' });
    const startedAt = events.wants('loaded') ? clock.now() : 0;
    return run(flight, clock).then(
      (value) => {
        land(flight);
        commit(flight, value, right);
        if (events.wants('loaded')) events.emit({ type: 'loaded', hash, time: clock.now() - startedAt });
        return value;
      },
      (error: unknown) => {
        if (flight.lost && !flight.abandoned) return again(flight);
        release(flight, right, failureOf(flight, error));
        return fail(flight, error);
      },
    );
  };
}

/** A load that was abandoned says nothing about the source, unless it was for taking too long. */
function failureOf(flight: Flight, error: unknown): Failure | undefined {
  const { coolDown } = flight.request;
  const isSilent = flight.abandoned && !(error instanceof LoadTimeoutError);
  return isSilent || coolDown === 0 ? undefined : { message: messageOf(error), coolDown };
}

/** Calls the loader; what it throws becomes a rejection. */
function run(flight: Flight, clock: Clock): Promise<unknown> {
  const { loader, timeout } = flight.request;
  const { promise } = flight;
  flight.promise = undefined; // whoever joined it from in there would wait for itself
  try {
    const loading = Promise.resolve(loader(new FlightContext(flight)));
    return timeout === undefined ? loading : inTime(loading, flight, timeout, clock);
  } catch (error) {
    return Promise.reject(error);
  } finally {
    flight.promise = promise;
  }
}

function inTime(loading: Promise<unknown>, flight: Flight, timeout: number, clock: Clock): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeout, () => {
      const error = new LoadTimeoutError(flight.request.hash, timeout);
      reject(error);
      flight.abandon(error);
    });
    loading.then(resolve, reject).finally(cancel);
  });
}

/** What the loader sees of its flight. Its members are getters, so that what a loader ignores costs nothing. */
class FlightContext implements LoadContext {
  readonly #flight: Flight;

  constructor(flight: Flight) {
    this.#flight = flight;
  }

  get key(): Key {
    return this.#flight.request.key;
  }

  get signal(): AbortSignal {
    return this.#flight.signal;
  }

  get revision(): (number: number | bigint) => void {
    return (number) => {
      if (!(typeof number === 'bigint' ? number >= 0n : Number.isSafeInteger(number) && number >= 0)) {
        throw new OptionError('revision', number, 'a whole number of 0 or more, such as a row version');
      }
      this.#flight.revision = String(number);
    };
  }

  get tag(): (...tags: string[]) => void {
    return (...tags) => this.#flight.addTags(encodeTags(tags));
  }
}

/** Compared for equality only, so it must not come from a clock: two writers may read the same time. */
export function newVersion(): string {
  return Math.random().toString(36).slice(2, 12) + Math.random().toString(36).slice(2, 12);
}
