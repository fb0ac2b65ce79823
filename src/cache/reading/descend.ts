import type { Clock } from '../../contracts/clock.js';
import type { EntryRecord } from '../../contracts/entry-record.js';
import { CoolDownError, LostLoadError } from '../../errors.js';
import type { Events } from '../../events/events.js';
import type { Entry } from '../../tiers/entry.js';
import type { Memory } from '../../tiers/memory.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { Fail } from './fail.js';
import type { Flight, Request } from './flight.js';
import type { Keep } from './keep.js';
import type { Load } from './load.js';

export interface DescendParts {
  readonly tier: SharedTier;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly events: Events;
  readonly keep: Keep;
  readonly load: Load;
  readonly fail: Fail;
  readonly land: (flight: Flight) => void;
  readonly behind: (request: Request, entry: Entry) => void;
}

/** How long to wait for the load of another tab or process before loading ourselves, ms. */
const LONGEST_WAIT = 10_000;
/** How often a lookup may answer with what we don't want before we load without a ticket. */
const MOST_LOOKUPS = 64;
/** How often the load of one flight may be taken over before it is left alone. */
const MOST_LOSSES = 3;
/** By how many ms another machine's clock may be ahead before its records count as stale. */
const SKEW = 5_000;

/** The way down: asks the lower tier until it answers or gives the right to load. `known` is what is to be replaced. */
export function createDescend(parts: DescendParts): (flight: Flight, known: Entry | undefined) => Promise<unknown> {
  const { tier, memory, clock, events, keep, load, fail, land, behind } = parts;

  /** Copies a hit up to memory; if memory has that very write, its value stays the same object. */
  const promote = (flight: Flight, record: EntryRecord, stale: boolean): Entry => {
    flight.addTags(record.tags);
    const known = memory.recall(flight.request.hash);
    const same = known !== undefined && known.version === record.version;
    const now = clock.now();
    // A record from the future was written by a clock ahead of ours: take it as stale, never as fresh.
    const loadedAt = record.loadedAt <= now + SKEW ? Math.min(record.loadedAt, now) : now - record.windows.fresh;
    const promoted = { ...record, value: same ? known.value : record.value, loadedAt };
    return keep(flight.request.hash, promoted, same ? known.source : tier.name, flight.generation, stale).entry;
  };

  /** Waits for the load of another, but not for longer than anybody waits for us. */
  const wait = (flight: Flight, busy: Promise<void>, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const settle = () => {
        cancel();
        resolve();
      };
      const cancel = clock.after(ms, settle);
      flight.onAbandon = settle;
      busy.then(settle, settle);
    });

  return async (flight, known) => {
    const { hash } = flight.request;
    if (flight.lost) {
      flight.renew();
      // Loads that take longer than the store lets a silent one be would take each other over for ever.
      if (flight.losses === MOST_LOSSES) return load(flight, 'memory-only');
    }
    const waitUntil = clock.now() + LONGEST_WAIT;
    const { purpose, insists } = flight;
    let besides = known?.version;
    for (let lookups = 0; lookups < MOST_LOOKUPS && !flight.abandoned; lookups++) {
      flight.stage = 'lookup';
      if (events.wants('lookup')) events.emit({ type: 'lookup', hash });
      const found = await tier.lookup(hash, flight.tags, besides);
      if (found === undefined) break;
      if ('held' in found) return load(flight, 'nowhere');
      if ('miss' in found) {
        const lose = () => flight.lose(new LostLoadError(hash));
        found.lost?.then(lose, lose);
        return load(flight, found.miss);
      }
      // A refresh has taken its place. Until that has its answer, what was found here is good enough.
      if (flight.isOutdated || (flight.instead !== undefined && !('hit' in found))) break;
      if ('failed' in found) {
        if (insists) break; // who insists may ask the source
        return fail(flight, new CoolDownError(hash, found.failed, found.retryIn));
      }
      if ('busy' in found) {
        if (purpose === 'behind' && flight.readers === 0) return land(flight);
        const left = waitUntil - clock.now();
        if (left <= 0) break;
        await wait(flight, found.busy, left);
        continue;
      }
      const entry = promote(flight, found.hit, found.stale === true);
      const phase = entry.phaseAt(clock.now());
      if (events.wants('hit')) events.emit({ type: 'hit', hash, tier: tier.name, phase });
      // What is found first only tells who insists which version to replace. What is found later was loaded meanwhile:
      // good enough, but not for a refresh, since that load may have begun before it.
      const isWanted = !insists || (lookups > 0 && purpose !== 'refresh');
      const mayBeOld = purpose === 'answer' && (phase === 'due' || phase === 'stale');
      if (isWanted && (phase === 'fresh' || mayBeOld)) {
        land(flight);
        if (phase !== 'fresh') behind(flight.request, entry);
        return entry.value;
      }
      if (phase === 'fallback' && purpose === 'answer') flight.fallback = entry;
      besides = entry.version;
    }
    return load(flight, 'memory-only');
  };
}
