import { useCallback, useState, useSyncExternalStore } from 'react';
import type { View } from '../cache/watching/view.js';
import type { Watch } from '../cache/watching/watch-options.js';

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
  const [memo] = useState<{ last: readonly WatchedOne[] }>(() => ({ last: [] }));
  const look = (read: (watch: Watch<unknown>) => View) => () => {
    const next = list((watch) => ({ watch, view: read(watch) }));
    const { last } = memo;
    const isSame =
      last.length === next.length &&
      next.every(({ watch, view }, n) => last[n]?.watch === watch && last[n].view === view);
    if (!isSame) memo.last = next;
    return memo.last;
  };
  const live = look((watch) => watch.read());
  const watches = useStable(live().map(({ watch }) => watch));
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
  return useSyncExternalStore(
    subscribe,
    live,
    look((watch) => watch.readServer()),
  );
}

/** An array that is the same while its elements are. */
export function useStable<T>(elements: readonly T[]): readonly T[] {
  const [memo] = useState(() => ({ last: elements }));
  const { last } = memo;
  if (last.length !== elements.length || elements.some((element, n) => !Object.is(element, last[n])))
    memo.last = elements;
  return memo.last;
}
