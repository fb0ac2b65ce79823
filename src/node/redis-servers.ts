import { StoreError } from '../errors.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import type { RedisChannel } from './redis-messages.js';
import { ADMIT, evaluate } from './redis-scripts.js';
import { randomName } from './redis-snapshots.js';

/** Notices that a server has come back, maybe with an older state, or that another has taken its place. */
export interface Servers {
  /** A promise while that is not known. It rejects if it cannot be known and Redis should not be read. */
  ready(): Promise<void> | undefined;
  close(): void;
}

export interface ServerParts {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  readonly channel: RedisChannel;
}

/** Ms between checks: a cluster's node may be replaced without our connections breaking. */
const PERIOD = 5_000;
/** Ms to wait for a check on a cluster, where one node may be down and the others serve. */
const PATIENCE = 250;
/** Ms after which it is tried again there. */
const PAUSE = 500;
/** The server answers, but does not tell. */
const REFUSED = /NOPERM|unknown command|unsupported|not supported|not allowed/i;
/** Characters of a run id, which is random. */
const SHORT = 10;

const patience = () =>
  new Promise<never>((_, reject) => {
    setTimeout(reject, PATIENCE, new Error('a node does not answer')).unref();
  });

/**
 * A restart from a snapshot, or a failover to a replica that was behind, brings back entries with the very stamps of
 * then: nothing is missing, so nothing shows, and what was invalidated in between would be true again. But each run of
 * a server has an id. One that was not serving this namespace makes everything untrue, once; so
 * does one that has served it, and has missed who did since.
 */
export function createServers({ link, keys, channel }: ServerParts): Servers {
  /** How often the subscription has broken or been made. */
  let breaks = 0;
  /** The same for all connections, and what it was when the last check began. */
  const doubts = () => breaks + link.connections();
  let settled = -1;
  let checking: Promise<void> | undefined;
  /** Who served when we last looked, and the number of their list. */
  let remembered: { readonly ids: readonly string[]; readonly n: number } = { ids: [], n: 0 };
  let retry: ReturnType<typeof setTimeout> | undefined;

  const check = async (): Promise<void> => {
    const answers = (await link.everywhere(['INFO'])).map(String);
    if (!answers.some((answer) => /^\w+:/m.test(answer))) throw new StoreError('redis', 'INFO', 'it told nothing');
    // A client that has just begun may take a replica for a master.
    const masters = answers.filter((answer) => !/^role:slave/m.test(answer));
    if (masters.length === 0 && !link.isCluster) {
      // It may lag behind, or hear of nothing any more, and answers all the same.
      throw new StoreError('redis', 'INFO', 'this server is a replica: a cache needs the master');
    }
    const ids = masters.map((answer) => /^run_id:(\w+)/m.exec(answer)?.[1]?.slice(0, SHORT));
    if (ids.length === 0 || !ids.every((id) => id !== undefined)) return; // a service that does not tell
    const [number = '', ...known] = String((await link.command(keys.servers, ['GET', keys.servers])) ?? '').split(' ');
    let n = Number(number);
    if (!(n >= remembered.n) || ids.some((id) => !known.includes(id))) {
      const others = remembered.ids.length > 0 && ids.some((id) => !remembered.ids.includes(id));
      n = await channel.numbered(async (n) => {
        const invalidation = { hashes: [], tags: ['*'], soft: false };
        const message = JSON.stringify({ v: 1, from: channel.sender, n, invalidation, hold: 0 });
        const stamp = `${randomName()}.${randomName()}`;
        const args = [ids.join(' '), others ? '1' : '0', stamp, channel.name, message, String(remembered.n)];
        return Number(await evaluate(link, ADMIT, [keys.tag('*'), keys.servers], args));
      });
    }
    if (!Number.isSafeInteger(n)) throw new StoreError('redis', 'ADMIT', `it was answered ${n}`);
    remembered = { ids, n };
  };

  /** Rejects only where reading on could bring back what is untrue, and would most likely fail too. */
  const checkSoon = (): Promise<void> => {
    checking ??= (async () => {
      const began = doubts();
      try {
        await (link.isCluster ? Promise.race([check(), patience()]) : check());
      } catch (error) {
        if (link.isCluster) retry = setTimeout(lookSoon, PAUSE).unref();
        else if (!REFUSED.test(String(error))) {
          settled = -1;
          throw error;
        }
      } finally {
        checking = undefined;
      }
      settled = began;
    })();
    return checking;
  };

  const lookSoon = () => void checkSoon().catch(() => {});

  const doubt = () => {
    breaks++;
  };
  const stopListening = channel.listen({ ready: doubt, lost: doubt });
  const period = setInterval(lookSoon, PERIOD).unref();

  return {
    ready: () => (settled === doubts() ? undefined : checkSoon()),
    close() {
      clearInterval(period);
      clearTimeout(retry);
      stopListening();
    },
  };
}
