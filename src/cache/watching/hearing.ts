import type { Clock } from '../../contracts/clock.js';
import type { Invalidation } from '../../contracts/invalidation.js';
import type { CacheEvent } from '../../events/events.js';
import type { Memory } from '../../tiers/memory.js';
import type { Flights } from '../reading/flights.js';
import type { Followed } from './followed.js';
import { reasonOf } from './view.js';

export interface HearingParts {
  readonly followed: ReadonlyMap<string, Followed>;
  readonly memory: Memory;
  readonly flights: Flights;
  readonly clock: Clock;
  readonly random: () => number;
  /** Reads it again, at once or after a pause of so many ms. */
  readonly start: (one: Followed, untrue?: boolean, pause?: number) => void;
  readonly update: (one: Followed) => void;
}

/** What can change a view. Not hits: nobody would pay for telling of them if nobody else listens. */
export const HEARD = [
  'invalidated',
  'suspect',
  'lookup',
  'load',
  'loaded',
  'load-failed',
  'stored',
  'dropped',
] as const;

export interface Hearing {
  hear(event: CacheEvent): void;
  /** Whether an invalidation is about it: the others would load what they have. */
  reaches(invalidation: Invalidation, one: Followed): boolean;
}

/** Keeps what is followed in step with what happens in the cache. */
export function createHearing(parts: HearingParts): Hearing {
  const { followed, memory, flights, clock, random, start, update } = parts;

  const reaches = ({ hashes, tags }: Invalidation, one: Followed): boolean => {
    const own = [flights.find(one.hash)?.tags ?? one.tags, one.entry?.tags ?? []].flat();
    return hashes.includes(one.hash) || own.some((tag) => tags.includes(tag));
  };

  /**
   * A store has refused what was loaded: another tab or process has invalidated it, and there may be no bus to tell. But a
   * replica that lags is refused again and again: then it is asked after twice the time that has passed, 1 s to 30 s.
   */
  const refused = (one: Followed): void => {
    const since = clock.now() - one.refusedAt;
    one.refusedAt += since;
    start(one, true, since > 60_000 ? 0 : Math.min(Math.max(2 * since, 1_000), 30_000) * (0.5 + random() / 2));
  };

  const hear = (event: CacheEvent): void => {
    if (event.type === 'invalidated') {
      // A mutation elsewhere that has only begun: its end will be told too.
      if (event.invalidation.held) return;
      const { soft } = event.invalidation;
      for (const one of followed.values()) if (reaches(event.invalidation, one)) start(one, !soft || one.untrue);
    }
    if (event.type === 'suspect') for (const one of followed.values()) start(one, true);
    if (!('hash' in event)) return;
    const { type, hash } = event;
    const one = followed.get(hash);
    if (one === undefined) return;
    if (type === 'load') one.loading = true;
    // While another flight is in the air, or after it has landed, this one was overtaken: how it ended is no news.
    if ((type === 'loaded' || type === 'load-failed') && one.loading && flights.find(hash) === undefined) {
      one.loading = false;
      one.error = type === 'loaded' ? undefined : reasonOf(event.error);
    }
    if (type === 'dropped' && event.tier !== 'memory' && memory.find(hash) === undefined) refused(one);
    // The flight that brought it from a store lands right after: one step for both.
    else if (type === 'stored') queueMicrotask(() => update(one));
    else update(one);
  };

  return { hear, reaches };
}
