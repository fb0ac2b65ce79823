import type { Bus } from '../contracts/bus.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { ContractRunner } from './contract-runner.js';

/** Two buses of one new place: two tabs, or two processes. */
export interface BusesOfAPlace {
  readonly buses: readonly [Bus, Bus];
  /** How the first makes the second hear, if a store tells it rather than `publish`. @default the first's `publish` */
  readonly publish?: (invalidation: Invalidation) => void | Promise<void>;
  /**
   * Breaks the second's connection, runs `meanwhile`, and mends it: the second loses what was told between. Leave it
   * out if nothing can be lost.
   */
  readonly breakSecond?: (meanwhile: () => Promise<void>) => Promise<void>;
  /** How the second ends for good, if there is more to close than the bus. @default its `close` */
  readonly endSecond?: () => Promise<void>;
  readonly cleanup: () => Promise<void>;
}

export type MakeBuses = () => Promise<BusesOfAPlace>;

const KINDS: readonly (readonly [string, Invalidation])[] = [
  ['a key', { hashes: ['["user",1]'], tags: [], soft: false }],
  ['several keys', { hashes: ['a', 'b', '["c"]'], tags: [], soft: false }],
  ['tags and a prefix', { hashes: [], tags: ['t:users', 'p:["user"]'], soft: false }],
  ['everything', { hashes: [], tags: ['*'], soft: false }],
  ['an expiry', { hashes: ['k'], tags: ['t:users'], soft: true }],
  ['hostile text', { hashes: ['}{', '\n', '__proto__', 'ü🎈'], tags: ['t:"q"', 't:\u2028', 't:a\0b'], soft: false }],
];

/** What one end has heard, told apart as a cache would: which names are untrue, which are stale. */
function ear(bus: Bus) {
  const heard = { hard: new Set<string>(), soft: new Set<string>(), messages: 0, gaps: 0 };
  const stop = bus.subscribe({
    invalidated({ hashes, tags, soft }) {
      heard.messages++;
      for (const name of [...hashes.map((hash) => `k:${hash}`), ...tags]) (soft ? heard.soft : heard.hard).add(name);
    },
    gap: () => void heard.gaps++,
  });
  return { heard, stop };
}

/** Waits; the runner's timeout ends the wait. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The conformance suite of the Bus port: what every bus must do for the core to keep its promises. */
export function busContract({ describe, it, expect }: ContractRunner, name: string, makeBuses: MakeBuses): void {
  const over =
    (
      body: (
        first: Bus,
        second: Bus,
        publish: (i: Invalidation) => Promise<void>,
        place: BusesOfAPlace,
      ) => Promise<void>,
    ) =>
    async () => {
      const place = await makeBuses();
      const [first, second] = place.buses;
      const publish = async (invalidation: Invalidation) => (place.publish ?? first.publish)(invalidation);
      try {
        await body(first, second, publish, place);
      } finally {
        await Promise.all([first.close(), second.close()]);
        await place.cleanup();
      }
    };

  let marks = 0;
  /** One more message, by whose arrival one knows that the earlier ones have arrived or never will. */
  const mark = () => {
    const hash = `mark${++marks}`;
    return { invalidation: { hashes: [hash], tags: [], soft: false }, name: `k:${hash}` };
  };

  /** Until messages get through: a connection may take a moment to stand. */
  const ready = async (publish: (i: Invalidation) => Promise<void>, { heard }: ReturnType<typeof ear>) => {
    const { invalidation, name: marked } = mark();
    while (!heard.hard.has(marked)) {
      await publish(invalidation);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };

  describe(`the bus contract: ${name}`, () => {
    for (const [kind, invalidation] of KINDS) {
      it(
        `carries ${kind} to the other, names and softness as they were`,
        over(async (_first, second, publish) => {
          const listening = ear(second);
          await ready(publish, listening);
          const { heard } = listening;
          heard.hard.clear();
          await publish(invalidation);
          const names = [...invalidation.hashes.map((hash) => `k:${hash}`), ...invalidation.tags].sort();
          const side = invalidation.soft ? heard.soft : heard.hard;
          await until(() => names.every((one) => side.has(one)));
          expect([...side].filter((one) => !one.startsWith('k:mark')).sort()).toEqual(names);
          expect([...(invalidation.soft ? heard.hard : heard.soft)].filter((one) => !one.startsWith('k:mark'))).toEqual(
            [],
          );
        }),
      );
    }

    it(
      'tells every listener, and none that has left',
      over(async (_first, second, publish) => {
        const [stays, leaves] = [ear(second), ear(second)];
        await ready(publish, stays);
        await ready(publish, leaves);
        leaves.stop();
        const before = leaves.heard.messages;
        const { invalidation, name: marked } = mark();
        await publish(invalidation);
        await until(() => stays.heard.hard.has(marked));
        expect(leaves.heard.messages).toBe(before);
      }),
    );

    it(
      'does not tell the one who publishes',
      over(async (first, second, publish) => {
        const [own, other] = [ear(first), ear(second)];
        await ready(publish, other);
        const { invalidation, name: marked } = mark();
        await publish(invalidation);
        await until(() => other.heard.hard.has(marked));
        expect(own.heard.messages).toBe(0);
      }),
    );

    it(
      'tells nothing after it was closed, and lets the others go on',
      over(async (first, second, publish, { endSecond }) => {
        const listening = ear(second);
        await ready(publish, listening);
        await second.close();
        await endSecond?.();
        const { messages, gaps } = listening.heard;
        const { invalidation } = mark();
        await publish(invalidation);
        second.publish(invalidation);
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect([listening.heard.messages, listening.heard.gaps]).toEqual([messages, gaps]);
        expect((await first.confirm?.(10_000)) ?? true).toBe(true); // who has gone is not waited for
      }),
    );

    it(
      'never loses a message without telling of a gap',
      over(async (_first, second, publish, { breakSecond }) => {
        if (breakSecond === undefined) return;
        const { heard, stop } = ear(second);
        await ready(publish, { heard, stop });
        const { gaps } = heard;
        const { invalidation, name: marked } = mark();
        await breakSecond(() => publish(invalidation));
        await until(() => heard.gaps > gaps || heard.hard.has(marked));
      }),
    );

    it(
      'confirms only when the other has heard, if it confirms at all',
      over(async (first, second, publish) => {
        if (first.confirm === undefined) return;
        const listening = ear(second);
        await ready(publish, listening);
        const { invalidation, name: marked } = mark();
        await publish(invalidation);
        expect(await first.confirm(10_000)).toBe(true);
        expect(listening.heard.hard.has(marked)).toBe(true);
      }),
    );
  });
}
