import { StoreError } from '../errors.js';
import type { RedisLink, Subscriber } from './redis-link.js';

interface Connection {
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  destroy(): void;
  readonly isOpen: boolean;
  /** Whether commands are sent now rather than queued; some versions' clusters don't tell. */
  readonly isReady?: boolean;
}

/** The part of a node-redis client that is used. */
export interface NodeRedisLike extends Connection {
  sendCommand(args: string[], options?: typeof PLAIN): Promise<unknown>;
  duplicate(): NodeRedisLike;
}

/** The part of a node-redis cluster that is used. */
export interface NodeRedisClusterLike extends Connection {
  sendCommand(
    key: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
    options?: typeof PLAIN,
  ): Promise<unknown>;
  duplicate(): NodeRedisClusterLike;
  readonly masters: readonly unknown[];
}

/**
 * No timer per command, which the client arms by default and which costs two thirds of its throughput: the core has
 * its own deadlines. And text as text, whatever the application maps its replies to.
 */
const PLAIN = { timeout: 0, typeMapping: {} };
/** Ms between attempts to subscribe, when the client itself has given up. */
const PAUSE = 1_000;

export function linkOfNodeRedis(client: NodeRedisLike | NodeRedisClusterLike): RedisLink {
  const isCluster = isClusterClient(client);
  const stops = new Set<() => void>();
  let wasReady = false;
  return {
    isCluster,
    command(routingKey, args) {
      if (client.isReady) wasReady = true;
      else if (wasReady && client.isReady === false) {
        return Promise.reject(new StoreError('redis', args[0] ?? '', 'the connection is down'));
      }
      if (!isCluster) return (client as NodeRedisLike).sendCommand(args, PLAIN);
      return (client as NodeRedisClusterLike).sendCommand(routingKey || undefined, false, args, PLAIN);
    },
    subscribe(channel, subscriber) {
      const end = subscribed(client, channel, subscriber);
      const stop = () => {
        stops.delete(stop);
        end();
      };
      stops.add(stop);
      return stop;
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}

/** Subscribes, and begins anew with another connection if the client gives one up. */
function subscribed(
  client: Connection & { duplicate(): Connection },
  channel: string,
  subscriber: Subscriber,
): () => void {
  let stopped = false;
  let own: Connection;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    if (own.isOpen) own.destroy();
  };
  const begin = () => {
    let confirmed = false;
    own = client.duplicate();
    own.on('error', () => {}); // it tries again by itself
    own.on('reconnecting', () => confirmed && subscriber.lost());
    own.on('ready', () => confirmed && subscriber.ready()); // comes after the client has subscribed again
    own
      .connect()
      .then(() => own.subscribe(channel, (text) => subscriber.message(text)))
      .then(() => {
        confirmed = true;
        subscriber.ready();
      })
      .catch(() => {
        if (stopped) return;
        end();
        timer = setTimeout(begin, PAUSE).unref();
      });
  };
  begin();
  return () => {
    stopped = true;
    clearTimeout(timer);
    end();
  };
}

function isClusterClient(client: NodeRedisLike | NodeRedisClusterLike): client is NodeRedisClusterLike {
  return 'masters' in client;
}
