// @vitest-environment jsdom
import { act, cleanup, render, screen } from '@testing-library/react';
import { type ReactNode, StrictMode, useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Cache, createCache, type DehydratedEntry } from '../../src/index.js';
import { createRequestCache } from '../../src/node/index.js';
import { CacheProvider, HydrateCache, useCacheAside } from '../../src/react/index.js';

let loads: string[];
const complaints = vi.spyOn(console, 'error');
beforeEach(() => {
  loads = [];
  complaints.mockClear();
});
afterEach(() => {
  cleanup();
  expect(complaints).not.toHaveBeenCalled();
});

async function stateOf(values: Record<string, string>): Promise<DehydratedEntry[]> {
  const cache = createRequestCache(createCache({ ttl: '1h' }));
  for (const [key, value] of Object.entries(values)) await cache.get(key, () => value, { scope: 'public' });
  const state = cache.dehydrate();
  await cache.close();
  return state;
}

function Show({ name }: { name: string }) {
  const { data } = useCacheAside(name, () => {
    loads.push(name);
    return `${name} loaded`;
  });
  return <p>{data ?? 'nothing yet'}</p>;
}

const within = (cache: Cache, children: ReactNode) => (
  <StrictMode>
    <CacheProvider cache={cache}>{children}</CacheProvider>
  </StrictMode>
);

describe('HydrateCache', () => {
  it('is there before its children read, on both sides, and nothing is loaded', async () => {
    const state = await stateOf({ a: 'A', b: 'B' });
    const page = (cache: Cache) =>
      within(
        cache,
        <HydrateCache state={state}>
          <Show name="a" />
          <Show name="b" />
        </HydrateCache>,
      );
    const html = renderToString(page(createRequestCache(createCache())));
    expect(html).toBe('<p>A</p><p>B</p>');
    const place = document.createElement('div');
    place.innerHTML = html;
    const [first] = place.children;
    await act(async () => void hydrateRoot(place, page(createCache())));
    expect(place.innerHTML).toBe(html);
    expect(place.firstElementChild).toBe(first);
    expect(loads).toEqual([]);
  });

  it('brings with later state what is newer', async () => {
    const cache = createCache();
    const first = await stateOf({ a: 'A1', b: 'B1' });
    const page = (state: readonly DehydratedEntry[]) =>
      within(
        cache,
        <HydrateCache state={state}>
          <Show name="a" />
          <Show name="b" />
        </HydrateCache>,
      );
    const { rerender } = render(page(first));
    await act(() => cache.set('b', 'B edited'));
    expect(screen.getByText('B edited')).toBeTruthy();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await act(async () =>
      rerender(page([...(await stateOf({ a: 'A2' })), ...first.map((entry) => ({ ...entry, age: 60_000 }))])),
    );
    expect(screen.getByText('A2')).toBeTruthy();
    expect(screen.getByText('B edited')).toBeTruthy();
    expect(loads).not.toContain('a');
  });

  it('brings nothing back when a page is shown again with the state it came with', async () => {
    const cache = createCache();
    const state = await stateOf({ a: 'old' });
    let show: (is: boolean) => void = () => {};
    function Router() {
      const [isShown, setShown] = useState(true);
      show = setShown;
      if (!isShown) return null;
      return (
        <HydrateCache state={state}>
          <Show name="a" />
        </HydrateCache>
      );
    }
    render(within(cache, <Router />));
    expect(screen.getByText('old')).toBeTruthy();
    await act(async () => {
      await cache.invalidate({ key: 'a' });
    });
    expect(screen.getByText('a loaded')).toBeTruthy();
    await act(async () => show(false));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await act(async () => show(true));
    expect(screen.getByText('a loaded')).toBeTruthy();
    expect(loads).toEqual(['a']);
  });
});
