import type { Clock } from '../../contracts/clock.js';
import type { Entry } from '../../tiers/entry.js';
import { foundOf, sameView, type View, viewOf } from './view.js';

/** The view of an entry that was in memory before anybody followed it. */
export type FirstViewOf = (entry: Entry, isWanted: boolean) => View;

export function createFirstViews(parts: {
  clock: Clock;
  /** With what lies over the data. */
  over: (hash: string, data: unknown) => unknown;
}): FirstViewOf {
  /** So that two reads before the first subscription see one object. */
  const views = new WeakMap<Entry, View>();
  // Whoever shows it, and will load it again, says so at once: afterwards it would be one more render.
  return (entry, isWanted) => {
    const shown = foundOf(entry);
    const data = parts.over(entry.hash, shown.data);
    const view = viewOf({ entry, shown: { ...shown, data } }, isWanted ? 'load' : undefined, parts.clock.now());
    const before = views.get(entry);
    if (before !== undefined && sameView(before, view)) return before;
    views.set(entry, view);
    return view;
  };
}
