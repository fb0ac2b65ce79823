import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../src/contracts/invalidation.js';
import { createJournal } from '../../src/tiers/journal.js';

const of = (...hashes: string[]) => ({ hashes, tags: [], soft: false });
const everything = { hashes: [], tags: [EVERYTHING], soft: false };

describe('the journal', () => {
  it('owes what was added until it was delivered', () => {
    const journal = createJournal();
    const [first, second] = [of('a'), of('b')];
    journal.add(first);
    const delivered = journal.owed();
    journal.add(second);
    journal.settle(delivered);
    expect(journal.owed()).toEqual([second]);
  });

  it('owes what was added once more while the very same was on its way', () => {
    const journal = createJournal();
    const twice = of('a'); // as a mutation does, that holds and then invalidates
    journal.add(twice);
    const delivered = journal.owed();
    journal.add(twice);
    journal.settle(delivered);
    expect(journal.owed()).toEqual([twice]);
  });

  it.each([
    ['many small ones', 10_001, 1],
    ['a few huge ones', 3, 5_000],
  ])('collapses %s into everything, once there are too many names', (_, invalidations, names) => {
    const journal = createJournal();
    for (let i = 0; i < invalidations; i++) journal.add(of(...Array.from({ length: names }, (_, n) => `${i} ${n}`)));
    expect(journal.owed()).toEqual([everything]);
    const delivered = journal.owed();
    journal.add(of('a'));
    journal.settle(delivered);
    expect(journal.owed()).toEqual([of('a')]);
  });
});
