import { createElement, Fragment, type ReactNode, useMemo } from 'react';
import type { Arrivals, DehydratedEntry } from '../cache/hydrate.js';
import { deserialize } from '../codec/codec.js';
import { useCache } from './cache-context.js';

/**
 * Wraps an application whose HTML carries the entries that it was rendered from: around all that reads the cache, on the
 * server (with `createStateStream` or `insertState`) and in the browser. The entries of a boundary come before the HTML
 * of that boundary, as data that is never executed.
 */
export function StreamedCache({ children }: { children?: ReactNode }): ReactNode {
  const cache = useCache();
  useMemo(() => {
    if (typeof document === 'undefined') return;
    const arrivals = createArrivals();
    cache.hydrate(arrivals() ?? []);
    cache.hydrate(arrivals);
  }, [cache]);
  return createElement(
    Fragment,
    null,
    children,
    // Here the stream puts what the page without its boundaries has read.
    createElement('script', {
      type: 'application/json',
      'data-cache-aside': '',
      suppressHydrationWarning: true,
      // biome-ignore lint/security/noDangerouslySetInnerHtml: nothing; it tells React to leave what the server has put there
      dangerouslySetInnerHTML: { __html: '' },
    }),
  );
}

/** By their elements, so that entries are the same however often the application is mounted. */
const parsed = new WeakMap<Element, readonly DehydratedEntry[]>();

/** Looks for what has come in the document. Asked at each miss instead of observing: most pages miss nothing. */
function createArrivals(): Arrivals {
  const taken = new WeakSet<Element>();
  let isComplete = false;
  return () => {
    if (isComplete) return undefined;
    isComplete = document.readyState !== 'loading';
    const scripts = [...document.querySelectorAll<HTMLElement>('script[data-cache-aside]')];
    return scripts
      .filter((script) => !taken.has(script))
      .flatMap((script) => {
        const entries = parsed.get(script) ?? parse(script);
        if (entries === undefined) return [];
        parsed.set(script, entries);
        taken.add(script);
        return entries;
      });
  };
}

/** `undefined` if the rest of it is still to come. */
function parse(script: HTMLElement): readonly DehydratedEntry[] | undefined {
  try {
    const late = lateness(Number(script.dataset['cacheAside']));
    return (deserialize(script.textContent) as DehydratedEntry[]).map((entry) => ({ ...entry, age: entry.age + late }));
  } catch {
    return undefined;
  }
}

/**
 * Ms for which entries were under way and waited for the application to start.
 *
 * @param sentAfter ms from when the server began to send the page to when it sent them
 */
function lateness(sentAfter: number): number {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return Math.max(0, performance.now() - (navigation?.responseStart ?? 0) - sentAfter);
}
