import type { Clock } from '../../contracts/clock.js';
import type { EntryRecord } from '../../contracts/entry-record.js';
import type { LoadContext } from '../../contracts/loader.js';
import { LoadTimeoutError, OptionError } from '../../errors.js';
import type { Events } from '../../events/events.js';
import { windowsFor } from '../../freshness/timeline.js';
import type { Key } from '../../key.js';
import { encodeTags } from '../target.js';
import type { Fail } from './fail.js';
import type { Flight, Right } from './flight.js';
import type { GiveBack } from './give-back.js';
import type { Keep } from './keep.js';
import type { LoadsBelow } from './loads-below.js';

export interface LoadParts {
  /** If there is a store, it tells writes apart by their versions. */
  readonly below: LoadsBelow | undefined;
  readonly giveBack: GiveBack;
  readonly clock: Clock;
  readonly events: Events;
  readonly keep: Keep;
  readonly fail: Fail;
  /** Begins a flight again, whose load another has taken over. */
  readonly again: (flight: Flight) => Promise<unknown>;
  readonly land: (flight: Flight) => void;
  readonly random: () => number;
}

/** Runs a flight's loader, answers its readers, and commits what it brought behind them. */
export type Load = (flight: Flight, right: Right) => Promise<unknown>;

export function createLoad(parts: LoadParts): Load {
  const { below, giveBack, clock, events, keep, fail, again, land, random } = parts;

  const commit = (flight: Flight, value: unknown): void => {
    const { right } = flight;
    if (right === 'nowhere' || flight.abandoned) {
      giveBack(flight);
      return;
    }
    const { hash, timing } = flight.request;
    const record: EntryRecord = {
      version: below === undefined ? '' : newVersion(),
      value,
      tags: flight.tags,
      revision: flight.revision,
      loadedAt: clock.now(),
      windows: windowsFor(timing, value, random),
    };
    const { entry, current } = keep(hash, record, 'source', flight.generation);
    if (!current) giveBack(flight);
    else void below?.commit(entry, record, right); // off the readers' path
  };

  // Not an async function: with memory alone this is the whole miss, and each await costs.
  return (flight, right) => {
    const { hash, key } = flight.request;
    flight.right = right;
    if (flight.abandoned || flight.instead !== undefined) {
      giveBack(flight);
      return flight.abandoned ? Promise.reject(flight.signal.reason) : again(flight);
    }
    flight.stage = 'load';
    if (events.wants('miss') && flight.purpose === 'answer') events.emit({ type: 'miss', hash });
    if (events.wants('load')) events.emit({ type: 'load', hash, key, behind: flight.purpose === 'behind' });
    const startedAt = events.wants('loaded') ? clock.now() : 0;
    return new Promise((resolve, reject) => {
      const end = (error: unknown): void => {
        if (flight.giveUp === undefined) return; // it has ended
        flight.giveUp = undefined;
        if (flight.lost && !flight.abandoned) {
          events.emit({ type: 'load-failed', hash, error });
          resolve(again(flight));
        } else {
          giveBack(flight, { error });
          resolve(fail(flight, error));
        }
      };
      flight.giveUp = end;
      const loaded = (value: unknown): void => {
        if (flight.giveUp === undefined) return;
        flight.giveUp = undefined;
        // Those in whose place it has begun need not bring their answers; while it is in the air, how they end is no news.
        for (let older = flight.overtook; older; older = older.overtook) {
          older.isOutdated = true;
          older.giveUp?.(older.signal.reason);
        }
        land(flight);
        try {
          commit(flight, value);
        } catch (error) {
          reject(error); // of a clock or a random that the application brings
        }
        if (events.wants('loaded')) events.emit({ type: 'loaded', hash, time: clock.now() - startedAt });
        resolve(value);
      };
      run(flight, clock).then(loaded, end);
    });
  };
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
