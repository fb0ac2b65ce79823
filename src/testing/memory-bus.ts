import type { Bus, BusListener } from '../contracts/bus.js';
import type { Clock } from '../contracts/clock.js';
import type { Invalidation } from '../contracts/invalidation.js';
import { seeded } from './seeded.js';

/** A message on its way to one of the others. */
export interface Letter {
  /** Numbers of the buses, in the order in which they were opened. */
  readonly from: number;
  readonly to: number;
  readonly invalidation: Invalidation;
  /** It arrives: now, and again each time this is called. */
  deliver(): void;
  /** It never arrives. Whom it was for notices that with the next letter of the same sender, or with the next heartbeat. */
  lose(): void;
}

export interface MemoryBusOptions {
  /** Carries each letter. What it keeps for a while may be overtaken. @default delivers in the next microtask */
  readonly carry?: (letter: Letter) => void;
  /** Bounds the wait for a confirmation. @default setTimeout */
  readonly clock?: Pick<Clock, 'after'>;
}

/** What buses share, as tabs share a channel and processes share Redis. */
export interface MemoryBusPlace {
  /** One tab's or process's end. */
  bus(): Bus;
  /** Whoever has missed a letter learns that there is a gap. */
  beat(): void;
}

interface End {
  readonly listeners: Set<BusListener>;
  /** From whom something was lost that has not been noticed. */
  readonly missing: Set<number>;
}

/** A bus within one runtime, whose messages can be delayed, reordered, repeated and lost. */
export function memoryBusPlace(options: MemoryBusOptions = {}): MemoryBusPlace {
  const { carry = ({ deliver }) => queueMicrotask(deliver), clock } = options;
  const ends: End[] = [];
  /** Letters that have neither arrived nor been noticed to be missing. */
  const underWay = new Set<Letter>();
  const lost = new WeakSet<Letter>();
  const waiting = new Set<() => void>();

  const tell = ({ listeners }: End, say: (listener: BusListener) => void) => {
    for (const listener of listeners) say(listener);
  };

  const noticeGap = (to: number, end: End): void => {
    if (end.missing.size === 0) return;
    end.missing.clear();
    tell(end, (listener) => listener.gap());
    for (const letter of underWay) if (letter.to === to && lost.has(letter)) underWay.delete(letter);
  };

  const settled = () => {
    for (const look of waiting) look();
  };

  const send = (from: number, to: number, end: End, invalidation: Invalidation): void => {
    const letter: Letter = {
      from,
      to,
      invalidation,
      deliver() {
        if (end.missing.has(from)) noticeGap(to, end);
        tell(end, (listener) => listener.invalidated(invalidation));
        underWay.delete(letter);
        settled();
      },
      lose() {
        lost.add(letter);
        end.missing.add(from);
      },
    };
    underWay.add(letter);
    carry(letter);
  };

  const confirm = (from: number, ms: number): Promise<boolean> => {
    const sent = [...underWay].filter((letter) => letter.from === from);
    return new Promise((resolve) => {
      const look = () => {
        if (sent.some((letter) => underWay.has(letter) && ends[letter.to]?.listeners.size !== 0)) return;
        waiting.delete(look);
        resolve(true);
      };
      const giveUp = () => {
        waiting.delete(look);
        resolve(false);
      };
      waiting.add(look);
      look();
      if (!waiting.has(look)) return;
      if (clock === undefined) setTimeout(giveUp, ms);
      else clock.after(ms, giveUp);
    });
  };

  return {
    bus() {
      const end: End = { listeners: new Set(), missing: new Set() };
      const from = ends.push(end) - 1;
      let isOpen = true;
      return {
        publish(invalidation) {
          if (!isOpen) return;
          for (const [to, other] of ends.entries()) if (other !== end) send(from, to, other, invalidation);
        },
        confirm: (ms) => confirm(from, ms),
        subscribe(listener) {
          const own: BusListener = {
            invalidated: (invalidation) => listener.invalidated(invalidation),
            gap: () => listener.gap(),
          };
          if (isOpen) end.listeners.add(own);
          return () => void end.listeners.delete(own);
        },
        async close() {
          isOpen = false;
          end.listeners.clear();
          settled();
        },
      };
    },
    beat() {
      for (const [to, end] of ends.entries()) noticeGap(to, end);
      settled();
    },
  };
}

export interface CarrierOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** The same seed brings the same fates in the same order of letters. @default 1 */
  readonly seed?: number;
  /** At most so many ms on the way: letters that take longer are overtaken by others. @default 0 */
  readonly latency?: number;
  /** How likely a letter is to arrive twice, 0 to 1. @default 0 */
  readonly repeat?: number;
  /** How likely a letter is to be lost, 0 to 1. @default 0 */
  readonly lose?: number;
}

/** Carries letters as a bad network does: `memoryBusPlace({ carry: badCarrier({ clock, lose: 0.1 }) })`. */
export function badCarrier(options: CarrierOptions): (letter: Letter) => void {
  const { clock, seed = 1, latency = 0, repeat = 0, lose = 0 } = options;
  const random = seeded(seed);
  return (letter) => {
    if (random() < lose) return letter.lose();
    const times = random() < repeat ? 2 : 1;
    for (let i = 0; i < times; i++) clock.after(Math.floor(random() * (latency + 1)), letter.deliver);
  };
}
