import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { type AnyView, LOADING, reasonOf, serverViewOf, viewOf, waitingView } from '../../src/cache/watching/view.js';
import type { CacheAsideOptions } from '../../src/react/cache-aside-options.js';
import { createLens } from '../../src/react/lens.js';
import { Entry } from '../../src/tiers/entry.js';

const windows = { due: 1, fresh: 2, stale: 3, expires: 4 };
const entry = new Entry('k', { version: '', value: 1, tags: [], loadedAt: 0, windows }, 'source', 1);
const shown = { data: 1, updatedAt: 0, source: 'source' };

const views = fc.oneof(
  fc.constantFrom(LOADING, waitingView(true), waitingView(false), serverViewOf(1)),
  fc
    .record({
      entry: fc.constantFrom(entry, undefined),
      shown: fc.constantFrom(shown, undefined),
      untrue: fc.boolean(),
      error: fc.constantFrom(undefined, reasonOf(null), new Error('no')),
      idle: fc.boolean(),
      stage: fc.constantFrom('lookup', 'load', undefined),
      now: fc.integer({ min: 0, max: 5 }),
    })
    .map(({ stage, now, ...sight }) => viewOf(sight, stage, now)),
);

const broken = () => {
  throw undefined;
};
const options: fc.Arbitrary<CacheAsideOptions<unknown>> = fc.record(
  {
    select: fc.constantFrom((data: unknown) => data, broken),
    placeholderData: fc.constantFrom(
      2,
      () => undefined,
      (previous: unknown) => previous,
    ),
    keepPreviousData: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** What the types say of a view, which are put upon it by an assertion. */
function isAsTyped({ status, data, error, isLoading, isRestoring }: AnyView): boolean {
  if (status === 'success') return data !== undefined && error === undefined && !isLoading && !isRestoring;
  if (status === 'error') return error !== undefined && error !== null && !isRestoring;
  return data === undefined && error === undefined;
}

test.prop([views])('a status tells what there is', (view) => {
  expect(view).toSatisfy(isAsTyped);
});

test.prop([fc.array(fc.tuple(views, options, fc.constantFrom('a', 'b', null)), { minLength: 1, maxLength: 5 })])(
  'and what a component sees, of one key after the other, by any options',
  (looks) => {
    const lens = createLens();
    for (const [view, own, hash] of looks) {
      const seen = lens.look(view, own, hash);
      expect(seen).toSatisfy(isAsTyped);
      lens.committed(seen, () => view, own, hash);
    }
  },
);
