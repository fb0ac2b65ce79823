import { useCallback, useState } from 'react';
import type { View } from '../cache/watching/view.js';
import type { Watch } from '../cache/watching/watch-options.js';
import { type Read, usePinnedStore } from './use-pinned-store.js';

/** One of several watches that a component follows. */
export interface WatchedOne {
  readonly watch: Watch<unknown>;
  readonly view: View;
}

/**
 * Follows several watches, as many as there are at the moment.
 *
 * @param list which ones; `read` reads one of them. Its answer is compared by its watches and their views.
 * @param enabled which of them may load: compared by what it is
 */
export function useWatches(
  list: (read: (watch: Watch<unknown>) => WatchedOne) => readonly WatchedOne[],
  enabled: unknown,
): readonly WatchedOne[] {
  /** The latest ones, since what is pinned and what is new may take turns. */
  const [memo] = useState<{ latest: readonly (readonly WatchedOne[])[] }>(() => ({ latest: [[]] }));
  const look = (read: Read) => {
    const next = list((watch) => ({ watch, view: read(watch) }));
    const known = memo.latest.find(
      (one) =>
        one.length === next.length &&
        next.every(({ watch, view }, n) => one[n]?.watch === watch && one[n].view === view),
    );
    if (known === undefined) memo.latest = [next, ...memo.latest.slice(0, 1)];
    return known ?? next;
  };
  const watches = useStable(list((watch) => ({ watch, view: watch.read() })).map(({ watch }) => watch));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of what is enabled is heeded by a new subscription
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = watches.map((watch) => watch.subscribe(listener));
      listener(); // see useWatch
      return () => {
        for (const end of ends) end();
      };
    },
    [watches, enabled],
  );
  return usePinnedStore(subscribe, look).seen;
}

/** An array that is the same while its elements are. */
export function useStable<T>(elements: readonly T[]): readonly T[] {
  const [memo] = useState(() => ({ last: elements }));
  const { last } = memo;
  if (last.length !== elements.length || elements.some((element, n) => !Object.is(element, last[n])))
    memo.last = elements;
  return memo.last;
}
