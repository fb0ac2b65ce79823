import { expect, it } from 'vitest';
import { createCache, hashKey, type Key, tierOf } from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';

/** Keys that look like each other, like tags, like the spelling of arrays, or like what every object has. */
const keys: Key[] = [
  ...['*', 't:x', 'k:*', 'p:["a"]', '["a"]', '"["a"]', '"', '__proto__', 'constructor', '\ud800', '\udfff', '\ufffd'],
  ...[['a'], ['*'], ['__proto__'], ['\ud800'], ['\\ud800'], [[]], [{}], [['a']], [{ a: 1 }], [{ a: '1' }]],
  ...[[undefined], [null], ['null'], [1], ['1'], [1n], ['1n'], [true], ['true'], [JSON.parse('{"__proto__":1}')]],
  ...[[new Date(0)], [new Date(0).toISOString()], [`@${new Date(0).toISOString()}`]],
];

it.each([
  ['memory alone', () => createCache()],
  ['memory above a store', () => createCache({ tier: tierOf(sharedMemoryPlace().store()) })],
])('different keys are different entries, each invalidated alone, %s', async (_, open) => {
  const cache = open();
  const read = (i: number, value: number) => cache.get(keys[i] as Key, () => value, { tags: ['x', '*', '__proto__'] });
  for (const i of keys.keys()) await read(i, i);
  for (const i of keys.keys()) {
    expect(cache.peek(keys[i] as Key)).toBe(i);
    await cache.invalidate({ key: keys[i] as Key });
    expect(cache.peek(keys[i] as Key)).toBeUndefined();
  }
  for (const i of keys.keys()) expect(await read(i, -1)).toBe(-1);
});

it('a key that is written as the hash of another finds nothing, before and after the other was compared with its tags', async () => {
  const cache = createCache();
  const hashed = keys.filter((key) => hashKey(key) !== key);
  for (const key of hashed) await cache.get(key, () => 'another key', { tags: ['x'] });
  const free = hashed.map(hashKey).filter((hash) => !hashed.some((key) => key === hash));
  const impostors = () => free.map((hash) => cache.peek(hash));
  expect(impostors()).toEqual(free.map(() => undefined));
  await cache.invalidate({ tags: ['y'] });
  expect(hashed.map((key) => cache.peek(key))).toEqual(hashed.map(() => 'another key'));
  expect(impostors()).toEqual(free.map(() => undefined));
});

it('a tag called like that of everything is a tag like any other', async () => {
  const cache = createCache();
  await cache.get('tagged', () => 1, { tags: ['*'] });
  await cache.get('other', () => 1);
  await cache.invalidate({ tags: ['*'] });
  expect([cache.peek('tagged'), cache.peek('other')]).toEqual([undefined, 1]);
});
