import type { Clock } from '../../contracts/clock.js';
import { type Duration, milliseconds } from '../../freshness/duration.js';
import { tried } from './tried.js';
import type { View } from './view.js';

/** What makes a watched key be read again, besides invalidations. */
export interface TriggerOptions<V = unknown> {
  /** Loads again this long after the last load; a function gets the data. `0` and `false` do not. @default false */
  refreshInterval?: Interval | ((data: V | undefined) => Interval);
  /** Whether `refreshInterval` goes on while the page is hidden. It pauses while the network is gone. @default false */
  refreshWhenHidden?: boolean;
  /** When the page is looked at again: `true` loads what is not fresh, `'always'` anything. @default false */
  revalidateOnFocus?: boolean | 'always';
  /** The same when the network is back. @default false */
  revalidateOnReconnect?: boolean | 'always';
  /** How long after one focus others are left out. @default '5s' */
  focusThrottle?: Duration;
}

type Interval = Duration | false;

export interface TriggerParts {
  readonly clock: Clock;
  readonly options: () => TriggerOptions | undefined;
  readonly view: () => View;
  /** @param always whether what is fresh is loaded too */
  readonly revalidate: (always: boolean) => void;
}

/** The triggers of one subscriber. */
export interface Triggers {
  /** The view has changed, or the options. */
  changed(): void;
  stop(): void;
}

const isHidden = () => globalThis.document?.visibilityState === 'hidden';

/** Heeds what the options say at the moment, so that a change of them neither ends nor begins anything else. */
export function createTriggers(parts: TriggerParts): Triggers {
  const listeners = new AbortController();
  /** Told by events only: `navigator.onLine` is false on machines that are online (github.com/TanStack/query/pull/5714). */
  let isOffline = false;
  const poll = createPoll(parts, () => isOffline);

  const listen = (type: string, heard: () => void) => {
    // While it is captured, what the document hears passes here too.
    globalThis.window?.addEventListener(type, heard, { signal: listeners.signal, capture: true });
  };
  const revalidate = (mode: boolean | 'always' | undefined) => {
    if (mode) parts.revalidate(mode === 'always');
  };

  let throttledUntil = 0;
  const focused = () => {
    const { focusThrottle = '5s', revalidateOnFocus } = parts.options() ?? {};
    const now = parts.clock.now();
    if (!revalidateOnFocus || isOffline || isHidden() || now < throttledUntil) return;
    throttledUntil = now + milliseconds('focusThrottle', focusThrottle);
    revalidate(revalidateOnFocus);
  };
  listen('visibilitychange', focused);
  listen('focus', focused);
  listen('offline', () => {
    isOffline = true;
  });
  listen('online', () => {
    isOffline = false;
    revalidate(parts.options()?.revalidateOnReconnect);
  });

  return {
    changed: poll.arm,
    stop() {
      poll.stop();
      listeners.abort();
    },
  };
}

function createPoll({ clock, options, view, revalidate }: TriggerParts, isOffline: () => boolean) {
  let readAt = clock.now();
  let cancel = () => {};
  const arm = () => {
    cancel();
    const { refreshInterval } = options() ?? {};
    const interval = typeof refreshInterval === 'function' ? refreshInterval(view().data) : refreshInterval;
    const every = interval ? milliseconds('refreshInterval', interval) : 0;
    if (every === 0) return;
    // Counted from the last load, whoever asked for it: so that many readers of one key do not poll it each.
    const last = Math.max(readAt, Math.min(view().updatedAt ?? 0, clock.now()));
    cancel = clock.after(Math.max(1, last + every - clock.now()), tick);
  };
  const tick = () => {
    readAt = clock.now();
    if (!view().isFetching && !isOffline() && (!isHidden() || options()?.refreshWhenHidden)) revalidate(true);
    again();
  };
  const again = () => tried(arm, undefined);
  arm();
  return { arm: again, stop: () => cancel() };
}
