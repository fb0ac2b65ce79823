import type { AdoptingStore, ExplainingStore, HoldingStore, Store } from '../contracts/store.js';
import type { ContractRunner } from './contract-runner.js';
import { HASH, record, type StoreSteps, TAGS, TARGETS } from './store-steps.js';

/** What a store may do besides. Holds and explanations are found by their methods. */
export interface StorePowers {
  /** It tells all who share the place that a load has failed a moment ago. @default false */
  readonly coolDown?: boolean;
}

/** What a store must do if it does it at all: hold, explain, let failed loads cool down. */
export function powersContract(
  { it, expect }: ContractRunner,
  { over, ticketFor, storeIn, invalidate, valueIn }: StoreSteps,
  powers: StorePowers,
): void {
  for (const [kind, target] of TARGETS) {
    it(
      `while ${kind} is held, if it can hold, has no hit and drops every commit, until it is invalidated`,
      over(async (a, b) => {
        if (!isHolding(a)) return;
        const told = [...TAGS, 't:told'];
        const before = await ticketFor(b);
        await b.commit(HASH, record('OLD', told), before);
        await a.hold({ hashes: [], tags: [], ...target, soft: false }, 60_000);
        const found = await b.lookup(HASH, TAGS);
        // Only if the held tag is one that the load will tell, there may be a ticket; it is worth nothing.
        if ('miss' in found) expect(await b.commit(HASH, record('OLD', told), found.miss)).toBe('dropped');
        else expect('held' in found).toBe(true);
        expect(await valueIn(a)).toBe('no hit');
        await invalidate(a, target);
        expect(await b.commit(HASH, record('NEW', told), await ticketFor(b))).toBe('committed');
        expect(await valueIn(a)).toBe('NEW');
      }),
    );
  }

  for (const [kind, target] of TARGETS.filter(([, { tags }]) => !tags?.includes('*'))) {
    it(
      `goes on holding ${kind}, if it can hold, while everything is invalidated by the other`,
      over(async (a, b) => {
        if (!isHolding(a)) return;
        const told = [...TAGS, 't:told'];
        const held = { hashes: [], tags: [], ...target, soft: false };
        await a.hold(held, 60_000);
        await invalidate(b, { tags: ['*'] });
        const found = await b.lookup(HASH, TAGS);
        if ('miss' in found) expect(await b.commit(HASH, record('OLD', told), found.miss)).toBe('dropped');
        else expect('held' in found).toBe(true);
        await invalidate(a, target);
        expect(await b.commit(HASH, record('NEW', told), await ticketFor(b))).toBe('committed');
      }),
    );
  }

  it(
    'forgets a hold when its time is over, if it can hold: whoever held may have died',
    over(async (a, b) => {
      if (!isHolding(a)) return;
      await a.hold({ hashes: [HASH], tags: [], soft: false }, 20);
      for (;;) {
        const found = await b.lookup(HASH, TAGS);
        if ('miss' in found) break;
        expect('held' in found).toBe(true);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }),
  );

  for (const [kind, target] of TARGETS) {
    it(
      `adopts what was loaded elsewhere, if it can adopt, unless ${kind} was invalidated, expired or held since`,
      over(async (a, b) => {
        if (!isAdopting(a) || !isAdopting(b)) return;
        const named = { hashes: [], tags: [], ...target };
        const adopt = (value: string, since: number) => b.adopt(HASH, record(value, [...TAGS, 't:told']), since);
        expect(await adopt('of a page', Date.now())).toBe('committed');
        expect(await valueIn(a)).toBe('of a page');
        for (const act of ['invalidate', 'expire', 'hold'] as const) {
          await after(Date.now());
          const before = Date.now();
          if (act === 'hold' && isHolding(a)) await a.hold({ ...named, soft: false }, 1);
          else await a.invalidate({ ...named, soft: act === 'expire' });
          expect(await adopt('OLD', before)).toBe('dropped');
          expect((await valueIn(a)) === 'OLD').toBe(false);
          await after(Date.now() + 5);
          expect(await adopt(act, Date.now())).toBe('committed');
          expect(await valueIn(b)).toBe(act);
        }
      }),
    );
  }

  it(
    'answers what it has instead of adopting, if it can adopt, if that was loaded later or has a later revision',
    over(async (a, b) => {
      if (!isAdopting(a)) return;
      const page = record('of the page');
      const has = (value: string, change: object) => storeIn(b, { ...record(value), ...change });
      const hitOf = async (change: object = {}) => {
        const answer = await a.adopt(HASH, { ...page, version: `${Math.random()}`, ...change }, Date.now());
        return typeof answer === 'object' && 'hit' in answer ? answer.hit.value : answer;
      };
      await has('later', { loadedAt: page.loadedAt + 1 });
      await after(page.loadedAt + 1);
      expect(await hitOf()).toBe('later');
      await invalidate(b, { hashes: [HASH] });
      await has('earlier', { loadedAt: page.loadedAt - 1 });
      await after(Date.now());
      expect(await hitOf()).toBe('committed');
      await invalidate(b, { hashes: [HASH] });
      await has('higher', { loadedAt: page.loadedAt - 1, revision: '10' });
      await after(Date.now());
      expect(await hitOf({ revision: '9' })).toBe('higher');
      expect(await hitOf({ revision: '11' })).toBe('committed');
      expect(await valueIn(b)).toBe('of the page');
    }),
  );

  it(
    'explains without taking part, if it can explain: in plain data',
    over(async (a, b) => {
      if (!('explain' in a)) return;
      const store = a as ExplainingStore;
      const asText = async () => JSON.stringify(await store.explain(HASH, TAGS));
      expect(typeof JSON.parse(await asText())).toBe('object');
      expect(await storeIn(b, record('v'))).toBe('committed'); // nobody waits for a ticket that was not given
      const current = await asText();
      expect(await valueIn(b)).toBe('v');
      await invalidate(b, { tags: ['t:users'] });
      expect((await asText()) === current).toBe(false);
    }),
  );

  if (!powers.coolDown) return;

  it(
    'tells the other of a load that failed a moment ago, for as long as it was asked to',
    over(async (a, b) => {
      await a.release(HASH, await ticketFor(a), { message: 'source down', coolDown: 60_000 });
      const found = await b.lookup(HASH, TAGS);
      expect('failed' in found && found.failed).toBe('source down');
      expect('failed' in found && found.retryIn > 0 && found.retryIn <= 60_000).toBe(true);
      const other = await b.lookup('other', TAGS);
      expect('miss' in other).toBe(true);
      await a.release('short', await ticketFor(a, 'short'), { message: 'source down', coolDown: 20 });
      while ('failed' in (await b.lookup('short', TAGS))) await new Promise((resolve) => setTimeout(resolve, 5));
    }),
  );

  it(
    'tries again at once after an invalidation of the key',
    over(async (a, b) => {
      await a.release(HASH, await ticketFor(a), { message: 'source down', coolDown: 60_000 });
      await invalidate(b, { hashes: [HASH] });
      expect(await a.commit(HASH, record('v'), await ticketFor(a))).toBe('committed');
      expect(await valueIn(b)).toBe('v');
    }),
  );

  it(
    'takes no failure from a load that began before an invalidation of the key',
    over(async (a, b) => {
      const late = await ticketFor(a);
      await invalidate(b, { hashes: [HASH] });
      await a.release(HASH, late, { message: 'source down', coolDown: 60_000 });
      expect(await b.commit(HASH, record('v'), await ticketFor(b))).toBe('committed');
    }),
  );
}

function isHolding(store: Store): store is HoldingStore {
  return 'hold' in store;
}

function isAdopting(store: Store): store is AdoptingStore {
  return 'adopt' in store;
}

/** Until the wall clock says more than `instant`. */
async function after(instant: number): Promise<void> {
  while (Date.now() <= instant) await new Promise((resolve) => setTimeout(resolve, 1));
}
