import { OptionError, StoreError } from '../errors.js';
import { countConnections } from './redis-connections.js';
import type { RedisLink, Subscription } from './redis-link.js';
import { type Connect, keepSubscribed } from './redis-subscription.js';

/** The part of an ioredis client (or Cluster) that is used. */
export interface IoredisLike {
  call(command: string, ...args: string[]): Promise<unknown>;
  duplicate(): IoredisLike;
  connect(): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  disconnect(): void;
  readonly status: string;
  readonly isCluster?: boolean;
  /** Only clusters have it. */
  nodes?(role: 'master'): readonly Pick<IoredisLike, 'call' | 'duplicate'>[];
  readonly options?: { readonly keyPrefix?: unknown; readonly scaleReads?: unknown; readonly role?: unknown };
}

/** States in which a command would only wait in the client's queue. */
const DOWN: readonly string[] = ['close', 'reconnecting', 'end'];

export function linkOfIoredis(client: IoredisLike): RedisLink {
  refuseUnsafe(client);
  const subscriptions = new Set<Subscription>();
  const masters = () => client.nodes?.('master') ?? [client];

  const connectTo =
    (channel: string): Connect =>
    (events) => {
      const all = masters();
      const one = all[Math.floor(Math.random() * all.length)];
      if (one === undefined) {
        queueMicrotask(events.ended); // the cluster has not been found yet
        return () => {};
      }
      const own = one.duplicate();
      own.on('error', () => {}); // `close` follows
      own.on('message', (_, text) => events.message(String(text)));
      own.on('ready', () => void own.subscribe(channel).then(events.confirmed, events.ended));
      own.on('close', events.ended);
      if (own.status === 'wait') own.connect().catch(() => {}); // the given client connects lazily
      return () => own.disconnect();
    };

  const command = async ([name = '', ...args]: string[]): Promise<unknown> => {
    if (DOWN.includes(client.status)) throw new StoreError('redis', name, `the connection is down (${client.status})`);
    const answer = await client.call(name, ...args);
    // The application has sent MULTI without a pipeline: what we say may be discarded with the rest of it.
    if (answer === 'QUEUED') throw new StoreError('redis', name, 'QUEUED by a transaction on the same connection');
    return answer;
  };

  return {
    isCluster: client.isCluster === true,
    connections: countConnections(client),
    command: (_, args) => command(args),
    everywhere: async ([name = '', ...args]) =>
      client.nodes === undefined
        ? [await command([name, ...args])]
        : Promise.all(masters().map((one) => one.call(name, ...args))),
    subscribe(channel, subscriber) {
      const subscription = keepSubscribed(connectTo(channel), subscriber);
      subscriptions.add(subscription);
      return subscription;
    },
    close() {
      for (const subscription of subscriptions) subscription.end();
    },
  };
}

function refuseUnsafe({ options }: IoredisLike): void {
  if (options?.keyPrefix) {
    // It is put before keys, but not before the channel that a script publishes on.
    throw new OptionError(
      'redis',
      `a client with keyPrefix '${options.keyPrefix}'`,
      'one without: use the option namespace',
    );
  }
  if (options?.role === 'slave') {
    throw new OptionError('redis', "a client of replicas (role 'slave')", "one of the master: role 'master'");
  }
  if (options?.scaleReads !== undefined && options.scaleReads !== 'master') {
    // A replica may not know yet of an invalidation that has been acknowledged.
    throw new OptionError(
      'redis',
      `a cluster with scaleReads '${options.scaleReads}'`,
      "one that reads from masters: scaleReads 'master'",
    );
  }
}
