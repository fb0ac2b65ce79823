import type { Fence } from '../../coherence/fence.js';
import type { Flight } from './flight.js';

/** Ends a flight that brought nothing. @returns what may stand in for it. @throws the error, if nothing may */
export type Fail = (flight: Flight, error: unknown) => unknown;

export function createFail(parts: { fence: Fence; land: (flight: Flight) => void }): Fail {
  const { fence, land } = parts;
  return (flight, error) => {
    const { hash } = flight.request;
    land(flight);
    // A value that is still true may stand in for a load that failed: by its own tags too, which only its load has told.
    const { fallback } = flight;
    const tags = [...flight.tags, ...(fallback?.tags ?? [])];
    if (fallback !== undefined && fence.raisedSince(flight.generation, hash, tags) !== 'hard') return fallback.value;
    return Promise.reject(error);
  };
}
