import type { Fence } from '../../coherence/fence.js';
import type { Events } from '../../events/events.js';
import type { Flight } from './flight.js';

/**
 * Ends a flight that brought nothing. @returns what may stand in for it, or a rejection if nothing may
 *
 * @param isTold whether its load has ended before
 */
export type Fail = (flight: Flight, error: unknown, isTold?: boolean) => unknown;

export function createFail(parts: { fence: Fence; events: Events; land: (flight: Flight) => void }): Fail {
  const { fence, events, land } = parts;
  return (flight, error, isTold) => {
    const { hash } = flight.request;
    land(flight);
    if (!isTold) events.emit({ type: 'load-failed', hash, error });
    // A value that is still true may stand in for a load that failed: by its own tags too, which only its load has told.
    const { fallback } = flight;
    const tags = [...flight.tags, ...(fallback?.tags ?? [])];
    if (fallback !== undefined && fence.raisedSince(flight.generation, hash, tags) !== 'hard') return fallback.value;
    return Promise.reject(error);
  };
}
