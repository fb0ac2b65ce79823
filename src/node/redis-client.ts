import { OptionError } from '../errors.js';

/** The part of an ioredis client (or Cluster) that is used. */
export interface IoredisLike {
  call(command: string, ...args: string[]): Promise<unknown>;
  duplicate(): IoredisLike;
  subscribe(...channels: string[]): Promise<unknown>;
  on(event: string, listener: (...args: never[]) => void): unknown;
  disconnect(): void;
  readonly isCluster?: boolean;
  readonly options?: { readonly keyPrefix?: string | undefined };
}

/** The part of a node-redis client that is used. */
export interface NodeRedisLike {
  sendCommand(args: string[]): Promise<unknown>;
  duplicate(): NodeRedisLike;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: string, listener: (...args: never[]) => void): unknown;
  destroy(): void;
  readonly isOpen: boolean;
}

/** The part of a node-redis cluster that is used. */
export interface NodeRedisClusterLike extends Omit<NodeRedisLike, 'sendCommand' | 'duplicate'> {
  sendCommand(key: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>;
  duplicate(): NodeRedisClusterLike;
  readonly masters: readonly unknown[];
}

/** A client the application made, of either library, single or cluster; or a URL, for which one is made. */
export type RedisClient = IoredisLike | NodeRedisLike | NodeRedisClusterLike;

export interface Subscriber {
  message(text: string): void;
  /** The subscription stands, for the first time or again: messages from before may be missing. */
  ready(): void;
}

/** The few verbs that everything here needs. No command of a client library is used, so its major versions don't matter. */
export interface RedisLink {
  readonly isCluster: boolean;
  /** Sends one command to the server that has the slot of `routingKey`. */
  command(routingKey: string, args: string[]): Promise<unknown>;
  /** Listens on a connection of its own. @returns a function that ends it */
  subscribe(channel: string, subscriber: Subscriber): () => void;
  /** Ends what this link has opened; a client that was given stays open. */
  close(): void;
}

/** @throws {OptionError} if it is neither a URL nor a client of ioredis or node-redis */
export function linkOf(redis: string | RedisClient): RedisLink {
  if (typeof redis === 'string') return linkOfUrl(redis);
  if (typeof redis === 'object' && redis !== null) {
    if ('call' in redis) return linkOfIoredis(redis);
    if ('sendCommand' in redis) return 'masters' in redis ? linkOfNodeRedisCluster(redis) : linkOfNodeRedis(redis);
  }
  throw new OptionError('redis', redis, 'a URL such as redis://localhost:6379, or a client of ioredis or redis');
}

/** Makes the client at its first use, with whichever library is installed. */
function linkOfUrl(url: string): RedisLink {
  if (!/^rediss?:\/\//.test(url)) throw new OptionError('redis', url, 'a URL that begins with redis:// or rediss://');
  let made: Promise<{ link: RedisLink; close: () => void }> | undefined;
  let closed = false;
  const link = async () => {
    made ??= makeClient(url);
    return (await made).link;
  };
  return {
    isCluster: false,
    command: async (routingKey, args) => (await link()).command(routingKey, args),
    subscribe(channel, subscriber) {
      let stop = () => {};
      let stopped = false;
      link().then(
        (ready) => {
          if (!stopped) stop = ready.subscribe(channel, subscriber);
        },
        () => {}, // commands report it
      );
      return () => {
        stopped = true;
        stop();
      };
    },
    close() {
      if (closed) return;
      closed = true;
      made?.then(({ close }) => close()).catch(() => {});
    },
  };
}

async function makeClient(url: string): Promise<{ link: RedisLink; close: () => void }> {
  const nodeRedis = await import('redis').catch(() => undefined);
  if (nodeRedis !== undefined) {
    // Its default arms a timer per command, which costs two thirds of its throughput; our deadlines share one.
    const client = nodeRedis.createClient({ url, disableOfflineQueue: true, commandOptions: { timeout: 0 } });
    client.on('error', () => {}); // each command that fails says so
    await client.connect();
    return { link: linkOfNodeRedis(client as unknown as NodeRedisLike), close: () => client.destroy() };
  }
  const ioredis = await import('ioredis').catch(() => undefined);
  if (ioredis === undefined) {
    throw new OptionError(
      'redis',
      url,
      'one of the packages "redis" or "ioredis" to be installed, or a client you made',
    );
  }
  const client = new ioredis.Redis(url, { maxRetriesPerRequest: 1 });
  client.on('error', () => {});
  return { link: linkOfIoredis(client as unknown as IoredisLike), close: () => client.disconnect() };
}

function linkOfIoredis(client: IoredisLike): RedisLink {
  if (client.options?.keyPrefix) {
    throw new OptionError(
      'redis',
      `a client with keyPrefix '${client.options.keyPrefix}'`,
      'one without: use the option namespace',
    );
  }
  const closing = new Set<() => void>();
  return {
    isCluster: client.isCluster === true,
    command: (_, [command = '', ...args]) => client.call(command, ...args),
    subscribe(channel, subscriber) {
      const own = client.duplicate();
      own.on('error', () => {});
      own.on('message', (_: string, text: string) => subscriber.message(text));
      own.on('ready', () => subscriber.ready());
      own.subscribe(channel).then(
        () => subscriber.ready(),
        () => {},
      );
      const stop = () => own.disconnect();
      closing.add(stop);
      return stop;
    },
    close() {
      for (const stop of closing) stop();
    },
  };
}

function linkOfNodeRedis(client: NodeRedisLike): RedisLink {
  return linkOfNode(client, false, (_, args) => client.sendCommand(args));
}

function linkOfNodeRedisCluster(client: NodeRedisClusterLike): RedisLink {
  return linkOfNode(client, true, (key, args) => client.sendCommand(key, false, args));
}

function linkOfNode(
  client: NodeRedisLike | NodeRedisClusterLike,
  isCluster: boolean,
  command: RedisLink['command'],
): RedisLink {
  const closing = new Set<() => void>();
  return {
    isCluster,
    command,
    subscribe(channel, subscriber) {
      const own = client.duplicate();
      own.on('error', () => {});
      own.on('ready', () => subscriber.ready());
      const subscribed = own.connect().then(() => own.subscribe(channel, (text) => subscriber.message(text)));
      subscribed.then(
        () => subscriber.ready(),
        () => {},
      );
      const stop = () => {
        if (own.isOpen) own.destroy();
      };
      closing.add(stop);
      return stop;
    },
    close() {
      for (const stop of closing) stop();
    },
  };
}
