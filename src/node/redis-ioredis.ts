import { OptionError, StoreError } from '../errors.js';
import type { RedisLink } from './redis-link.js';

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
  readonly options?: { readonly keyPrefix?: unknown; readonly scaleReads?: unknown };
}

/** States in which a command would only wait in the client's queue. */
const DOWN: readonly string[] = ['close', 'reconnecting', 'end'];

export function linkOfIoredis(client: IoredisLike): RedisLink {
  refuseUnsafe(client);
  const stops = new Set<() => void>();
  return {
    isCluster: client.isCluster === true,
    command(_, [command = '', ...args]) {
      if (DOWN.includes(client.status)) {
        return Promise.reject(new StoreError('redis', command, `the connection is down (${client.status})`));
      }
      return client.call(command, ...args);
    },
    subscribe(channel, subscriber) {
      const own = client.duplicate();
      own.on('error', () => {}); // it tries again by itself
      own.on('message', (_, text) => subscriber.message(String(text)));
      // It subscribes again by itself too, but only this answer says that the server has done it.
      own.on('ready', () => void own.subscribe(channel).then(subscriber.ready, () => {}));
      own.on('close', subscriber.lost);
      if (own.status === 'wait') own.connect().catch(() => {}); // the given client connects lazily
      const stop = () => {
        stops.delete(stop);
        own.disconnect();
      };
      stops.add(stop);
      return stop;
    },
    close() {
      for (const stop of stops) stop();
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
  if (options?.scaleReads !== undefined && options.scaleReads !== 'master') {
    // A replica may not know yet of an invalidation that has been acknowledged.
    throw new OptionError(
      'redis',
      `a cluster with scaleReads '${options.scaleReads}'`,
      "one that reads from masters: scaleReads 'master'",
    );
  }
}
