import type { Fence } from '../../coherence/fence.js';
import { OptionError, ReentrantLoadError } from '../../errors.js';
import type { Entry } from '../../tiers/entry.js';
import { Flight, type Request } from './flight.js';

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
  /** Somebody waits for what the source has now: joins the load of this key, or starts one. */
  reload(request: Request, known: Entry | undefined, signal: AbortSignal | undefined): Promise<unknown>;
  /** Nobody waits: refreshes an entry that was answered, unless that is under way. */
  behind(request: Request, entry: Entry): void;
  /** The flight is over for whoever comes now. */
  land(flight: Flight): void;
  abandonAll(reason: unknown): void;
}

export function createFlights(fence: Fence, takeoff: Takeoff): Flights {
  const inAir = new Map<string, Flight>();
  /** Those that others have taken the place of, and that have not ended. */
  const overtaken = new Set<Flight>();

  const raised = (flight: Flight) => fence.raisedSince(flight.generation, flight.request.hash, flight.tags);

  /** A flight that began before an invalidation that reaches it must not answer whoever comes after. */
  const joinable = (hash: string): Flight | undefined => {
    const flight = inAir.get(hash);
    return flight !== undefined && raised(flight) === undefined ? flight : undefined;
  };

  const start = (flight: Flight, known: Entry | undefined): Flight => {
    const before = inAir.get(flight.request.hash);
    if (before?.promise !== undefined) {
      const end = () => overtaken.delete(before);
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

  const join = (flight: Flight, request: Request, signal: AbortSignal | undefined): Promise<unknown> => {
    const { promise } = flight;
    if (promise === undefined) return Promise.reject(new ReentrantLoadError(request.hash));
    if (flight.generation === fence.now) return promise;
    // Something was invalidated before we came. If the load turns out to depend on it, its answer is not for us.
    return promise.then((value) =>
      raised(flight) === 'hard' ? flights.foreground(request, undefined, signal) : value,
    );
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
    request: Request,
    signal: AbortSignal | undefined,
  ) => {
    if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
      throw new OptionError('signal', signal, 'an AbortSignal');
    }
    if (signal?.aborted) return Promise.reject(signal.reason);
    const flight = joined ?? begin();
    const answer = joined === undefined ? (flight.promise as Promise<unknown>) : join(joined, request, signal);
    if (signal !== undefined) return leavable(flight, answer, signal);
    flight.readers = Number.POSITIVE_INFINITY;
    return answer;
  };

  const flights: Flights = {
    find: (hash) => inAir.get(hash),
    hashes: () => inAir.keys(),
    foreground(request, fallback, signal) {
      const fresh = () => start(new Flight(request, fence.now, 'answer', fallback), fallback);
      return board(joinable(request.hash), fresh, request, signal);
    },
    reload(request, known, signal) {
      const begin = () => start(new Flight(request, fence.now, 'reload'), known);
      const flight = joinable(request.hash);
      const answer = board(flight, begin, request, signal);
      if (flight === undefined || flight.purpose === 'reload' || flight.stage === 'load') return answer;
      // It is still looking for what is there: whether it loads is not known yet.
      const again = () => flights.reload(request, known, signal);
      return answer.then(
        (value) => (flight.stage === 'load' ? value : again()),
        (error) => (flight.stage === 'load' ? Promise.reject(error) : again()),
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
