import type { Bus, BusListener } from '../contracts/bus.js';
import type { Invalidation } from '../contracts/invalidation.js';
import { databaseName, type Place } from './database-name.js';
import { isLike } from './is-like.js';

interface Message {
  /** A tab that runs a release with another format is not understood, nor misunderstood. */
  readonly format: number;
  readonly invalidation: Invalidation;
}

const FORMAT = 1;
const MESSAGE: Message = { format: FORMAT, invalidation: { hashes: [''], tags: [''], soft: true } };
/** A page that was hidden for longer may have been suspended without being told. */
const LONGEST_HIDDEN = 2_000;

/**
 * Tells the other tabs what became untrue, over a BroadcastChannel. Where there is none it does nothing: then the
 * other tabs learn it when they ask the store.
 *
 * A page in the back/forward cache hears nothing, and in some browsers may not return from it if its channel is
 * open (https://github.com/whatwg/html/issues/7253). So the channel is closed meanwhile, and a page that comes back
 * counts on having missed something.
 */
export function broadcastBus(place: Place): Bus {
  const listeners = new Set<BusListener>();
  const stop = new AbortController();
  const page = globalThis.document;
  let channel: BroadcastChannel | undefined;
  let hiddenAt = Number.NaN;

  const tell = (say: (listener: BusListener) => void): void => {
    for (const listener of listeners) {
      try {
        say(listener);
      } catch {
        // The others hear it all the same.
      }
    }
  };
  const gap = (): void => tell((listener) => listener.gap());

  const open = (): void => {
    try {
      channel = new BroadcastChannel(databaseName(place));
    } catch {
      return; // There is none, or none for a page without an origin.
    }
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isLike(data, MESSAGE) && data.format === FORMAT) tell((listener) => listener.invalidated(data.invalidation));
    };
    channel.onmessageerror = gap;
    (channel as { unref?: () => void }).unref?.(); // Node would not end because of it
  };

  const close = (): void => {
    channel?.close();
    channel = undefined;
  };

  const listen = (target: Partial<EventTarget> | undefined, type: string, listener: () => void): void =>
    target?.addEventListener?.(type, listener, { signal: stop.signal });

  open();
  listen(globalThis, 'pagehide', close);
  listen(globalThis, 'pageshow', () => {
    if (channel !== undefined) return; // it was shown for the first time
    open();
    gap();
  });
  listen(page, 'resume', gap);
  listen(page, 'visibilitychange', () => {
    if (page.hidden) hiddenAt = Date.now();
    else if (Math.abs(Date.now() - hiddenAt) > LONGEST_HIDDEN) gap();
  });

  return {
    publish(invalidation) {
      channel?.postMessage({ format: FORMAT, invalidation } satisfies Message);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      stop.abort();
      listeners.clear();
      close();
    },
  };
}
