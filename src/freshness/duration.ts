import { OptionError } from '../errors.js';

/** Milliseconds, or a string such as `'250ms'`, `'30s'`, `'5m'`, `'1h'`, `'1d'`. `Infinity` means for ever. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The duration in ms. @throws {OptionError} naming the option if it is not a duration of zero or more */
export function milliseconds(option: string, duration: Duration): number {
  const match = typeof duration === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : null;
  const ms = match ? Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN) : duration;
  if (typeof ms !== 'number' || !(ms >= 0)) {
    throw new OptionError(option, duration, `milliseconds (0 or more) or a string like '30s', '5m', '1h', '1d'`);
  }
  return ms;
}

/** The longest delay that setTimeout takes; a longer one would fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** A duration that timers wait for, in ms: for ever is as long as they can. @throws {OptionError} as {@link milliseconds} */
export function waitingTime(option: string, duration: Duration): number {
  return Math.min(milliseconds(option, duration), LONGEST_TIMER);
}
