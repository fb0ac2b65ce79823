import { describe, expect, it } from 'vitest';
import {
  createCache,
  type DehydratedEntry,
  type Duration,
  type Target,
  tierOf,
  type WatchOptions,
} from '../../src/index.js';
import { codec, escapeForScript } from '../../src/node/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

const HOUR = 3_600_000;

async function stateOf(value: unknown, clock = fakeClock()): Promise<DehydratedEntry[]> {
  const server = createCache({ clock, ttl: '1m', staleWhileRevalidate: '1h', jitter: 0 });
  await server.get('k', () => value, { tags: ['t'] });
  return server.dehydrate();
}

describe('an entry that is taken in again', () => {
  it('is as old as it was', async () => {
    const state = await stateOf('v');
    const clock = fakeClock();
    const browser = createCache({ clock });
    browser.hydrate(state);
    clock.advance(61_000);
    browser.hydrate(state);
    expect(browser.watch('k', () => '').read()).toMatchObject({ data: 'v', isStale: true });
  });

  it('does not bring back what was invalidated since, nor what was loaded since', async () => {
    const state = await stateOf('old');
    const clock = fakeClock();
    const browser = createCache({ clock });
    browser.hydrate(state);
    clock.advance(10);
    await browser.invalidate({ tags: ['t'] });
    browser.hydrate(state);
    expect(browser.peek('k')).toBeUndefined();
    await browser.get('k', () => 'new');
    clock.advance(10);
    browser.hydrate(state);
    expect(browser.peek('k')).toBe('new');
    // A copy has forgotten when it came: that is why the state itself must be handed on.
    browser.hydrate(structuredClone(state));
    expect(browser.peek('k')).toBe('old');
  });

  it('is replaced by later state only', async () => {
    const clock = fakeClock();
    const [first] = await stateOf('first', clock);
    const browser = createCache({ clock });
    clock.advance(1000);
    browser.hydrate(await stateOf('second', clock));
    browser.hydrate([{ ...(first as DehydratedEntry), age: 1000 }]);
    expect(browser.peek('k')).toBe('second');
  });
});

describe('an entry that comes with a page, when a lower tier has the key too', () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  /** A tab whose disk has `value`, loaded so long ago; and one that a page of an age is opened in. */
  async function tabs({ diskAge, pageAge, ttl = '1h' }: { diskAge: number; pageAge: number; ttl?: Duration }) {
    const clock = fakeClock();
    const gate: { before?: () => Promise<void> } = {};
    const asked: string[] = [];
    const before = (operation: string) => {
      asked.push(operation);
      return operation === 'adopt' ? gate.before?.() : undefined;
    };
    const place = sharedMemoryPlace({ clock, before });
    const tab = () => createCache({ clock, tier: tierOf(place.store()), ttl, staleWhileRevalidate: '1h', jitter: 0 });
    const other = tab();
    const [entry] = await stateOf('of the page');
    await other.get('k', () => 'of the disk', { tags: ['t'] });
    await settled();
    clock.advance(diskAge);
    asked.length = 0;
    const state = [{ ...(entry as DehydratedEntry), age: pageAge }];
    return { browser: tab(), other, reopen: tab, state, gate, asked };
  }

  it('gives way to what was loaded later, and is told to who watches', async () => {
    const { browser, state } = await tabs({ diskAge: 20_000, pageAge: 30_000 });
    browser.hydrate(state);
    const watch = browser.watch('k', () => 'loaded');
    const seen: unknown[] = [watch.read().data];
    watch.subscribe(() => seen.push(watch.read().data));
    await settled();
    expect(seen).toEqual(['of the page', 'of the disk']);
  });

  it.each<[string, Parameters<typeof tabs>[0]]>([
    ['was loaded earlier', { diskAge: 30_000, pageAge: 20_000 }],
    ['is expired', { diskAge: 4_000_000, pageAge: 5_000_000, ttl: '1m' }],
    ['is from the future', { diskAge: -1_000, pageAge: 20_000 }],
  ])('stays if what is there %s', async (_, times) => {
    const { browser, state, asked } = await tabs(times);
    browser.hydrate(
      state.map((entry) => ({
        ...entry,
        windows: { ...entry.windows, due: 1e9, fresh: 1e9, stale: 1e9, expires: 1e9 },
      })),
    );
    await settled();
    expect(asked).toEqual(['adopt']);
    expect(browser.peek('k')).toBe('of the page');
  });

  it('is kept below too, in one step that takes nobody’s turn', async () => {
    const { browser, reopen, state, asked } = await tabs({ diskAge: 30_000, pageAge: 20_000 });
    browser.hydrate(state);
    await settled();
    expect(asked).toEqual(['adopt']);
    expect(await reopen().get('k', () => 'loaded')).toBe('of the page');
  });

  it.each<[string, Target]>([
    ['its key', { key: 'k' }],
    ['a tag', { tags: ['t'] }],
    ['everything', { all: true }],
  ])(
    'is given up, and loaded by who shows it, if another tab has invalidated %s while it was on its way',
    async (_, target) => {
      const { browser, other, state, asked } = await tabs({ diskAge: 20_000, pageAge: 10_000 });
      await other.invalidate(target); // there is no bus: the tab that is opened was not there to hear of it
      asked.length = 0;
      browser.hydrate(state);
      const watch = browser.watch('k', () => 'loaded');
      const seen = [watch.read().data];
      watch.subscribe(() => seen.push(watch.read().data));
      await expect.poll(() => seen.at(-1)).toBe('loaded');
      expect(asked[0]).toBe('adopt');
      expect(browser.peek('k')).toBe('loaded');
      // Without a store that adopts, nobody could know.
      const naive = createCache();
      naive.hydrate(state);
      expect(naive.peek('k')).toBe('of the page');
    },
  );

  it('does not take what was edited or invalidated here meanwhile', async () => {
    const { browser, state, gate } = await tabs({ diskAge: 20_000, pageAge: 30_000 });
    const opens: (() => void)[] = [];
    gate.before = () => new Promise((resolve) => void opens.push(resolve));
    browser.hydrate(state);
    await settled();
    delete gate.before;
    await browser.update('k', () => 'edited');
    opens[0]?.();
    await settled();
    expect(browser.peek('k')).toBe('edited');
  });

  it('gives way though it is stale, before anybody has asked', async () => {
    const { browser, state, asked } = await tabs({ diskAge: 20_000, pageAge: 70_000 });
    browser.hydrate(state);
    await settled();
    expect(asked).toEqual(['adopt']);
    expect(await browser.get('k', () => 'loaded')).toBe('of the disk');
  });
});

describe('what the page shows, though it may not be answered any more', () => {
  /** A component that is hydrated with an entry of the page, of this age. */
  async function hydrated(options: WatchOptions<unknown>, age: number, untrue = false) {
    const clock = fakeClock();
    const browser = createCache({ clock });
    let arriving: readonly DehydratedEntry[] = [];
    browser.hydrate(() => arriving);
    if (untrue) await browser.invalidate({ tags: ['t'] });
    arriving = (await stateOf('of the page')).map((entry) => ({ ...entry, age }));
    const { loader, answers } = controlled<string>();
    const watch = browser.watch('k', loader, options);
    expect(watch.readServer()).toMatchObject({ data: 'of the page', status: 'success' });
    const seen: unknown[] = [];
    watch.subscribe(() => seen.push(watch.read().data));
    return { browser, watch, answers, seen };
  }

  const TOO_OLD = 2 * HOUR;
  it.each<[string, number, boolean]>([
    ['expired', TOO_OLD, false],
    ['invalidated on its way', 0, true],
  ])('stays as stale until its successor is there, if it is %s', async (_, age, untrue) => {
    for (const revalidateOnMount of [true, false, 'always'] as const) {
      const { browser, watch, answers, seen } = await hydrated({ revalidateOnMount }, age, untrue);
      expect(watch.read()).toMatchObject({ data: 'of the page', status: 'success', isStale: true, isFetching: true });
      expect(browser.peek('k')).toBeUndefined(); // nobody is answered it
      answers[0]?.resolve('loaded');
      await expect.poll(() => watch.read()).toMatchObject({ data: 'loaded', isStale: false, isFetching: false });
      expect(new Set(seen)).toEqual(new Set(['of the page', 'loaded']));
      expect(answers).toHaveLength(1);
    }
  });

  it('stays beside the error of a load, and without one if nothing may be loaded', async () => {
    const failing = await hydrated({}, TOO_OLD);
    failing.answers[0]?.reject(new Error('gone'));
    await expect.poll(() => failing.watch.read().error).toBeInstanceOf(Error);
    expect(failing.watch.read()).toMatchObject({ data: 'of the page', status: 'error', isStale: true });
    const disabled = await hydrated({ enabled: false }, TOO_OLD);
    expect(disabled.watch.read()).toMatchObject({ data: 'of the page', isStale: true, isFetching: false });
    expect(disabled.answers).toHaveLength(0);
  });

  it('is nothing to a component that comes later', async () => {
    const other = createCache();
    other.hydrate((await stateOf('of the page')).map((entry) => ({ ...entry, age: TOO_OLD })));
    const late = other.watch('k', () => 'loaded');
    expect(late.read()).toMatchObject({ data: undefined, status: 'loading' });
    late.subscribe(() => {});
    expect(late.read()).toMatchObject({ data: undefined, status: 'loading' });
  });
});

describe('entries that arrive while the page is read', () => {
  it('are looked for when memory lacks a key, until nothing will come any more', async () => {
    const browser = createCache();
    const state = await stateOf('v');
    const arriving: (readonly DehydratedEntry[] | undefined)[] = [[], state, undefined];
    let asked = 0;
    browser.hydrate(() => {
      asked++;
      return arriving.shift();
    });
    expect(browser.peek('k')).toBeUndefined();
    expect(await browser.get('k', () => 'loaded')).toBe('v');
    expect(asked).toBe(2);
    expect(browser.peek('other')).toBeUndefined();
    expect(browser.peek('other')).toBeUndefined();
    expect(asked).toBe(3);
  });

  it('are untrue if they were invalidated on their way', async () => {
    const browser = createCache();
    const state = await stateOf('old');
    browser.hydrate(() => state);
    await browser.invalidate({ key: 'k' });
    expect(await browser.get('k', () => 'new')).toBe('new');
  });
});

describe('clocks that disagree', () => {
  it.each([-HOUR, HOUR])('by %i ms do not make an entry younger or older', async (skew) => {
    const server = fakeClock();
    const state = await stateOf('v', server);
    const clock = fakeClock(server.now() + skew);
    const browser = createCache({ clock });
    browser.hydrate(state);
    const watch = browser.watch('k', () => '');
    expect(watch.read().isStale).toBe(false);
    clock.advance(60_000);
    expect(watch.read().isStale).toBe(true);
  });
});

describe('state as text', () => {
  const cyclic: Record<string, unknown> = { name: 'cycle' };
  cyclic['self'] = cyclic;
  const values: Record<string, unknown> = {
    Date: new Date(0),
    Map: new Map([[{ id: 1 }, new Set([1n])]]),
    BigInt: 12345678901234567890n,
    undefined: { a: undefined, b: [undefined, Number.NaN, -0] },
    'typed array': new Uint8Array([1, 2, 3]),
    cycle: cyclic,
    'what ends a script': ['</script><script>alert(1)</script>', '<!--<script>', '\u2028\u2029'],
    'a ttl without end': 'v',
  };

  it.each(Object.keys(values))('brings back %s', async (kind) => {
    const server = createCache({ ttl: Number.POSITIVE_INFINITY });
    await server.get('k', () => values[kind]);
    const text = escapeForScript(codec.serialize(server.dehydrate()));
    expect(text).not.toContain('<');
    const browser = createCache();
    browser.hydrate(codec.deserialize(text) as DehydratedEntry[]);
    expect(browser.dehydrate()).toHaveLength(1);
    expect(browser.peek('k')).toEqual(values[kind]);
  });

  it('pollutes nothing with __proto__', () => {
    const text = `j[{"hash":"k","version":"","value":{"__proto__":{"isAdmin":true}},"tags":["*"],"age":0,"windows":{"due":9,"fresh":9,"stale":9,"expires":9}}]`;
    const browser = createCache();
    browser.hydrate(codec.deserialize(text) as DehydratedEntry[]);
    expect(browser.peek('k')).toBeDefined();
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
    expect(() => codec.deserialize('d[{"__proto__":1},true]')).toThrow('__proto__');
  });

  it.each([
    null,
    {},
    {
      hash: 'k',
      version: '',
      value: 1,
      tags: ['*'],
      age: Number.NaN,
      windows: { due: 1, fresh: 1, stale: 1, expires: 1 },
    },
    { hash: 'k', version: '', value: 1, tags: [7], age: 0, windows: { due: 1, fresh: 1, stale: 1, expires: 1 } },
    { hash: 'k', version: '', value: 1, tags: ['*'], age: 0, windows: { due: 1, fresh: 1, stale: null, expires: 1 } },
  ])('leaves out what is misshapen: %j', async (entry) => {
    const browser = createCache();
    browser.hydrate([entry as unknown as DehydratedEntry, ...(await stateOf('v'))]);
    expect(browser.dehydrate().map(({ value }) => value)).toEqual(['v']);
  });
});
