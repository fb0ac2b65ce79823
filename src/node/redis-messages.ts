import type { Invalidation } from '../contracts/invalidation.js';
import type { RedisLink } from './redis-client.js';

/** What travels on a namespace's channel. */
export type RedisMessage =
  | { readonly v: 1; readonly from: string; readonly n: number; readonly invalidation: Invalidation }
  /** Repeats the sender's last number, so that a lost last message shows. */
  | { readonly v: 1; readonly from: string; readonly n: number; readonly alive: true }
  /** A load that somebody waits for has ended. */
  | { readonly v: 1; readonly wake: string };

/** A namespace's channel: one subscription, shared by the store (who waits) and the bus (who listens). */
export interface RedisChannel {
  readonly name: string;
  /** Who we are in messages. */
  readonly sender: string;
  /** The number of the next message. */
  next(): number;
  last(): number;
  /** @returns a function that ends it */
  listen(listener: (message: RedisMessage | 'ready') => void): () => void;
  publish(message: RedisMessage): Promise<unknown>;
  close(): void;
}

export function createChannel(link: RedisLink, namespace: string, sender: string): RedisChannel {
  const name = `${namespace}:bus`;
  const listeners = new Set<(message: RedisMessage | 'ready') => void>();
  let sent = 0;
  const tell = (message: RedisMessage | 'ready') => {
    for (const listener of listeners) listener(message);
  };
  const stop = link.subscribe(name, {
    message(text) {
      const message = parse(text);
      if (message !== undefined) tell(message);
    },
    ready: () => tell('ready'),
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
    close: stop,
  };
}

/** Anybody can publish on a channel: what is misshapen or of another version is not for us. */
function parse(text: string): RedisMessage | undefined {
  let message: Partial<Record<'v' | 'from' | 'n' | 'invalidation' | 'alive' | 'wake', unknown>> | null;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null || message.v !== 1) return undefined;
  if (typeof message.wake === 'string') return { v: 1, wake: message.wake };
  const { from, n, invalidation } = message;
  if (typeof from !== 'string' || !Number.isSafeInteger(n)) return undefined;
  if (message.alive === true) return { v: 1, from, n: n as number, alive: true };
  return isInvalidation(invalidation) ? { v: 1, from, n: n as number, invalidation } : undefined;
}

function isInvalidation(value: unknown): value is Invalidation {
  if (typeof value !== 'object' || value === null) return false;
  const { hashes, tags, soft } = value as Partial<Invalidation>;
  return areStrings(hashes) && areStrings(tags) && typeof soft === 'boolean';
}

function areStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
