import type { Cache } from '../cache/cache.js';
import type { View } from '../cache/watching/view.js';

/** Which pages of a list are shown, from the first on; and what is under way. */
export interface PageWindow {
  readonly first: unknown;
  readonly count: number;
  readonly fetching?: 'next' | 'previous' | undefined;
  /** Why the latest page could not be loaded. */
  readonly error?: View['error'];
}

/** How far the lists of a cache were opened: it outlives the components, so that who comes back finds the same pages. */
export interface PageWindows {
  get(hash: string): PageWindow | undefined;
  set(hash: string, window: PageWindow): void;
  subscribe(listener: () => void): () => void;
}

const MOST = 1_000;
const known = new WeakMap<Cache, PageWindows>();

export function pageWindowsOf(cache: Cache): PageWindows {
  const windows = known.get(cache) ?? createPageWindows();
  known.set(cache, windows);
  return windows;
}

function createPageWindows(): PageWindows {
  const windows = new Map<string, PageWindow>();
  const listeners = new Set<() => void>();
  return {
    get: (hash) => windows.get(hash),
    set(hash, window) {
      windows.delete(hash);
      windows.set(hash, window);
      for (const oldest of windows.keys()) {
        if (windows.size <= MOST) break;
        windows.delete(oldest);
      }
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}
