import type { Bus, BusListener } from '../contracts/bus.js';
import type { RedisChannel } from './redis-messages.js';

/** Ms between two heartbeats. */
const HEARTBEAT = 5_000;

/**
 * Hears what other processes invalidated. It publishes nothing itself: the store's scripts have told the others in
 * the same step that made the change, since with two steps two invalidations could be told in the other order.
 *
 * Pub/sub loses messages when a connection breaks. So every sender numbers its messages and repeats its last
 * number in a heartbeat; a hole, a new connection, or the loss of our own heartbeat is a gap.
 */
export function createRedisBus(channel: RedisChannel): Bus {
  const listeners = new Set<BusListener>();
  /** Per sender: up to which number we have heard everything, and what came early. */
  const heard = new Map<string, { upTo: number; early: Set<number> }>();
  let unheardBeats = 0;

  const gap = () => {
    for (const listener of listeners) listener.gap();
  };

  const note = (from: string, n: number) => {
    const sender = heard.get(from);
    if (sender === undefined) return heard.set(from, { upTo: n, early: new Set() });
    sender.early.add(n);
    while (sender.early.delete(sender.upTo + 1)) sender.upTo++;
  };

  /** Messages of a cluster's nodes may overtake each other, so a hole counts only if a heartbeat finds it still open. */
  const verify = (from: string, n: number) => {
    const sender = heard.get(from);
    if (sender === undefined) return heard.set(from, { upTo: n, early: new Set() });
    const missing = sender.upTo < n;
    heard.set(from, { upTo: n, early: new Set() });
    if (missing) gap();
  };

  const stopListening = channel.listen((message) => {
    if (message === 'ready') {
      heard.clear();
      gap();
    } else if ('wake' in message) {
      return;
    } else if (message.from === channel.sender) {
      unheardBeats = 0;
    } else if ('alive' in message) {
      verify(message.from, message.n);
    } else {
      note(message.from, message.n);
      for (const listener of listeners) listener.invalidated(message.invalidation);
    }
  });

  const beat = setInterval(() => {
    if (++unheardBeats > 2) {
      heard.clear();
      gap();
    }
    channel.publish({ v: 1, from: channel.sender, n: channel.last(), alive: true }).catch(() => {});
  }, HEARTBEAT);
  beat.unref();

  return {
    publish() {},
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      clearInterval(beat);
      stopListening();
      channel.close();
    },
  };
}
