import { useCallback, useInsertionEffect, useMemo } from 'react';
import type { View } from '../cache/watching/view.js';
import type { Watch } from '../cache/watching/watch-options.js';
import { hashKey } from '../key.js';
import type { Asked } from './asked.js';
import type { CacheAsideResult } from './cache-aside-options.js';
import { useCache } from './cache-context.js';
import { createLens, type Lens, type Seen } from './lens.js';
import { usePinnedStore } from './use-pinned-store.js';

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
  // biome-ignore lint/correctness/useExhaustiveDependencies: data of another cache is not to be seen, nor remembered
  const lens = useMemo(createLens, [cache]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a key is known by its hash; the rest is kept up to date below
  const { watch, actions, status } = useMemo(() => {
    const watch: Watch<unknown> = cache.watch(key, loader, options);
    const mutate = (change: unknown) =>
      key === null
        ? Promise.resolve(false)
        : cache.update(key, typeof change === 'function' ? (change as () => unknown) : () => change);
    return { watch, actions: { refresh: watch.refresh, mutate }, status: { isFollowed: false } };
  }, [cache, hash]);

  const look = (view: View) => lens.look(view, options, hash);

  const { enabled } = options;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of it is heeded by a new subscription
  const subscribe = useCallback(
    (listener: () => void) => {
      const end = watch.subscribe(listener);
      status.isFollowed = true;
      listener(); // React 19.2 misses changes while a component in an <Activity> was hidden (facebook/react#27670)
      return () => {
        status.isFollowed = false;
        end();
      };
    },
    [watch, status, enabled],
  );
  const { seen, read } = usePinnedStore(subscribe, (read) => look(read(watch)));

  // Only a render that was committed may change what is loaded. This effect runs first, and not on the server.
  useInsertionEffect(() => {
    watch.configure(loader, options);
    lens.committed(seen, () => (status.isFollowed ? read(watch) : undefined), options, hash);
  });

  const hand = useCallback((shown: Seen) => lens.hand(shown, actions), [lens, actions]);
  return { watch, lens, look, seen, hand };
}
