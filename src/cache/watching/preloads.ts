import type { Clock } from '../../contracts/clock.js';
import type { Followed, Subscriber } from './followed.js';
import type { Following } from './following.js';

/** Follows keys for the components that will show them. */
export interface Preloads {
  /** Whether what this key has was loaded ahead, and waits for a subscriber. */
  has(hash: string): boolean;
  /** Whether it has begun to, and still holds what it has brought, or will bring. */
  hasBegun(hash: string): boolean;
  /** Begins to load what is not there. Resolves when there is something to show, or to tell. */
  begin(hash: string, follow: (listener: () => void) => [Followed, Subscriber]): Promise<void>;
  release(hash: string): void;
}

interface Held {
  readonly one: Followed;
  readonly subscriber: Subscriber;
  /** The first read, from before it began. */
  readonly begun: Promise<void>;
  isUnderWay: boolean;
}

/** How long what was loaded ahead is held for a subscriber, ms: also what is stale at once, or too big for memory. */
const HOLD = 2_000;

export function createPreloads(following: Following, clock: Clock): Preloads {
  const held = new Map<string, Held>();

  const release = (holding: Held): void => {
    if (held.get(holding.one.hash) === holding) held.delete(holding.one.hash);
    following.leave(holding.one, holding.subscriber);
  };

  return {
    has: (hash) => held.has(hash),
    hasBegun: (hash) => held.get(hash)?.isUnderWay === true,
    begin(hash, follow) {
      const known = held.get(hash);
      if (known !== undefined) return known.isUnderWay ? known.one.reading : known.begun;
      let arrive = () => {};
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      // There may be something to show before the load has ended, by `set` or a mutation.
      const [one, subscriber] = follow(() => one.shown && arrive());
      // Not at once: a component may call this while it renders, when others must not be told of a change.
      const begun = Promise.resolve().then(() => {
        holding.isUnderWay = true;
        following.start(one);
        void one.reading.then(() => clock.after(HOLD, () => release(holding)));
        return Promise.race([one.reading, arrived]);
      });
      const holding: Held = { one, subscriber, begun, isUnderWay: false };
      held.set(hash, holding);
      return begun;
    },
    release(hash) {
      const holding = held.get(hash);
      if (holding !== undefined) release(holding);
    },
  };
}
