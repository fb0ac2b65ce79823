import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import type { RedisChannel } from './redis-messages.js';
import { ADMIT, evaluate } from './redis-scripts.js';
import { randomName } from './redis-snapshots.js';

/** Notices that a server has come back, maybe with an older state, or that another has taken its place. */
export interface Servers {
  /** A promise while that is not known; it does not wait for long. */
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
/** Ms after which a check that failed is tried again. */
const PAUSE = 500;
/** Ms to wait for a check before reads go on without it. */
const PATIENCE = 250;
/** Characters of a run id, which is random. */
const SHORT = 10;

/**
 * A restart from a snapshot, or a failover to a replica that was behind, brings back entries with the very stamps of
 * then: nothing is missing, so nothing shows, and what was invalidated in between would be true again. But each run of
 * a server has an id. One that has not served this namespace before makes everything untrue, once.
 */
export function createServers({ link, keys, channel }: ServerParts): Servers {
  let checked = false;
  let checking: Promise<void> | undefined;
  let remembered: readonly string[] = [];
  let retry: ReturnType<typeof setTimeout> | undefined;

  const check = async (): Promise<void> => {
    const answers = (await link.everywhere(['INFO'])).map(String);
    // A client that has just begun may take a replica for a master.
    const masters = answers.filter((answer) => !/^role:slave/m.test(answer));
    const ids = masters.map((answer) => /^run_id:(\w+)/m.exec(answer)?.[1]?.slice(0, SHORT));
    if (ids.length === 0 || !ids.every((id) => id !== undefined)) return; // a service that does not tell
    const known = String((await link.command(keys.servers, ['GET', keys.servers])) ?? '');
    if (ids.some((id) => !known.includes(id))) {
      const others = remembered.length > 0 && ids.some((id) => !remembered.includes(id));
      await channel.numbered((n) => {
        const invalidation = { hashes: [], tags: ['*'], soft: false };
        const message = JSON.stringify({ v: 1, from: channel.sender, n, invalidation, hold: 0 });
        const args = [ids.join(' '), others ? '1' : '0', `${randomName()}.${randomName()}`, channel.name, message];
        return evaluate(link, ADMIT, [keys.tag('*'), keys.servers], args);
      });
    }
    remembered = ids;
  };

  const checkSoon = (): Promise<void> => {
    checking ??= new Promise<void>((resolve) => {
      const goOn = () => {
        clearTimeout(timer);
        checked = true; // if it failed, reads go on all the same
        checking = undefined;
        resolve();
      };
      const timer = setTimeout(goOn, PATIENCE).unref();
      const tryAgain = () => {
        retry = setTimeout(() => void checkSoon(), PAUSE).unref();
        goOn();
      };
      check().then(goOn, tryAgain);
    });
    return checking;
  };

  const stopListening = channel.listen({
    ready() {
      checked = false;
    },
    lost() {
      checked = false;
    },
  });
  const period = setInterval(() => void checkSoon(), PERIOD).unref();

  return {
    ready: () => (checked ? undefined : checkSoon()),
    close() {
      clearInterval(period);
      clearTimeout(retry);
      stopListening();
    },
  };
}
