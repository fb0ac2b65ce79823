import { OptionError, StoreError } from '../errors.js';
import { type IoredisLike, linkOfIoredis } from './redis-ioredis.js';
import { lifeOf } from './redis-life.js';
import type { RedisLink, Subscription } from './redis-link.js';
import { linkOfNodeRedis, type NodeRedisLike } from './redis-node-redis.js';
import { createSilence } from './redis-silence.js';

interface Made {
  readonly link: RedisLink;
  /** Resolves while commands can be sent; rejects with the reason why they cannot. */
  connected(): Promise<void> | undefined;
  /** Makes another connection for commands. */
  renew(): void;
  close(): void;
}

/**
 * Makes the client at its first use, with whichever library is installed.
 *
 * @param silence ms that a connection may say nothing until it is replaced
 */
export function linkOfUrl(url: string, silence: number): RedisLink {
  checkUrl(url);
  let making: Promise<Made> | undefined;
  const { listen, close } = createSilence(
    silence,
    () => void making?.then(({ renew }) => closed || renew()).catch(() => {}),
  );
  let connections = () => 0;
  let closed = false;

  const use = async (operation: string): Promise<Made> => {
    if (closed) throw new StoreError('redis', operation, 'it is closed');
    making ??= make(url);
    const made = await making;
    connections = made.link.connections;
    if (closed) made.close();
    return made;
  };

  return {
    isCluster: false,
    connections: () => connections(),
    async command(routingKey, args) {
      const made = await use(args[0] ?? '');
      return listen(async () => {
        await made.connected();
        return made.link.command(routingKey, args);
      });
    },
    async everywhere(args) {
      const made = await use(args[0] ?? '');
      return listen(async () => {
        await made.connected();
        return made.link.everywhere(args);
      });
    },
    subscribe(channel, subscriber) {
      let subscription: Subscription | undefined;
      let ended = false;
      use('SUBSCRIBE').then(
        ({ link }) => {
          if (!ended && !closed) subscription = link.subscribe(channel, subscriber);
        },
        () => {}, // commands report it
      );
      return {
        renew: () => subscription?.renew(),
        end() {
          ended = true;
          subscription?.end();
        },
      };
    },
    close() {
      closed = true;
      close();
      making
        ?.then(({ link, close }) => {
          link.close();
          close();
        })
        .catch(() => {});
    },
  };
}

/**
 * Libraries would say so only at the first command, where it looks like a server that is down. Of the parameters that
 * ioredis knows, and redis ignores, one makes no difference to where it leads. @throws {OptionError}
 */
function checkUrl(url: string): void {
  const client = 'a client you made, which can use a socket file and other options too';
  if (!/^rediss?:\/\//.test(url)) {
    throw new OptionError('redis', withoutSecrets(url), `a URL that begins with redis:// or rediss://, or ${client}`);
  }
  try {
    const { username, password, pathname, searchParams, hash } = new URL(url);
    decodeURIComponent(username + password);
    if (/^\/?\d*$/.test(pathname) && hash === '' && [...searchParams.keys()].every((name) => name === 'family')) return;
  } catch {} // its error has the whole URL
  const special =
    'what is special in user and password written as %23 for #, %25 for %, %2F for /, %3F for ?, %40 for @';
  throw new OptionError('redis', withoutSecrets(url), `redis://user:password@host:6379/0, ${special}; or ${client}`);
}

/** As it may be logged. */
const withoutSecrets = (url: string) => url.replace(/^([\w+.-]+:\/\/)?.*@/s, '$1…@').replace(/[?#].*/s, '');

async function make(url: string): Promise<Made> {
  const nodeRedis = await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ 'redis').catch(() => undefined);
  if (nodeRedis !== undefined) {
    const client = nodeRedis.createClient({ url, disableOfflineQueue: true });
    const connected = connectionOf(client, () => client.isReady);
    const { begin, renew, end } = lifeOf(client);
    begin().catch(() => {}); // commands report it
    return { link: linkOfNodeRedis(client satisfies NodeRedisLike), connected, renew, close: end };
  }
  const ioredis = await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ 'ioredis').catch(() => undefined);
  if (ioredis === undefined) {
    throw new OptionError(
      'redis',
      withoutSecrets(url),
      'the package "redis" or "ioredis" to be installed, or a client you made',
    );
  }
  const client = new ioredis.Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  const connected = connectionOf(client, () => client.status === 'ready');
  return {
    link: linkOfIoredis(client satisfies IoredisLike),
    connected,
    renew: () => client.disconnect(true),
    close: () => client.disconnect(),
  };
}

/** The first commands wait for the first connection; after that, while there is none, they fail with its reason. */
function connectionOf(
  client: { on(event: string, listener: (...args: unknown[]) => void): unknown },
  stands: () => boolean,
): Made['connected'] {
  let state: 'first' | 'up' | 'down' = 'first';
  let reason: unknown;
  let waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  const settle = (next: 'up' | 'down') => {
    state = next;
    for (const { resolve, reject } of waiting) {
      if (next === 'up') resolve();
      else reject(reason);
    }
    waiting = [];
  };
  client.on('ready', () => settle('up'));
  client.on('error', (error) => {
    if (stands()) return; // that is not its end
    reason = error;
    settle('down');
  });
  return () => {
    if (state === 'up') return undefined;
    if (state === 'down') return Promise.reject(reason);
    return new Promise((resolve, reject) => void waiting.push({ resolve, reject }));
  };
}
