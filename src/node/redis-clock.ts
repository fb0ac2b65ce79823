/** What the clock that processes share says, told from ours and a sample of both. */
export interface RedisClock {
  /** A promise while the first sample is not there. */
  ready(): Promise<void> | undefined;
  toShared(at: number): number;
  toOurs(at: number): number;
}

export interface RedisClockParts {
  /** Asks the shared clock, ms. On a cluster it must be the same server's each time. */
  readonly ask: () => Promise<number>;
  /** Our wall clock, ms. */
  readonly now: () => number;
}

/** Ms after which a sample is renewed: clocks are set, and drift. */
const RENEW = 60_000;

/**
 * Instants are stored in the time of one Redis server, so that a record has the same age for machines whose clocks
 * differ. The server has read its clock at some moment between question and answer; taking the middle, the error is
 * at most half a round trip.
 */
export function createRedisClock({ ask, now }: RedisClockParts): RedisClock {
  /** The shared clock less ours, ms. */
  let ahead: number | undefined;
  let sampledAt = 0;
  let sampling: Promise<void> | undefined;

  const sample = async (): Promise<void> => {
    const asked = performance.now();
    const shared = await ask();
    const answered = performance.now();
    if (!Number.isFinite(shared)) throw new TypeError(`TIME answered ${shared}`);
    ahead = shared + (answered - asked) / 2 - now();
    sampledAt = answered;
  };

  const renew = (): Promise<void> => {
    sampling ??= sample().finally(() => {
      sampling = undefined;
    });
    return sampling;
  };

  return {
    ready() {
      if (ahead === undefined) return renew();
      if (performance.now() - sampledAt > RENEW) {
        sampledAt = performance.now(); // one attempt per period, also when it fails
        renew().catch(() => {});
      }
      return undefined;
    },
    toShared: (at) => Math.round(at + (ahead ?? 0)),
    toOurs: (at) => at - (ahead ?? 0),
  };
}
