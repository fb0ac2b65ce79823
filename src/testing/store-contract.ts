import type { EntryRecord } from '../contracts/entry-record.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { Store, Ticket } from '../contracts/store.js';

/** What is used of a test runner: vitest's and jest's globals fit, as does node:test with an `expect`. */
export interface ContractRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  expect(value: unknown): { toEqual(expected: unknown): void; toBe(expected: unknown): void };
}

/** Two stores over one new, empty place: two tabs, or two processes. */
export type MakeStores = () => Promise<{ stores: readonly [Store, Store]; cleanup: () => Promise<void> }>;

const WINDOWS = { due: 3_600_000, fresh: 3_600_000, stale: 7_200_000, expires: 7_200_000 };
const HASH = '["user",1]';
const TAGS = ['*', 'p:["user"]', 't:users'];
const TARGETS: readonly (readonly [string, Partial<Invalidation>])[] = [
  ['its key', { hashes: [HASH] }],
  ['a tag', { tags: ['t:users'] }],
  ['a tag that only the load told', { tags: ['t:told'] }],
  ['a prefix', { tags: ['p:["user"]'] }],
  ['everything', { tags: ['*'] }],
];
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

let versions = 0;

/** A record as the core makes it. */
function record(value: unknown, tags: readonly string[] = TAGS): EntryRecord {
  return { version: `contract${++versions}`, value, tags, loadedAt: Date.now(), windows: WINDOWS };
}

/** The conformance suite of the Store port: what every store must do for the core to keep its promises. */
export function storeContract({ describe, it, expect }: ContractRunner, name: string, makeStores: MakeStores): void {
  const over = (body: (a: Store, b: Store) => Promise<void>) => async () => {
    const { stores, cleanup } = await makeStores();
    try {
      await body(...stores);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
      await cleanup();
    }
  };

  /** A ticket, after waiting for whoever has it. */
  const ticketFor = async (
    store: Store,
    hash = HASH,
    tags: readonly string[] = TAGS,
    besides?: string,
  ): Promise<Ticket> => {
    for (let tries = 0; tries < 100; tries++) {
      const found = await store.lookup(hash, tags, besides);
      if ('miss' in found) return found.miss;
      if ('busy' in found) await found.busy;
      else throw new Error(`Expected a miss of ${hash}, got ${Object.keys(found).join()}`);
    }
    throw new Error(`No ticket for ${hash}`);
  };

  const storeIn = async (store: Store, entry: EntryRecord, hash = HASH) =>
    store.commit(hash, entry, await ticketFor(store, hash, entry.tags));

  const invalidate = (store: Store, part: Partial<Invalidation>, soft = false) =>
    store.invalidate({ hashes: [], tags: [], ...part, soft });

  const valueIn = async (store: Store, hash = HASH) => {
    const found = await store.lookup(hash, TAGS);
    if ('miss' in found) await store.release(hash, found.miss);
    return 'hit' in found ? found.hit.value : 'no hit';
  };

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
        expect(answer === 'unstorable' || answer === 'rejected').toBe(true);
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
  });
}
