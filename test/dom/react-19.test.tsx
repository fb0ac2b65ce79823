import { act, render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { Activity, type ReactNode, StrictMode, startTransition, useActionState, useOptimistic } from 'react';
import { describe, expect, it } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import { CacheProvider, useCacheAside, useCacheMutation } from '../../src/react/index.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

const inside =
  (cache: Cache) =>
  ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <CacheProvider cache={cache} options={{ retry: false }}>
        {children}
      </CacheProvider>
    </StrictMode>
  );

describe('in an action of React 19', () => {
  const texts: string[] = [];
  function List({ name, cache }: { name: string; cache: Cache }) {
    const { data = [] } = useCacheAside<string[]>(name, () => fetchList(cache));
    const { mutate } = useCacheMutation(save, { invalidates: { key: name } });
    const [optimistic, addOptimistic] = useOptimistic(data, (list: string[], item: string) => [...list, item]);
    const [state, submit] = useActionState(async (count: number, item: string) => {
      addOptimistic(`${item}?`);
      await mutate(item);
      return count + 1;
    }, 0);
    const text = `${optimistic.join(' ')} ${state}`;
    if (texts.at(-1) !== text) texts.push(text);
    return (
      <button type="button" onClick={() => startTransition(() => submit('b'))}>
        {text}
      </button>
    );
  }
  let source = ['a'];
  const fetchList = async (_: Cache) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return source;
  };
  const save = async (item: string) => {
    source = [...source, item];
  };

  it('useOptimistic holds until the new data is there, and useActionState goes on', async () => {
    const cache = createCache();
    render(<List name="list" cache={cache} />, { wrapper: inside(cache) });
    await screen.findByText('a 0');
    texts.length = 0;
    await userEvent.click(screen.getByRole('button'));
    await screen.findByText('a b 1');
    expect(texts[0]).toBe('a b? 0');
    expect(texts).not.toContain('a 0'); // it did not fall back
    expect(texts).not.toContain('a 1');
  });
});

describe('in an <Activity>', () => {
  it('what was hidden shows what came meanwhile when it is revealed, and loads what is untrue', async () => {
    const cache = createCache();
    let n = 0;
    let aborted = 0;
    function Reader() {
      const { data } = useCacheAside('k', ({ signal }) => {
        signal.addEventListener('abort', () => void aborted++);
        return ++n;
      });
      return <p>{data}</p>;
    }
    const page = (mode: 'visible' | 'hidden') => (
      <Activity mode={mode}>
        <Reader />
      </Activity>
    );
    const { rerender } = render(page('visible'), { wrapper: inside(cache) });
    await screen.findByText('1');
    rerender(page('hidden'));
    await act(() => cache.set('k', 5));
    await settle();
    rerender(page('visible'));
    await settle();
    expect(screen.getByText('5')).toBeTruthy();
    rerender(page('hidden'));
    await act(() => cache.invalidate({ key: 'k' }));
    await settle();
    expect(n).toBe(1); // nobody looks at it
    rerender(page('visible'));
    await settle();
    expect(screen.getByText('2')).toBeTruthy();
    expect([n, aborted]).toEqual([2, 0]);
  });
});
