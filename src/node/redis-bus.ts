import type { Bus, BusListener } from '../contracts/bus.js';
import type { RedisChannel } from './redis-messages.js';

/** Ms between two heartbeats. */
const HEARTBEAT = 5_000;
/** While we hear nothing, memory becomes suspect this often, ms: so old may be what it answers without asking. */
const BLIND = 500;
/** If Redis cannot be asked either, only every so many times: each time, the source is asked instead. */
const UNREACHABLE = 10;
/** A sender that was silent for so long has ended, ms. */
const SILENCE = 60_000;

interface Sender {
  /** Up to which number we have heard everything. */
  readonly upTo: number;
  /** What came before its turn. */
  readonly early: Set<number>;
  readonly heardAt: number;
}

/**
 * Hears what other processes invalidated. It publishes nothing itself: the store's scripts have told the others in
 * the same step that made the change, since with two steps two invalidations could be told in the other order.
 *
 * Pub/sub loses messages when a connection breaks. So every sender numbers its messages and repeats its last
 * number in a heartbeat; a hole, a broken connection, or the loss of our own heartbeat is a gap.
 */
export function createRedisBus(channel: RedisChannel): Bus {
  const listeners = new Set<BusListener>();
  const senders = new Map<string, Sender>();
  let blind: ReturnType<typeof setInterval> | undefined;
  let unreachable = 0;
  let unheardBeats = 0;

  const gap = () => {
    for (const listener of listeners) listener.gap();
  };

  const grope = async () => {
    unreachable = (await channel.isReachable()) ? 0 : unreachable + 1;
    if (blind !== undefined && unreachable % UNREACHABLE === 0) gap();
  };

  const goBlind = () => {
    blind ??= setInterval(() => void grope(), BLIND).unref();
  };

  const see = () => {
    clearInterval(blind);
    blind = undefined;
  };

  const note = (from: string, n: number) => {
    const sender = senders.get(from);
    const early = sender?.early ?? new Set();
    let upTo = sender?.upTo ?? n;
    early.add(n);
    while (early.delete(upTo + 1)) upTo++;
    senders.set(from, { upTo, early, heardAt: performance.now() });
  };

  /** Messages of a cluster's nodes may overtake each other, so a hole counts only if a heartbeat finds it still open. */
  const verify = (from: string, n: number) => {
    const missing = (senders.get(from)?.upTo ?? n) < n;
    senders.set(from, { upTo: n, early: new Set(), heardAt: performance.now() });
    if (missing) gap();
  };

  const beat = () => channel.publish({ v: 1, from: channel.sender, n: channel.last(), alive: true }).catch(() => {});

  const stopListening = channel.listen({
    ready() {
      see();
      senders.clear();
      unheardBeats = 0;
      gap();
      void beat(); // from now on the others notice the loss of our first message too
    },
    lost() {
      gap();
      goBlind();
    },
    message(message) {
      if (!('from' in message)) return;
      if (message.from === channel.sender) unheardBeats = 0;
      else if ('alive' in message) verify(message.from, message.n);
      else if ('invalidation' in message) {
        note(message.from, message.n);
        const { invalidation, hold } = message;
        for (const listener of listeners)
          listener.invalidated(hold > 0 ? { ...invalidation, held: true } : invalidation);
      }
    },
  });

  const heartbeat = setInterval(() => {
    if (unheardBeats++ > 0) {
      senders.clear();
      gap();
    }
    const longAgo = performance.now() - SILENCE;
    for (const [from, { heardAt }] of senders) if (heardAt < longAgo) senders.delete(from);
    void beat();
  }, HEARTBEAT).unref();

  goBlind(); // until the subscription stands

  return {
    publish() {},
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      clearInterval(heartbeat);
      see();
      stopListening();
    },
  };
}
