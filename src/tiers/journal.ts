import { EVERYTHING, type Invalidation } from '../contracts/invalidation.js';

/** Invalidations that a store has not taken yet. */
export interface Journal {
  add(invalidation: Invalidation): void;
  /** What must reach the store before anything is read from it; empty if nothing is owed. */
  owed(): readonly Invalidation[];
  /** Forgets what has been delivered, and keeps what was added meanwhile. */
  settle(delivered: readonly Invalidation[]): void;
}

const MOST_NAMES = 10_000;
const ALL: Invalidation = { hashes: [], tags: [EVERYTHING], soft: false };

/** Keeps invalidations for an unreachable store; past ten thousand names they collapse into one of everything. */
export function createJournal(): Journal {
  let owed: readonly Invalidation[] = [];
  let names = 0;
  const keep = (invalidations: readonly Invalidation[]) => {
    owed = invalidations;
    names = sizeOf(owed);
  };
  return {
    add(invalidation) {
      owed = [...owed, { ...invalidation }]; // one of its own: the very same may be on its way already
      names += sizeOf([invalidation]);
      if (names > MOST_NAMES) keep([{ ...ALL }]);
    },
    owed: () => owed,
    settle(delivered) {
      keep(owed.filter((invalidation) => !delivered.includes(invalidation)));
    },
  };
}

function sizeOf(invalidations: readonly Invalidation[]): number {
  return invalidations.reduce((sum, { hashes, tags }) => sum + hashes.length + tags.length, 0);
}
