import type { Invalidation } from '../contracts/invalidation.js';
import type { RedisLink } from './redis-link.js';

/** What travels on a namespace's channel. */
export type RedisMessage =
  | {
      readonly v: 1;
      readonly from: string;
      readonly n: number;
      readonly invalidation: Invalidation;
      /** Ms that it goes on for, with a mutation under way. */
      readonly hold: number;
    }
  /** Repeats the sender's last number, so that a lost last message shows. */
  | { readonly v: 1; readonly from: string; readonly n: number; readonly alive: true }
  /** A load that somebody waits for has ended. */
  | { readonly v: 1; readonly wake: string }
  /** To the sender itself: what was published before it, on the same server, has been heard. */
  | { readonly v: 1; readonly from: string; readonly echo: number };

export interface ChannelListener {
  message?(message: RedisMessage): void;
  /** The subscription stands, for the first time or again: messages from before may be missing. */
  ready?(): void;
  /** Messages are missing from now on. */
  lost?(): void;
}

/** A namespace's channel: one subscription, shared by store and bus, which ends with the link. */
export interface RedisChannel {
  readonly name: string;
  /** Who we are in messages. */
  readonly sender: string;
  /** The number of the next message. */
  next(): number;
  last(): number;
  /** @returns a function that ends it */
  listen(listener: ChannelListener): () => void;
  publish(message: RedisMessage): Promise<unknown>;
  /** Whether commands, as opposed to the subscription, get through. */
  isReachable(): Promise<boolean>;
}

export function createChannel(link: RedisLink, name: string, sender: string): RedisChannel {
  const listeners = new Set<ChannelListener>();
  let sent = 0;
  link.subscribe(name, {
    message(text) {
      const message = parse(text);
      if (message === undefined) return;
      for (const listener of listeners) listener.message?.(message);
    },
    ready() {
      for (const listener of listeners) listener.ready?.();
    },
    lost() {
      for (const listener of listeners) listener.lost?.();
    },
  });
  return {
    name,
    sender,
    next: () => ++sent,
    last: () => sent,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish: (message) => link.command('', ['PUBLISH', name, JSON.stringify(message)]),
    isReachable: () =>
      link.command('', ['PING']).then(
        () => true,
        () => false,
      ),
  };
}

/** Anybody can publish on a channel: what is misshapen or of another version is not for us. */
function parse(text: string): RedisMessage | undefined {
  let message: Partial<
    Record<'v' | 'from' | 'n' | 'invalidation' | 'hold' | 'alive' | 'wake' | 'echo', unknown>
  > | null;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null || message.v !== 1) return undefined;
  const { from, n, invalidation, hold, wake, echo } = message;
  if (typeof wake === 'string') return { v: 1, wake };
  if (typeof from !== 'string') return undefined;
  if (typeof echo === 'number') return { v: 1, from, echo };
  if (!isCount(n)) return undefined;
  if (message.alive === true) return { v: 1, from, n, alive: true };
  return isInvalidation(invalidation) && isCount(hold) ? { v: 1, from, n, invalidation, hold } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isInvalidation(value: unknown): value is Invalidation {
  if (typeof value !== 'object' || value === null) return false;
  const { hashes, tags, soft } = value as Partial<Invalidation>;
  return areStrings(hashes) && areStrings(tags) && typeof soft === 'boolean';
}

function areStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
