import type { Fence } from '../../coherence/fence.js';
import { OptionError, OvertakenLoadError, ReentrantLoadError } from '../../errors.js';
import type { Entry } from '../../tiers/entry.js';
import { Flight, type Request } from './flight.js';
import type { GiveBack } from './give-back.js';

/** Starts a flight's work: the way down through the tiers, or straight the load. */
export type Takeoff = (flight: Flight, known: Entry | undefined) => Promise<unknown>;

/** The flights in the air, one per key: many readers of one key cause one load. */
export interface Flights {
  /** The flight of this key, for those who show what is under way. */
  find(hash: string): Flight | undefined;
  /** The hashes of what is loaded or looked up now. */
  hashes(): Iterable<string>;
  /** Somebody waits: joins the flight of this key, or starts one. `fallback` is answered if the load fails. */
  foreground(request: Request, fallback: Entry | undefined, signal: AbortSignal | undefined): Promise<unknown>;
  /**
   * Loads whatever is there. To `revalidate` it joins a load that is under way; to `refresh` it takes the place of one,
   * whose readers then get the newer answer: what began before may not know of a write that the asker has made since.
   */
  reload(
    request: Request,
    purpose: 'revalidate' | 'refresh',
    replaced: Entry | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown>;
  /** Nobody waits: refreshes an entry that was answered, unless that is under way. */
  behind(request: Request, entry: Entry): void;
  /** The flight is over for whoever comes now. */
  land(flight: Flight): void;
  abandonAll(reason: unknown): void;
}

export function createFlights(fence: Fence, takeoff: Takeoff, giveBack: GiveBack): Flights {
  const inAir = new Map<string, Flight>();
  /** Those that others have taken the place of, and that have not ended. */
  const overtaken = new Set<Flight>();
  /**
   * Those that were begun in this very go, by a refresh or by a mount: who asks for a refresh now asks for the same. Reads
   * without a signal are none of these: noting them would cost a fifth of a miss.
   */
  const justBegun = new Set<Flight>();

  const raised = (flight: Flight) => fence.raisedSince(flight.generation, flight.request.hash, flight.tags);

  /** A flight that began before an invalidation that reaches it must not answer whoever comes after. */
  const joinable = (hash: string): Flight | undefined => {
    const flight = inAir.get(hash);
    return flight !== undefined && raised(flight) === undefined ? flight : undefined;
  };

  const start = (flight: Flight, known: Entry | undefined): Flight => {
    const before = inAir.get(flight.request.hash);
    if (before?.promise !== undefined) {
      const end = () => {
        overtaken.delete(before);
        before.instead = undefined;
        flight.overtook &&= before.overtook; // else a chain of refreshes would keep all of it
      };
      overtaken.add(before);
      before.promise.then(end, end);
    }
    inAir.set(flight.request.hash, flight);
    flight.promise = takeoff(flight, known);
    return flight;
  };

  const land = (flight: Flight): void => {
    if (inAir.get(flight.request.hash) === flight) inAir.delete(flight.request.hash);
  };

  /** Its loader is told to give up: then its readers get what its successor brings. If it goes on, they get what is first. */
  const overtake = (flight: Flight, successor: Flight): void => {
    const { request, purpose } = flight;
    const again = () =>
      purpose === 'refresh'
        ? flights.reload(request, purpose, undefined, undefined)
        : flights.foreground(request, undefined, undefined);
    giveBack(flight);
    flight.instead = () => join(successor, again);
    successor.overtook = flight;
    flight.lose(new OvertakenLoadError(request.hash));
  };

  const join = (flight: Flight, again: () => Promise<unknown>): Promise<unknown> => {
    const { promise } = flight;
    if (promise === undefined) return Promise.reject(new ReentrantLoadError(flight.request.hash));
    if (flight.generation === fence.now) return promise;
    // Something was invalidated before we came. If the load turns out to depend on it, its answer is not for us.
    return promise.then((value) => (raised(flight) === 'hard' ? again() : value));
  };

  /** Lets this reader go when its signal says so, and the load when it was the last one. */
  const leavable = (flight: Flight, answer: Promise<unknown>, signal: AbortSignal): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        if (--flight.readers > 0 || flight.purpose === 'behind') return;
        land(flight);
        flight.abandon(signal.reason);
      };
      flight.readers++;
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave(); // by the loader itself, before its first await
      const stay = () => signal.removeEventListener('abort', leave);
      answer.then(resolve, reject).then(stay, stay);
    });

  const board = (
    joined: Flight | undefined,
    begin: () => Flight,
    again: () => Promise<unknown>,
    signal: AbortSignal | undefined,
  ) => {
    if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
      throw new OptionError('signal', signal, 'an AbortSignal');
    }
    if (signal?.aborted) return Promise.reject(signal.reason);
    const flight = joined ?? begin();
    const answer = joined === undefined ? (flight.promise as Promise<unknown>) : join(joined, again);
    if (joined === undefined && (signal !== undefined || flight.insists)) {
      justBegun.add(flight);
      queueMicrotask(() => justBegun.delete(flight));
    }
    if (signal !== undefined) return leavable(flight, answer, signal);
    flight.readers = Number.POSITIVE_INFINITY;
    return answer;
  };

  const flights: Flights = {
    find: (hash) => inAir.get(hash),
    hashes: () => inAir.keys(),
    foreground(request, fallback, signal) {
      const begin = () => start(new Flight(request, fence.now, 'answer', fallback), fallback);
      const again = () => flights.foreground(request, undefined, signal);
      return board(joinable(request.hash), begin, again, signal);
    },
    reload(request, purpose, replaced, signal) {
      const before = joinable(request.hash);
      const isNew = before && justBegun.has(before) && (before.insists || before.stage === 'load');
      const overtakes = purpose === 'refresh' && before?.promise !== undefined && !isNew;
      const joined = overtakes ? undefined : before;
      const begin = () => {
        const own = new Flight(request, fence.now, purpose);
        if (overtakes) overtake(before, own);
        return start(own, replaced);
      };
      const again = () => flights.reload(request, purpose, replaced, signal);
      const answer = board(joined, begin, again, signal);
      if (joined === undefined || joined.insists || joined.stage === 'load') return answer;
      // It is still looking for what is there: whether it loads is not known yet.
      return answer.then(
        (value) => (joined.stage === 'load' ? value : again()),
        (error) => (joined.stage === 'load' ? Promise.reject(error) : again()),
      );
    },
    behind(request, entry) {
      if (joinable(request.hash) !== undefined) return;
      // A failure is an event; what was answered stays until its time is over.
      start(new Flight(request, fence.now, 'behind'), entry).promise?.catch(() => {});
    },
    land,
    abandonAll(reason) {
      for (const flight of [...inAir.values(), ...overtaken]) flight.abandon(reason);
      inAir.clear();
    },
  };
  return flights;
}
