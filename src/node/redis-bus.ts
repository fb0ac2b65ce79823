import type { Bus, BusListener } from '../contracts/bus.js';
import { createConfirmation } from './redis-confirm.js';
import type { RedisChannel } from './redis-messages.js';
import { createPeers } from './redis-peers.js';

/** While we know that we hear nothing, memory becomes suspect so often in a `blindTime`. */
const BLINKS = 20;
/** Ms for which newcomers are collected before we tell them that we are there. */
const GREETING = 50;
/** If Redis cannot be asked either, only every so many times: each time, the source is asked instead. */
const UNREACHABLE = 10;

/**
 * Hears what other processes invalidated. It publishes nothing itself: the store's scripts have told the others in
 * the same step that made the change, since with two steps two invalidations could be told in the other order.
 *
 * Pub/sub loses messages when a connection breaks. So every sender numbers its messages and repeats its last
 * number in a heartbeat; a hole, a broken connection, or the loss of our own heartbeat is a gap.
 *
 * @param blindTime how long memory may answer without having heard from others, ms
 */
export function createRedisBus(channel: RedisChannel, blindTime: number): Bus {
  /** Two heartbeats show that a connection is silent. */
  const period = blindTime / 2;
  const listeners = new Set<BusListener>();
  const peers = createPeers(period * 1.5);
  let blind: ReturnType<typeof setInterval> | undefined;
  let unreachable = 0;
  let unheardBeats = 0;

  const gap = () => {
    for (const listener of listeners) listener.gap();
  };
  const confirmation = createConfirmation({ channel, peers, gap });

  const grope = async () => {
    unreachable = (await channel.isReachable()) ? 0 : unreachable + 1;
    if (blind !== undefined && unreachable % UNREACHABLE === 0) gap();
  };

  const goBlind = () => {
    blind ??= setInterval(() => void grope(), blindTime / BLINKS).unref();
  };

  const see = () => {
    clearInterval(blind);
    blind = undefined;
  };

  const beat = () => channel.publish({ v: 1, from: channel.sender, n: channel.settled(), alive: true }).catch(() => {});

  let greeting: ReturnType<typeof setTimeout> | undefined;
  /** Whoever asks for confirmation must know by name who is there. */
  const greet = () => {
    greeting ??= setTimeout(() => {
      greeting = undefined;
      void beat();
    }, GREETING).unref();
  };

  const stopListening = channel.listen({
    ready() {
      see();
      peers.forgetNumbers();
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
      const { from } = message;
      if ('confirm' in message) void confirmation.asked(from, message.n, message.confirm);
      if ('applied' in message && message.to === channel.sender) confirmation.answered(from, message.applied);
      if (from === channel.sender) {
        unheardBeats = 0;
        return;
      }
      if ('bye' in message) {
        peers.leave(from);
        return;
      }
      if (!peers.meet(from)) greet();
      if ('alive' in message) {
        // Messages of a cluster's nodes may overtake each other, so a hole counts only if a heartbeat finds it still open.
        if (peers.settle(from, message.n)) gap();
      } else if ('invalidation' in message) {
        peers.hear(from, message.n);
        const { invalidation, hold } = message;
        const told = hold > 0 ? { ...invalidation, held: true } : invalidation;
        for (const listener of listeners) listener.invalidated(told);
      }
    },
  });

  const heartbeat = setInterval(() => {
    if (unheardBeats++ > 0) {
      peers.forgetNumbers();
      gap();
      channel.renew();
    }
    peers.living(); // forgets the others
    void beat();
  }, period).unref();

  goBlind(); // until the subscription stands

  return {
    publish() {},
    confirm: confirmation.ask,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      clearInterval(heartbeat);
      clearTimeout(greeting);
      see();
      stopListening();
    },
  };
}
