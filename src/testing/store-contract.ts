import type { Store } from '../contracts/store.js';
import type { ContractRunner } from './contract-runner.js';
import { powersContract, type StorePowers } from './powers-contract.js';
import { createSteps, HASH, type MakeStores, record, TAGS, TARGETS, WINDOWS } from './store-steps.js';

const VALUES: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['0', 0],
  ['an empty string', ''],
  ['false', false],
  ['undefined', undefined],
  ['nested data', { a: [1, { b: 'ü\u2028</script>' }], c: -1.5 }],
  ['a Date', new Date(0)],
  ['a Map and a Set', new Map([['k', new Set([1, 2])]])],
  ['a BigInt', 12345678901234567890n],
  ['bytes', new Uint8Array([0, 255])],
];
const HOSTILE = ['}{', 'a:b', ':l', 'ümläut 🎈', 'line\nbreak', '__proto__', '"quoted"', 'x'.repeat(2_000)];

/** The conformance suite of the Store port: what every store must do for the core to keep its promises. */
export function storeContract(
  runner: ContractRunner,
  name: string,
  makeStores: MakeStores,
  powers: StorePowers = {},
): void {
  const { describe, it, expect } = runner;
  const steps = createSteps(makeStores);
  const { over, ticketFor, storeIn, invalidate, valueIn } = steps;

  describe(`the store contract: ${name}`, () => {
    for (const [kind, value] of VALUES) {
      it(
        `keeps ${kind}: the other reads it deep-equal, with its version, tags and windows`,
        over(async (a, b) => {
          const entry = record(value);
          expect(await storeIn(a, entry)).toBe('committed');
          const found = await b.lookup(HASH, TAGS);
          if (!('hit' in found)) throw new Error('Expected a hit');
          const { loadedAt, ...rest } = found.hit;
          expect({ ...rest, tags: [...rest.tags].sort() }).toEqual({
            version: entry.version,
            value,
            tags: [...TAGS].sort(),
            windows: WINDOWS,
          });
          expect(Math.abs(loadedAt - entry.loadedAt) < 1_000).toBe(true);
          expect(found.stale === true).toBe(false);
        }),
      );
    }

    for (const [kind, target] of TARGETS) {
      it(
        `drops a commit whose ticket is from before an invalidation of ${kind} by the other`,
        over(async (a, b) => {
          const ticket = await ticketFor(a);
          await invalidate(b, target);
          expect(await a.commit(HASH, record('OLD', [...TAGS, 't:told']), ticket)).toBe('dropped');
          expect(await valueIn(a)).toBe('no hit');
          expect(await valueIn(b)).toBe('no hit');
        }),
      );
      it(
        `has no hit in either after an invalidation of ${kind}`,
        over(async (a, b) => {
          await storeIn(a, record('OLD', [...TAGS, 't:told']));
          expect(await valueIn(b)).toBe('OLD');
          await invalidate(b, target);
          expect(await valueIn(a)).toBe('no hit');
          expect(await valueIn(b)).toBe('no hit');
          await storeIn(b, record('NEW'));
          expect(await valueIn(a)).toBe('NEW');
        }),
      );
      it(
        `has a stale hit after an expiry of ${kind}, and a fresh one after the next load`,
        over(async (a, b) => {
          const old = record('OLD', [...TAGS, 't:told']);
          await storeIn(a, old);
          await invalidate(b, target, true);
          const found = await a.lookup(HASH, TAGS);
          expect('hit' in found && found.stale).toBe(true);
          await a.commit(HASH, record('NEW'), await ticketFor(a, HASH, TAGS, old.version));
          const after = await b.lookup(HASH, TAGS);
          expect('hit' in after && [after.hit.value, after.stale === true]).toEqual(['NEW', false]);
        }),
      );
    }

    it(
      'is left alone by an invalidation of something else',
      over(async (a, b) => {
        const ticket = await ticketFor(a);
        await invalidate(b, { hashes: ['other'], tags: ['t:others', 'p:["users"]'] });
        expect(await a.commit(HASH, record('v'), ticket)).toBe('committed');
        expect(await valueIn(b)).toBe('v');
      }),
    );

    it(
      'has no hit besides the version that the caller has, and one besides any other',
      over(async (a, b) => {
        const entry = record('v');
        await storeIn(a, entry);
        expect('hit' in (await b.lookup(HASH, TAGS, entry.version))).toBe(false);
        expect('hit' in (await b.lookup(HASH, TAGS, 'another'))).toBe(true);
      }),
    );

    it(
      'gives the next one a ticket after a release',
      over(async (a, b) => {
        await a.release(HASH, await ticketFor(a));
        expect(await b.commit(HASH, record('v'), await ticketFor(b))).toBe('committed');
      }),
    );

    it(
      'never changes silently what it cannot keep',
      over(async (a, b) => {
        const answer = await storeIn(a, record({ run: () => 1 })).catch(() => 'rejected');
        expect(answer === 'rejected' || typeof answer === 'object').toBe(true);
        expect(await valueIn(b)).toBe('no hit');
      }),
    );

    it(
      'keeps hostile hashes and tags apart',
      over(async (a, b) => {
        for (const text of HOSTILE) await storeIn(a, record(text, ['*', `t:${text}`]), text);
        for (const text of HOSTILE) expect(await valueIn(b, text)).toBe(text);
        for (const text of HOSTILE) {
          await invalidate(a, { tags: [`t:${text}`] });
          expect(await valueIn(b, text)).toBe('no hit');
        }
      }),
    );

    it(
      'drops a lower revision, and stores the same, a higher one, or one without',
      over(async (a, b) => {
        const offer = async (store: Store, value: string, revision: string | undefined) => {
          const found = await a.lookup(HASH, TAGS);
          const besides = 'hit' in found ? found.hit.version : undefined;
          if ('miss' in found) await a.release(HASH, found.miss);
          const ticket = await ticketFor(store, HASH, TAGS, besides);
          return store.commit(HASH, { ...record(value), revision }, ticket);
        };
        expect(await offer(a, 'nine', '9')).toBe('committed');
        expect(await offer(b, 'eight', '8')).toBe('dropped');
        expect(await valueIn(a)).toBe('nine');
        expect(await offer(b, 'nine again', '9')).toBe('committed');
        expect(await offer(a, 'ten', '10')).toBe('committed'); // as text it would be lower
        expect(await offer(b, 'nine', '9')).toBe('dropped');
        expect(await valueIn(b)).toBe('ten');
        expect(await offer(a, 'huge', '9007199254740993')).toBe('committed');
        expect(await offer(b, 'one less', '9007199254740992')).toBe('dropped'); // as a double it would be the same
        expect(await valueIn(b)).toBe('huge');
        expect(await offer(a, 'unnumbered', undefined)).toBe('committed');
        expect(await valueIn(b)).toBe('unnumbered');
      }),
    );

    powersContract(runner, steps, powers);
  });
}
