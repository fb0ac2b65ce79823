import { act, render, screen } from '@testing-library/react';
import { Component, type ReactNode, StrictMode, Suspense, startTransition, useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToReadableStream } from 'react-dom/server.browser';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import { CacheProvider, usePrefetch, useSuspenseCacheAside } from '../../src/react/index.js';
import { controlled } from '../support/controlled.js';

afterEach(() => void vi.useRealTimers());

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

const inside = (cache: Cache, children: ReactNode, strict = true) => {
  const tree = (
    <CacheProvider cache={cache} options={{ retry: false }}>
      <Suspense fallback={<p>waiting</p>}>{children}</Suspense>
    </CacheProvider>
  );
  return strict ? <StrictMode>{tree}</StrictMode> : tree;
};

class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <button type="button" onClick={() => this.setState({ error: undefined })}>
        {String(error)}
      </button>
    );
  }
}

describe.each([true, false])('useSuspenseCacheAside, StrictMode %j', (strict) => {
  it.each([
    ['what is fresh', '1h', 100 * 2 ** 20],
    ['what is stale at once', 0, 100 * 2 ** 20],
    ['what is too big for memory', '1h', 1000],
  ] as const)('suspends, then has the data, with one load: %s', async (_, ttl, maxBytes) => {
    const cache = createCache({ ttl, maxBytes });
    const { answers, loader } = controlled<string>();
    function Reader() {
      return <p>{useSuspenseCacheAside('k', loader).data.length}</p>;
    }
    render(inside(cache, [<Reader key="1" />, <Reader key="2" />], strict));
    expect(screen.getByText('waiting')).toBeTruthy();
    await settle();
    await act(async () => answers[0]?.resolve('v'.repeat(2000)));
    await settle();
    expect(screen.getAllByText('2000')).toHaveLength(2);
    expect(answers).toHaveLength(1);
  });

  it('loads when the boundary is reset as soon as it is shown, before any timer has ended', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const turns = async () => {
      for (let turn = 0; turn < 20; turn++) await act(() => new Promise<void>((resolve) => void setImmediate(resolve)));
    };
    let loads = 0;
    const load = async () => {
      if (++loads < 3) throw new Error(`down ${loads}`);
      return 'v';
    };
    const cache = createCache();
    const Reader = () => <p>{useSuspenseCacheAside('k', load).data}</p>;
    render(
      inside(
        cache,
        <Boundary>
          <Reader />
        </Boundary>,
        strict,
      ),
    );
    for (const n of [1, 2]) {
      await turns();
      act(() => screen.getByText(`Error: down ${n}`).click());
    }
    await turns();
    expect(screen.getByText('v')).toBeTruthy();
    expect(loads).toBe(3);
  });

  it('shows what is set while it is loaded', async () => {
    const cache = createCache();
    const Reader = () => <p>{useSuspenseCacheAside('k', controlled<string>().loader).data}</p>;
    render(inside(cache, <Reader />, strict));
    await settle();
    await act(() => cache.set('k', 'set'));
    await settle();
    expect(screen.getByText('set')).toBeTruthy();
  });

  it('throws what a load throws, once, and loads again when the boundary is reset', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const cache = createCache();
    let loads = 0;
    function Reader() {
      const loader = async () => {
        if (++loads === 1) throw new Error('down');
        return 'v';
      };
      return <p>{useSuspenseCacheAside('k', loader).data}</p>;
    }
    render(
      inside(
        cache,
        <Boundary>
          <Reader />
        </Boundary>,
        strict,
      ),
    );
    const button = await screen.findByText('Error: down');
    await settle();
    expect(loads).toBe(1);
    await act(async () => button.click());
    expect(await screen.findByText('v')).toBeTruthy();
    expect(loads).toBe(2);
    vi.restoreAllMocks();
  });
});

describe('useSuspenseCacheAside', () => {
  it('does not suspend for what is there, nor for a reload', async () => {
    const cache = createCache();
    await cache.set('k', 1);
    const { answers, loader } = controlled<number>();
    const shown: string[] = [];
    function Reader() {
      const { data, isFetching } = useSuspenseCacheAside('k', loader);
      shown.push(`${data} ${isFetching}`);
      return <p>{data}</p>;
    }
    render(inside(cache, <Reader />, false));
    expect(screen.getByText('1')).toBeTruthy();
    await act(() => cache.invalidate({ key: 'k' }));
    expect(screen.getByText('1')).toBeTruthy();
    await act(async () => answers[0]?.resolve(2));
    await settle();
    expect(shown).toEqual(['1 false', '1 true', '2 false']);
  });

  it('shows an error behind data beside the data', async () => {
    const cache = createCache();
    await cache.set('k', 1);
    function Reader() {
      const { data, error } = useSuspenseCacheAside<number>('k', () => Promise.reject(new Error('down')));
      return <p>{`${data} ${error}`}</p>;
    }
    render(inside(cache, <Reader />));
    await act(() => cache.invalidate({ key: 'k' }));
    expect(await screen.findByText('1 Error: down')).toBeTruthy();
  });

  it('keeps what is on screen while a transition loads another key', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    let go = (_: string) => {};
    function Reader({ id }: { id: string }) {
      return <p>{useSuspenseCacheAside(['user', id], loader).data}</p>;
    }
    function Page() {
      const [id, setId] = useState('1');
      go = (next) => startTransition(() => setId(next));
      return <Reader id={id} />;
    }
    render(inside(cache, <Page />));
    await settle();
    await act(async () => answers[0]?.resolve('one'));
    await settle();
    await act(async () => go('2'));
    expect(screen.getByText('one')).toBeTruthy();
    expect(screen.queryByText('waiting')).toBeNull();
    await act(async () => answers[1]?.resolve('two'));
    await settle();
    expect(screen.getByText('two')).toBeTruthy();
    expect(answers).toHaveLength(2);
  });

  it('of two in one component load one after the other; preloaded, at the same time', async () => {
    for (const preloads of [false, true]) {
      const cache = createCache();
      const { answers, loader } = controlled<string>();
      function Reader() {
        const a = useSuspenseCacheAside('a', loader).data;
        const b = useSuspenseCacheAside('b', loader).data;
        return <p>{a + b}</p>;
      }
      function Page() {
        usePrefetch(preloads && 'b', loader);
        return <Reader />;
      }
      const { unmount } = render(inside(cache, <Page />));
      await settle();
      expect(answers).toHaveLength(preloads ? 2 : 1);
      unmount();
    }
  });

  it('is there when `preload` was called before, and joins what is under way', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const preloading = cache.preload('k', loader);
    function Reader() {
      return <p>{useSuspenseCacheAside('k', loader).data}</p>;
    }
    render(inside(cache, <Reader />));
    await settle();
    answers[0]?.resolve('v');
    await act(() => preloading);
    await settle();
    expect(screen.getByText('v')).toBeTruthy();
    expect(answers).toHaveLength(1);
  });

  it('streams from the server, hydrates without a load and without a mismatch', async () => {
    function Reader({ load }: { load: () => Promise<string> }) {
      const { data, source } = useSuspenseCacheAside('k', load);
      return <p>{`${data} ${source}`}</p>;
    }
    const server = createCache();
    let loads = 0;
    const stream = await renderToReadableStream(
      inside(server, <Reader load={async () => `of the server ${++loads}`} />),
    );
    await stream.allReady;
    const html = await new Response(stream).text();
    expect(html).toContain('of the server 1 server');
    expect(loads).toBe(1);
    const errors: unknown[] = [];
    const container = document.createElement('div');
    // What the page's own script would do: the boundary was there at once.
    container.innerHTML = html;
    const cache = createCache();
    cache.hydrate(server.dehydrate());
    const root = await act(async () =>
      hydrateRoot(container, inside(cache, <Reader load={async () => 'of the browser'} />), {
        onRecoverableError: (error) => void errors.push(error),
      }),
    );
    await settle();
    expect(errors).toEqual([]);
    expect(container.textContent).toContain('of the server 1');
    act(() => root.unmount());
  });

  it('types the data as there', () => {
    const cache = createCache();
    const users = cache.repository({ key: (id: number) => ['user', id], load: async (id) => ({ id }) });
    function Typed() {
      expectTypeOf(useSuspenseCacheAside('k', async () => 1).data).toEqualTypeOf<number>();
      expectTypeOf(useSuspenseCacheAside(users, 1, { select: ({ id }) => `${id}` }).data).toEqualTypeOf<string>();
      // @ts-expect-error there is nothing to stand in for data
      useSuspenseCacheAside('k', async () => 1, { placeholderData: 1 });
      // @ts-expect-error it cannot be disabled
      useSuspenseCacheAside(null, async () => 1);
      return null;
    }
    expect(Typed).toBeTypeOf('function');
  });
});
