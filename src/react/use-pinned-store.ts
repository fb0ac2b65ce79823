import { startTransition, useEffect, useState, useSyncExternalStore } from 'react';
import type { View } from '../cache/watching/view.js';
import type { Watch } from '../cache/watching/watch-options.js';

/** Reads one of the watches that a component follows. */
export type Read = (watch: Watch<unknown>) => View;

/**
 * `useSyncExternalStore` of what `look` sees by `read`. While a page is hydrated it shows what the server's HTML shows,
 * whatever has arrived meanwhile. What is new comes as a transition: a change of a store would throw away the HTML of
 * boundaries that are not hydrated yet (facebook/react#26318).
 *
 * @param look the same object while what is seen is the same, also if what is pinned and what is new take turns
 */
export function usePinnedStore<T>(subscribe: (listener: () => void) => () => void, look: (read: Read) => T) {
  const [pins] = useState(() => new Map<Watch<unknown>, View>());
  const [isReleased, release] = useState(false);
  const read: Read = (watch) => (isReleased ? undefined : pins.get(watch)) ?? watch.read();
  const readServer: Read = (watch) => {
    const view = watch.readServer();
    pins.set(watch, view);
    return view;
  };
  const seen = useSyncExternalStore(
    subscribe,
    () => look(read),
    () => look(readServer),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, after the first commit
  useEffect(() => {
    if (pins.size > 0 && look((watch) => watch.read()) !== seen) startTransition(() => release(true));
    else pins.clear();
  }, [pins]);
  return { seen, read };
}
