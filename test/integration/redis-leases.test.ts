import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { HoldingStore } from '../../src/index.js';
import {
  type Connected,
  clients,
  EVERYTHING,
  invalidation,
  pause,
  put,
  recordOf,
  spaceOn,
  ticketOf,
} from '../support/redis-clients.js';
import { until } from '../support/until.js';

let connected: Connected;
let space: ReturnType<typeof spaceOn>;
beforeAll(async () => {
  connected = await clients['node-redis']([inject('redisUrl')]);
});
afterAll(() => connected.close());
beforeEach(() => {
  space = spaceOn(connected.client, 'l');
});
afterEach(() => space.close());

const busyOf = async (store: HoldingStore) => {
  const found = await store.lookup('key', EVERYTHING);
  if (!('busy' in found)) throw new Error(`expected busy, got ${JSON.stringify(found)}`);
  return found; // not the promise itself, which would be awaited
};
/** Longer than a message takes, shorter than the timer that a waiter falls back on. */
const wokenBy = ({ busy }: { busy: Promise<void> }) =>
  Promise.race([busy.then(() => 'a message'), pause(400).then(() => 'nobody')]);

describe('while another process loads', () => {
  it.each([
    ['commit', (store: HoldingStore, ticket: object) => store.commit('key', recordOf(1), ticket)],
    ['release', (store: HoldingStore, ticket: object) => store.release('key', ticket)],
    ['invalidation', (store: HoldingStore) => store.invalidate(invalidation({ hashes: ['key'] }))],
    [
      'dropped commit',
      async (store: HoldingStore, ticket: object) => {
        await store.invalidate(invalidation({ tags: ['*'] }));
        expect(await store.commit('key', recordOf(1), ticket)).toBe('dropped');
      },
    ],
  ])('lookups wait, and are woken by its %s', async (_, end) => {
    const [holder, waiter] = [space.store({ lockTime: 30_000 }), space.store()];
    const ticket = ticketOf(await holder.lookup('key', EVERYTHING));
    expect(await wokenBy(await busyOf(waiter))).toBe('nobody');
    const waiting = await Promise.all([busyOf(waiter), busyOf(waiter), busyOf(holder)]);
    await end(holder, ticket);
    expect(await Promise.all(waiting.map(wokenBy))).toEqual(['a message', 'a message', 'a message']);
    expect(await waiter.lookup('key', EVERYTHING)).not.toHaveProperty('busy');
  });

  it('gives the ticket to one of many', async () => {
    const stores = [space.store(), space.store(), space.store()];
    const found = await Promise.all(stores.flatMap((store) => [1, 2, 3].map(() => store.lookup('key', EVERYTHING))));
    expect(found.filter((lookup) => 'miss' in lookup)).toHaveLength(1);
    expect(found.filter((lookup) => 'busy' in lookup)).toHaveLength(8);
  });

  it('answers what somebody has stored meanwhile', async () => {
    const [one, other] = [space.store(), space.store()];
    const old = recordOf('old');
    await put(one, 'key', old);
    const ticket = ticketOf(await one.lookup('key', EVERYTHING, old.version));
    const waiting = other.lookup('key', EVERYTHING, old.version);
    expect(await waiting).toHaveProperty('busy');
    await one.commit('key', recordOf('new'), ticket);
    expect(await other.lookup('key', EVERYTHING, old.version)).toMatchObject({ hit: { value: 'new' } });
  });
});

describe('a holder that has fallen silent', () => {
  it('is replaced, and may still commit if it was only slow', async () => {
    const dead = space.store({ lockTime: 60 });
    const ticket = ticketOf(await dead.lookup('key', EVERYTHING));
    await dead.close(); // no more heartbeats
    const other = space.store({ lockTime: 60 });
    await until(async () => 'miss' in (await other.lookup('key', EVERYTHING)));
    expect(await dead.commit('key', recordOf('slow'), ticket)).toBe('committed');
    expect(await other.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'slow' } });
  });

  it('may not commit if it was invalidated and replaced meanwhile', async () => {
    const dead = space.store({ lockTime: 60 });
    const ticket = ticketOf(await dead.lookup('key', EVERYTHING));
    await dead.close();
    const other = space.store();
    await other.invalidate(invalidation({ hashes: ['key'] }));
    const next = ticketOf(await other.lookup('key', EVERYTHING));
    expect(await dead.commit('key', recordOf('old'), ticket)).toBe('dropped');
    expect(await other.commit('key', recordOf('new'), next)).toBe('committed');
  });

  it('is not replaced while it lives, however long it loads', async () => {
    const [holder, other] = [space.store({ lockTime: 900 }), space.store()];
    const lockUntil = async () => Number(String(await space.raw('', 'GET', space.keys.lease('key'))).split('|')[2]);
    const ticket = ticketOf(await holder.lookup('key', EVERYTHING));
    const atFirst = await lockUntil();
    await until(async () => (await lockUntil()) > atFirst + 900); // beyond what it was given in the beginning
    expect(await other.lookup('key', EVERYTHING)).toHaveProperty('busy');
    expect(await holder.commit('key', recordOf(1), ticket)).toBe('committed');
  });

  it('does not keep the lock beyond the time in which it may commit', async () => {
    const [holder, other] = [space.store({ lockTime: 60, fenceTime: 150 }), space.store()];
    const ticket = ticketOf(await holder.lookup('key', EVERYTHING));
    await until(async () => 'miss' in (await other.lookup('key', EVERYTHING)));
    await pause(100);
    expect(await holder.commit('key', recordOf('late'), ticket)).toBe('dropped');
  });
});

describe('a ticket that is given back', () => {
  it('frees the key at once', async () => {
    const [one, other] = [space.store(), space.store()];
    await one.release('key', ticketOf(await one.lookup('key', EVERYTHING)));
    expect(await other.lookup('key', EVERYTHING)).toHaveProperty('miss');
  });

  it('cannot free what another holds by now', async () => {
    const [one, other] = [space.store(), space.store()];
    const ticket = ticketOf(await one.lookup('key', EVERYTHING));
    await one.invalidate(invalidation({ hashes: ['key'] }));
    const next = ticketOf(await other.lookup('key', EVERYTHING));
    await one.release('key', ticket);
    expect(await one.lookup('key', EVERYTHING)).toHaveProperty('busy');
    expect(await other.commit('key', recordOf(1), next)).toBe('committed');
  });

  it('for a value that cannot be stored takes the older one along', async () => {
    const store = space.store();
    const old = recordOf('old');
    await put(store, 'key', old);
    const ticket = ticketOf(await store.lookup('key', EVERYTHING, old.version));
    expect(
      await store.commit(
        'key',
        recordOf(() => 1),
        ticket,
      ),
    ).toEqual({ unstorable: expect.stringMatching(/function/) });
    expect(await store.lookup('key', EVERYTHING)).toHaveProperty('miss');
  });
});

describe('a load that failed', () => {
  const failure = { message: 'the source | is\ndown', coolDown: 60_000 };
  const fail = async (store: HoldingStore, given = failure) =>
    store.release('key', ticketOf(await store.lookup('key', EVERYTHING)), given);

  it('keeps all processes from trying again, and tells them why', async () => {
    const [one, other] = [space.store(), space.store()];
    const waiting = await (async () => {
      const ticket = ticketOf(await one.lookup('key', EVERYTHING));
      const busy = await busyOf(other);
      await one.release('key', ticket, failure);
      return busy;
    })();
    expect(await wokenBy(waiting)).toBe('a message');
    for (const store of [one, other, space.store()]) {
      const found = await store.lookup('key', EVERYTHING);
      expect(found).toEqual({ failed: failure.message, retryIn: expect.any(Number) });
      expect('failed' in found && found.retryIn > 50_000 && found.retryIn <= 60_000).toBe(true);
    }
  });

  it('leaves what is stored to those who may still answer it', async () => {
    const store = space.store();
    const old = recordOf('old');
    await put(store, 'key', old);
    await store.release('key', ticketOf(await store.lookup('key', EVERYTHING, old.version)), failure);
    expect(await store.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'old' } });
    expect(await store.lookup('key', EVERYTHING, old.version)).toHaveProperty('failed');
  });

  it('is tried again once its time is over', async () => {
    const store = space.store();
    await fail(store, { message: 'down', coolDown: 50 });
    expect(await store.lookup('key', EVERYTHING)).toHaveProperty('failed');
    await until(async () => 'miss' in (await store.lookup('key', EVERYTHING)));
  });

  it.each([false, true])('is tried again after an invalidation of its key (soft: %s)', async (soft) => {
    const [one, other] = [space.store(), space.store()];
    await fail(one);
    await other.invalidate(invalidation({ hashes: ['key'], soft }));
    expect(await put(one, 'key', recordOf('new'))).toBe('committed');
  });

  it('takes no more room than a note, and no more time than a day', async () => {
    const store = space.store();
    await fail(store, { message: 'x'.repeat(1_000_000), coolDown: Number.POSITIVE_INFINITY });
    expect(String(await space.raw('', 'GET', space.keys.lease('key'))).length).toBeLessThan(1_000);
    expect(await store.lookup('key', EVERYTHING)).toHaveProperty('failed');
    expect(Number(await space.raw('', 'PTTL', space.keys.lease('key')))).toBeLessThanOrEqual(24 * 3_600_000);
  });

  it('says nothing of a load that another holds by now', async () => {
    const [one, other] = [space.store(), space.store()];
    const ticket = ticketOf(await one.lookup('key', EVERYTHING));
    await one.invalidate(invalidation({ hashes: ['key'] }));
    const next = ticketOf(await other.lookup('key', EVERYTHING));
    await one.release('key', ticket, failure);
    expect(await one.lookup('key', EVERYTHING)).toHaveProperty('busy');
    expect(await other.commit('key', recordOf(1), next)).toBe('committed');
  });

  it('does not refuse the value of a slow holder that was taken over: it brings the proof that the source is up', async () => {
    const slow = space.store({ lockTime: 60 });
    const ticket = ticketOf(await slow.lookup('key', EVERYTHING));
    await slow.close(); // no more heartbeats
    const other = space.store({ lockTime: 60 });
    let next: object = {};
    await until(async () => {
      const found = await other.lookup('key', EVERYTHING);
      if ('miss' in found) next = found.miss;
      return 'miss' in found;
    });
    await other.release('key', next, failure);
    expect(await slow.commit('key', recordOf('slow'), ticket)).toBe('committed');
    expect(await other.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'slow' } });
  });
});

describe('a holder learns that its load', () => {
  /** Takes the load of a key, and lets the lock run out as if the holder had been frozen. */
  const takeAndFreeze = async (holder: HoldingStore) => {
    const found = await holder.lookup('key', EVERYTHING);
    if (!('miss' in found)) throw new Error('expected a miss');
    let lost = false;
    void found.lost?.then(() => {
      lost = true;
    });
    const [fence, owner] = String(await space.raw('', 'GET', space.keys.lease('key'))).split('|');
    const thaw = () => space.raw('', 'SET', space.keys.lease('key'), `${fence}|${owner}|1|`, 'PX', '60000');
    return { ticket: found.miss, isLost: () => lost, runOut: thaw };
  };

  it('was taken over', async () => {
    const [holder, other] = [space.store({ lockTime: 300 }), space.store()];
    const { isLost, runOut } = await takeAndFreeze(holder);
    await runOut();
    await until(async () => 'miss' in (await other.lookup('key', EVERYTHING)) || isLost());
    await until(isLost);
  });

  it('was taken over and has ended', async () => {
    const [holder, other] = [space.store({ lockTime: 900 }), space.store()];
    const { ticket, isLost, runOut } = await takeAndFreeze(holder);
    await runOut();
    expect(await put(other, 'key', recordOf('of the other'))).toBe('committed');
    await until(isLost);
    expect(await holder.commit('key', recordOf('late'), ticket)).toBe('dropped');
  });

  it('goes on for its own readers after an invalidation, until somebody has stored a later value', async () => {
    const [holder, other] = [space.store({ lockTime: 60 }), space.store()];
    const { isLost } = await takeAndFreeze(holder);
    await other.invalidate(invalidation({ hashes: ['key'] }));
    const next = ticketOf(await other.lookup('key', EVERYTHING));
    await pause(150); // some heartbeats
    expect(isLost()).toBe(false);
    await other.commit('key', recordOf('new'), next);
    await until(isLost);
  });

  it('is its own again if whoever took it over has fallen silent too', async () => {
    const [holder, other] = [space.store({ lockTime: 900 }), space.store({ lockTime: 30 })];
    const { ticket, isLost, runOut } = await takeAndFreeze(holder);
    await runOut();
    await until(async () => 'miss' in (await other.lookup('key', EVERYTHING)));
    await other.close();
    const owner = async () => String(await space.raw('', 'GET', space.keys.lease('key'))).split('|')[1];
    const successor = await owner();
    await until(async () => (await owner()) !== successor);
    expect(isLost()).toBe(false);
    expect(await holder.commit('key', recordOf(1), ticket)).toBe('committed');
  });
});

it('close waits for what is under way', async () => {
  const [store, other] = [space.store(), space.store()];
  const ticket = ticketOf(await store.lookup('key', EVERYTHING));
  let answer: unknown;
  void store.commit('key', recordOf(1), ticket).then((commit) => {
    answer = commit;
  });
  await store.close();
  expect(answer).toBe('committed');
  expect(await other.lookup('key', EVERYTHING)).toHaveProperty('hit');
});
