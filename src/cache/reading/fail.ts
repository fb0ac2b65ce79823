import type { Fence } from '../../coherence/fence.js';
import type { Events } from '../../events/events.js';
import type { Flight } from './flight.js';

/** Ends a flight that brought nothing. @returns what may stand in for it. @throws the error, if nothing may */
export type Fail = (flight: Flight, error: unknown) => unknown;

export function createFail(parts: { fence: Fence; events: Events; land: (flight: Flight) => void }): Fail {
  const { fence, events, land } = parts;
  return (flight, error) => {
    const { hash } = flight.request;
    land(flight);
    if (events.wants('load-failed')) events.emit({ type: 'load-failed', hash, error });
    // A value that is still true may stand in for a load that failed.
    const isTrue = fence.raisedSince(flight.generation, hash, flight.tags) !== 'hard';
    if (isTrue && flight.fallback !== undefined) return flight.fallback.value;
    throw error;
  };
}
