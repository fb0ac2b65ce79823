import { act, render, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { Profiler, type ReactNode, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { beforeEach, describe, expect, it } from 'vitest';
import { createBrowserCache, indexedDbStore } from '../../src/browser/index.js';
import { type Cache, createCache, hashKey, tierOf } from '../../src/index.js';
import { CacheProvider, useCacheAside, useCacheMutation } from '../../src/react/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { server } from './setup.js';

interface User {
  name: string;
}

let requests = 0;
let row: User = { name: 'Ada' };
let fails = false;

beforeEach(() => {
  requests = 0;
  row = { name: 'Ada' };
  fails = false;
  server.use(
    http.get('https://api.test/user/:id', () => {
      requests++;
      return fails ? new HttpResponse(null, { status: 500 }) : HttpResponse.json(row);
    }),
    http.patch('https://api.test/user/:id', async ({ request }) => {
      row = (await request.json()) as User;
      return HttpResponse.json(row);
    }),
  );
});

async function loadUser(id: string): Promise<User> {
  const response = await fetch(`https://api.test/user/${id}`);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as User;
}

function UserName({ id }: { id: string | null }) {
  const { data, status, error, isStale, refresh } = useCacheAside(id && ['user', id], () => loadUser(id ?? ''));
  return (
    <button type="button" onClick={() => void refresh().catch(() => {})}>
      {`${data?.name ?? '–'} ${status}${isStale ? ' stale' : ''}${error instanceof Error ? ` ${error.message}` : ''}`}
    </button>
  );
}

const within = (cache: Cache, children: ReactNode, strict = true) => {
  const tree = (
    <CacheProvider cache={cache} options={{ retry: false }}>
      {children}
    </CacheProvider>
  );
  return strict ? <StrictMode>{tree}</StrictMode> : tree;
};

describe('useCacheAside', () => {
  it('loads once for three components under StrictMode', async () => {
    const cache = createCache();
    render(
      within(
        cache,
        [1, 2, 3].map((n) => <UserName key={n} id="1" />),
      ),
    );
    await waitFor(() => expect(screen.getAllByText('Ada success')).toHaveLength(3));
    expect(requests).toBe(1);
  });

  it('paints what is in memory at once, and loads nothing while it is fresh', async () => {
    const cache = createCache();
    await cache.get(['user', '1'], () => loadUser('1'));
    render(within(cache, <UserName id="1" />));
    expect(screen.getByText('Ada success')).toBeTruthy();
    await act(async () => {});
    expect(requests).toBe(1);
  });

  it('renders twice for a cold load: loading, then data', async () => {
    const cache = createCache();
    let commits = 0;
    render(
      within(
        cache,
        <Profiler id="p" onRender={() => void commits++}>
          <UserName id="1" />
        </Profiler>,
        false,
      ),
    );
    await screen.findByText('Ada success');
    await act(async () => {});
    expect(commits).toBe(2);
  });

  it('does nothing without a key, and follows a changed one', async () => {
    const cache = createCache();
    const { rerender } = render(within(cache, <UserName id={null} />));
    expect(screen.getByText('– idle')).toBeTruthy();
    rerender(within(cache, <UserName id="1" />));
    expect(await screen.findByText('Ada success')).toBeTruthy();
    row = { name: 'Grace' };
    rerender(within(cache, <UserName id="2" />));
    expect(await screen.findByText('Grace success')).toBeTruthy();
    expect(requests).toBe(2);
  });

  it('keeps the data on screen, marked stale, until the new value arrives, with one load per invalidation', async () => {
    const cache = createCache();
    render(
      within(
        cache,
        [1, 2].map((n) => <UserName key={n} id="1" />),
      ),
    );
    await waitFor(() => expect(screen.getAllByText('Ada success')).toHaveLength(2));
    row = { name: 'Grace' };
    await act(() => cache.invalidate({ prefix: ['user'] }));
    await waitFor(() => expect(screen.getAllByText('Grace success')).toHaveLength(2));
    expect(requests).toBe(2);
  });

  it('shows an error, keeps the data, and recovers by refresh', async () => {
    const cache = createCache();
    fails = true;
    render(within(cache, <UserName id="1" />));
    await userEvent.click(await screen.findByText('– error HTTP 500'));
    fails = false;
    await userEvent.click(screen.getByRole('button'));
    expect(await screen.findByText('Ada success')).toBeTruthy();
    fails = true;
    await userEvent.click(screen.getByRole('button'));
    expect(await screen.findByText('Ada error HTTP 500')).toBeTruthy();
  });

  it('is restoring while a lower tier is asked, loading only once it has missed', async () => {
    const seen: string[] = [];
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const place = sharedMemoryPlace({ before: (operation) => (operation === 'lookup' ? gate : undefined) });
    function Status() {
      const { status } = useCacheAside('k', () => loadUser('1'));
      if (seen.at(-1) !== status) seen.push(status);
      return <p>{status}</p>;
    }
    render(within(createCache({ tier: tierOf(place.store()) }), <Status />));
    expect(screen.getByText('restoring')).toBeTruthy();
    goOn();
    await screen.findByText('success');
    expect(seen).toEqual(['restoring', 'loading', 'success']);
  });

  it('takes a repository and an id', async () => {
    const cache = createCache();
    const users = cache.repository({ key: (id: string) => ['user', id], load: loadUser });
    function Name({ id }: { id: string | null }) {
      const { data, status } = useCacheAside(users, id);
      return <p>{data?.name ?? status}</p>;
    }
    const { rerender } = render(within(cache, <Name id={null} />));
    expect(screen.getByText('idle')).toBeTruthy();
    rerender(within(cache, <Name id="1" />));
    expect(await screen.findByText('Ada')).toBeTruthy();
  });

  it('renders on the server what memory has', async () => {
    const cache = createCache();
    await cache.set(['user', '1'], { name: 'Ada' });
    expect(renderToString(within(cache, <UserName id="1" />))).toContain('Ada success');
  });

  it('says what is missing without a provider, or without its cache', () => {
    expect(() => renderToString(<UserName id="1" />)).toThrow('CacheProvider');
    const none = undefined as unknown as Cache;
    expect(() => renderToString(within(none, <UserName id="1" />))).toThrow('CacheProvider');
  });
});

describe('useCacheMutation', () => {
  it('saves, invalidates, and the components show the new value', async () => {
    const cache = createCache();
    const saved: string[] = [];
    function Rename() {
      const { mutate, status } = useCacheMutation(
        async (name: string) => {
          await fetch('https://api.test/user/1', { method: 'PATCH', body: JSON.stringify({ name }) });
          return name;
        },
        { invalidates: () => ({ key: ['user', '1'] }), onSuccess: (name) => saved.push(name) },
      );
      return (
        <button type="button" onClick={() => void mutate('Grace')}>
          rename {status}
        </button>
      );
    }
    render(within(cache, [<UserName key="a" id="1" />, <Rename key="b" />]));
    await screen.findByText('Ada success');
    await userEvent.click(screen.getByText('rename idle'));
    expect(await screen.findByText('Grace success')).toBeTruthy();
    expect(await screen.findByText('rename success')).toBeTruthy();
    expect(saved).toEqual(['Grace']);
  });
});

describe('with IndexedDB', () => {
  it('a reloaded page shows data from disk without a request while it is fresh', async () => {
    const before = createBrowserCache({ name: 'reload' });
    await before.get(['user', '1'], () => loadUser('1'));
    const after = createBrowserCache({ name: 'reload' });
    const disk = indexedDbStore({ name: 'reload' });
    await waitFor(async () => expect('hit' in (await disk.lookup(hashKey(['user', '1']), []))).toBe(true));
    render(within(after, <UserName id="1" />));
    expect(await screen.findByText('Ada success')).toBeTruthy();
    expect(requests).toBe(1);
  });

  it('is memory alone where IndexedDB throws', async () => {
    const indexedDB = {
      open: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    } as unknown as IDBFactory;
    const cache = createBrowserCache({ name: 'denied', disk: { indexedDB } });
    render(within(cache, <UserName id="1" />));
    expect(await screen.findByText('Ada success')).toBeTruthy();
    expect((await act(() => cache.invalidate({ all: true }))).durable).toBe(false);
    await waitFor(() => expect(requests).toBe(2));
  });
});
