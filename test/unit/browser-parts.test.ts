import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { batched } from '../../src/browser/batched.js';
import { databaseName } from '../../src/browser/database-name.js';
import { broadcastBus } from '../../src/browser/index.js';
import { isLike } from '../../src/browser/is-like.js';
import { createLoadLocks } from '../../src/browser/load-locks.js';
import { weigh } from '../../src/browser/weigh.js';

describe('databaseName', () => {
  it('spells different places differently', () => {
    const part = fc.oneof(fc.string({ unit: fc.constantFrom('a', ':', '%', '3', 'A', '2', '5') }), fc.string());
    const place = fc.record({ name: part, scope: fc.option(part, { nil: undefined }) });
    fc.assert(
      fc.property(place, place, (a, b) => {
        const same = a.name === b.name && a.scope === b.scope;
        expect(databaseName(a) === databaseName(b)).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is readable in the developer tools', () => {
    expect(databaseName({ name: 'shop' })).toBe('cache-aside:shop');
    expect(databaseName({ name: 'shop', scope: 'user:1' })).toBe('cache-aside:shop:user%3A1');
  });
});

describe('batched', () => {
  it('runs the items of one tick together, and answers each', async () => {
    const run = vi.fn(async (items: number[]) => items.map((item) => item * 2));
    const double = batched(run);
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
    expect(await double(4)).toBe(8);
    expect(run.mock.calls).toEqual([[[1, 2, 3]], [[4]]]);
  });

  it('with a limit, runs one batch after the other and collects meanwhile', async () => {
    const release: (() => void)[] = [];
    const run = vi.fn((items: number[]) => new Promise<number[]>((resolve) => release.push(() => resolve(items))));
    const echo = batched(run, 2);
    const answers = [1, 2, 3].map(echo);
    await Promise.resolve();
    expect(run.mock.calls).toEqual([[[1, 2]]]);
    answers.push(echo(4), echo(5));
    for (let done = 0; done < 3; done++) {
      await vi.waitUntil(() => release.length > done);
      release[done]?.();
    }
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4, 5]);
    expect(run.mock.calls).toEqual([[[1, 2]], [[3, 4]], [[5]]]);
  });

  it('rejects the items of a batch that failed, and goes on', async () => {
    let fails = true;
    const echo = batched(async (items: number[]) => {
      if (fails) throw new Error('full');
      return items;
    }, 10);
    await expect(Promise.all([1, 2].map(echo))).rejects.toThrow('full');
    fails = false;
    expect(await echo(3)).toBe(3);
  });
});

describe('weigh', () => {
  it('grows with what there is, in whatever it is', () => {
    const text = 'x'.repeat(1_000);
    for (const value of [
      text,
      [text],
      { text },
      new Map([[text, 1]]),
      new Set([text]),
      new Uint8Array(2_000),
      new Uint8Array(2_000).buffer,
    ]) {
      expect(weigh(value)).toBeGreaterThanOrEqual(2_000);
      expect(weigh(value)).toBeLessThan(2_200);
    }
    expect(weigh(new Array(1_000).fill('ab'))).toBeGreaterThan(4_000);
  });

  it('ends for cycles and for what is nested too deep for a stack', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(weigh(cycle)).toBeLessThan(100);
    let deep: unknown = null;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(weigh(deep)).toBeGreaterThan(100_000);
  });

  it('is NaN exactly where the clone would not be deep-equal', () => {
    class Money {
      cents = 1;
    }
    class Prices extends Map<string, number> {}
    const plain = [
      null,
      undefined,
      0,
      '',
      1n,
      new Date(0),
      /x/,
      Object.create(null),
      { a: [new Map([[{}, new Set()]])] },
      new Error('plain'),
      Object.assign([1], { named: 1 }),
      runInNewContext('[{ a: new Date() }]'),
    ];
    for (const value of plain) expect(weigh(value)).not.toBeNaN();
    const getter = {
      get broken() {
        throw new Error('a getter');
      },
    };
    for (const value of [
      () => 1,
      Symbol('s'),
      new Money(),
      { a: [new Money()] },
      new Map([['a', () => 1]]),
      getter,
      new Prices(),
      Object.assign(new Error('coded'), { code: 'E' }),
      { [Symbol('s')]: 1 },
      Object.create({ inherited: 1 }),
    ]) {
      expect(weigh(value)).toBeNaN();
    }
  });
});

describe('isLike', () => {
  it('asks for the same fields of the same types', () => {
    const like = { name: '', sizes: [0], inner: { on: true } };
    const good = { name: 'a', sizes: [1, 2], inner: { on: false }, more: 1 };
    expect(isLike(good, like)).toBe(true);
    expect(isLike({ ...good, sizes: [] }, like)).toBe(true);
    for (const bad of [
      null,
      1,
      [],
      { ...good, name: 1 },
      { ...good, sizes: ['1'] },
      { ...good, sizes: { 0: 1 } },
      { ...good, inner: null },
      { ...good, sizes: [Number.NaN] },
    ]) {
      expect(isLike(bad, like)).toBe(false);
    }
  });
});

it('a bus does not keep a Node process alive', async () => {
  const unref = vi.spyOn(BroadcastChannel.prototype as unknown as { unref(): void }, 'unref');
  const bus = broadcastBus({ name: 'unref' });
  expect(unref).toHaveBeenCalledTimes(1);
  await bus.close();
});

describe('load locks', () => {
  /** A browser whose requests end in this way. */
  const answering = (request: () => Promise<unknown>) => ({ request, query: async () => ({}) }) as LockManager;
  const turns = (locks: LockManager | null | undefined) => createLoadLocks(locks, 50)('key');

  it('say that everybody may load where there are none, or none that are given', async () => {
    expect(await turns(undefined)).toBeUndefined();
    expect(await turns(null)).toBeUndefined();
    expect(await turns(answering(() => Promise.reject(new DOMException('opaque', 'SecurityError'))))).toBeUndefined();
    const throwing = answering(() => {
      throw new TypeError('broken');
    });
    expect(await turns(throwing)).toBeUndefined();
  });

  it('say so while the page is prerendered, when no browser answers before somebody looks at it', async () => {
    const request = vi.fn(() => new Promise(() => {}));
    vi.stubGlobal('document', { prerendering: true });
    expect(await turns(answering(request))).toBeUndefined();
    vi.unstubAllGlobals();
    expect(request).not.toHaveBeenCalled();
    expect(await turns(answering(request))).toBeUndefined();
    expect(request).toHaveBeenCalledTimes(1);
  });

  it('say so where the browser does not answer, and free what it grants later', async () => {
    let grant: ((lock: object) => Promise<void>) | undefined;
    const hanging = ((_name: string, _options: object, callback: (lock: object) => Promise<void>) => {
      grant = callback;
      return new Promise(() => {});
    }) as () => Promise<unknown>;
    expect(await turns(answering(hanging))).toBeUndefined();
    await grant?.({}); // settles, which is how a lock is freed
    expect(grant).toBeDefined();
  });

  it('forget which were overdue rather than remember every key and invalidation there ever was', async () => {
    const taken = ((_name: string, options: { ifAvailable?: boolean }, callback: (lock: null) => void) => {
      if (!options.ifAvailable) return Promise.reject(new DOMException('too long', 'TimeoutError'));
      callback(null);
      return Promise.resolve();
    }) as () => Promise<unknown>;
    const turn = createLoadLocks(answering(taken), 50);
    const waitFor = async (name: string) => {
      const answer = await turn(name);
      if (answer === undefined) return false;
      if ('busy' in answer) await answer.busy;
      return true;
    };
    expect(await waitFor('first')).toBe(true);
    expect(await waitFor('first')).toBe(false);
    for (let i = 0; i < 1_200; i++) await waitFor(`key ${i}`);
    expect(await waitFor('key 1199')).toBe(false);
    expect(await waitFor('first')).toBe(true);
  });

  it('end a wait when the browser ends it, as when the page is put aside', async () => {
    let requests = 0;
    const aborting = ((_name: string, _options: object, callback: (lock: null) => void) => {
      if (requests++ > 0) return Promise.reject(new DOMException('pagehide', 'AbortError'));
      callback(null);
      return Promise.resolve();
    }) as () => Promise<unknown>;
    const turn = await turns(answering(aborting));
    if (turn === undefined || !('busy' in turn)) throw new Error('expected to wait');
    await turn.busy;
  });
});
