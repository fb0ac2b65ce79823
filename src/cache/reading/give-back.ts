import type { LoadsBelow } from './loads-below.js';

/** Gives back the right to store what a flight brings: others may load it now. */
export type GiveBack = LoadsBelow['release'];

export function createGiveBack(below: LoadsBelow | undefined): GiveBack {
  return (flight, failed) => {
    below?.release(flight, failed);
    flight.right = 'nowhere';
  };
}
