import { share } from '../cache/watching/share.js';
import { sameView, type View } from '../cache/watching/view.js';
import type { CacheAsideOptions, CacheAsideResult } from './cache-aside-options.js';

/** A view as one component sees it: with its selection, or what stands in for data. */
export interface Seen extends View {
  readonly isPlaceholderData: boolean;
}

type Actions = Pick<CacheAsideResult<unknown>, 'refresh' | 'mutate'>;

/**
 * What one component sees, and which parts of it it has looked at: only a change of those is worth a render.
 *
 * Everything that it remembers follows from what it is given, so that a render that is given up does no harm.
 */
export interface Lens {
  /** The view as the component sees it: the same object until something changes that it looks at. */
  look(view: View, options: CacheAsideOptions<unknown>): Seen;
  /** An object for the component, which notes what it reads. Its values never change. */
  hand(seen: Seen, actions: Actions): CacheAsideResult<unknown>;
  /** Notes parts that are looked at on behalf of the component. */
  needs(...parts: (keyof Seen)[]): void;
  /** This is on screen now. */
  committed(seen: Seen): void;
  readonly isCommitted: boolean;
}

export function createLens(): Lens {
  const parts = new Set<keyof Seen>();
  const known = new WeakMap<View, Seen>();
  const origins = new WeakMap<Seen, View>();
  let last: Seen | undefined;
  let selection: { select: unknown; of: unknown; data: unknown } | undefined;
  /** The latest data on screen, of whatever key. */
  let previous: unknown;
  let isCommitted = false;
  let hasRead = false;
  /** Nothing was read while rendering: whoever got the whole result may read anything, any time. */
  let isWhole = false;

  const selected = (data: unknown, { select }: CacheAsideOptions<unknown>): unknown => {
    if (select === undefined) return data;
    if (selection?.select === select && Object.is(selection.of, data)) return selection.data;
    const fresh = select(data);
    selection = { select, of: data, data: selection ? share(selection.data, fresh) : fresh };
    return selection.data;
  };

  const dress = (view: View, options: CacheAsideOptions<unknown>): Seen => {
    const isThere = view.status === 'success' || view.source !== undefined;
    if (isThere) return { ...view, data: selected(view.data, options), isPlaceholderData: false };
    const { placeholderData, keepPreviousData } = options;
    const own: unknown = typeof placeholderData === 'function' ? placeholderData(previous) : placeholderData;
    const data = own === undefined && keepPreviousData ? previous : own;
    if (data === undefined || view.status === 'error') return { ...view, isPlaceholderData: false };
    return {
      ...view,
      data: selected(data, options),
      status: 'success',
      isLoading: false,
      isRestoring: false,
      isPlaceholderData: true,
    };
  };

  return {
    look(view, options) {
      const next = dress(view, options);
      const before = known.get(view);
      if (before !== undefined && sameView(before, next)) return before;
      const isSame = last !== undefined && sameView(last, next, isCommitted && !isWhole ? parts : undefined);
      if (last === undefined || !isSame) last = next;
      known.set(view, last);
      origins.set(last, view);
      return last;
    },
    hand(seen, actions) {
      const result = Object.freeze({ ...seen, ...actions });
      if (isWhole) return result;
      return new Proxy(result, {
        get(target, name) {
          hasRead = true;
          if (name in seen) parts.add(name as keyof Seen);
          return Reflect.get(target, name);
        },
      });
    },
    needs(...more) {
      for (const part of more) parts.add(part);
      hasRead ||= more.length > 0;
    },
    committed(seen) {
      if (!isCommitted) isWhole = !hasRead;
      isCommitted = true;
      const view = origins.get(seen);
      if (view?.source !== undefined) previous = view.data;
    },
    get isCommitted() {
      return isCommitted;
    },
  };
}
