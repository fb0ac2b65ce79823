import { EVERYTHING, type Invalidation } from '../contracts/invalidation.js';

/** Invalidations that a store has not taken yet. */
export interface Journal {
  add(invalidation: Invalidation): void;
  /** What must reach the store before anything is read from it; empty if nothing is owed. */
  owed(): readonly Invalidation[];
  /** Forgets what has been delivered, and keeps what was added meanwhile. */
  settle(delivered: readonly Invalidation[]): void;
}

const LONGEST = 1_000;
const ALL: Invalidation = { hashes: [], tags: [EVERYTHING], soft: false };

/** Keeps invalidations for an unreachable store; past a thousand they collapse into one of everything. */
export function createJournal(): Journal {
  let owed: Invalidation[] = [];
  return {
    add(invalidation) {
      owed = owed.length < LONGEST ? [...owed, invalidation] : [{ ...ALL }]; // one of its own: the one before may be on its way
    },
    owed: () => owed,
    settle(delivered) {
      owed = owed.filter((invalidation) => !delivered.includes(invalidation));
    },
  };
}
