import type { Failure, Ticket } from '../contracts/store.js';
import { createHeartbeat } from './redis-heartbeat.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import type { RedisLookups } from './redis-lookups.js';
import type { RedisChannel } from './redis-messages.js';
import { ACQUIRE, COMMIT, evaluate, RELEASE } from './redis-scripts.js';
import { randomName, type Snapshot } from './redis-snapshots.js';
import { compareStamps, hardPart } from './redis-stamps.js';
import { createWaiters } from './redis-waiters.js';

/** The right to commit one load. */
export interface Lease extends Ticket, Snapshot {
  /** The fence. */
  readonly gen: string;
  /** The holder of the lock. */
  readonly owner: string;
  /** The tags that were known before the load. */
  readonly known: readonly string[];
}

export type Acquired =
  | { readonly gen: string; readonly owner: string }
  | { readonly failed: string; readonly retryIn: number }
  | { readonly busy: Promise<void> }
  | 'changed'
  | 'held';

export interface StorableWire {
  readonly text: string;
  /** Ms; 0 is for ever. */
  readonly lifetime: number;
  readonly stamps: readonly (readonly [tag: string, stamp: string])[];
  readonly revision: string | undefined;
}

/** Why a lease is given back. */
export interface Why {
  /** What is stored goes too, being older than what could not be stored. */
  readonly discard?: boolean;
  readonly failure?: Failure | undefined;
}

/** What an error says may be a whole page; and no source stays down because nobody asks it. */
const LONGEST_TEXT = 500;
const LONGEST_COOL_DOWN = 24 * 3_600_000;

export interface Leases {
  /** @param seen the version of the record that is to be replaced, '' for none, '*' for any */
  acquire(hash: string, seen: string): Promise<Acquired>;
  /** Keeps the lock for as long as the load takes. @returns what settles once another has taken the load over */
  keep(hash: string, lease: { readonly gen: string; readonly owner: string }, seen: string): Promise<void>;
  /**
   * Stores a wire, unless the lease or a hard part of a stamp is not what it was, or what is stored has a later
   * revision. @returns whether it is current
   */
  commit(hash: string, lease: Lease, wire: StorableWire): Promise<boolean>;
  release(hash: string, lease: { readonly owner: string }, why?: Why): Promise<void>;
  close(): void;
}

export interface LeaseParts {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  readonly channel: RedisChannel;
  readonly lookups: RedisLookups;
  readonly lockTime: number;
  readonly fenceTime: number;
}

/** Which load may store: docs/adr/0003 tells why it is safe. */
export function createLeases({ link, keys, channel, lookups, lockTime, fenceTime }: LeaseParts): Leases {
  const waiters = createWaiters(channel);
  const heartbeat = createHeartbeat({ link, lockTime, fenceTime });
  const wakeMessage = (hash: string) => JSON.stringify({ v: 1, wake: hash });
  const namesOf = (hash: string) => [keys.entry(hash), keys.lease(hash)];
  /** Whether a script may look at keys of different slots. A proxy before a cluster tells only by refusing. */
  let spansSlots = !link.isCluster;

  const commit = async (hash: string, args: string[], stamps: StorableWire['stamps']): Promise<boolean> => {
    const tags = stamps.map(([tag]) => tag);
    if (spansSlots) {
      const names = [...namesOf(hash), ...tags.map(keys.tag)];
      const hards = stamps.map(([, stamp]) => hardPart(stamp));
      try {
        return String(await evaluate(link, COMMIT, names, [...args, ...hards])) === args[0];
      } catch (error) {
        if (!String(error).includes('CROSSSLOT')) throw error;
        spansSlots = false;
      }
    }
    // What was invalidated meanwhile is not current for those who read it: it is enough to know that afterwards.
    const [stored, now] = await Promise.all([
      evaluate(link, COMMIT, namesOf(hash), args),
      lookups.read(undefined, tags),
    ]);
    return (
      String(stored) === args[0] && stamps.every(([tag, then]) => compareStamps(then, now.stamps.get(tag)) !== 'hard')
    );
  };

  return {
    async acquire(hash, seen) {
      const owner = randomName();
      const expectation = waiters.expect(hash);
      let answer: unknown;
      try {
        answer = await evaluate(link, ACQUIRE, namesOf(hash), [owner, String(lockTime), String(fenceTime), seen]);
      } catch (error) {
        expectation.forget();
        throw error;
      }
      const [kind, detail, text = ''] = Array.isArray(answer) ? answer.map(String) : [];
      if (kind === 'busy') return { busy: expectation.wait(Number(detail)) };
      expectation.forget();
      if (kind === 'changed' || kind === 'held') return kind;
      if (kind === 'failed') return { failed: text, retryIn: Number(detail) };
      if (kind !== 'lease' || detail === undefined) throw new TypeError(`ACQUIRE answered ${kind}`);
      return { gen: detail, owner };
    },
    keep: (hash, { gen, owner }, seen) => heartbeat.add({ owner, gen, names: namesOf(hash), seen }),
    commit(hash, { gen, owner }, { text, lifetime, stamps, revision = '' }) {
      heartbeat.delete(owner);
      return commit(hash, [gen, text, String(lifetime), channel.name, wakeMessage(hash), revision], stamps);
    },
    async release(hash, { owner }, { discard = false, failure } = {}) {
      heartbeat.delete(owner);
      const coolDown = Math.ceil(Math.min(failure?.coolDown ?? 0, LONGEST_COOL_DOWN));
      const why = [discard ? '1' : '0', String(coolDown), failure?.message.slice(0, LONGEST_TEXT) ?? ''];
      await evaluate(link, RELEASE, namesOf(hash), [owner, channel.name, wakeMessage(hash), ...why]);
    },
    close() {
      heartbeat.close();
      waiters.close();
    },
  };
}
