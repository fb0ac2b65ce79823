import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Cache } from '../../src/index.js';
import { createServerCache } from '../../src/node/index.js';
import { controlled } from '../support/controlled.js';
import { until } from '../support/until.js';

const io = new Redis(inject('redisUrl'));
const nodeRedis = createClient({ url: inject('redisUrl') });
beforeAll(() => nodeRedis.connect());
afterAll(async () => {
  await io.quit();
  await nodeRedis.close();
});

let space = 0;
const open: Cache[] = [];
afterAll(() => Promise.all(open.map((cache) => cache.close())));

describe.each([
  ['ioredis', () => io],
  ['node-redis', () => nodeRedis],
  ['a URL', () => inject('redisUrl')],
] as const)('%s', (_, redis) => {
  const pair = () => {
    const namespace = `t${++space}`;
    const two = [1, 2].map(() => createServerCache({ redis: redis() as never, namespace, redisTimeout: '10s' }));
    open.push(...two);
    return two as [Cache, Cache];
  };

  it('shares what one process loaded, with types that JSON does not know', async () => {
    const [a, b] = pair();
    const value = { at: new Date(0), tags: new Set(['x']), big: 1n, none: undefined };
    await a.get('k', () => value);
    await until(async () => (await io.exists(`t${space}:{:k}`)) === 1);
    expect(await b.get('k', () => Promise.reject(new Error('must not load')))).toEqual(value);
  });

  it('loads once for the readers of both processes', async () => {
    const [a, b] = pair();
    const { answers, loader } = controlled<string>();
    const reads = [a, b, a, b].map((cache) => cache.get('k', loader));
    await until(() => answers.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    answers[0]?.resolve('v');
    expect(await Promise.all(reads)).toEqual(['v', 'v', 'v', 'v']);
    expect(answers).toHaveLength(1);
  });

  it.each([
    ['key', { key: ['user', 1] }],
    ['tag', { tags: ['users'] }],
    ['tag of the loader', { tags: ['team:7'] }],
    ['prefix', { prefix: ['user'] }],
    ['all', { all: true }],
  ] as const)(
    'load starts, the source changes, the other process invalidates by %s, the load ends, read again: the new value',
    async (_name, target) => {
      const [a, b] = pair();
      const { answers, loader } = controlled<string>();
      let changed = false;
      const load = (context: { tag: (tag: string) => void }) => {
        context.tag('team:7');
        return changed ? 'NEW' : loader();
      };
      const read = (cache: Cache) => cache.get(['user', 1], load, { tags: ['users'] });
      const before = read(a);
      await until(() => answers.length === 1);
      changed = true;
      expect(await b.invalidate(target)).toEqual({ durable: true });
      answers[0]?.resolve('OLD');
      expect(await before).toBe('OLD');
      await until(() => a.peek(['user', 1]) !== 'OLD'); // until then a's own memory may answer it: the bus's latency
      expect(await Promise.all([read(b), read(a)])).toEqual(['NEW', 'NEW']);
      expect(await Promise.all([read(b), read(a)])).toEqual(['NEW', 'NEW']);
    },
  );

  it('an invalidation in one process is seen by the memory of the other', async () => {
    const [a, b] = pair();
    let n = 0;
    const load = () => ++n;
    await a.get('k', load);
    await until(async () => (await io.exists(`t${space}:{:k}`)) === 1);
    expect(await b.get('k', load)).toBe(1);
    await a.invalidate({ key: 'k' });
    await until(() => b.peek('k') === undefined);
    expect(await b.get('k', load)).toBe(2);
  });
});

it('a naive GET, load, SET with DEL brings the old value back in the same race', async () => {
  const { answers, loader } = controlled<string>();
  const get = async (key: string) => {
    const found = await io.get(key);
    if (found !== null) return found;
    const value = await loader();
    await io.set(key, value);
    return value;
  };
  const before = get('naive');
  await until(() => answers.length === 1);
  await io.del('naive');
  answers[0]?.resolve('OLD');
  await before;
  expect(await get('naive')).toBe('OLD');
});
