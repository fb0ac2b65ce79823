import { act } from '@testing-library/react';
import { StrictMode, Suspense } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import {
  CacheProvider,
  useCacheAside,
  useCachedMany,
  useInfiniteCacheAside,
  useSuspenseCacheAside,
} from '../../src/react/index.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));
const load = () => 'loaded';
const OPTIONS = { ttl: '1h' } as const;
const MANY = [{ key: 'k', loader: load, ...OPTIONS }] as const;
const PAGES = { initialPageParam: 0, getNextPageParam: () => null, ...OPTIONS };

const HOOKS: Record<string, () => string | undefined> = {
  useCacheAside: () => useCacheAside('k', load, OPTIONS).data,
  useSuspenseCacheAside: () => useSuspenseCacheAside('k', load, OPTIONS).data,
  useCachedMany: () => useCachedMany(MANY)[0].data,
  useInfiniteCacheAside: () => useInfiniteCacheAside(['list'], load, PAGES).data?.pages[0],
};

afterEach(() => vi.restoreAllMocks());

/** A page that hands what it reads to a part of it whose code comes later. */
function pageOf(useValue: () => string | undefined, code: { promise?: Promise<void> | undefined }) {
  function Late({ value }: { value: string | undefined }) {
    if (code.promise) throw code.promise;
    return <b>{value}</b>;
  }
  function Page() {
    const value = useValue();
    return (
      <main>
        <i>{value}</i>
        <Suspense fallback={<u>…</u>}>
          <Late value={value} />
        </Suspense>
      </main>
    );
  }
  return (cache: Cache, isStrict: boolean) => {
    const page = (
      <CacheProvider cache={cache}>
        <Page />
      </CacheProvider>
    );
    return isStrict ? <StrictMode>{page}</StrictMode> : page;
  };
}

async function filled(value: string): Promise<Cache> {
  const cache = createCache({ jitter: 0 });
  await cache.set('k', value, OPTIONS);
  await cache.set(['list', { page: 0 }], value, OPTIONS);
  return cache;
}

describe.each([true, false])('while a part of the page is not hydrated yet, StrictMode %s', (isStrict) => {
  it.each(Object.entries(HOOKS))('%s takes no HTML away for what is newer', async (_, useValue) => {
    const complaints: unknown[] = [];
    vi.spyOn(console, 'error').mockImplementation((...told) => void complaints.push(told));
    const code: { promise?: Promise<void> | undefined } = {};
    const page = pageOf(useValue, code);
    const server = await filled('of the server');
    const container = document.createElement('div');
    container.innerHTML = renderToString(page(server, isStrict));
    const part = container.querySelector('b');
    expect(part?.textContent).toBe('of the server');
    const state = server.dehydrate();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const cache = await filled('newer');
    cache.hydrate(state);
    let arrive = () => {};
    code.promise = new Promise((resolve) => {
      arrive = resolve;
    });
    const root = await act(async () =>
      hydrateRoot(container, page(cache, isStrict), { onRecoverableError: (error) => void complaints.push(error) }),
    );
    await settle();
    expect(container.querySelector('u')).toBeNull();
    expect(container.querySelector('b')).toBe(part);
    code.promise = undefined;
    await act(async () => arrive());
    await settle();
    expect(container.querySelector('b')).toBe(part);
    expect(container.textContent).toBe('newernewer');
    expect(complaints).toEqual([]);
    act(() => root.unmount());
  });
});
