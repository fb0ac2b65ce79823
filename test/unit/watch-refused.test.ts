import { afterEach, describe, expect, it } from 'vitest';
import { type Cache, createCache, tierOf } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';

const MINUTE = 60_000;
const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
};

const open: Cache[] = [];
afterEach(async () => {
  for (const cache of open.splice(0)) await cache.close();
});

/** A source behind replicas: each load is answered by one, which says how far it is. */
function setting() {
  const clock = fakeClock();
  const place = sharedMemoryPlace({ clock });
  const replica = { revision: 10 };
  const loads: number[] = [];
  const cache = () => {
    const made = createCache({ clock, tier: tierOf(place.store()), ttl: '1h', jitter: 0, random: () => 1 });
    open.push(made);
    return made;
  };
  const watch = (on: Cache) =>
    on.watch('k', async ({ revision }) => {
      const { revision: seen } = replica;
      revision(seen);
      loads.push(clock.now());
      await new Promise((resolve) => setImmediate(resolve));
      return seen;
    });
  /** Lets so much time pass, second by second, and what happens in it. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 1_000) {
      clock.advance(Math.min(1_000, left));
      await turns(5);
    }
  };
  return { clock, replica, loads, cache, watch, pass };
}

describe('a view whose loads a store refuses, since the replica that answers them lags', () => {
  it('does not load again and again, but ever more seldom', async () => {
    const { cache, replica, loads, watch, pass } = setting();
    const tab = cache();
    const followed = watch(tab);
    followed.subscribe(() => {});
    await turns(10);
    expect(followed.read()).toMatchObject({ data: 10, isStale: false });
    replica.revision = 9;
    loads.length = 0;
    await tab.invalidate({ key: 'k' });
    // At once, and once more. The naive way, to load whatever is refused again at once, loads some 100 times here.
    await turns(500);
    expect(loads).toHaveLength(2);
    expect(followed.read()).toMatchObject({ data: 9, isStale: true, isFetching: false });
    const start = loads[0] as number;
    await pass(2 * MINUTE);
    const waits = loads.map((at) => (at - start) / 1_000);
    expect(waits).toEqual([0, 0, 1, 3, 7, 15, 31, 61, 91]);
  });

  it('shows what the source has as soon as a load finds it, and begins anew after a while', async () => {
    const { cache, replica, loads, watch, pass } = setting();
    const tab = cache();
    const followed = watch(tab);
    followed.subscribe(() => {});
    await turns(10);
    const lag = async () => {
      replica.revision = 9;
      loads.length = 0;
      await tab.invalidate({ key: 'k' });
      await turns(20);
      return loads.length;
    };
    expect(await lag()).toBe(2);
    replica.revision = 11;
    await pass(2_000);
    expect(followed.read()).toMatchObject({ data: 11, isStale: false });
    expect(loads).toHaveLength(3);
    // Soon again: no second load at once, but later. After a while one is refused for another reason.
    expect(await lag()).toBe(1);
    await pass(5_000);
    expect(loads).toHaveLength(2);
    replica.revision = 12;
    await pass(2 * MINUTE);
    expect(followed.read().data).toBe(12);
    expect(await lag()).toBe(2);
  });

  it('loads when it is told to, and not again once nobody follows it', async () => {
    const { cache, replica, loads, watch, pass } = setting();
    const tab = cache();
    const followed = watch(tab);
    const end = followed.subscribe(() => {});
    await turns(10);
    replica.revision = 9;
    await tab.invalidate({ key: 'k' });
    await turns(20);
    loads.length = 0;
    expect(await followed.refresh()).toBe(9);
    expect(loads).toHaveLength(1);
    await turns(20);
    end();
    await pass(2 * MINUTE);
    expect(loads).toHaveLength(1);
  });

  it('loads at once what another tab has invalidated meanwhile, of which there is no bus to tell', async () => {
    const { cache, replica, loads, watch } = setting();
    const [tab, other] = [cache(), cache()];
    const followed = watch(tab);
    followed.subscribe(() => {});
    await turns(10);
    loads.length = 0;
    void followed.refresh();
    await turns(0);
    await other.invalidate({ key: 'k' });
    replica.revision = 11;
    await turns(20);
    expect(loads).toHaveLength(2);
    expect(followed.read()).toMatchObject({ data: 11, isStale: false });
  });
});
