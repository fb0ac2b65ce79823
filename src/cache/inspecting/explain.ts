import type { Fence, Raised } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import type { Windows } from '../../contracts/entry-record.js';
import type { Phase } from '../../freshness/timeline.js';
import { hashKey, type Key } from '../../key.js';
import type { Entry } from '../../tiers/entry.js';
import type { Memory } from '../../tiers/memory.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { Flight } from '../reading/flight.js';
import type { Flights } from '../reading/flights.js';
import { tagsOf } from '../target.js';

/** What is where, and what a read would do. For a person to read: not a format to parse. */
export interface Explanation {
  readonly hash: string;
  /** What `get` would do now, and why. */
  readonly read: string;
  readonly memory?: {
    readonly phase: Phase;
    /** Ms since the load ended. */
    readonly age: number;
    readonly windows: Windows;
    readonly source: string;
    readonly tags: readonly string[];
    /** Whether an invalidation has reached it since. */
    readonly raised: Raised;
  };
  /** What is under way. */
  readonly flight?: {
    readonly purpose: Flight['purpose'];
    readonly stage: Flight['stage'];
    readonly overtaken: boolean;
  };
  /** A mutation is under way that names the key or one of its tags. */
  readonly held: boolean;
  /** What the store below says. */
  readonly tier?: Readonly<Record<string, unknown>>;
}

export interface ExplainParts {
  readonly fence: Fence;
  readonly memory: Memory;
  readonly flights: Flights;
  readonly tier: SharedTier | undefined;
  readonly clock: Clock;
}

export async function explain(parts: ExplainParts, key: Key): Promise<Explanation> {
  const { fence, memory, flights, tier } = parts;
  const hash = hashKey(key);
  const known = memory.recall(hash); // before it is checked, which drops what is untrue and ends the ttl of what was expired
  const isCurrent = memory.find(hash) !== undefined;
  const flight = flights.find(hash);
  const tags = known?.tags ?? flight?.tags ?? tagsOf(key, undefined);
  const seen = {
    hash,
    held: fence.isHeld([hash], tags),
    ...(known && { memory: memoryOf(known, parts) }),
    ...(flight && { flight: flightOf(flight, parts) }),
  };
  const read = readOf(seen, isCurrent, tier?.name);
  return { ...seen, read, ...(tier && { tier: await tier.explain(hash, tags) }) };
}

function memoryOf(entry: Entry, { fence, clock }: ExplainParts) {
  const { windows, source, tags, loadedAt, generation, hash } = entry;
  const now = clock.now();
  const raised = fence.raisedSince(generation, hash, tags);
  return { phase: entry.phaseAt(now), age: now - loadedAt, windows, source, tags, raised };
}

function flightOf({ purpose, stage, generation, tags, request }: Flight, { fence }: ExplainParts) {
  return { purpose, stage, overtaken: fence.raisedSince(generation, request.hash, tags) !== undefined };
}

/** The read path in words. */
function readOf(
  { memory, flight }: Pick<Explanation, 'memory' | 'flight'>,
  isCurrent: boolean,
  tier: string | undefined,
) {
  const load = flight && !flight.overtaken ? `joins the ${flight.stage} under way` : tier ? `asks ${tier}` : 'loads';
  if (memory === undefined) return `miss: not in memory; ${load}`;
  if (!isCurrent) return `miss: what is in memory was invalidated or is to be checked; ${load}`;
  switch (memory.phase) {
    case 'fresh':
      return 'hit: fresh in memory';
    case 'due':
    case 'stale':
      return `hit: ${memory.phase} in memory; behind it ${load}`;
    case 'fallback':
      return `miss: past staleWhileRevalidate; ${load}, and answers the old value if the load fails`;
    case 'expired':
      return `miss: expired in memory; ${load}`;
  }
}
