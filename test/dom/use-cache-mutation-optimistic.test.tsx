import { act, renderHook } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import { type CacheMutationOptions, CacheProvider, useCacheAside, useCacheMutation } from '../../src/react/index.js';
import { controlled } from '../support/controlled.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

const inside = (cache: Cache, strict: boolean) => {
  return ({ children }: { children: ReactNode }) => {
    const tree = (
      <CacheProvider cache={cache} options={{ retry: false }}>
        {children}
      </CacheProvider>
    );
    return strict ? <StrictMode>{tree}</StrictMode> : tree;
  };
};

const add = (item: string) => ({ key: 'list', change: (list: string[]) => [...list, item] });

/** A list that is watched, and a mutation that adds to it. The test says when a load or a save ends. */
async function setUp(first: Partial<CacheMutationOptions<string, string>> = {}, strict = true) {
  let options = first;
  const cache = createCache();
  const loads = controlled<string[]>();
  const saves = controlled<string>();
  const saved: string[] = [];
  const shown: string[] = [];
  const use = () => {
    const { data } = useCacheAside('list', loads.loader);
    const text = data?.join(' ') ?? '–';
    if (shown.at(-1) !== text) shown.push(text);
    const save = (item: string) => {
      saved.push(item);
      return saves.loader();
    };
    return useCacheMutation(save, { invalidates: { key: 'list' }, optimistic: add, ...options });
  };
  const { result, rerender, unmount } = renderHook(use, { wrapper: inside(cache, strict) });
  const render = (next: typeof first) => {
    options = next;
    rerender();
  };
  await act(async () => loads.answers[0]?.resolve(['a']));
  await settle();
  shown.length = 0;
  const mutate = (item: string) => act(async () => void result.current.mutate(item).catch(() => {}));
  const answer = <V,>(of: { answers: { resolve: (value: V) => void }[] }, n: number, value: V) =>
    act(async () => of.answers[n]?.resolve(value));
  return { cache, loads, saves, saved, shown, result, mutate, answer, render, unmount };
}

describe.each([true, false])('an optimistic change, StrictMode %j', (strict) => {
  it('is shown at once, enters no cache, and gives way to the new data without a flicker', async () => {
    const { cache, loads, saves, shown, mutate, answer } = await setUp({}, strict);
    await mutate('b');
    expect(shown).toEqual(['a b']);
    expect([cache.peek('list'), cache.dehydrate()[0]?.value]).toEqual([['a'], ['a']]);
    await answer(saves, 0, 'b');
    await settle();
    expect(shown).toEqual(['a b']); // saved, but not loaded again yet
    await answer(loads, 1, ['a', 'b!']);
    await settle();
    expect(shown).toEqual(['a b', 'a b!']);
  });

  it('is taken back if the write fails', async () => {
    const { saves, loads, shown, mutate, answer } = await setUp({}, strict);
    await mutate('b');
    await act(async () => saves.answers[0]?.reject(new Error('no')));
    await settle();
    expect(shown).toEqual(['a b', 'a']);
    await answer(loads, 1, ['a']);
    await settle();
    expect(shown).toEqual(['a b', 'a']);
  });

  it('lies over newer data, in the order of the changes, and goes alone', async () => {
    const { cache, loads, saves, shown, mutate, answer } = await setUp({}, strict);
    await mutate('b');
    await mutate('c');
    await act(() => cache.invalidate({ key: 'list' })); // for another reason
    await answer(loads, 1, ['x', 'a']);
    await settle();
    expect(shown).toEqual(['a b', 'a b c', 'x a b c']);
    await act(async () => saves.answers[0]?.reject(new Error('no')));
    await settle();
    expect(shown.at(-1)).toBe('x a c');
    await answer(saves, 1, 'c');
    await answer(loads, 3, ['x', 'a', 'c']);
    await settle();
    expect(shown).toEqual(['a b', 'a b c', 'x a b c', 'x a c']);
  });
});

describe('an optimistic change', () => {
  it('made by a snapshot that is written back would undo what came between', () => {
    let list = ['a'];
    const snapshot = list;
    list = [...list, 'b']; // first mutation
    list = [...list, 'c']; // second
    list = snapshot; // the first fails: the second is gone too
    expect(list).toEqual(['a']);
  });

  it('stays while the load after it fails, until one succeeds', async () => {
    const { loads, saves, shown, mutate, answer, cache } = await setUp();
    await mutate('b');
    await answer(saves, 0, 'b');
    await act(async () => loads.answers[1]?.reject(new Error('down')));
    await settle();
    expect(shown).toEqual(['a b']);
    await act(async () => void cache.watch('list', loads.loader).refresh());
    await answer(loads, 2, ['a', 'b!']);
    await settle();
    expect(shown).toEqual(['a b', 'a b!']);
  });

  it('ends with its write if nothing is loaded after it', async () => {
    const { saves, shown, mutate, answer } = await setUp({ invalidates: { key: 'other' } });
    await mutate('b');
    await answer(saves, 0, 'b');
    await settle();
    expect(shown).toEqual(['a b', 'a']);
  });

  it('of a key that nobody watches leaves nothing behind', async () => {
    const { cache, saves, mutate, answer, unmount } = await setUp();
    await mutate('b');
    unmount();
    await answer(saves, 0, 'b');
    await settle();
    await cache.set('list', ['z']);
    expect(cache.watch('list', () => []).read().data).toEqual(['z']);
  });

  it('is seen by who comes while it is pending', async () => {
    const { cache, mutate } = await setUp();
    await mutate('b');
    const { result } = renderHook(() => useCacheAside<string[]>('list', () => []), { wrapper: inside(cache, true) });
    expect(result.current.data).toEqual(['a', 'b']);
  });
});

describe('a scope', () => {
  it('makes writes wait for each other, also after a failure; each shows what it changes at once', async () => {
    const { saved, saves, shown, mutate, answer } = await setUp({ scope: 'lists' });
    await mutate('b');
    await mutate('c');
    expect([saved, shown.at(-1)]).toEqual([['b'], 'a b c']);
    await act(async () => saves.answers[0]?.reject(new Error('no')));
    await settle();
    expect([saved, shown.at(-1)]).toEqual([['b', 'c'], 'a c']);
    await answer(saves, 1, 'c');
  });

  it('is not needed for writes to run at once', async () => {
    const { saved, mutate } = await setUp();
    await mutate('b');
    await mutate('c');
    expect(saved).toEqual(['b', 'c']);
  });
});

describe('callbacks', () => {
  it('come after the write, in their order, with the variables', async () => {
    const told: unknown[] = [];
    const { saves, result } = await setUp({
      onSuccess: (...args) => told.push(['success', ...args]),
      onError: (...args) => told.push(['error', ...args]),
      onSettled: (...args) => told.push(['settled', ...args]),
      invalidates: { key: 'other' },
    });
    await act(async () => {
      const writing = result.current.mutate('b');
      saves.answers[0]?.resolve('B');
      await writing;
    });
    expect(result.current).toMatchObject({ status: 'success', data: 'B', variables: 'b' });
    const error = new Error('no');
    await act(async () => {
      const writing = result.current.mutate('c');
      saves.answers[1]?.reject(error);
      await expect(writing).rejects.toBe(error);
    });
    expect(told).toEqual([
      ['success', 'B', 'b'],
      ['settled', 'B', undefined, 'b'],
      ['error', error, 'c'],
      ['settled', undefined, error, 'c'],
    ]);
  });

  it('are those of the latest render, also after it is gone', async () => {
    const told: unknown[] = [];
    const { saves, result, render, unmount } = await setUp({ onSuccess: () => told.push('first') });
    await act(async () => void result.current.mutate('b'));
    render({ onSuccess: () => told.push('second') });
    unmount();
    await act(async () => saves.answers[0]?.resolve('B'));
    await settle();
    expect(told).toEqual(['second']);
  });

  it('that throw take neither the place of the error of the write, nor of the next callback', async () => {
    const problem = new Error('of the application');
    const fail = () => {
      throw problem;
    };
    const reported = vi.spyOn(Promise, 'reject').mockResolvedValue(undefined as never);
    const told: unknown[] = [];
    const { saves, result } = await setUp({
      onSuccess: fail,
      onError: fail,
      onSettled: (...args) => told.push(args),
      invalidates: { key: 'other' },
    });
    const error = new Error('no');
    await act(async () => {
      const writing = result.current.mutate('b');
      saves.answers[0]?.reject(error);
      await expect(writing).rejects.toBe(error);
    });
    await act(async () => {
      const writing = result.current.mutate('c');
      saves.answers[1]?.resolve('C');
      await expect(writing).rejects.toBe(problem);
    });
    expect(told).toEqual([
      [undefined, error, 'b'],
      ['C', undefined, 'c'],
    ]);
    expect(reported.mock.calls).toEqual([[problem]]);
    reported.mockRestore();
  });
});

it('a change that cannot even be told of is a write that failed: nothing is saved', async () => {
  const told: unknown[] = [];
  const error = new Error('of the application');
  const { saved, result } = await setUp({
    optimistic: () => {
      throw error;
    },
    onError: (...args) => told.push(args),
    onSettled: (...args) => told.push(args),
  });
  await act(async () => void (await expect(result.current.mutate('b')).rejects.toBe(error)));
  expect(result.current).toMatchObject({ status: 'error', error, variables: 'b' });
  expect(told).toEqual([
    [error, 'b'],
    [undefined, error, 'b'],
  ]);
  expect(saved).toEqual([]);
});

describe('after `reset`', () => {
  it('a write that is under way is not shown, but ends with its callbacks, as do all that overlap', async () => {
    const told: unknown[] = [];
    const { saves, result, mutate, answer } = await setUp({
      onSuccess: (data) => told.push(data),
      onError: (error) => told.push(`${error}`),
      invalidates: { key: 'other' },
    });
    await mutate('b');
    await mutate('c');
    act(() => result.current.reset());
    expect(result.current).toMatchObject({ status: 'idle', variables: undefined });
    await answer(saves, 1, 'C');
    await act(async () => saves.answers[0]?.reject(new Error('no')));
    await settle();
    expect([result.current.status, told]).toEqual(['idle', ['C', 'Error: no']]);
  });
});

it('shows success when the source has it, before the callbacks have ended', async () => {
  let end = () => {};
  const { saves, result, mutate, answer } = await setUp({
    onSuccess: () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    invalidates: { key: 'other' },
  });
  await mutate('b');
  await answer(saves, 0, 'B');
  expect(result.current).toMatchObject({ status: 'success', data: 'B' });
  await act(async () => end());
});

it('a write that fails is no unhandled rejection if nobody waits for it', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const { saves, result } = await setUp({ invalidates: { key: 'other' } });
  await act(async () => void result.current.mutate('b'));
  await act(async () => saves.answers[0]?.reject(new Error('no')));
  await settle();
  process.off('unhandledRejection', unhandled);
  expect(result.current).toMatchObject({ status: 'error', error: new Error('no') });
  expect(unhandled).not.toHaveBeenCalled();
});
