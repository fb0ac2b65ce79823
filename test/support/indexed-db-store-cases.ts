import { createStore, del, get, set } from 'idb-keyval';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { databaseName } from '../../src/browser/database-name.js';
import { type IndexedDbStoreOptions, indexedDbStore, wipeIndexedDb } from '../../src/browser/index.js';
import type { EntryRecord, HoldingStore, Invalidation, Lookup, Ticket } from '../../src/index.js';
import { keysOf, recordOf, settled, until, withRows } from './indexed-db-rows.js';

let count = 0;
let name: string;
const open: HoldingStore[] = [];

beforeEach(() => {
  name = `cases-${Date.now()}-${++count}`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((store) => store.close()));
  await wipeIndexedDb({ name });
});

/** Each store is a tab of its own on the database of the running test. None waits for another that loads. */
const tab = (options: Partial<IndexedDbStoreOptions> = {}): HoldingStore => {
  // The machine may be slow; whether deadlines hold is tested beside the connection.
  const deadlines = { openDeadline: '20s', readDeadline: '20s', writeDeadline: '20s' } as const;
  const store = indexedDbStore({ name, ...deadlines, locks: null, ...options });
  open.push(store);
  return store;
};

const invalidation = (given: Partial<Invalidation>): Invalidation => ({ hashes: [], tags: [], soft: false, ...given });
const EVERYTHING = ['*'];

const ticketOf = (lookup: Lookup): Ticket => {
  if (!('miss' in lookup)) throw new Error(`expected a miss, got ${JSON.stringify(lookup)}`);
  return lookup.miss;
};
const ask = async (store: HoldingStore, hash: string, tags = EVERYTHING) => ticketOf(await store.lookup(hash, tags));
const store = async (to: HoldingStore, hash: string, record = recordOf(hash)) =>
  to.commit(hash, record, await ask(to, hash));

/** What runs the same on a real IndexedDB and on fake-indexeddb. */
export function indexedDbStoreCases(): void {
  describe('an entry', () => {
    const rich = { date: new Date(0), map: new Map([['a', new Set([1n])]]), none: undefined, big: 2n ** 70n };
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;

    it.each([[rich], [cyclic], [null], [0], [''], [false], [undefined]])('reads back deep-equal: %o', async (value) => {
      const record = recordOf(value, { tags: ['t:a'] });
      expect(await store(tab(), 'key', record)).toBe('committed');
      const found = await tab().lookup('key', EVERYTHING);
      expect(found).toEqual({ hit: record, stale: false });
      expect('hit' in found && 'value' in found.hit).toBe(true);
    });

    it('keeps binary data', async () => {
      await store(tab(), 'key', recordOf(new Uint8Array([1, 2])));
      const found = await tab().lookup('key', EVERYTHING);
      const value = 'hit' in found ? (found.hit.value as Uint8Array) : undefined;
      // Under jsdom what is read back has the Uint8Array of another realm.
      expect([value?.constructor.name, ...(value ?? [])]).toEqual(['Uint8Array', 1, 2]);
    });

    it('is a miss for who wants to replace that very version', async () => {
      const record = recordOf('old');
      await store(tab(), 'key', record);
      expect(await tab().lookup('key', EVERYTHING, 'another')).toMatchObject({ hit: { value: 'old' } });
      const ticket = ticketOf(await tab().lookup('key', EVERYTHING, record.version));
      expect(await tab().commit('key', recordOf('new'), ticket)).toBe('committed');
      expect(await tab().lookup('key', EVERYTHING, record.version)).toMatchObject({ hit: { value: 'new' } });
    });

    it('is told apart from what has an equal name, and may be named like a property of every object', async () => {
      const one = tab();
      for (const hash of ['#', 'e', 't:a', '__proto__', 'constructor', '\ud800'])
        await store(one, hash, recordOf(`of ${hash}`));
      await one.invalidate(invalidation({ tags: ['#', 'e'] }));
      for (const hash of ['#', 'e', 't:a', '__proto__', 'constructor', '\ud800']) {
        expect(await one.lookup(hash, EVERYTHING)).toMatchObject({ hit: { value: `of ${hash}` } });
      }
    });
  });

  describe('the race: a load begins, the source changes, another tab invalidates, the load ends', () => {
    const targets: [string, Invalidation][] = [
      ['its key', invalidation({ hashes: ['key'] })],
      ['its tag', invalidation({ tags: ['t:users'] })],
      ['its prefix', invalidation({ tags: ['p:["user"]'] })],
      ['everything', invalidation({ tags: ['*'] })],
    ];
    const tags = ['t:users', 'p:["user"]'];

    it.each(targets)('%s: the old value is dropped', async (_, target) => {
      const [here, there] = [tab(), tab()];
      const ticket = await ask(here, 'key');
      await there.invalidate(target);
      expect(await here.commit('key', recordOf('old', { tags }), ticket)).toBe('dropped');
      expect(await there.lookup('key', EVERYTHING)).toHaveProperty('miss');
      expect(await here.lookup('key', EVERYTHING)).toHaveProperty('miss');
      expect(await store(here, 'key', recordOf('new', { tags }))).toBe('committed');
      expect(await there.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'new' } });
    });

    it.each(targets)('%s: what is on disk is untrue in every tab', async (_, target) => {
      const [here, there] = [tab(), tab()];
      await store(here, 'key', recordOf('old', { tags }));
      await store(here, 'other', recordOf('other'));
      await there.invalidate(target);
      expect(await here.lookup('key', [])).toHaveProperty('miss');
      expect('hit' in (await here.lookup('other', []))).toBe(!target.tags.includes('*'));
    });

    it('with get, set and delete instead, the old value comes back for ever', async () => {
      const naive = createStore(`${name}-naive`, 'keyval');
      expect(await get('key', naive)).toBeUndefined(); // here: a miss, and the load begins
      await del('key', naive); // there: the source has changed
      await set('key', 'old', naive); // here: the load ends
      expect(await get('key', naive)).toBe('old');
      indexedDB.deleteDatabase(`${name}-naive`);
    });

    it('knows the tags that only the load could tell', async () => {
      const [here, there] = [tab(), tab()];
      const ticket = await ask(here, 'key');
      await there.invalidate(invalidation({ tags: ['t:late'] }));
      expect(await here.commit('key', recordOf('old', { tags: ['t:late'] }), ticket)).toBe('dropped');
      expect(await here.commit('key', recordOf('unrelated'), ticket)).toBe('committed');
    });

    it('drops what was loaded for a database that was wiped meanwhile', async () => {
      const here = tab();
      const ticket = await ask(here, 'key');
      await wipeIndexedDb({ name });
      expect(await here.commit('key', recordOf('old'), ticket)).toBe('dropped');
      expect(await store(here, 'key', recordOf('new'))).toBe('committed');
    });
  });

  describe('a soft invalidation', () => {
    it.each([
      ['key', { hashes: ['key'] }],
      ['tag', { tags: ['t:a'] }],
    ])('of a %s leaves the entry, stale until it is loaded again', async (_, target) => {
      const one = tab();
      const [old, between, fresh] = [1, 2, 3].map((value) => recordOf(value, { tags: ['t:a'] }));
      await store(one, 'key', old);
      const before = ticketOf(await one.lookup('key', EVERYTHING, old?.version));
      await tab().invalidate(invalidation({ ...target, soft: true }));
      expect(await one.lookup('key', EVERYTHING)).toEqual({ hit: old, stale: true });
      const after = ticketOf(await one.lookup('key', EVERYTHING, old?.version));
      expect(await one.commit('key', between as EntryRecord, before)).toBe('committed');
      expect(await one.lookup('key', EVERYTHING)).toEqual({ hit: between, stale: true });
      expect(await one.commit('key', fresh as EntryRecord, after)).toBe('committed');
      expect(await one.lookup('key', EVERYTHING)).toEqual({ hit: fresh, stale: false });
    });

    it('does not make true again what a hard one made untrue', async () => {
      const one = tab();
      await store(one, 'key', recordOf('old', { tags: ['t:a'] }));
      await one.invalidate(invalidation({ tags: ['t:a'] }));
      await one.invalidate(invalidation({ tags: ['t:a'], soft: true }));
      expect(await one.lookup('key', EVERYTHING)).toHaveProperty('miss');
    });
  });

  describe('a hold', () => {
    it('answers held in every tab until its time is over, and nothing commits', async () => {
      let now = Date.now();
      const clock = { now: () => now };
      const [here, there] = [tab({ clock }), tab({ clock })];
      const ticket = await ask(here, 'key');
      await there.hold(invalidation({ tags: ['t:a'] }), 1_000);
      expect(await here.lookup('key', ['*', 't:a'])).toEqual({ held: true });
      const begunSince = await ask(here, 'key'); // it is not known yet that the load will say t:a
      expect(await here.commit('key', recordOf('old', { tags: ['t:a'] }), ticket)).toBe('dropped');
      expect(await here.commit('key', recordOf('old', { tags: ['t:a'] }), begunSince)).toBe('dropped');
      now += 1_000;
      expect(await here.lookup('key', ['*', 't:a'])).toHaveProperty('miss');
    });

    it('ends with the invalidation of the mutation', async () => {
      const one = tab();
      await one.hold(invalidation({ hashes: ['key'] }), 60_000);
      expect(await one.lookup('key', EVERYTHING)).toEqual({ held: true });
      await one.invalidate(invalidation({ hashes: ['key'] }));
      expect(await store(one, 'key')).toBe('committed');
    });

    const held = invalidation({ tags: ['t:held'] });
    const under = (one: HoldingStore) => store(one, 'key', recordOf('old', { tags: ['t:held'] }));

    it('is not over for those who are evicted meanwhile', async () => {
      const one = tab({ maxEntries: 2 });
      await one.hold(held, 60_000);
      for (let i = 0; i < 6; i++) await store(one, `k${i}`, recordOf(i, { ttl: 9_000_000 + i }));
      expect(await under(one)).toBe('dropped');
      await one.invalidate(held);
      expect(await under(one)).toBe('committed');
    });

    it('is not over when sweeps come to what expires with it', async () => {
      let now = Date.now();
      const one = tab({ clock: { now: () => now } });
      await store(one, 'short', recordOf('short', { ttl: 1_000 }));
      await one.hold(held, 86_400_000);
      now += 3_600_001;
      await store(one, 'next', recordOf('next', { loadedAt: now }));
      await until(async () => !(await keysOf(name)).includes('eshort'));
      expect(await under(one)).toBe('dropped');
      now += 86_400_000;
      await store(one, 'later', recordOf('later', { loadedAt: now }));
      await until(async () => !(await keysOf(name)).includes('tt:held'));
      expect((await withRows(name, 'readonly', (rows) => rows.get('#'))).result).toMatchObject({
        entries: 1,
        marks: 0,
      });
    });

    it('is not over when all else is forgotten: with ten thousand marks, and with one that cannot be read', async () => {
      const one = tab();
      await one.hold(held, 60_000);
      await one.invalidate(invalidation({ tags: Array.from({ length: 10_001 }, (_, i) => `t:${i}`) }));
      expect(await keysOf(name)).toEqual(['#', 'tt:held']);
      expect(await under(one)).toBe('dropped');
      await withRows(name, 'readwrite', (rows) => rows.put('garbage', 'tt:a'));
      await store(one, 'other', recordOf('other', { tags: ['t:a'] }));
      expect(await keysOf(name)).toEqual(['#', 'tt:held']);
      expect(await under(one)).toBe('dropped');
      expect((await withRows(name, 'readonly', (rows) => rows.get('#'))).result).toMatchObject({
        entries: 0,
        marks: 1,
      });
    }, 30_000);

    it('whose time was over when everything was invalidated leaves no mark', async () => {
      let now = Date.now();
      const one = tab({ clock: { now: () => now } });
      await one.hold(held, 1_000);
      await one.hold(invalidation({ hashes: ['key'] }), 60_000);
      now += 1_000;
      await one.invalidate(invalidation({ tags: ['*'] }));
      expect((await keysOf(name)).sort()).toEqual(['#', 'kkey', 't*']);
    });
  });

  describe('transactions', () => {
    const transactions = (mode: IDBTransactionMode) => {
      const spy = vi.spyOn(IDBDatabase.prototype, 'transaction');
      return () => spy.mock.calls.filter((call) => call[1] === mode).length;
    };

    it('opens the database at once, and reads nothing before it is asked', async () => {
      const opened = vi.spyOn(IDBFactory.prototype, 'open');
      const read = transactions('readonly');
      const one = tab();
      expect(opened).toHaveBeenCalledTimes(1);
      await ask(one, 'key');
      expect(opened).toHaveBeenCalledTimes(1);
      expect(read()).toBe(1);
    });

    it('answers the lookups of one tick in one', async () => {
      const one = tab();
      await Promise.all(Array.from({ length: 20 }, (_, i) => store(one, `k${i}`, recordOf(i, { tags: [`t:${i}`] }))));
      const read = transactions('readonly');
      const found = await Promise.all(Array.from({ length: 20 }, (_, i) => one.lookup(`k${i}`, EVERYTHING)));
      expect(found.map((lookup) => 'hit' in lookup && lookup.hit.value)).toEqual(
        Array.from({ length: 20 }, (_, i) => i),
      );
      expect(read()).toBe(1);
    });

    it('commits a thousand entries in ten, and invalidates a thousand keys in one', async () => {
      const one = tab({ maxEntries: 2_000 });
      const hashes = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
      const ticket = await ask(one, 'key');
      await store(one, 'warm'); // the first write of a database begins a sweep
      await until(async () => (await keysOf(name)).includes('ewarm'));
      const written = transactions('readwrite');
      const answers = await Promise.all(hashes.map((hash) => one.commit(hash, recordOf(hash), ticket)));
      expect(new Set(answers)).toEqual(new Set(['committed']));
      expect(written()).toBeLessThanOrEqual(11); // one more for a sweep
      const before = written();
      const committed = vi.spyOn(IDBTransaction.prototype, 'commit');
      await Promise.all(hashes.map((hash) => one.invalidate(invalidation({ hashes: [hash] }))));
      expect(written() - before).toBeLessThanOrEqual(2);
      expect(committed).toHaveBeenCalledTimes(written() - before);
      expect((await keysOf(name)).filter((key) => key.startsWith('ek'))).toEqual([]);
    });

    it('keeps the last of two commits of a key in one tick, and counts it once', async () => {
      const one = tab();
      const ticket = await ask(one, 'key');
      await Promise.all(['a', 'b'].map((value) => one.commit('key', recordOf(value), ticket)));
      expect(await one.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'b' } });
      expect((await withRows(name, 'readonly', (rows) => rows.get('#'))).result).toMatchObject({ entries: 1 });
    });
  });

  it('tells which request of a write has failed, and so of what', async () => {
    const one = tab();
    await store(one, 'key');
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, row, key) {
      return this.add(row, key); // fails for what is there already, before the transaction ends
    });
    const refused = expect.stringMatching(/ConstraintError/);
    await expect(store(one, 'other')).rejects.toMatchObject({ name: 'StoreError', message: refused });
    await expect(one.invalidate(invalidation({ hashes: ['key'] }))).rejects.toMatchObject({ message: refused });
  });

  describe('a value that cannot be kept', () => {
    class Money {
      cents = 1;
    }
    class Tagged {
      digits = [1];
    }
    Object.defineProperty(Tagged.prototype, Symbol.toStringTag, { value: 'Decimal' });
    class Amounts extends Array<number> {}
    class NotFound extends Error {
      status = 404;
    }
    it.each([
      ['a function', { f: () => 1 }],
      ['a symbol', [Symbol('s')]],
      ['an instance, which would come back as a plain object', new Money()],
      ['an instance with a tag, as of a number without bounds', new Tagged()],
      ['an instance of an array of its own', Amounts.of(1)],
      ['an instance of an error of its own', { error: new NotFound() }],
      ['a property named by a symbol', { [Symbol('s')]: 1 }],
      ['a property of a Map', Object.assign(new Map(), { total: 1 })],
      ['a promise, which the browser refuses', Promise.resolve()],
      ['more than a fifth of the room', 'x'.repeat(1_000)],
    ])('%s: unstorable, and the commits beside it are kept', async (_, value) => {
      const one = tab({ maxBytes: 5_000 });
      await store(one, 'bad', recordOf('what was there is older than what was loaded'));
      const found = await one.lookup('bad', EVERYTHING);
      const besides = 'hit' in found ? found.hit.version : '';
      const ticket = ticketOf(await one.lookup('bad', EVERYTHING, besides));
      const answers = ['a', 'bad', 'b'].map((hash) =>
        one.commit(hash, recordOf(hash === 'bad' ? value : hash), ticket),
      );
      expect(await Promise.all(answers)).toEqual([
        'committed',
        { unstorable: expect.stringMatching(/./) },
        'committed',
      ]);
      expect(await one.lookup('a', EVERYTHING)).toHaveProperty('hit');
      expect(await one.lookup('b', EVERYTHING)).toHaveProperty('hit');
      expect(await one.lookup('bad', EVERYTHING)).toHaveProperty('miss');
      expect((await withRows(name, 'readonly', (rows) => rows.get('#'))).result).toMatchObject({ entries: 2 });
    });
  });

  describe('bounds', () => {
    const entriesOf = async () => (await keysOf(name)).filter((key) => key.startsWith('e'));

    it('evicts what expires soonest when there are too many entries', async () => {
      const one = tab({ maxEntries: 10 });
      for (let i = 0; i < 30; i++) {
        await store(one, `k${i}`, recordOf(i, { ttl: 60_000 + i }));
        expect((await entriesOf()).length).toBeLessThanOrEqual(10);
      }
      const kept = await entriesOf();
      expect(kept.length).toBeGreaterThanOrEqual(8);
      expect(kept).toContain('ek29');
      expect(kept).not.toContain('ek0');
    });

    it('never evicts a mark before all the entries that it makes untrue', async () => {
      const one = tab({ maxEntries: 2 });
      const loadedAt = Date.now();
      for (const hash of ['a', 'b']) {
        await store(one, hash, recordOf('old', { tags: ['t:a'], loadedAt, ttl: 9_000_000 }));
      }
      await one.invalidate(invalidation({ tags: ['t:a'] }));
      await store(one, 'c', recordOf('c', { loadedAt, ttl: 9_000_001 })); // makes room of one entry
      expect((await entriesOf()).length).toBe(2);
      for (const hash of ['a', 'b']) expect(await one.lookup(hash, EVERYTHING)).toHaveProperty('miss');
    });

    it('evicts when they take too many bytes', async () => {
      const one = tab({ maxBytes: 10_000 });
      for (let i = 0; i < 30; i++) await store(one, `k${i}`, recordOf('x'.repeat(500), { ttl: 60_000 + i }));
      const kept = await entriesOf();
      expect(kept.length).toBeLessThan(10);
      expect(kept.length).toBeGreaterThan(5);
      expect(kept).toContain('ek29');
    });

    it('counts right what is overwritten, invalidated and evicted', async () => {
      const one = tab({ maxEntries: 4 });
      for (let i = 0; i < 20; i++) {
        const found = await one.lookup(`k${i % 6}`, EVERYTHING);
        const besides = 'hit' in found ? found.hit.version : undefined;
        const ticket = ticketOf(await one.lookup(`k${i % 6}`, EVERYTHING, besides));
        await one.commit(`k${i % 6}`, recordOf('x'.repeat(i)), ticket);
        if (i % 5 === 0) await one.invalidate(invalidation({ hashes: [`k${i % 6}`, 'unknown'] }));
      }
      const [totals, entries] = await withRows(name, 'readonly', (rows) => [
        rows.get('#'),
        rows.getAll(IDBKeyRange.bound('e', 'f')),
      ]);
      const bytes = entries.result.reduce((sum: number, row: { bytes: number }) => sum + row.bytes, 0);
      expect(totals.result).toMatchObject({
        entries: entries.result.length,
        bytes,
        marks: (await keysOf(name)).filter((key) => key.startsWith('k')).length,
      });
    });

    it('sweeps what has expired, and the marks with it, once an hour', async () => {
      let now = Date.now();
      const one = tab({ clock: { now: () => now } });
      await store(one, 'short', recordOf('short', { ttl: 1_000, tags: ['t:a'] }));
      await store(one, 'long', recordOf('long', { ttl: 86_400_000 }));
      await one.invalidate(invalidation({ tags: ['t:a'] }));
      const late = await ask(one, 'late');
      now += 3_600_001;
      await store(one, 'next', recordOf('next', { loadedAt: now }));
      await until(async () => !(await keysOf(name)).includes('eshort'));
      expect(await keysOf(name)).toContain('tt:a'); // it would make an entry untrue that expires as late as 'long'
      now += 86_400_000;
      await store(one, 'later', recordOf('later', { loadedAt: now }));
      await until(async () => !(await keysOf(name)).includes('tt:a'));
      expect(await keysOf(name)).toEqual(expect.arrayContaining(['#', 'elater']));
      expect(await keysOf(name)).not.toContain('elong');
      expect(await one.commit('late', recordOf('late'), late)).toBe('committed'); // it came after all marks
    });

    it('a mark that was swept still keeps out the loads from before it', async () => {
      let now = Date.now();
      const one = tab({ clock: { now: () => now } });
      const ticket = await ask(one, 'key');
      await one.invalidate(invalidation({ tags: ['t:a'] }));
      now += 3_600_001;
      await store(one, 'other', recordOf('other', { loadedAt: now }));
      await until(async () => !(await keysOf(name)).includes('tt:a'));
      expect(await one.commit('key', recordOf('old', { tags: ['t:a'], loadedAt: now }), ticket)).toBe('dropped');
    });

    it('forgets everything rather than keep ten thousand marks', async () => {
      const one = tab();
      await store(one, 'key', recordOf('old', { tags: ['t:a'] }));
      const ticket = await ask(one, 'load');
      const tags = Array.from({ length: 10_001 }, (_, i) => `t:${i}`);
      await one.invalidate(invalidation({ tags: ['t:a', ...tags] }));
      expect(await keysOf(name)).toEqual(['#']);
      expect(await one.commit('load', recordOf('old', { tags: ['t:a'] }), ticket)).toBe('dropped');
      expect(await store(one, 'key', recordOf('new'))).toBe('committed');
    }, 30_000);
  });

  describe('what is on the disk', () => {
    it('is a miss and deleted if it does not have its shape', async () => {
      const one = tab();
      await store(one, 'key');
      await withRows(name, 'readwrite', (rows) => rows.put({ record: { value: 'garbage' } }, 'ekey'));
      expect(await one.lookup('key', EVERYTHING)).toHaveProperty('miss');
      await until(async () => !(await keysOf(name)).includes('ekey'));
      expect(await store(one, 'key', recordOf('new'))).toBe('committed');
    });

    it('is a miss if it claims to be younger than the latest invalidation', async () => {
      const one = tab();
      await store(one, 'key', recordOf('old', { tags: ['t:a'] }));
      const { result } = await withRows(name, 'readonly', (rows) => rows.get('ekey'));
      await withRows(name, 'readwrite', (rows) => rows.put({ ...result, seq: 1e9 }, 'ekey'));
      await one.invalidate(invalidation({ tags: ['t:a'] }));
      expect(await one.lookup('key', EVERYTHING)).toHaveProperty('miss');
    });

    it('is all untrue if the totals are lost', async () => {
      const one = tab();
      await store(one, 'key');
      const ticket = await ask(one, 'load');
      await withRows(name, 'readwrite', (rows) => rows.put({ seq: 'x' }, '#'));
      expect(await one.lookup('key', EVERYTHING)).toHaveProperty('miss');
      expect(await one.commit('load', recordOf('old'), ticket)).toBe('dropped');
      expect(await store(one, 'key', recordOf('new'))).toBe('committed');
      expect(await one.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'new' } });
    });

    it('is untrue under a mark that cannot be read, until the next load has put that right', async () => {
      const one = tab();
      await store(one, 'key', recordOf('old', { tags: ['t:a'] }));
      await withRows(name, 'readwrite', (rows) => rows.put('garbage', 'tt:a'));
      expect(await one.lookup('key', EVERYTHING)).toHaveProperty('miss');
      expect(await store(one, 'key', recordOf('old', { tags: ['t:a'] }))).toBe('dropped');
      expect(await store(one, 'key', recordOf('new', { tags: ['t:a'] }))).toBe('committed');
      expect(await one.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'new' } });
    });

    it('is untrue under a mark that cannot be read, and not for longer because that is expired', async () => {
      const one = tab();
      await store(one, 'key', recordOf('old', { tags: ['t:a'] }));
      await withRows(name, 'readwrite', (rows) => rows.put('garbage', 'tt:a'));
      await one.invalidate(invalidation({ tags: ['t:a'], soft: true }));
      expect(await one.lookup('key', EVERYTHING)).toHaveProperty('miss');
      expect(await store(one, 'key', recordOf('new', { tags: ['t:a'] }))).toBe('committed');
      expect(await one.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'new' } });
    });

    it('is left alone if a later release has put it', async () => {
      await store(tab(), 'key');
      const later = await settled(indexedDB.open(databaseName({ name }), 2)); // our connections let it pass
      later.close();
      const one = tab();
      await expect(one.lookup('key', EVERYTHING)).rejects.toThrow(/VersionError/);
      await expect(one.invalidate(invalidation({ tags: ['*'] }))).rejects.toThrow(/VersionError/);
      const db = await settled(indexedDB.open(databaseName({ name }), 2));
      const keys = await settled(db.transaction('rows').objectStore('rows').getAllKeys());
      db.close();
      expect(keys).toContain('ekey');
    });
  });

  describe('wiping', () => {
    it('deletes the database of that scope while tabs have it open, and they begin anew', async () => {
      const one = tab();
      await store(one, 'key');
      await wipeIndexedDb({ name });
      expect((await indexedDB.databases()).map((db) => db.name)).not.toContain(databaseName({ name }));
      expect(await one.lookup('key', EVERYTHING)).toHaveProperty('miss');
    });

    it('empties the database even if a tab does not let go of it', async () => {
      await store(tab(), 'key');
      const stubborn = await settled(indexedDB.open(databaseName({ name })));
      await wipeIndexedDb({ name });
      const keys = await settled(stubborn.transaction('rows').objectStore('rows').getAllKeys());
      stubborn.close();
      expect(keys).not.toContain('ekey');
    });

    it('leaves other scopes alone', async () => {
      const other = indexedDbStore({ name, scope: 'other', readDeadline: '20s' });
      await store(other, 'key');
      await wipeIndexedDb({ name });
      expect(await other.lookup('key', EVERYTHING)).toHaveProperty('hit');
      await other.close();
      await wipeIndexedDb({ name, scope: 'other' });
    });
  });

  it('rejects every call after close, and only those', async () => {
    const one = tab();
    const under = store(one, 'key');
    await under;
    await one.close();
    await expect(one.lookup('key', EVERYTHING)).rejects.toMatchObject({ name: 'StoreError', store: 'indexeddb' });
    expect(await tab().lookup('key', EVERYTHING)).toHaveProperty('hit');
  });
}
