import { describe, expect, it } from 'vitest';
import type { Bus, BusListener } from '../../src/index.js';
import { busContract } from '../../src/testing/bus-contract.js';
import { memoryBusPlace } from '../../src/testing/memory-bus.js';

busContract({ describe, it, expect }, 'memory', async () => {
  let isBroken = false;
  const place = memoryBusPlace({
    carry: (letter) => (isBroken ? letter.lose() : queueMicrotask(letter.deliver)),
  });
  return {
    buses: [place.bus(), place.bus()],
    async breakSecond(meanwhile) {
      isBroken = true;
      await meanwhile();
      isBroken = false;
      place.beat();
    },
    cleanup: async () => {},
  };
});

it('fails for a bus that loses messages in silence, and for one that confirms what nobody heard', async () => {
  const listeners = new Set<BusListener>();
  let isBroken = false;
  const careless = (): Bus => ({
    publish(invalidation) {
      if (!isBroken) for (const listener of listeners) setTimeout(() => listener.invalidated(invalidation), 5);
    },
    confirm: async () => true,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {},
  });
  const tests: [string, () => Promise<void>][] = [];
  const recording = {
    describe: (_: string, body: () => void) => body(),
    it: (...test: (typeof tests)[number]) => void tests.push(test),
    expect,
  };
  busContract(recording, 'careless', async () => ({
    buses: [careless(), careless()],
    async breakSecond(meanwhile) {
      isBroken = true;
      await meanwhile();
      isBroken = false;
    },
    cleanup: async () => listeners.clear(),
  }));
  const failed: string[] = [];
  const late = () => new Promise<void>((_, reject) => setTimeout(reject, 200));
  for (const [name, body] of tests) await Promise.race([body(), late()]).catch(() => failed.push(name));
  expect(failed).toEqual([
    'tells every listener, and none that has left',
    'does not tell the one who publishes',
    'tells nothing after it was closed, and lets the others go on',
    'never loses a message without telling of a gap',
    'confirms only when the other has heard, if it confirms at all',
  ]);
});
