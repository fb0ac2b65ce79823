import type { Windows } from '../contracts/entry-record.js';
import { OptionError } from '../errors.js';
import { type Duration, milliseconds } from './duration.js';

/**
 * How long a value may be answered, and what happens then.
 *
 * ```
 * loaded ──── fresh ────┬── due ──┬──── stale ────┬── fallback ──┬─ expired
 *                 refreshAhead   ttl   staleWhileRevalidate   staleIfError
 * ```
 */
export interface Freshness {
  /** How long a value is fresh, from the end of its load. @default '1m' */
  ttl?: Duration;
  /** How long after the ttl a value is still answered while a load runs behind it (RFC 5861, section 3). @default 0 */
  staleWhileRevalidate?: Duration;
  /** How long after the ttl a value is answered if its load fails (RFC 5861, section 4). @default 0 */
  staleIfError?: Duration;
  /** How long before the end of the ttl a hit starts a load behind it. @default 0 */
  refreshAhead?: Duration;
  /**
   * The ttl of `null` and `undefined`, by which a loader says that there is nothing. They have no `refreshAhead` then.
   * @default the ttl
   */
  negativeTtl?: Duration;
  /** By which part of the ttl, at most, it is shortened at random, so that entries loaded together don't expire together. @default 0.1 */
  jitter?: number;
}

/** Freshness with every duration parsed and checked. */
export interface Timing {
  readonly found: Steps;
  /** Those of `null` and `undefined`. */
  readonly nothing: Steps;
  readonly jitter: number;
}

/** Windows, shortened by none, by one, by two … steps of the jitter: made when first asked for. */
type Steps = [whole: Windows, ...shortened: Windows[]];

/**
 * Where an entry is on its timeline: `fresh` is answered; `due` and `stale` are answered with a load behind;
 * `fallback` is answered only if the load fails; `expired` never.
 */
export type Phase = 'fresh' | 'due' | 'stale' | 'fallback' | 'expired';

/** @throws {OptionError} naming the option that is not a duration, or a jitter outside 0 … 1 */
export function timingOf(freshness: Freshness): Timing {
  const jitter = freshness.jitter ?? 0.1;
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1)) {
    throw new OptionError('jitter', jitter, 'a number from 0 to 1, the part of the ttl');
  }
  const found = windowsOf(freshness, milliseconds('ttl', freshness.ttl ?? '1m'));
  const { negativeTtl } = freshness;
  // What is refreshed further ahead than it lasts would be asked for at every read.
  const nothing =
    negativeTtl === undefined
      ? found
      : windowsOf({ ...freshness, refreshAhead: 0 }, milliseconds('negativeTtl', negativeTtl));
  return { found: [found], nothing: [nothing], jitter };
}

function windowsOf(freshness: Freshness, ttl: number): Windows {
  const ahead = milliseconds('refreshAhead', freshness.refreshAhead ?? 0);
  const whileRevalidate = milliseconds('staleWhileRevalidate', freshness.staleWhileRevalidate ?? 0);
  const ifError = milliseconds('staleIfError', freshness.staleIfError ?? 0);
  const stale = ttl + whileRevalidate;
  // For ever less for ever is no number: then it is due at once.
  return { due: Math.max(0, ttl - ahead) || 0, fresh: ttl, stale, expires: Math.max(stale, ttl + ifError) };
}

/** Into how many steps the jitter is divided: so entries share their windows, which would cost more than the entries. */
const STEPS = 64;

/** The windows for one value, with its share of the jitter. @param random from 0 to 1 */
export function windowsFor(timing: Timing, value: unknown, random: () => number): Windows {
  const steps = value === null || value === undefined ? timing.nothing : timing.found;
  const [whole] = steps;
  const most = whole.fresh * timing.jitter;
  if (!(most >= 1) || most === Number.POSITIVE_INFINITY) return whole;
  const step = Math.floor(random() * STEPS);
  steps[step] ??= shortened(whole, Math.floor((most * step) / STEPS));
  return steps[step];
}

function shortened({ due, fresh, stale, expires }: Windows, ms: number): Windows {
  return { due: Math.max(0, due - ms), fresh: fresh - ms, stale: stale - ms, expires: expires - ms };
}

/** The windows of an entry that is told at this age that its ttl is over. */
export function endFresh(windows: Windows, age: number): Windows {
  const shift = windows.fresh - age;
  if (!(shift > 0)) return windows;
  return {
    due: age,
    fresh: age,
    stale: age + span(windows.fresh, windows.stale),
    expires: age + span(windows.fresh, windows.expires),
  };
}

/** Infinity less Infinity is no number; a window that never ends lasts for ever after any moment. */
function span(from: number, to: number): number {
  return to === Number.POSITIVE_INFINITY ? to : to - from;
}

/** The phase of an entry of this age, in ms. */
export function phaseOf(windows: Windows, age: number): Phase {
  if (age < windows.due) return 'fresh';
  if (age < windows.fresh) return 'due';
  if (age < windows.stale) return 'stale';
  if (age < windows.expires) return 'fallback';
  return 'expired';
}

/** Ms from this age to the next phase; `Infinity` if there is none. */
export function untilNextPhase(windows: Windows, age: number): number {
  for (const end of [windows.due, windows.fresh, windows.stale, windows.expires]) {
    if (age < end) return end - age;
  }
  return Number.POSITIVE_INFINITY;
}
