import { randomBytes } from 'node:crypto';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import type { Stamps } from './redis-lookups.js';
import type { RedisChannel } from './redis-messages.js';
import { evaluate, SNAPSHOT } from './redis-scripts.js';
import { readStamp } from './redis-stamps.js';
import type { Witness } from './redis-witness.js';

/** What was known of tags before a load. */
export interface Snapshot {
  readonly stamps: ReadonlyMap<string, string>;
  /** Monotonic ms at which the load could begin. */
  readonly since: number;
}

export interface Snapshots {
  /** The stamps of tags that a load begins with, made where there are none; `held` if a mutation is under way. */
  before(tags: readonly string[], found: Stamps): Promise<ReadonlyMap<string, string> | 'held'>;
  /** The stamps to store a record with, or `undefined` if one of its tags was, or may have been, invalidated. */
  after(tags: readonly string[], snapshot: Snapshot): Promise<[tag: string, stamp: string][] | undefined>;
}

export interface SnapshotParts {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  readonly channel: RedisChannel;
  readonly witness: Witness;
}

/** A random name, never a clock: two servers, or two writes in one millisecond, must not agree by chance. */
export const randomName = () => randomBytes(9).toString('base64url');

/** Ms. A tag that nobody has touched for so long is forgotten: its entries are loaded once more. */
const LIFETIME = 30 * 24 * 3_600_000;
const EVERYTHING = '*';

/** As a script's argument; 0 is for ever. */
export const lifetimeOf = (tag: string) => String(tag === EVERYTHING ? 0 : LIFETIME);

/** By how much two clocks may differ in pace: time daemons slew each by up to 500 ppm. */
const PACE = 1.001;
/** Ms that a question may be under way for its echo to be asked for in time. */
const SLACK = 1_000;
const NO_ECHO = ['-1', '', ''];

export function createSnapshots({ link, keys, channel, witness }: SnapshotParts): Snapshots {
  const ask = async (tag: string, echo = NO_ECHO) => {
    const args = [`${randomName()}.${randomName()}`, lifetimeOf(tag), ...echo];
    const answer = await evaluate(link, SNAPSHOT, [keys.tag(tag)], args);
    if (!Array.isArray(answer)) throw new TypeError(`SNAPSHOT answered ${typeof answer}`);
    return { stamp: readStamp(answer[0]), age: Number(answer[1]) / 1_000, isYoung: Number(answer[2]) === 1 };
  };

  /**
   * A tag that the load itself has told could not be asked for before it. Its stamp of now will do if it is older
   * than the load. Both are durations, each measured on one clock (that of the tag's server, our monotonic one), so it
   * does not matter what the two clocks say.
   *
   * A younger stamp says nothing: it was made by an invalidation, or because there was none, since the tag was never
   * used or has lost its stamp. Then the witness tells.
   */
  const late = async (tag: string, since: number): Promise<string | undefined> => {
    const echo = witness.echo();
    try {
      const young = Math.ceil((performance.now() - since + SLACK) * 1_000);
      const { stamp, age, isYoung } = await ask(tag, [String(young), channel.name, echo.message]);
      if (stamp === undefined || stamp.held) return undefined;
      const isOlder = age > (performance.now() - since) * PACE;
      return isOlder || (isYoung && (await echo.heard()) && witness.heardNothing(tag, since)) ? stamp.text : undefined;
    } finally {
      echo.forget();
    }
  };

  return {
    async before(tags, found) {
      const stamps = new Map<string, string>();
      let held = false;
      await Promise.all(
        tags.map(async (tag) => {
          const known = found.get(tag);
          const stamp = known === undefined || known.held ? (await ask(tag)).stamp : known;
          if (stamp === undefined || stamp.held) held = true;
          else stamps.set(tag, stamp.text);
        }),
      );
      return held ? 'held' : stamps;
    },

    async after(tags, { stamps, since }) {
      const pairs = await Promise.all(
        tags.map(
          async (tag): Promise<[string, string | undefined]> => [tag, stamps.get(tag) ?? (await late(tag, since))],
        ),
      );
      return pairs.every((pair): pair is [string, string] => pair[1] !== undefined) ? pairs : undefined;
    },
  };
}
