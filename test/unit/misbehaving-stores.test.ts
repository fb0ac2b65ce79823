import { describe, expect, it } from 'vitest';
import { type Cache, createCache, type Store, type Ticket, tierOf } from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { createJournal } from '../../src/tiers/journal.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A store whose methods are replaced by what no store should do. */
function storeWith(faults: Record<string, unknown>): Store {
  return { ...sharedMemoryPlace().store(), ...faults };
}

async function readAndWrite(cache: Cache): Promise<void> {
  expect(await cache.get('k', () => 'V')).toBe('V');
  await cache.invalidate({ key: 'k' });
  expect(await cache.get('k', () => 'W')).toBe('W');
  await cache.set('k', 'X');
  expect(await cache.mutate(() => 'saved', { invalidates: { key: 'k' } })).toBe('saved');
  expect(await cache.get('k', () => 'Y')).toBe('Y');
  await cache.explain('k');
  await cache.close();
}

const windows = { due: 1, fresh: 1, stale: 1, expires: 1 };
const record = { version: 'v', value: 'NONSENSE', tags: ['*'], loadedAt: 1, windows };

describe('a store that answers nonsense to a lookup makes reads slower, never an error', () => {
  it.each([
    ['null', null],
    ['a text', 'hit'],
    ['nothing known', {}],
    ['an empty hit', { hit: null }],
    ['a hit that is no record', { hit: {} }],
    ['a record without windows', { hit: { ...record, windows: null } }],
    ['a record whose windows end before they begin', { hit: { ...record, windows: { ...windows, due: 2 } } }],
    ['a record of no age', { hit: { ...record, loadedAt: Number.NaN } }],
    ['a record without tags', { hit: { ...record, tags: null } }],
    ['a record that no invalidation of everything reaches', { hit: { ...record, tags: [] } }],
    ['busy for nobody', { busy: null }],
    ['busy for what never ends well', () => ({ busy: Promise.reject(new Error('busy')) })],
    ['a loss that is none', { miss: {}, lost: 5 }],
    ['a loss that rejects', () => ({ miss: {}, lost: Promise.reject(new Error('lost')) })],
  ])('%s', async (_, answer) => {
    const found = () => (typeof answer === 'function' ? answer() : answer);
    await readAndWrite(createCache({ tier: tierOf(storeWith({ lookup: async () => found() })) }));
    await readAndWrite(createCache({ tier: tierOf(storeWith({ lookup: found })) }));
    await settled(); // what is rejected and handled by nobody would fail the run
  });

  it('and it is told', async () => {
    const cache = createCache({ tier: tierOf(storeWith({ lookup: async () => null })) });
    const told: string[] = [];
    cache.on('degraded', ({ error }) => told.push(error.message));
    await cache.get('k', () => 'V');
    expect(told).toEqual([expect.stringContaining('lookup')]);
  });
});

it.each([
  ['an object without a prototype', () => Object.create(null)],
  ['nothing', () => undefined],
  ['a symbol', () => Symbol('s')],
])('a store whose every method rejects or throws %s makes reads slower, never an error', async (_, error) => {
  for (const fail of [
    () => Promise.reject(error()),
    () => {
      throw error();
    },
  ]) {
    const faults = {
      lookup: fail,
      commit: fail,
      release: fail,
      invalidate: fail,
      hold: fail,
      explain: fail,
      close: fail,
    };
    await readAndWrite(createCache({ tier: tierOf(storeWith(faults)) }));
  }
});

it('a store that does its work without a promise has done it', async () => {
  const cache = createCache({ tier: tierOf(storeWith({ invalidate: () => undefined })) });
  expect(await cache.invalidate({ key: 'k' })).toEqual({ durable: true });
});

it('a store that is down is closed all the same', async () => {
  let closed = 0;
  const lookup = () => Promise.reject(new Error('down'));
  const cache = createCache({ tier: tierOf(storeWith({ lookup, close: async () => void closed++ })) });
  for (const key of ['a', 'b', 'c', 'd']) await cache.get(key, () => 'V');
  await cache.close();
  expect(closed).toBe(1);
});

it('a store gets back every ticket, also those that it could not take a record for', async () => {
  const given: Ticket[] = [];
  const back: Ticket[] = [];
  const store = storeWith({
    lookup: async () => {
      const miss: Ticket = Object.freeze({});
      given.push(miss);
      return { miss };
    },
    commit: () => Promise.reject(new Error('read-only')),
    release: async (_hash: string, ticket: Ticket) => void back.push(ticket),
  });
  const cache = createCache({ tier: tierOf(store) });
  const { answers, loader } = controlled<string>();
  const reads = ['a', 'b', 'c', 'd', 'e'].map((key) => cache.get(key, loader)); // more than it takes to give it up
  await settled();
  for (const answer of answers) {
    answer.resolve('V');
    await settled();
  }
  await Promise.all(reads);
  expect(back.every((ticket, i) => ticket === given[i])).toBe(true);
  expect(back).toHaveLength(5);
  expect(given).toHaveLength(5);
});

it('what a store is owed is kept until it is delivered, also when it was too much and becomes too much again', () => {
  const journal = createJournal();
  const addMany = (many: number) => {
    for (let i = 0; i < many; i++) journal.add({ hashes: [`k${i}`], tags: [], soft: false });
  };
  addMany(10_001); // too much
  const underWay = journal.owed();
  expect(underWay).toEqual([{ hashes: [], tags: ['*'], soft: false }]);
  addMany(10_000); // too much again
  journal.settle(underWay);
  expect(journal.owed()).toEqual([{ hashes: [], tags: ['*'], soft: false }]);
});
