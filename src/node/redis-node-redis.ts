import { StoreError } from '../errors.js';
import { createAnswers } from './redis-answers.js';
import { countConnections } from './redis-connections.js';
import { lifeOf } from './redis-life.js';
import type { RedisLink, Subscription } from './redis-link.js';
import { type Connect, keepSubscribed } from './redis-subscription.js';

interface Connection {
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  destroy(): void;
  readonly isOpen: boolean;
}

/** The part of a node-redis client that is used. */
export interface NodeRedisLike extends Connection {
  /** Whether commands are sent now rather than queued; some versions' clusters don't tell. */
  readonly isReady?: boolean;
  sendCommand(args: string[], options?: typeof PLAIN): Promise<unknown>;
  readonly options?: { readonly socket?: object };
  duplicate(overrides: { socket: object }): NodeRedisLike;
}

/** The part of a node-redis cluster that is used. */
export interface NodeRedisClusterLike {
  readonly isReady?: boolean;
  sendCommand(
    key: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
    options?: typeof PLAIN,
  ): Promise<unknown>;
  // A method, so that a cluster fits whose nodes are of a narrower type.
  nodeClient(node: unknown): NodeRedisLike | Promise<NodeRedisLike>;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  readonly masters: readonly unknown[];
}

/**
 * No timer per command, which the client arms by default and which costs two thirds of its throughput: the core has
 * its own deadlines. And text as text, whatever the application maps its replies to.
 */
const PLAIN = { timeout: 0, typeMapping: {} };

export function linkOfNodeRedis(client: NodeRedisLike | NodeRedisClusterLike): RedisLink {
  const isCluster = isClusterClient(client);
  const subscriptions = new Set<Subscription>();
  let wasReady = false;
  const everyone = async () =>
    isClusterClient(client) ? Promise.all(client.masters.map(async (node) => client.nodeClient(node))) : [client];
  const answers = createAnswers({ connections: everyone, options: PLAIN });
  if (isCluster) client.on('node-error', answers.doubt);
  else client.on('error', () => client.isReady && answers.doubt()); // else it was the connection's end

  const command = (routingKey: string, args: string[]): Promise<unknown> => {
    if (client.isReady) wasReady = true;
    else if (wasReady && client.isReady === false) {
      return Promise.reject(new StoreError('redis', args[0] ?? '', 'the connection is down'));
    }
    return answers.of(() =>
      isClusterClient(client)
        ? client.sendCommand(routingKey || undefined, false, args, PLAIN)
        : client.sendCommand(args, PLAIN),
    );
  };

  const everywhere = async (args: string[]): Promise<unknown[]> => {
    if (!isClusterClient(client)) return [await command('', args)];
    return answers.of(async () => Promise.all((await everyone()).map((node) => node.sendCommand(args, PLAIN))));
  };

  const oneOfThem = async (): Promise<NodeRedisLike> => {
    if (!isClusterClient(client)) return client;
    const node = client.masters[Math.floor(Math.random() * client.masters.length)];
    if (node === undefined) throw new StoreError('redis', 'SUBSCRIBE', 'the cluster has not been found yet');
    return client.nodeClient(node);
  };
  return {
    isCluster,
    connections: isClusterClient(client) ? () => 0 : countConnections(client),
    command,
    everywhere,
    subscribe(channel, subscriber) {
      const subscription = keepSubscribed(connectTo(channel, oneOfThem), subscriber);
      subscriptions.add(subscription);
      return subscription;
    },
    close() {
      for (const subscription of subscriptions) subscription.end();
    },
  };
}

function connectTo(channel: string, oneOfThem: () => Promise<NodeRedisLike>): Connect {
  return (events) => {
    let end = () => {};
    let ended = false;
    const begin = async () => {
      const node = await oneOfThem();
      if (ended) return;
      // One life: a client that is destroyed when it begins to reconnect does so all the same, and subscribes again.
      const own = node.duplicate({ socket: { ...node.options?.socket, reconnectStrategy: false } });
      own.on('error', events.ended);
      const life = lifeOf(own);
      end = life.end;
      await life.begin();
      await own.subscribe(channel, events.message);
      events.confirmed();
    };
    begin().catch(events.ended);
    return () => {
      ended = true;
      end();
    };
  };
}

function isClusterClient(client: NodeRedisLike | NodeRedisClusterLike): client is NodeRedisClusterLike {
  return 'masters' in client;
}
