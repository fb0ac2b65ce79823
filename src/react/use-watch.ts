import {
  startTransition,
  useCallback,
  useEffect,
  useInsertionEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import type { View } from '../cache/watching/view.js';
import type { Watch } from '../cache/watching/watch-options.js';
import { hashKey } from '../key.js';
import type { Asked } from './asked.js';
import type { CacheAsideResult } from './cache-aside-options.js';
import { useCache } from './cache-context.js';
import { createLens, type Lens, type Seen } from './lens.js';

/** A watch, as React sees it. */
export interface Watched {
  readonly watch: Watch<unknown>;
  readonly lens: Lens;
  /** A view as the component sees it. */
  readonly look: (view: View) => Seen;
  readonly seen: Seen;
  /** For the component: notes what it reads. */
  readonly hand: (seen: Seen) => CacheAsideResult<unknown>;
}

/** Binds a watch of the core to a component. */
export function useWatch({ key, loader, options }: Asked): Watched {
  const cache = useCache();
  const hash = key === null ? null : hashKey(key);
  const [lens] = useState(createLens);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a key is known by its hash; the rest is kept up to date below
  const { watch, actions, pin } = useMemo(() => {
    const watch: Watch<unknown> = cache.watch(key, loader, options);
    const mutate = (change: unknown) =>
      key === null
        ? Promise.resolve(false)
        : cache.update(key, typeof change === 'function' ? (change as () => unknown) : () => change);
    const pin: { view: View | undefined; isFollowed: boolean } = { view: undefined, isFollowed: false };
    return { watch, actions: { refresh: watch.refresh, mutate }, pin };
  }, [cache, hash]);

  /** The pin that is no longer heeded. */
  const [released, release] = useState<object>();
  const look = (view: View) => lens.look(view, options, hash);
  const view = () => (pin.view === undefined || released === pin ? watch.read() : pin.view);

  const { enabled } = options;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of it is heeded by a new subscription
  const subscribe = useCallback(
    (listener: () => void) => {
      const end = watch.subscribe(listener);
      pin.isFollowed = true;
      listener(); // React 19.2 misses changes while a component in an <Activity> was hidden (facebook/react#27670)
      return () => {
        pin.isFollowed = false;
        end();
      };
    },
    [watch, pin, enabled],
  );
  const seen = useSyncExternalStore(
    subscribe,
    () => look(view()),
    () => {
      pin.view = watch.readServer();
      return look(pin.view);
    },
  );

  // Only a render that was committed may change what is loaded. This effect runs first, and not on the server.
  useInsertionEffect(() => {
    watch.configure(loader, options);
    lens.committed(seen, () => (pin.isFollowed ? view() : undefined), options, hash);
  });
  // While a page is hydrated it shows what the server's HTML shows, whatever has arrived meanwhile. What is new comes as a
  // transition: a change of a store would throw away the HTML of boundaries that are not hydrated yet (facebook/react#26318).
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, after the first commit
  useEffect(() => {
    if (pin.view !== undefined && look(watch.read()) !== seen) startTransition(() => release(pin));
    else pin.view = undefined;
  }, [pin]);

  const hand = useCallback((shown: Seen) => lens.hand(shown, actions), [lens, actions]);
  return { watch, lens, look, seen, hand };
}
