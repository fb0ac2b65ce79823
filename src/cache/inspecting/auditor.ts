import type { Fence } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import type { Invalidation } from '../../contracts/invalidation.js';
import type { LoadContext } from '../../contracts/loader.js';
import { OptionError } from '../../errors.js';
import type { Events } from '../../events/events.js';
import { type Duration, milliseconds } from '../../freshness/duration.js';
import type { Memory } from '../../tiers/memory.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { Flight, Request } from '../reading/flight.js';
import { isEqual } from './is-equal.js';

export interface AuditorOptions {
  /** Which part of the keys to audit, from 0 to 1. @default 0.01 */
  sample?: number;
  /** How long after an invalidation to look. @default '5s' */
  after?: Duration;
  /** Whether the source says what the cache does. @default deep equality */
  equals?: (cached: unknown, loaded: unknown) => boolean;
}

export interface AuditParts {
  readonly fence: Fence;
  readonly memory: Memory;
  readonly tier: SharedTier | undefined;
  readonly find: (hash: string) => Flight | undefined;
  readonly clock: Clock;
  readonly events: Events;
  readonly random: () => number;
}

/** Watches over a cache, as {@link auditor} makes it. */
export interface Auditor {
  /** @returns a function that ends it */
  readonly open: (parts: AuditParts) => () => void;
}

/** How many keys are remembered with their loaders. */
const MOST_REQUESTS = 1_000;

/**
 * Checks the promise in production: some seconds after an invalidation it loads a sample of what it reached once
 * more, past the cache, and tells by a `disagreement` event where memory or the store answer something else.
 * After Polaris (Meta Engineering, Cache made consistent, 2022): what counts is what a reader can observe.
 *
 * `createCache({ auditor: auditor({ sample: 0.01 }) })`
 *
 * @throws {OptionError} for a sample outside 0 … 1 or a bad duration
 */
export function auditor({ sample = 0.01, after = '5s', equals = isEqual }: AuditorOptions = {}): Auditor {
  if (typeof sample !== 'number' || !(sample >= 0 && sample <= 1)) {
    throw new OptionError('sample', sample, 'a number from 0 to 1, the part of the keys');
  }
  const pause = milliseconds('after', after);
  return { open: (parts) => watchOver(parts, sample, pause, equals) };
}

function watchOver(
  { fence, memory, tier, find, clock, events, random }: AuditParts,
  sample: number,
  pause: number,
  equals: (cached: unknown, loaded: unknown) => boolean,
): () => void {
  const requests = new Map<string, Request>();
  const waiting = new Map<string, () => void>();

  const remember = (hash: string) => {
    const request = find(hash)?.request;
    if (request === undefined || !(requests.delete(hash) || random() < sample)) return;
    requests.set(hash, request);
    if (requests.size > MOST_REQUESTS) requests.delete(requests.keys().next().value ?? '');
  };

  /** What readers are answered now, without loading. */
  const cachedOf = async ({ hash, tags }: Request) => {
    const entry = memory.find(hash);
    if (entry?.isAnswerableAt(clock.now())) return { tier: 'memory', value: entry.value, loadedAt: entry.loadedAt };
    const found = await tier?.lookup(hash, tags);
    if (found === undefined || tier === undefined) return undefined;
    if ('miss' in found) tier.release(hash, found.miss);
    return 'hit' in found ? { tier: tier.name, value: found.hit.value, loadedAt: found.hit.loadedAt } : undefined;
  };

  const audit = async (request: Request, invalidation: Invalidation, invalidatedAt: number): Promise<void> => {
    const { hash } = request;
    const since = fence.now;
    const cached = await cachedOf(request);
    if (cached === undefined) return;
    const loaded = await request.loader(contextOf(request));
    // Who was invalidated while we loaded is looked at again in its turn.
    if (fence.raisedSince(since, hash, memory.recall(hash)?.tags ?? request.tags) !== undefined) return;
    if (equals(cached.value, loaded)) return;
    const { tier: name, value, loadedAt } = cached;
    const trace = { invalidation, invalidatedAt, loadedAt, auditedAt: clock.now() };
    events.emit({ type: 'disagreement', hash, tier: name, cached: value, loaded, trace });
  };

  const schedule = (invalidation: Invalidation) => {
    if (invalidation.soft || invalidation.held) return;
    const invalidatedAt = clock.now();
    for (const [hash, request] of requests) {
      if (waiting.size >= MOST_REQUESTS) return; // those that wait may have been forgotten as requests
      if (waiting.has(hash)) continue;
      const tags = memory.recall(hash)?.tags ?? request.tags;
      if (!invalidation.hashes.includes(hash) && !tags.some((tag) => invalidation.tags.includes(tag))) continue;
      const run = () => {
        waiting.delete(hash);
        audit(request, invalidation, invalidatedAt).catch(() => {}); // a source that fails disagrees with nobody
      };
      waiting.set(hash, clock.after(pause, run));
    }
  };

  const stops = [
    events.on('load', ({ hash }) => remember(hash)),
    events.on('invalidated', ({ invalidation }) => schedule(invalidation)),
  ];
  return () => {
    for (const stop of [...stops, ...waiting.values()]) stop();
    waiting.clear();
    requests.clear();
  };
}

/** A load of nobody's: what it tells of tags and revisions is not stored. */
function contextOf({ key }: Request): LoadContext {
  return { key, signal: new AbortController().signal, tag() {}, revision() {} };
}
