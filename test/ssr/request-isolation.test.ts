import { fc, it as property } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { type Cache, createCache, type Target } from '../../src/index.js';
import { createRequestCache } from '../../src/node/index.js';

const USERS = ['alice', 'bob'] as const;
type User = (typeof USERS)[number];

const kinds = [
  'get',
  'get what fails',
  'peek',
  'preload',
  'watch',
  'set',
  'update',
  'mutate',
  'mutate what fails',
  'repository get',
  'repository update',
  'repository write-through',
  'hydrate',
  'invalidate',
  'expire',
] as const;
const step = fc.record({
  user: fc.constantFrom(...USERS),
  kind: fc.constantFrom(...kinds),
  key: fc.constantFrom('profile', 'cart'),
  /** Turns of the event loop before it begins, and those that its source takes. */
  begins: fc.nat(4),
  takes: fc.nat(4),
  optimistic: fc.boolean(),
  inOrder: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

/** What one user does with a cache. All that is theirs has their name in it; `sees` notes what a cache has told them. */
function actor(user: User, cache: Cache, sees: (told: unknown) => void) {
  cache.on('*', sees);
  const loader = (takes: number) => async () => {
    await turns(takes);
    return `loaded for ${user}`;
  };
  const failing = (takes: number) => async () => {
    await turns(takes);
    throw new Error(`the source fails for ${user}`);
  };
  const repository = (takes: number, write: 'invalidate' | 'write-through') =>
    cache.repository<string, string, string>({
      key: (id) => id,
      load: loader(takes),
      save: async (_, patch) => {
        await turns(takes);
        return patch;
      },
      apply: (_, patch) => patch,
      write,
    });
  const mutate = ({ key, takes, optimistic, inOrder }: Step, fails: boolean) =>
    cache.mutate(fails ? failing(takes) : () => turns(takes).then(() => `saved by ${user}`), {
      invalidates: { key },
      populates: (value) => ({ key, value }),
      ...(inOrder && { scope: key }),
      ...(optimistic && { optimistic: { key, change: () => `not yet saved by ${user}` } }),
    });
  const target = ({ key, optimistic }: Step): Target => (optimistic ? { key } : { all: true });

  const does = async (one: Step): Promise<unknown> => {
    const { kind, key, takes } = one;
    if (kind === 'get') return cache.get(key, loader(takes));
    if (kind === 'get what fails') return cache.get(key, failing(takes));
    if (kind === 'peek') return cache.peek(key);
    if (kind === 'preload') return cache.preload(key, loader(takes));
    if (kind === 'set') return cache.set(key, `set by ${user}`);
    if (kind === 'update') return cache.update(key, (value) => `${value}, updated by ${user}`);
    if (kind === 'mutate') return mutate(one, false);
    if (kind === 'mutate what fails') return mutate(one, true);
    if (kind === 'repository get') return repository(takes, 'invalidate').get(key);
    if (kind === 'repository update') return repository(takes, 'invalidate').update(key, `patched by ${user}`);
    if (kind === 'repository write-through') {
      return repository(takes, 'write-through').update(key, `patched by ${user}`);
    }
    if (kind === 'invalidate') return cache.invalidate(target(one));
    if (kind === 'expire') return cache.expire(target(one));
    if (kind === 'hydrate') {
      const page = createCache();
      await page.set(key, `came with the page of ${user}`);
      return cache.hydrate(page.dehydrate());
    }
    const watch = cache.watch(key, loader(takes));
    const stop = watch.subscribe(() => sees(watch.read()));
    sees(watch.read());
    await turns(takes * 4);
    sees(watch.read());
    return stop();
  };
  return async (one: Step) => {
    await turns(one.begins);
    sees(await does(one).catch((error) => error));
    sees(cache.peek(one.key));
    sees(cache.dehydrate());
    sees(await cache.explain(one.key));
  };
}

/** What was told to whom it is none of the business of: to the other user, and to those who share the cache. */
async function leaks(steps: readonly Step[], cacheOf: (shared: Cache) => Cache): Promise<string[]> {
  const shared = createCache({ coolDown: 0 });
  const found: string[] = [];
  const mustNotHear = (who: string, names: readonly User[]) => (told: unknown) => {
    const text = JSON.stringify(told, (_, value) => (value instanceof Error ? String(value) : value)) ?? '';
    for (const name of names) if (text.includes(name)) found.push(`${who} saw ${text}`);
  };
  const everybody = mustNotHear('everybody', USERS);
  shared.on('*', everybody);
  const onlooker = shared.watch('cart', () => 'of nobody');
  const stop = onlooker.subscribe(() => everybody(onlooker.read()));
  const caches = { alice: cacheOf(shared), bob: cacheOf(shared) };
  const acts = {
    alice: actor('alice', caches.alice, mustNotHear('alice', ['bob'])),
    bob: actor('bob', caches.bob, mustNotHear('bob', ['alice'])),
  };
  await Promise.all(steps.map((one) => acts[one.user](one)));
  everybody(shared.dehydrate());
  stop();
  await Promise.all([caches.alice, caches.bob, shared].map((cache) => cache.close()));
  return found;
}

property.prop([fc.array(step, { minLength: 2, maxLength: 25 })], { numRuns: 300 })(
  'two requests over one cache never see anything of each other, whatever they do with the same keys at the same time',
  async (steps) => {
    expect(await leaks(steps, (shared) => createRequestCache(shared, { coolDown: 0 }))).toEqual([]);
  },
);

it.each(kinds.filter((kind) => !['peek', 'invalidate', 'expire', 'update', 'repository update'].includes(kind)))(
  'one cache for both would leak by %s',
  async (kind) => {
    const common = { kind, begins: 0, takes: 2, optimistic: true, inOrder: false } as const;
    const steps = USERS.flatMap((user) => (['profile', 'cart'] as const).map((key) => ({ ...common, user, key })));
    expect(await leaks(steps, (shared) => shared)).not.toEqual([]);
  },
);
