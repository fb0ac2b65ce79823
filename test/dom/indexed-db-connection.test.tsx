import { forceCloseDatabase } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { databaseName } from '../../src/browser/database-name.js';
import { type IndexedDbStoreOptions, indexedDbStore, wipeIndexedDb } from '../../src/browser/index.js';
import type { HoldingStore } from '../../src/index.js';
import { recordOf, settled, until } from '../support/indexed-db-rows.js';

let count = 0;
let name: string;
const open: HoldingStore[] = [];
beforeEach(() => {
  name = `connection-${++count}`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await Promise.all(open.splice(0).map((store) => store.close()));
  await wipeIndexedDb({ name });
});

const storeWith = (options: Partial<IndexedDbStoreOptions> = {}): HoldingStore => {
  const store = indexedDbStore({ name, openDeadline: '20s', readDeadline: '20s', writeDeadline: '20s', ...options });
  open.push(store);
  return store;
};
const ask = (store: HoldingStore) => store.lookup('key', ['*']);
const storeError = (problem: RegExp) => ({
  name: 'StoreError',
  store: 'indexeddb',
  message: expect.stringMatching(problem),
});

/** An open request that the test settles by hand. */
class FakeRequest {
  onupgradeneeded: (() => void) | null = null;
  onsuccess: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onblocked: (() => void) | null = null;
  result: IDBDatabase | undefined;
  error: DOMException | null = null;

  fail(errorName: string, message = ''): void {
    this.error = new DOMException(message, errorName);
    this.onerror?.();
  }
}

/** A factory whose first opens are answered by `first`, the later ones by the real one. */
const factory = (...first: ((request: FakeRequest) => void)[]) => {
  const requests: FakeRequest[] = [];
  const openDatabase = vi.fn((of: string, version?: number): IDBOpenDBRequest => {
    const answer = first.shift();
    if (answer === undefined) return indexedDB.open(of, version);
    const request = new FakeRequest();
    requests.push(request);
    setTimeout(() => answer(request), 0);
    return request as unknown as IDBOpenDBRequest;
  });
  const faulty = {
    open: openDatabase,
    deleteDatabase: (of: string) => indexedDB.deleteDatabase(of),
  } as unknown as IDBFactory;
  return { faulty, openDatabase, requests };
};
const never = () => {};

describe('opening', () => {
  it('that is never answered rejects by the deadline, and later calls at once, without another request', async () => {
    const { faulty, openDatabase, requests } = factory(never);
    const store = storeWith({ indexedDB: faulty, openDeadline: 20 });
    await expect(ask(store)).rejects.toMatchObject(storeError(/opening took longer than 20 ms/));
    await expect(store.invalidate({ hashes: ['key'], tags: [], soft: false })).rejects.toMatchObject(
      storeError(/opening/),
    );
    expect(openDatabase).toHaveBeenCalledTimes(1);

    const late = await settled(indexedDB.open(databaseName({ name }), 1)).catch(() => undefined);
    late?.close();
    await wipeIndexedDb({ name });
    const made = storeWith(); // lays the database out
    await ask(made);
    const [request] = requests;
    if (request === undefined) throw new Error('expected a request');
    request.result = await settled(indexedDB.open(databaseName({ name }), 1));
    request.onsuccess?.();
    expect(await ask(store)).toHaveProperty('miss'); // an answer after the deadline is used all the same
    expect(openDatabase).toHaveBeenCalledTimes(1);
  });

  it('that is blocked rejects without waiting for the deadline', async () => {
    const { faulty } = factory((request) => request.onblocked?.());
    await expect(ask(storeWith({ indexedDB: faulty }))).rejects.toMatchObject(storeError(/blocked/));
  });

  it('that fails once is tried again by the next call', async () => {
    const { faulty, openDatabase } = factory((request) => request.fail('UnknownError', 'the disk is busy'));
    const store = storeWith({ indexedDB: faulty });
    await expect(ask(store)).rejects.toMatchObject(storeError(/the disk is busy/));
    expect(await ask(store)).toHaveProperty('miss');
    expect(openDatabase).toHaveBeenCalledTimes(2);
  });

  it('that loses its server is tried again by the same call', async () => {
    const { faulty } = factory((request) =>
      request.fail('UnknownError', 'Connection to Indexed Database server lost.'),
    );
    expect(await ask(storeWith({ indexedDB: faulty }))).toHaveProperty('miss');
  });

  it('a damaged database is tried three times and then left alone', async () => {
    const damaged = (request: FakeRequest) => request.fail('UnknownError', 'Internal error opening backing store');
    const { faulty, openDatabase } = factory(...Array.from({ length: 9 }, () => damaged));
    const store = storeWith({ indexedDB: faulty });
    for (let i = 0; i < 5; i++) await expect(ask(store)).rejects.toMatchObject({ name: 'StoreError' });
    expect(openDatabase).toHaveBeenCalledTimes(3);
  });

  it.each(['SecurityError', 'InvalidStateError'])('that throws a %s rejects', async (errorName) => {
    const faulty = {
      open: () => {
        throw new DOMException('denied', errorName);
      },
    } as unknown as IDBFactory;
    const store = storeWith({ indexedDB: faulty });
    await expect(ask(store)).rejects.toMatchObject(storeError(/denied/));
    await expect(store.commit('key', recordOf(1), {})).rejects.toMatchObject(storeError(/denied/));
  });

  it.each([undefined, null])('rejects where indexedDB is %s', async (missing) => {
    const factoryOfPage = indexedDB;
    vi.stubGlobal('indexedDB', missing);
    const store = storeWith();
    await expect(ask(store)).rejects.toMatchObject({ name: 'StoreError', store: 'indexeddb' });
    await expect(wipeIndexedDb({ name })).rejects.toMatchObject({ name: 'StoreError' });
    vi.stubGlobal('indexedDB', factoryOfPage);
    expect(await ask(store)).toHaveProperty('miss');
  });

  it('rejects an option that is no duration, naming it', () => {
    expect(() => storeWith({ readDeadline: 'soon' as '1s' })).toThrow(/readDeadline/);
  });
});

describe('an open connection', () => {
  /** The connections that the running test's store has opened. */
  const opened = (): IDBDatabase[] => {
    const databases: IDBDatabase[] = [];
    const transaction = IDBDatabase.prototype.transaction;
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
      if (!databases.includes(this)) databases.push(this);
      return transaction.apply(this, args);
    });
    return databases;
  };

  it('that the browser closes is opened again', async () => {
    const databases = opened();
    const store = storeWith();
    await ask(store);
    forceCloseDatabase(databases[0] as never);
    expect(await ask(store)).toHaveProperty('miss');
    await until(() => databases.length === 2);
  });

  it('that is closing without having said so is opened again by the same call', async () => {
    const databases = opened();
    const store = storeWith();
    await ask(store);
    databases[0]?.close(); // from now on its transaction() throws an InvalidStateError
    await store.invalidate({ hashes: ['key'], tags: [], soft: false });
    expect(databases.length).toBe(2);
  });

  it('whose transaction is aborted from outside is opened again by the same call', async () => {
    const store = storeWith();
    const first = await ask(store);
    const transaction = IDBDatabase.prototype.transaction;
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(function (this: IDBDatabase, ...args) {
      const aborted = transaction.apply(this, args);
      queueMicrotask(() => aborted.abort());
      return aborted;
    });
    expect('miss' in first && (await store.commit('key', recordOf('new'), first.miss))).toBe('committed');
    expect(await ask(store)).toMatchObject({ hit: { value: 'new' } });
  });

  it('gives way to whoever deletes the database, and is opened again', async () => {
    const store = storeWith();
    await ask(store);
    const request = indexedDB.deleteDatabase(databaseName({ name }));
    const blocked = vi.fn();
    request.onblocked = blocked;
    await settled(request);
    expect(blocked).not.toHaveBeenCalled();
    expect(await ask(store)).toHaveProperty('miss');
  });

  it.each([
    ['goes to the back/forward cache', () => window.dispatchEvent(new Event('pagehide'))],
    [
      'is frozen, and could not let go of it for who deletes the database',
      () => document.dispatchEvent(new Event('freeze')),
    ],
  ])('is let go of when the page %s, and opened again by the next call', async (_, leave) => {
    const databases = opened();
    const store = storeWith();
    await ask(store);
    leave();
    expect(() => databases[0]?.transaction('rows')).toThrow();
    expect(await ask(store)).toHaveProperty('miss');
  });

  it('that another tab keeps busy rejects by the deadline, and answers when that tab is done', async () => {
    const store = storeWith({ readDeadline: 20, writeDeadline: 20 });
    await until(async () => (await ask(store).catch(() => undefined)) !== undefined);
    const other = await settled(indexedDB.open(databaseName({ name }), 1));
    const rows = other.transaction('rows', 'readwrite').objectStore('rows');
    let frozen = true;
    const spin = () => {
      if (frozen) rows.get('#').onsuccess = spin;
    };
    spin();
    await expect(ask(store)).rejects.toMatchObject(storeError(/readonly took longer than 20 ms/));
    await expect(store.invalidate({ hashes: [], tags: ['*'], soft: false })).rejects.toMatchObject(
      storeError(/readwrite/),
    );
    frozen = false;
    await until(async () => (await ask(store).catch(() => undefined)) !== undefined);
    other.close();
  });
});

it('makes room on a full disk, and tries again: once, because it may be others who fill it', async () => {
  let now = Date.now();
  const store = storeWith({ clock: { now: () => now } });
  const commit = async (hash: string, ttl: number) => {
    const found = await store.lookup(hash, ['*']);
    return 'miss' in found ? store.commit(hash, recordOf(hash, { ttl, loadedAt: now }), found.miss) : 'hit';
  };
  for (let i = 0; i < 10; i++) expect(await commit(`k${i}`, 9_000_000 + i)).toBe('committed');
  const stillThere = async () => {
    const found = await Promise.all(Array.from({ length: 10 }, (_, i) => store.lookup(`k${i}`, ['*'])));
    return found.filter((lookup) => 'hit' in lookup).length;
  };
  /** The disk takes what was deleted, and no puts while it is full. */
  let isFull = true;
  let freed = 1;
  const transaction = IDBDatabase.prototype.transaction;
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
    const made = transaction.apply(this, args);
    const deletes = vi.spyOn(IDBObjectStore.prototype, 'delete');
    made.commit = () => {
      if (deletes.mock.calls.length > 0 && --freed === 0) isFull = false;
      else if (isFull) {
        Object.defineProperty(made, 'error', { value: new DOMException('full', 'QuotaExceededError') });
        made.abort();
      }
    };
    return made;
  });
  expect(await commit('a', 60_000_000)).toBe('committed');
  expect(await stillThere()).toBe(8);

  now += 700_000;
  isFull = true;
  freed = 1_000; // now it is others who fill it
  await expect(commit('b', 60_000_000)).rejects.toMatchObject(storeError(/QuotaExceededError/));
  const left = await stillThere();
  for (let i = 0; i < 5; i++) await expect(commit('b', 60_000_000)).rejects.toMatchObject({ name: 'StoreError' });
  expect(await stillThere()).toBe(left);
});

it('does not take its own thread’s slowness for the database’s', async () => {
  const store = storeWith({ readDeadline: 400 });
  await until(async () => (await ask(store).catch(() => undefined)) !== undefined);
  const asked = ask(store);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const busyUntil = performance.now() + 500;
  while (performance.now() < busyUntil); // a long task
  expect(await asked).toHaveProperty('miss');
});
