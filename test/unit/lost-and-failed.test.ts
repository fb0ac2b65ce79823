import { describe, expect, it } from 'vitest';
import {
  CoolDownError,
  createCache,
  type Failure,
  LoadTimeoutError,
  type Lookup,
  LostLoadError,
  type Store,
  tierOf,
} from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A store that answers its lookups one after the other as told, and then with a miss. */
function scripted(...answers: Lookup[]) {
  const released: (Failure | undefined)[] = [];
  const committed: unknown[] = [];
  const store: Store = {
    name: 'scripted',
    lookup: async () => answers.shift() ?? { miss: {} },
    commit: async (_, { value }) => {
      committed.push(value);
      return 'committed';
    },
    release: async (_hash, _ticket, failure) => void released.push(failure),
    invalidate: async () => {},
    close: async () => {},
  };
  return { cache: createCache({ tier: tierOf(store) }), released, committed };
}

const recordOf = (value: unknown) => ({
  version: 'v',
  value,
  tags: ['*'],
  loadedAt: Date.now(),
  windows: { due: 60_000, fresh: 60_000, stale: 60_000, expires: 60_000 },
});

describe('a load that was taken over', () => {
  it('tells the loader, and answers its readers with what the other has loaded', async () => {
    let lose = () => {};
    const lost = new Promise<void>((resolve) => {
      lose = resolve;
    });
    const { cache, released } = scripted({ miss: {}, lost }, { hit: recordOf('from the other') });
    const reading = cache.get('k', ({ signal }) => {
      return new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await settled();
    lose();
    expect(await reading).toBe('from the other');
    expect(released).toEqual([]); // the ticket is not ours any more
  });

  it('says why, and still answers with what a loader brings that does not listen', async () => {
    const { answers, loader } = controlled<string>();
    const { cache } = scripted({ miss: {}, lost: Promise.resolve() });
    let signal: AbortSignal | undefined;
    const reading = cache.get('k', (context) => {
      signal = context.signal;
      return loader();
    });
    await settled();
    expect(signal?.reason).toBeInstanceOf(LostLoadError);
    answers[0]?.resolve('mine');
    expect(await reading).toBe('mine');
  });

  it('begins anew with a signal that is not aborted', async () => {
    const { cache, committed } = scripted({ miss: {}, lost: Promise.resolve() });
    const aborted: boolean[] = [];
    const value = await cache.get('k', async ({ signal }) => {
      await settled();
      aborted.push(signal.aborted);
      signal.throwIfAborted();
      return 'second';
    });
    expect(value).toBe('second');
    expect(aborted).toEqual([true, false]);
    await settled();
    expect(committed).toEqual(['second']);
  });
});

it('a load that is taken over again and again is left alone in the end', async () => {
  const store = sharedMemoryPlace().store();
  const lookup = async (): Promise<Lookup> => ({ miss: {}, lost: Promise.resolve() });
  const cache = createCache({ tier: tierOf({ ...store, lookup }) });
  let loads = 0;
  const value = await cache.get('k', async ({ signal }) => {
    if (++loads > 100) return 'without an end';
    await settled();
    signal.throwIfAborted();
    return 'V';
  });
  expect(value).toBe('V');
});

describe('a load that failed', () => {
  it('by its timeout is told as any other: a slow source is to be spared too', async () => {
    const { cache, released } = scripted();
    const read = cache.get('k', () => new Promise(() => {}), { timeout: 5 });
    await expect(read).rejects.toThrow(LoadTimeoutError);
    expect(released).toEqual([{ message: expect.stringContaining('5 ms'), coolDown: 1_000 }]);
  });

  it('is told to the store, for as long as the option says', async () => {
    const { cache, released } = scripted();
    const fail = () => Promise.reject(new Error('source down'));
    await expect(cache.get('a', fail)).rejects.toThrow('source down');
    await expect(cache.get('b', fail, { coolDown: '5s' })).rejects.toThrow();
    await expect(cache.get('c', fail, { coolDown: 0 })).rejects.toThrow();
    expect(released).toEqual([
      { message: 'source down', coolDown: 1_000 },
      { message: 'source down', coolDown: 5_000 },
      undefined,
    ]);
  });

  it('is not told if the readers had left: that says nothing about the source', async () => {
    const { cache, released } = scripted();
    const { answers, loader } = controlled<string>();
    const controller = new AbortController();
    const reading = cache.get('k', loader, { signal: controller.signal });
    await settled();
    controller.abort(new Error('left'));
    await expect(reading).rejects.toThrow('left');
    answers[0]?.reject(new Error('aborted'));
    await settled();
    expect(released).toEqual([undefined]);
  });

  it('elsewhere: spares the source, says what failed, and when it is tried again', async () => {
    const { cache } = scripted({ failed: 'source down', retryIn: 700 });
    const reading = cache.get('k', () => Promise.reject(new Error('must not load')));
    const error = await reading.then(String, (caught: unknown) => caught);
    expect(error).toBeInstanceOf(CoolDownError);
    expect(error).toMatchObject({ hash: 'k', retryIn: 700 });
    expect(String(error)).toContain('source down');
  });

  it('elsewhere: what may stand in for a failed load is answered', async () => {
    const windows = { due: 0, fresh: 0, stale: 0, expires: 60_000 };
    const { cache } = scripted({ hit: { ...recordOf('fallback'), windows } }, { failed: 'source down', retryIn: 700 });
    expect(await cache.get('k', () => Promise.reject(new Error('must not load')))).toBe('fallback');
  });

  it('elsewhere: does not keep a reader from loading who insists', async () => {
    const { cache } = scripted({ failed: 'source down', retryIn: 700 });
    expect(await cache.watch('k', () => 'up again').refresh()).toBe('up again');
  });
});
