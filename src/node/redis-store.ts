import type { EntryRecord } from '../contracts/entry-record.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { Serializer } from '../contracts/serializer.js';
import type { Commit, ExplainingStore, HoldingStore, Lookup } from '../contracts/store.js';
import { messageOf } from '../errors.js';
import { createRedisClock } from './redis-clock.js';
import { createExplain } from './redis-explain.js';
import { createChange } from './redis-invalidations.js';
import { createRedisKeys } from './redis-keys.js';
import { createLeases, type Lease } from './redis-leases.js';
import type { RedisLink } from './redis-link.js';
import { createLookups, type Found } from './redis-lookups.js';
import type { RedisChannel } from './redis-messages.js';
import { decodeWire, encodeRecord, type Wire } from './redis-record.js';
import { CLOCK, evaluate } from './redis-scripts.js';
import { createServers } from './redis-servers.js';
import { createSnapshots } from './redis-snapshots.js';
import { compareStamps } from './redis-stamps.js';
import { createWitness } from './redis-witness.js';

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

const MOST_HINTS = 10_000;
const MOST_TRIES = 8;
/** Ms. Longer than any entry lives, and what Redis can still count. */
const LONGEST_LIFE = 2 ** 47;

/** Leases and stamps on Redis: docs/adr/0003 tells why it is safe. */
export function createRedisStore(parts: RedisStoreParts): HoldingStore & ExplainingStore {
  const { link, channel, namespace, serializer, lockTime, fenceTime, now } = parts;
  const keys = createRedisKeys(namespace);
  const lookups = createLookups(link, keys);
  const leases = createLeases({ link, keys, channel, lookups, lockTime, fenceTime });
  const witness = createWitness(channel);
  const servers = createServers({ link, keys, channel });
  const snapshots = createSnapshots({ link, keys, channel, witness });
  // On a cluster each server has a clock: that of the one that has this tag is everybody's.
  const clock = createRedisClock({ now, ask: async () => Number(await evaluate(link, CLOCK, [keys.tag('*')], [])) });
  const change = createChange({ link, keys, channel });
  const explain = createExplain({ link, keys, lookups, clock });
  /** Tags that only loaders tell, by hash: so that a lookup can ask for their stamps before it has read the record. */
  const hints = new Map<string, readonly string[]>();
  /** What close waits for: a load's last step happens behind the answer to its readers. */
  const writes = new Set<Promise<unknown>>();

  const write = <T>(promise: Promise<T>): Promise<T> => {
    writes.add(promise);
    const settled = () => writes.delete(promise);
    promise.then(settled, settled);
    return promise;
  };

  const hint = (hash: string, known: readonly string[], all: readonly string[]) => {
    const told = all.filter((tag) => !known.includes(tag));
    hints.delete(hash);
    if (told.length > 0) hints.set(hash, told);
    if (hints.size > MOST_HINTS) hints.delete(hints.keys().next().value ?? '');
  };

  /** Tags that were not asked for cost a second trip. */
  const completeStamps = async (hash: string, asked: readonly string[], wire: Wire, { stamps }: Found) => {
    const all = wire.stamps.map(([tag]) => tag);
    const missing = all.filter((tag) => !stamps.has(tag));
    hint(hash, asked, all);
    const more = await lookups.read(undefined, missing);
    for (const [tag, stamp] of more.stamps) stamps.set(tag, stamp);
  };

  const hitOf = (
    { version, revision, windows, stamps, payload, loadedAt, stale }: Wire,
    found: Found,
  ): Lookup | undefined => {
    let isStale = stale;
    for (const [tag, then] of stamps) {
      const said = compareStamps(then, found.stamps.get(tag));
      if (said === 'hard') return undefined;
      if (said === 'soft') isStale = true;
    }
    try {
      const value = serializer.deserialize(payload);
      const tags = stamps.map(([tag]) => tag);
      return { hit: { version, value, tags, revision, loadedAt: clock.toOurs(loadedAt), windows }, stale: isStale };
    } catch {
      return undefined; // corrupt: loaded again, and overwritten
    }
  };

  const acquire = async (
    hash: string,
    known: readonly string[],
    asked: readonly string[],
    seen: string,
    { stamps }: Found,
  ): Promise<Lookup | 'changed'> => {
    await witness.ready();
    // Without waiting only if no tag is held: who cannot commit must not take the lock.
    const isHeld = asked.some((tag) => stamps.get(tag)?.held);
    const before = snapshots.before(asked, stamps);
    if (isHeld && (await before) === 'held') return { held: true };
    const [acquired, taken] = await Promise.all([leases.acquire(hash, seen), before]);
    if (acquired === 'changed') return 'changed';
    if (acquired === 'held') return { held: true };
    if ('busy' in acquired || 'failed' in acquired) return acquired;
    if (taken === 'held') {
      await leases.release(hash, acquired);
      return { held: true };
    }
    const lease: Lease = { ...acquired, known, stamps: taken, since: performance.now() };
    return { miss: lease, lost: leases.keep(hash, lease, seen) };
  };

  const commit = async (hash: string, record: EntryRecord, lease: Lease): Promise<Commit> => {
    const inTime = performance.now() - lease.since < fenceTime;
    const stamps = inTime ? await snapshots.after(record.tags, lease) : undefined;
    let text: string | undefined;
    let problem: unknown;
    try {
      if (stamps) text = encodeRecord(record, stamps, clock.toShared(record.loadedAt), serializer);
    } catch (error) {
      problem = error; // the value cannot be written
    }
    if (stamps === undefined || text === undefined) {
      const discard = stamps !== undefined;
      await leases.release(hash, lease, { discard });
      return discard ? { unstorable: messageOf(problem) } : 'dropped';
    }
    const { expires } = record.windows;
    const lifetime = expires < LONGEST_LIFE ? Math.max(1, Math.ceil(expires)) : 0;
    const stored = await leases.commit(hash, lease, { text, lifetime, stamps, revision: record.revision });
    hint(hash, lease.known, record.tags);
    return stored ? 'committed' : 'dropped';
  };

  /** Until it is known which server we talk to. */
  const known = async (): Promise<void> => {
    for (let checking = servers.ready(); checking !== undefined; checking = servers.ready()) await checking;
  };

  const declare = async (invalidation: Invalidation, holdMs: number): Promise<void> => {
    await change(invalidation, holdMs);
    await known(); // else nobody may ever learn that this server, which alone knows of it, has served at all
  };

  return {
    name: 'redis',
    async lookup(hash, tags, besides) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        await known();
        const told = hints.get(hash);
        const asked = told === undefined ? tags : [...tags, ...told];
        const starting = clock.ready();
        const reading = lookups.read(hash, asked);
        const found = starting === undefined ? await reading : (await Promise.all([reading, starting]))[0];
        const wire = found.text === undefined ? undefined : decodeWire(found.text);
        const isAnswer = wire !== undefined && wire.version !== besides;
        if (isAnswer && wire.stamps.some(([tag]) => !found.stamps.has(tag))) {
          await completeStamps(hash, tags, wire, found);
        }
        // Clients ask again by themselves when a connection breaks: it may be another server that has answered.
        if (servers.ready() !== undefined) continue;
        if (isAnswer) {
          const hit = hitOf(wire, found);
          if (hit !== undefined) return hit;
        }
        const seen = found.text === undefined ? '' : (wire?.version ?? '*');
        const acquired = await acquire(hash, tags, asked, seen, found);
        if (acquired !== 'changed') return acquired; // else somebody has stored it meanwhile
      }
      return { held: true };
    },
    commit: (hash, record, ticket) => write(commit(hash, record, ticket as Lease)),
    release: (hash, ticket, failure) => write(leases.release(hash, ticket as Lease, { failure })),
    invalidate: (invalidation) => write(declare(invalidation, 0)),
    hold: (invalidation, ms) => write(declare({ ...invalidation, soft: false }, Math.max(1, Math.ceil(ms)))),
    explain,
    async close() {
      leases.close();
      await Promise.allSettled(writes);
      witness.close();
      servers.close();
      await channel.close();
    },
  };
}
