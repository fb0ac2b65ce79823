import type { Failure } from '../../contracts/store.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { Flight } from './flight.js';

/** Gives back the right to store what a flight brings: others may load it now. */
export type GiveBack = (flight: Flight, failure?: Failure) => void;

export function createGiveBack(tier: SharedTier | undefined): GiveBack {
  return (flight, failure) => {
    if (typeof flight.right === 'object') tier?.release(flight.request.hash, flight.right, failure);
    flight.right = 'nowhere';
  };
}
