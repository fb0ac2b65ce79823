import { share } from '../cache/watching/share.js';
import { type AnyView, reasonOf, sameView, type View } from '../cache/watching/view.js';
import type { CacheAsideActions, CacheAsideOptions, CacheAsideResult } from './cache-aside-options.js';

/** A view as one component sees it: with its selection, or what stands in for data. */
export interface Seen extends AnyView {
  readonly isPlaceholderData: boolean;
}

/**
 * What one component sees, and which parts of it it has looked at: only a change of those is worth a render.
 *
 * Everything that it remembers follows from what it is given, so that a render that is given up does no harm.
 */
export interface Lens {
  /**
   * The view as the component sees it: the same object until something changes that it looks at.
   *
   * @param hash of the key
   */
  look(view: View, options: CacheAsideOptions<unknown>, hash: string | null): Seen;
  /**
   * A plain, frozen object for the component. It notes which of its parts are read, and what has once been read of it
   * never changes; of what nobody has looked at yet it says how that is now, or a callback would act on something old.
   */
  hand(seen: Seen, actions: CacheAsideActions<unknown>): CacheAsideResult<unknown>;
  /** Notes parts that are looked at on behalf of the component. */
  needs(...parts: (keyof Seen)[]): void;
  /** This is on screen now. `latest` tells what there is by now, while that is followed. */
  committed(seen: Seen, latest: () => View | undefined, options: CacheAsideOptions<unknown>, hash: string | null): void;
  readonly isCommitted: boolean;
}

export function createLens(): Lens {
  const parts = new Set<keyof Seen>();
  const known = new WeakMap<View, Seen>();
  const origins = new WeakMap<Seen, View>();
  let last: Seen | undefined;
  /** What is on screen, and what would be there if a change of any part were worth a render. */
  let shown: Seen | undefined;
  let now: () => Seen | undefined;
  let selection:
    | { select: unknown; of: unknown; hash: string | null; data: unknown; error?: Seen['error'] }
    | undefined;
  /** The latest data on screen, of whatever key. */
  let previous: unknown;
  let isCommitted = false;
  let hasRead = false;
  /** Nothing was read while rendering: whoever got the whole result may read anything, any time. */
  let isWhole = false;

  /** With what is picked of the data. A `select` that throws is an error like that of a load: what was picked before stays. */
  const selected = (seen: Seen, options: CacheAsideOptions<unknown>, hash: string | null): Seen => {
    const { select, structuralSharing } = options;
    if (select === undefined) return seen;
    const of = seen.data;
    if (selection?.select !== select || !Object.is(selection.of, of)) {
      const before = selection;
      try {
        const picked = select(of);
        selection = { select, of, hash, data: structuralSharing === false ? picked : share(before?.data, picked) };
      } catch (error) {
        selection = { select, of, hash, data: before?.hash === hash ? before.data : undefined, error: reasonOf(error) };
      }
    }
    const { data } = selection;
    if (selection.error === undefined) return { ...seen, data };
    return { ...seen, data, error: selection.error, status: 'error', isPlaceholderData: false };
  };

  const dress = (view: View, options: CacheAsideOptions<unknown>, hash: string | null): Seen => {
    const isThere = view.status === 'success' || view.source !== undefined;
    if (isThere) return selected({ ...view, isPlaceholderData: false }, options, hash);
    const { placeholderData, keepPreviousData } = options;
    const own: unknown = typeof placeholderData === 'function' ? placeholderData(previous) : placeholderData;
    const data = own === undefined && keepPreviousData ? previous : own;
    if (data === undefined || view.status === 'error') return { ...view, isPlaceholderData: false };
    const placeholder: Seen = {
      ...view,
      data,
      status: 'success',
      isLoading: false,
      isRestoring: false,
      isPlaceholderData: true,
    };
    return selected(placeholder, options, hash);
  };

  return {
    look(view, options, hash) {
      const next = dress(view, options, hash);
      const before = known.get(view);
      if (before !== undefined && sameView(before, next)) return before;
      const isSame = last !== undefined && sameView(last, next, isCommitted && !isWhole ? parts : undefined);
      if (last === undefined || !isSame) last = next;
      known.set(view, last);
      origins.set(last, view);
      return last;
    },
    hand(seen, actions) {
      const result = { ...seen, ...actions };
      if (isWhole) return Object.freeze(result) as CacheAsideResult<unknown>;
      for (const part of Object.keys(seen) as (keyof Seen)[]) {
        const get = () => {
          hasRead = true;
          const latest = !parts.has(part) && seen === shown && now();
          // Not if a render is due for what has been read: all that is read of one object is of one moment.
          if (latest && sameView(seen, latest, parts)) Object.assign(seen, latest);
          parts.add(part);
          return seen[part];
        };
        Object.defineProperty(result, part, { get });
      }
      return Object.freeze(result) as CacheAsideResult<unknown>;
    },
    needs(...more) {
      for (const part of more) parts.add(part);
      hasRead ||= more.length > 0;
    },
    committed(seen, latest, options, hash) {
      if (!isCommitted) isWhole = !hasRead;
      isCommitted = true;
      shown = seen;
      now = () => {
        const view = latest();
        return view && dress(view, options, hash);
      };
      const view = origins.get(seen);
      if (view?.source !== undefined) previous = view.data;
    },
    get isCommitted() {
      return isCommitted;
    },
  };
}
