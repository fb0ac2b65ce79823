import { expect, it } from 'vitest';
import { createCache } from '../../src/index.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

it.each([
  ['that memory keeps', 2 ** 20],
  ['that is too big for memory', 1000],
])('an optimistic change of data %s gives way to what is loaded after the write', async (_, maxBytes) => {
  const cache = createCache({ maxBytes });
  const { answers, loader } = controlled<string>();
  const watch = cache.watch('k', loader);
  const shown: (string | undefined)[] = [];
  watch.subscribe(() => {
    const first = watch.read().data?.slice(0, 3);
    if (shown.at(-1) !== first) shown.push(first);
  });
  const big = 'x'.repeat(2000);
  answers[0]?.resolve(`old${big}`);
  await settled();
  const optimistic = [{ key: 'k', change: (text: string) => `opt${text.slice(3)}` }];
  await cache.mutate(() => 'saved', { invalidates: { key: 'k' }, optimistic });
  await settled();
  expect(shown).toEqual(['old', 'opt']);
  answers[1]?.resolve(`new${big}`);
  await settled();
  expect(shown).toEqual(['old', 'opt', 'new']);
});

it('is of no concern to `get`, `peek` and `dehydrate`', async () => {
  const cache = createCache();
  await cache.set('k', 1);
  const save = new Promise<void>(() => {});
  void cache.mutate(() => save, { invalidates: { key: 'k' }, optimistic: { key: 'k', change: () => 2 } });
  const watch = cache.watch('k', () => 3);
  expect(watch.read().data).toBe(2);
  expect([cache.peek('k'), await cache.get('k', () => 3), cache.dehydrate()[0]?.value]).toEqual([1, 1, 1]);
});

it('writes of one scope wait for each other, of others not, and a failure does not end the line', async () => {
  const cache = createCache();
  const { answers, loader } = controlled<void>();
  const begun: string[] = [];
  const write = (name: string, scope?: string) =>
    cache
      .mutate(
        () => {
          begun.push(name);
          return loader();
        },
        { invalidates: { key: name }, ...(scope !== undefined && { scope }) },
      )
      .catch(() => {});
  void [write('a1', 'a'), write('a2', 'a'), write('b1', 'b'), write('none')];
  await settled();
  expect(begun.sort()).toEqual(['a1', 'b1', 'none']);
  for (const { reject } of answers) reject(new Error('no'));
  await settled();
  expect(begun).toContain('a2');
});
