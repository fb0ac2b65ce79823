import { act, render, renderHook, screen } from '@testing-library/react';
import { memo, type ReactNode, StrictMode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/index.js';
import { type CacheAsideResult, CacheProvider, useCacheAside } from '../../src/react/index.js';
import { controlled } from '../support/controlled.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

type Result = CacheAsideResult<{ n: number }>;

const NAMES = [
  'data',
  'error',
  'isFetching',
  'isLoading',
  'isPlaceholderData',
  'isRestoring',
  'isStale',
  'mutate',
  'phase',
  'refresh',
  'source',
  'status',
  'updatedAt',
];

let renders: number;
afterEach(() => {
  renders = 0;
});

/** A page around one component, whose loads end when the test says so. */
function page(Component: (props: { load: () => Promise<{ n: number }> }) => ReactNode, isStrict = true) {
  const cache = createCache();
  const { loader, answers } = controlled<{ n: number }>();
  const inside = (
    <CacheProvider cache={cache} options={{ retry: 0 }}>
      <Component load={loader} />
    </CacheProvider>
  );
  render(isStrict ? <StrictMode>{inside}</StrictMode> : inside);
  const answer = (nth: number, n: number) => act(async () => answers[nth]?.resolve({ n }));
  const fail = (nth: number, problem: Error) => act(async () => answers[nth]?.reject(problem));
  const invalidate = () => act(() => cache.invalidate({ key: 'k' }));
  return { answer, fail, invalidate };
}

describe('a result is a plain object', () => {
  /** What a component is given that reads `data`, and so has the rest noted. */
  async function given(): Promise<Result> {
    let latest: Result | undefined;
    function Reader({ load }: { load: () => Promise<{ n: number }> }) {
      const result = useCacheAside('k', load);
      latest = result;
      return <p>{result.data?.n}</p>;
    }
    const { answer } = page(Reader);
    await answer(0, 1);
    await settle();
    return latest as Result;
  }

  it('of a plain prototype, frozen, whose names and values are its own', async () => {
    const result = await given();
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.isFrozen(result)).toBe(true);
    expect(Object.keys(result).sort()).toEqual(NAMES);
    expect(Reflect.ownKeys(result).sort()).toEqual(NAMES);
    expect(() => Object.assign(result, { data: { n: 2 } })).toThrow(TypeError);
    expect('data' in result && Object.hasOwn(result, 'data')).toBe(true);
    expect(Object.propertyIsEnumerable.call(result, 'error')).toBe(true);
    expect(String(result)).toBe('[object Object]');
    expect(Object.prototype.toString.call(result)).toBe('[object Object]');
    expect(`${result.valueOf() === result}`).toBe('true');
  });

  it('that is compared, spread, taken apart, cloned and written as JSON', async () => {
    const result = await given();
    const { refresh, mutate, ...rest } = result;
    const facts = {
      data: { n: 1 },
      error: undefined,
      isFetching: false,
      isLoading: false,
      isPlaceholderData: false,
      isRestoring: false,
      isStale: false,
      phase: 'fresh',
      source: 'source',
      status: 'success',
      updatedAt: rest.updatedAt,
    };
    expect(rest).toStrictEqual(facts);
    expect(result).toStrictEqual({ ...facts, refresh, mutate });
    expect(result).toMatchObject({ data: { n: 1 }, status: 'success' });
    expect({ ...result }).toStrictEqual({ ...facts, refresh, mutate });
    expect(Object.assign({}, result)).toStrictEqual({ ...facts, refresh, mutate });
    expect(Object.fromEntries(Object.entries(result))).toStrictEqual({ ...facts, refresh, mutate });
    expect(structuredClone(rest)).toEqual(facts);
    // Functions cannot be cloned, of no object.
    expect(() => structuredClone(result)).toThrow(/refresh|function|=>/);
    expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(JSON.stringify(facts)));
    const names: string[] = [];
    for (const name in result) names.push(name);
    expect(names.sort()).toEqual(NAMES);
  });
});

/** What a component that has read `data` sees of `isFetching` and `error`, by how it reads them. */
const READERS: Record<string, (result: Result) => readonly [boolean, unknown]> = {
  'by name': ({ isFetching, error }) => [isFetching, error],
  'from the rest': ({ data: _, ...rest }) => [rest.isFetching, rest.error],
  'from a copy': (result) => [{ ...result }.isFetching, { ...result }.error],
  'from its entries': (result) => {
    const entries = new Map<string, unknown>(Object.entries(result));
    return [entries.get('isFetching') as boolean, entries.get('error')];
  },
};

describe.each([true, false])('what is read is followed, StrictMode %s', (isStrict) => {
  it.each(Object.entries(READERS))('%s, while rendering', async (_, read) => {
    function Reader({ load }: { load: () => Promise<{ n: number }> }) {
      const result = useCacheAside('k', load);
      const [isFetching, error] = read(result);
      return <p>{`${result.data?.n} ${isFetching} ${error}`}</p>;
    }
    const { answer, fail, invalidate } = page(Reader, isStrict);
    const text = () => document.querySelector('p')?.textContent;
    expect(text()).toBe('undefined true undefined');
    await answer(0, 1);
    expect(text()).toBe('1 false undefined');
    await invalidate();
    expect(text()).toBe('1 true undefined');
    await fail(1, new Error('gone'));
    expect(text()).toBe('1 false Error: gone');
  });

  it.each(Object.entries(READERS))('%s, in a callback only', async (_, read) => {
    const seen: unknown[] = [];
    function Reader({ load }: { load: () => Promise<{ n: number }> }) {
      const result = useCacheAside('k', load);
      return (
        <button type="button" onClick={() => seen.push(read(result).join(' '))}>
          {result.data?.n}
        </button>
      );
    }
    const { answer, invalidate, fail } = page(Reader, isStrict);
    const click = () => act(async () => screen.getByRole('button').click());
    await answer(0, 1);
    await invalidate();
    await click(); // for the first time, after changes that nothing has rendered for
    await fail(1, new Error('gone'));
    await click();
    await invalidate();
    await click();
    expect(seen).toEqual(['true ', 'false Error: gone', 'true Error: gone']);
  });

  it.each(Object.entries(READERS))('%s, in an effect only', async (_, read) => {
    const seen: string[] = [];
    const layout: string[] = [];
    const note = (list: string[], text: string) => {
      if (list.at(-1) !== text) list.push(text);
    };
    function Reader({ load }: { load: () => Promise<{ n: number }> }) {
      const result = useCacheAside('k', load);
      useLayoutEffect(() => note(layout, read(result).join(' ')), [result]);
      useEffect(() => note(seen, read(result).join(' ')), [result]);
      return <p>{result.data?.n}</p>;
    }
    const { answer, fail, invalidate } = page(Reader, isStrict);
    await answer(0, 1);
    await invalidate();
    await fail(1, new Error('gone'));
    const expected = ['true ', 'false ', 'true ', 'false Error: gone'];
    expect(seen).toEqual(expected);
    expect(layout).toEqual(expected);
  });

  it('by a child that is memoised, of a parent that reads nothing else', async () => {
    const Child = memo(({ result }: { result: Result }) => <i>{`${result.isFetching} ${result.error}`}</i>);
    function Parent({ load }: { load: () => Promise<{ n: number }> }) {
      const result = useCacheAside('k', load);
      return (
        <>
          <b>{result.data?.n}</b>
          <Child result={result} />
        </>
      );
    }
    const { answer, fail, invalidate } = page(Parent, isStrict);
    const text = () => document.querySelector('i')?.textContent;
    expect(text()).toBe('true undefined');
    await answer(0, 1);
    expect(text()).toBe('false undefined');
    await invalidate();
    expect(text()).toBe('true undefined');
    await fail(1, new Error('gone'));
    expect(text()).toBe('false Error: gone');
  });

  it('by who begins to read late, once with what is true then', async () => {
    function Reader({ load }: { load: () => Promise<{ n: number }> }) {
      const result = useCacheAside('k', load);
      const [isOpen, open] = useState(false);
      const drawn = useRef<string[]>([]);
      const text = `${result.data?.n} ${isOpen ? result.isFetching : 'closed'}`;
      useLayoutEffect(() => void drawn.current.push(text));
      return (
        <button type="button" onClick={() => open(true)} title={drawn.current.join()}>
          {text}
        </button>
      );
    }
    const { answer, invalidate } = page(Reader, isStrict);
    const text = () => screen.getByRole('button').textContent;
    await answer(0, 1);
    await invalidate();
    expect(text()).toBe('1 closed');
    await act(async () => screen.getByRole('button').click());
    expect(text()).toBe('1 true');
    expect(screen.getByRole('button').title).not.toContain('1 false');
    await answer(1, 2);
    expect(text()).toBe('2 false');
  });
});

describe('an object that was given', () => {
  it('never changes what it has once said, and says the rest as of the moment', async () => {
    const objects = new Set<Result>();
    function Reader({ load }: { load: () => Promise<{ n: number }> }) {
      const result = useCacheAside('k', load);
      objects.add(result);
      return <p>{result.data?.n}</p>;
    }
    const { answer, invalidate } = page(Reader);
    await answer(0, 1);
    const result = [...objects].at(-1) as Result;
    expect(result.isFetching).toBe(false);
    await invalidate();
    expect([result.isFetching, result.data]).toEqual([false, { n: 1 }]);
    expect([...objects].at(-1)).not.toBe(result); // it was rendered, since somebody had looked
    expect([...objects].at(-1)?.isFetching).toBe(true);
    await answer(1, 2);
    expect([...objects].map((one) => one.data?.n)).toEqual(expect.arrayContaining([1, 2]));
    expect([result.isFetching, result.data]).toEqual([false, { n: 1 }]);
  });

  it('goes on saying what was on screen when nobody follows the key any more', async () => {
    const cache = createCache();
    let latest: Result | undefined;
    function Reader() {
      latest = useCacheAside('k', async () => ({ n: 1 }));
      return <p>{latest.status}</p>;
    }
    const { unmount } = render(
      <CacheProvider cache={cache}>
        <Reader />
      </CacheProvider>,
    );
    await settle();
    unmount();
    await cache.invalidate({ key: 'k' });
    expect([latest?.data, latest?.isFetching, latest?.source]).toEqual([{ n: 1 }, false, 'source']);
  });

  it('costs no render for what nobody reads', async () => {
    const { loader, answers } = controlled<{ n: number }>();
    const cache = createCache();
    const { result } = renderHook(
      () => {
        renders++;
        return useCacheAside('k', loader).data;
      },
      { wrapper: ({ children }) => <CacheProvider cache={cache}>{children}</CacheProvider> },
    );
    renders = 0;
    await act(async () => answers[0]?.resolve({ n: 1 }));
    expect([result.current, renders]).toEqual([{ n: 1 }, 1]);
    await act(() => cache.invalidate({ key: 'k' }));
    await act(async () => answers[1]?.reject(new Error('gone')));
    expect(renders).toBe(1);
  });
});

describe('all that is read of one object is of one moment', () => {
  /** What is read late, while the render is due that a change of what was read early asks for. */
  async function late(early: 'status' | 'data', placeholderData: { n: number } | undefined, end: 'answer' | 'fail') {
    let result: Result | undefined;
    const cache = createCache();
    const { loader, answers } = controlled<{ n: number }>();
    function Reader() {
      const now = useCacheAside('k', loader, placeholderData && { placeholderData });
      result ??= now;
      return <p>{String(now[early])}</p>;
    }
    render(
      <CacheProvider cache={cache} options={{ retry: 0 }}>
        <Reader />
      </CacheProvider>,
    );
    const seen: unknown[] = [];
    // Hears of it after the component, and before React renders.
    const other = cache.watch('k', loader);
    const stop = other.subscribe(() => seen.push(other.read().status, result?.status, result?.data));
    await act(async () => (end === 'answer' ? answers[0]?.resolve({ n: 1 }) : answers[0]?.reject(new Error('no'))));
    stop();
    return seen;
  }

  it('a status that was `success` has data, though the load fails behind a placeholder', async () => {
    expect(await late('status', { n: 0 }, 'fail')).toEqual(['error', 'success', { n: 0 }]);
  });

  it('data that was not there has no status `success`, though it has arrived', async () => {
    expect(await late('data', undefined, 'answer')).toEqual(['success', 'loading', undefined]);
  });

  it('nor if the status was read late, and the render is due for another part', async () => {
    let result: Result | undefined;
    const { loader, answers } = controlled<{ n: number }>();
    function Reader() {
      const now = useCacheAside('k', loader);
      result ??= now;
      return <p>{String(now.isFetching)}</p>;
    }
    const cache = createCache();
    render(
      <CacheProvider cache={cache} options={{ retry: 0 }}>
        <Reader />
      </CacheProvider>,
    );
    const seen: unknown[] = [];
    await act(async () => {
      await cache.set('k', { n: 1 }); // the load goes on
      seen.push(result?.isFetching, result?.status);
      answers[0]?.resolve({ n: 2 });
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(result?.isFetching, result?.status, result?.data);
    });
    expect(seen).toEqual([true, 'success', true, 'success', { n: 1 }]);
  });
});

it.each([undefined, null])('a load or a selection that throws %s fails for a reason', async (nothing) => {
  const cache = createCache();
  const wrapper = ({ children }: { children: ReactNode }) => <CacheProvider cache={cache}>{children}</CacheProvider>;
  const load = () => Promise.reject(nothing);
  const select = (): never => {
    throw nothing;
  };
  const use = () => [
    useCacheAside('a load', load, { retry: 0 }),
    useCacheAside('a selection', () => 1, { initialData: 1, select }),
  ];
  const { result } = renderHook(use, { wrapper });
  await settle();
  expect(result.current.map(({ status }) => status)).toEqual(['error', 'error']);
  for (const { error } of result.current) expect(error).toBeInstanceOf(TypeError);
});
