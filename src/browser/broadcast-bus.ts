import type { Bus, BusListener } from '../contracts/bus.js';
import type { Invalidation } from '../contracts/invalidation.js';
import { databaseName, type Place } from './database-name.js';
import { isObject } from './fence-rows.js';

/** The format of the messages this code sends. A tab that runs another release is not understood, nor misunderstood. */
const FORMAT = 1;
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
  const name = databaseName(place);
  const listeners = new Set<BusListener>();
  const stop = new AbortController();
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
      channel = new BroadcastChannel(name);
    } catch {
      return; // There is none, or not for a page without an origin.
    }
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isMessage(data)) tell((listener) => listener.invalidated(data.invalidation));
    };
    channel.onmessageerror = gap;
    (channel as { unref?: () => void }).unref?.(); // Node would not end because of it
  };

  const close = (): void => {
    channel?.close();
    channel = undefined;
  };

  const listen = (
    target: EventTarget | undefined,
    type: string,
    listener: (event: PageTransitionEvent) => void,
  ): void => target?.addEventListener?.(type, listener as (event: Event) => void, { signal: stop.signal });

  const page = globalThis.document;
  open();
  listen(globalThis, 'pagehide', ({ persisted }) => {
    if (persisted) close();
  });
  listen(globalThis, 'pageshow', ({ persisted }) => {
    if (!persisted) return;
    close();
    open();
    gap();
  });
  listen(page, 'resume', gap);
  listen(page, 'visibilitychange', () => {
    if (page.visibilityState === 'hidden') hiddenAt = Date.now();
    else if (Math.abs(Date.now() - hiddenAt) > LONGEST_HIDDEN) gap();
  });

  return {
    publish(invalidation) {
      channel?.postMessage({ format: FORMAT, invalidation });
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

function isMessage(data: unknown): data is { invalidation: Invalidation } {
  if (!isObject(data) || data['format'] !== FORMAT || !isObject(data['invalidation'])) return false;
  const { hashes, tags, soft } = data['invalidation'];
  return areStrings(hashes) && areStrings(tags) && typeof soft === 'boolean';
}

function areStrings(list: unknown): boolean {
  return Array.isArray(list) && list.every((member) => typeof member === 'string');
}
