import { describe, expect, it } from 'vitest';
import { type Cache, createCache, type Loader, tierOf } from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const mustNotLoad = () => Promise.reject(new Error('must not load'));

const overStore = () => createCache({ tier: tierOf(sharedMemoryPlace().store()) });

/** What is tempting: two steps, between which somebody else's write is forgotten. */
async function naive(cache: Cache, save: () => Promise<string>) {
  const value = await cache.mutate(save, { invalidates: { key: 'k' } });
  await cache.set('k', value);
}

const populating = (cache: Cache, save: () => Promise<string>) =>
  cache.mutate(save, { invalidates: { tags: ['all of it'] }, populates: (value) => ({ key: 'k', value }) });

describe.each([
  ['memory alone', () => createCache()],
  ['a store', overStore],
])('a write that tells what it saved, over %s', (_, open) => {
  it('is what is read from then on, and all that it makes untrue is gone', async () => {
    const cache = open();
    await cache.get('k', () => 'old');
    await cache.get('list', () => 'old', { tags: ['all of it'] });
    await populating(cache, () => Promise.resolve('new'));
    expect(cache.peek('k')).toBe('new');
    expect(await cache.get('k', mustNotLoad)).toBe('new');
    expect(await cache.get('list', () => 'new')).toBe('new');
  });

  it.each(['overlapping write', 'invalidation', 'expiry'] as const)(
    'is not stored if there was an %s of the key since it began, as two steps would',
    async (what) => {
      const race = async (write: typeof naive | typeof populating) => {
        const cache = open();
        const { answers, loader: save } = controlled<string>();
        const first = write(cache, save);
        await settled();
        // The source has taken the first value, then the second; the first answer is still on its way.
        if (what === 'overlapping write') await cache.mutate(() => 'second', { invalidates: { key: 'k' } });
        else await (what === 'expiry' ? cache.expire({ key: 'k' }) : cache.invalidate({ key: 'k' }));
        answers[0]?.resolve('first');
        await first;
        return cache.get('k', () => 'second');
      };
      expect(await race(naive)).toBe('first');
      expect(await race(populating)).toBe('second');
    },
  );

  it('invalidates and stores nothing if the write fails, or what it populates cannot be told', async () => {
    const cache = open();
    for (const save of [() => Promise.reject(new Error('no')), () => Promise.resolve('')]) {
      await cache.set('k', 'old');
      const populates = (): never => {
        throw new Error('no');
      };
      await expect(cache.mutate(save, { invalidates: { key: 'k' }, populates })).rejects.toThrow('no');
      expect(cache.peek('k')).toBeUndefined();
    }
  });

  it('stores nothing while a replica may lag', async () => {
    const cache = open();
    await cache.mutate(() => 'new', {
      invalidates: { key: 'k' },
      populates: (value) => ({ key: 'k', value }),
      settle: 10_000,
    });
    expect(cache.peek('k')).toBeUndefined();
    await cache.close();
  });

  it('write-through does the same', async () => {
    const cache = open();
    const { answers, loader: save } = controlled<string>();
    const things = cache.repository<number, string, string>({
      key: (id) => ['thing', id],
      load: () => 'second',
      save,
      write: 'write-through',
    });
    const first = things.update(1, 'first');
    await settled();
    await cache.mutate(() => 'second', { invalidates: { key: ['thing', 1] } });
    answers[0]?.resolve('first');
    await first;
    expect(await things.get(1)).toBe('second');
  });
});

it.each([
  ['nothing', null],
  ['no key', {}],
  ['a bad duration', { key: 'k', value: 1, ttl: 'soon' }],
  ['a text as tags', { key: 'k', value: 1, tags: 'abc' }],
])('what cannot be stored, being %s, keeps nobody from hearing what the write made untrue', async (_, populated) => {
  const cache = overStore();
  await cache.get('k', () => 'old');
  const writing = cache.mutate(() => 'new', { invalidates: { key: 'k' }, populates: () => populated as never });
  await expect(writing).rejects.toThrow();
  expect(cache.peek('k')).toBeUndefined();
  expect(await cache.get('k', () => 'new')).toBe('new');
});

describe('expire', () => {
  it('is not lost on a set that is under way', async () => {
    const cache = overStore();
    const setting = cache.set('k', 'before');
    await Promise.all([cache.expire({ key: 'k' }), setting]);
    expect(await cache.get('k', () => 'after')).toBe('after');
  });
});

describe.each([
  ['cache.set', (cache: Cache) => cache.set('k', 'new')],
  ['populates', (cache: Cache) => populating(cache, () => Promise.resolve('new'))],
])('%s without tags', (_, write) => {
  it('keeps those of the entry that it replaces, told by options or by the loader', async () => {
    for (const tag of ['known', 'told']) {
      const cache = createCache();
      const load: Loader<string> = (context) => {
        context.tag('told');
        return 'old';
      };
      await cache.get('k', load, { tags: ['known'] });
      await write(cache);
      expect(cache.peek('k')).toBe('new');
      await cache.invalidate({ tags: [tag] });
      expect(cache.peek('k')).toBeUndefined();
    }
  });
});
