import { randomBytes } from 'node:crypto';
import type { EntryRecord } from '../contracts/entry-record.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { Serializer } from '../contracts/serializer.js';
import type { Commit, HoldingStore, Lookup, Ticket } from '../contracts/store.js';
import type { RedisLink } from './redis-client.js';
import { createHeartbeat } from './redis-heartbeat.js';
import { createLookups } from './redis-lookups.js';
import type { RedisChannel } from './redis-messages.js';
import { decodeWire, encodeRecord, versionOf, type Wire } from './redis-record.js';
import { ACQUIRE, COMMIT, evaluate, INVALIDATE, RELEASE, SNAPSHOT, STAMP } from './redis-scripts.js';
import { compareStamps, readStamp, type Stamp } from './redis-stamps.js';
import { createWaiters } from './redis-waiters.js';

export interface RedisStoreParts {
  readonly link: RedisLink;
  readonly channel: RedisChannel;
  readonly namespace: string;
  readonly serializer: Serializer;
  /** Ms that a silent holder keeps others from loading. */
  readonly lockTime: number;
  /** Ms after which a load may not commit any more. */
  readonly fenceTime: number;
  /** Wall-clock ms of the reader. */
  readonly now: () => number;
}

/** The lease of one load. */
interface Lease extends Ticket {
  readonly gen: string;
  readonly owner: string;
  readonly stamps: ReadonlyMap<string, string>;
  /** Monotonic ms at which the load could begin. */
  readonly since: number;
}

const EVERYTHING = '*';
/** A tag that nobody has touched for so long is forgotten: its entries are loaded once more. */
const TAG_LIFETIME = 30 * 24 * 3_600_000;
const MOST_HINTS = 10_000;
const MOST_TRIES = 8;
/** By how much two clocks may differ in pace (time daemons slew by up to 500 ppm), and in rounding, ms. */
const CLOCK_RATE = 0.001;
const CLOCK_GRAIN = 5;
const random = () => randomBytes(9).toString('base64url');

/** Leases and stamps on Redis: docs/adr/0003 tells why it is safe. */
export function createRedisStore(parts: RedisStoreParts): HoldingStore {
  const { link, channel, namespace, serializer, lockTime, fenceTime, now } = parts;
  const entryKey = (hash: string) => `${namespace}:{:${hash}}`;
  const leaseKey = (hash: string) => `${entryKey(hash)}:l`;
  const tagKey = (tag: string) => `${namespace}:t:{:${tag}}`;
  const tagLifetime = (tag: string) => String(tag === EVERYTHING ? 0 : TAG_LIFETIME);

  const lookups = createLookups(link, tagKey);
  const waiters = createWaiters(channel);
  const heartbeat = createHeartbeat(link, lockTime, fenceTime);
  /** Tags that a loader added: known only from the record, so the next lookup asks for their stamps in the same trip. */
  const hints = new Map<string, readonly string[]>();
  /** The server's clock less ours, ms. */
  let ahead: number | undefined;

  const noteTime = (answer: unknown): unknown[] => {
    if (!Array.isArray(answer)) throw new TypeError(`A script answered ${typeof answer}`);
    ahead = Number(answer[1]) - now();
    return answer;
  };

  const askTime = async () => {
    const [seconds, micros] = (await link.command('', ['TIME'])) as [string, string];
    ahead ??= Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) - now();
  };

  const hint = (hash: string, tags: readonly string[]) => {
    hints.delete(hash);
    hints.set(hash, tags);
    if (hints.size > MOST_HINTS) hints.delete(hints.keys().next().value ?? '');
  };

  /** The stamps of all tags of a record; those that were not asked for cost a second trip. */
  const completeStamps = async (hash: string, wire: Wire, stamps: Map<string, Stamp | undefined>) => {
    const missing = wire.stamps.map(([tag]) => tag).filter((tag) => !stamps.has(tag));
    if (missing.length === 0) return;
    hint(hash, missing);
    const more = await lookups.read('', missing);
    for (const [tag, stamp] of more.stamps) stamps.set(tag, stamp);
  };

  const hitOf = async (
    hash: string,
    wire: Wire,
    stamps: Map<string, Stamp | undefined>,
  ): Promise<Lookup | undefined> => {
    await completeStamps(hash, wire, stamps);
    const said = wire.stamps.map(([tag, then]) => compareStamps(then, stamps.get(tag)));
    if (said.includes('hard')) return undefined;
    const { version, windows, loadedAt } = wire;
    try {
      const value = serializer.deserialize(wire.payload);
      const tags = wire.stamps.map(([tag]) => tag);
      return {
        hit: { version, value, tags, loadedAt: loadedAt - (ahead ?? 0), windows },
        stale: wire.stale || said.includes('soft'),
      };
    } catch {
      return undefined; // corrupt: loaded again, and overwritten
    }
  };

  /** Makes the stamps that are missing, so that a load has something to be compared with. */
  const snapshot = async (stamps: Map<string, Stamp | undefined>): Promise<Map<string, string>> => {
    const taken = await Promise.all(
      [...stamps].map(async ([tag, stamp]) => [tag, stamp ?? (await snapshotOne(tag)).stamp] as const),
    );
    return new Map(taken.flatMap(([tag, stamp]) => (stamp === undefined ? [] : [[tag, stamp.text] as const])));
  };

  const snapshotOne = async (tag: string): Promise<{ stamp: Stamp | undefined; age: number }> => {
    const answer = noteTime(
      await evaluate(link, SNAPSHOT, [tagKey(tag)], [`${random()}.${random()}`, tagLifetime(tag)]),
    );
    return { stamp: readStamp(answer[0]), age: answer[2] === 'new' ? Number.POSITIVE_INFINITY : Number(answer[2]) };
  };

  const acquire = async (
    hash: string,
    text: string | undefined,
    stamps: Map<string, Stamp | undefined>,
  ): Promise<Lookup | 'changed'> => {
    if ([...stamps.values()].some((stamp) => stamp?.held)) return { held: true };
    const owner = random();
    const args = [owner, String(lockTime), String(fenceTime), versionOf(text)];
    const [answer, taken] = await Promise.all([
      evaluate(link, ACQUIRE, [entryKey(hash), leaseKey(hash)], args).then(noteTime),
      snapshot(stamps),
    ]);
    if (answer[0] === 'changed') return 'changed';
    if (answer[0] === 'held') return { held: true };
    if (answer[0] === 'busy') return { busy: waiters.wait(hash, Number(answer[2])) };
    const lease: Lease = { gen: String(answer[2]), owner, stamps: taken, since: performance.now() };
    heartbeat.add(leaseKey(hash), owner);
    return { miss: lease };
  };

  /**
   * The stamps a record is stored with: those from before its load. A tag that the load itself has told could not
   * be asked for then; its stamp of now will do if it is older than the load. Both are durations, each measured on
   * one clock (the tag's server, ours), so skew between machines doesn't matter.
   */
  const stampsFor = async (record: EntryRecord, lease: Lease): Promise<[string, string][] | undefined> => {
    const stamps = await Promise.all(
      record.tags.map(async (tag): Promise<[string, string] | undefined> => {
        const before = lease.stamps.get(tag);
        if (before !== undefined) return [tag, before];
        const { stamp, age } = await snapshotOne(tag);
        const elapsed = performance.now() - lease.since;
        const isOlder = age > elapsed * (1 + CLOCK_RATE) + CLOCK_GRAIN;
        return stamp !== undefined && !stamp.held && isOlder ? [tag, stamp.text] : undefined;
      }),
    );
    return stamps.every((stamp) => stamp !== undefined) ? stamps : undefined;
  };

  const forget = (hash: string, lease: Lease) => {
    heartbeat.delete(leaseKey(hash), lease.owner);
    return JSON.stringify({ v: 1, wake: hash });
  };

  const release = async (hash: string, lease: Lease) => {
    await evaluate(link, RELEASE, [leaseKey(hash)], [lease.owner, channel.name, forget(hash, lease)]);
  };

  const change = async (invalidation: Invalidation, holdMs: number): Promise<void> => {
    const { soft } = invalidation;
    const message = (part: Partial<Invalidation>) =>
      JSON.stringify({
        v: 1,
        from: channel.sender,
        n: channel.next(),
        invalidation: { hashes: [], tags: [], soft, ...part },
      });
    const hold = String(holdMs);
    await Promise.all([
      ...invalidation.hashes.map((hash) => {
        const args = [soft ? '1' : '0', hold, random(), channel.name, message({ hashes: [hash] })];
        return evaluate(link, INVALIDATE, [entryKey(hash), leaseKey(hash)], args);
      }),
      ...invalidation.tags.map((tag) => {
        const lifetime = holdMs > 0 ? hold : tagLifetime(tag);
        const args = [
          random(),
          random(),
          soft ? '1' : '0',
          lifetime,
          holdMs > 0 ? '!' : '',
          channel.name,
          message({ tags: [tag] }),
        ];
        return evaluate(link, STAMP, [tagKey(tag)], args);
      }),
    ]);
  };

  return {
    name: 'redis',
    async lookup(hash, tags, besides) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const asked = [...new Set([...tags, ...(hints.get(hash) ?? [])])];
        const [{ text, stamps }] = await Promise.all([
          lookups.read(entryKey(hash), asked),
          ahead === undefined && askTime(),
        ]);
        const wire = text === undefined ? undefined : decodeWire(text);
        const found = wire !== undefined && wire.version !== besides ? await hitOf(hash, wire, stamps) : undefined;
        if (found !== undefined) return found;
        const acquired = await acquire(hash, text, stamps);
        if (acquired !== 'changed') return acquired; // else somebody has stored it meanwhile
      }
      return { held: true };
    },
    async commit(hash, record, ticket): Promise<Commit> {
      const lease = ticket as Lease;
      const stamps = performance.now() - lease.since < fenceTime ? await stampsFor(record, lease) : undefined;
      if (stamps === undefined) {
        await release(hash, lease);
        return 'dropped';
      }
      let text: string;
      try {
        text = encodeRecord(record, stamps, Math.round(record.loadedAt + (ahead ?? 0)), serializer);
      } catch {
        await release(hash, lease);
        return 'unstorable';
      }
      const { expires } = record.windows;
      const lifetime = Number.isFinite(expires) ? Math.max(1, Math.ceil(expires)) : 0;
      const args = [lease.gen, text, String(lifetime), channel.name, forget(hash, lease)];
      const answer = noteTime(await evaluate(link, COMMIT, [entryKey(hash), leaseKey(hash)], args));
      return Number(answer[0]) === 1 ? 'committed' : 'dropped';
    },
    release: (hash, ticket) => release(hash, ticket as Lease),
    invalidate: (invalidation) => change(invalidation, 0),
    hold: (invalidation, ms) => change({ ...invalidation, soft: false }, Math.max(1, Math.ceil(ms))),
    async close() {
      heartbeat.close();
      waiters.close();
      link.close();
    },
  };
}
