import type { RedisClock } from './redis-clock.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import type { RedisLookups, Stamps } from './redis-lookups.js';
import { decodeWire, type Wire } from './redis-record.js';
import { compareStamps } from './redis-stamps.js';

export interface ExplainParts {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  readonly lookups: RedisLookups;
  readonly clock: RedisClock;
}

export type Explain = (hash: string, tags: readonly string[]) => Promise<Readonly<Record<string, unknown>>>;

/** Looks at everything that decides about a key, and changes nothing. Instants are in ms of our clock. */
export function createExplain({ link, keys, lookups, clock }: ExplainParts): Explain {
  return async (hash, tags) => {
    await clock.ready();
    const [found, lease] = await Promise.all([
      lookups.read(hash, tags),
      link.command(keys.lease(hash), ['GET', keys.lease(hash)]),
    ]);
    const wire = found.text === undefined ? undefined : decodeWire(found.text);
    const all = [...new Set([...tags, ...(wire?.stamps.map(([tag]) => tag) ?? [])])];
    const { stamps } = await lookups.read(undefined, all);
    return {
      names: { entry: keys.entry(hash), lease: keys.lease(hash) },
      record: found.text !== undefined && wire === undefined ? 'corrupt' : wire && recordOf(wire, clock),
      tags: all.map((tag) => ({ tag, ...stampOf(tag, wire, stamps) })),
      lease: typeof lease === 'string' ? leaseOf(lease, clock) : undefined,
      answers: answerOf(wire, stamps),
    };
  };
}

function recordOf({ version, revision, stale, loadedAt, windows, payload }: Wire, clock: RedisClock) {
  return { version, revision, stale, loadedAt: clock.toOurs(loadedAt), windows, characters: payload.length };
}

function stampOf(tag: string, wire: Wire | undefined, stamps: Stamps) {
  const remembered = wire?.stamps.find(([name]) => name === tag)?.[1];
  const now = stamps.get(tag);
  const says = remembered === undefined ? undefined : compareStamps(remembered, now);
  return { remembered, now: now?.text, held: now?.held === true, says };
}

const LEASE = /^([^|]*)\|([^|]*)\|(\d+)\|([^|]*)\|?(.*)$/s;

function leaseOf(text: string, clock: RedisClock) {
  const [, fence, owner, until, flags = '', failure] = LEASE.exec(text) ?? [];
  if (fence === undefined) return 'corrupt';
  const common = { fence, until: clock.toOurs(Number(until)) };
  if (flags.includes('h')) return { state: 'held', ...common };
  if (flags.includes('x')) return { state: 'cooling down', ...common, failure };
  const isWaitedFor = flags.includes('w');
  return { state: 'loading', ...common, owner, isWaitedFor, isExpired: flags.includes('s') };
}

/** What a lookup would find, before a lease is asked for. */
function answerOf(wire: Wire | undefined, stamps: Stamps): string {
  if (wire === undefined) return 'miss: no record';
  const said = wire.stamps.map(([tag, then]) => [tag, compareStamps(then, stamps.get(tag))] as const);
  const hard = said.filter(([, says]) => says === 'hard').map(([tag]) => tag);
  if (hard.length > 0) return `miss: the record is from before an invalidation of ${hard.join(', ')}`;
  const soft = said.filter(([, says]) => says === 'soft').map(([tag]) => tag);
  if (soft.length > 0) return `stale hit: the record is from before an expiry of ${soft.join(', ')}`;
  return wire.stale ? 'stale hit: the record is from before an expiry of its key' : 'hit';
}
