// test/unit/components-page.test.tsx
// @vitest-environment jsdom
import { act, cleanup, render, screen } from '@testing-library/react';
import { CacheProvider, useCacheAside, useCacheMutation } from 'cache-aside/react';
import { testCache } from 'cache-aside/testing';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

async function api(path: string, init?: RequestInit): Promise<{ name: string }> {
  const response = await fetch(`https://api.test${path}`, init);
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()) as { name: string };
}

function Profile({ id }: { id: string }) {
  const { data, error, isLoading } = useCacheAside(['user', id], ({ signal }) => api(`/users/${id}`, { signal }));
  const rename = useCacheMutation((name: string) => api(`/users/${id}`, { method: 'PUT', body: name }), {
    invalidates: { key: ['user', id] },
  });
  if (isLoading) return <p>loading</p>;
  if (data === undefined) return <p>{String(error)}</p>;
  return (
    <button type="button" onClick={() => void rename.mutate('Grace')}>
      {data.name}
    </button>
  );
}

let name = 'Ada';
let requests = 0;
const server = setupServer(
  http.get('https://api.test/users/:id', () => {
    requests++;
    return HttpResponse.json({ name });
  }),
  http.put('https://api.test/users/:id', async ({ request }) => {
    name = await request.text();
    return HttpResponse.json({ name });
  }),
);
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => {
  cleanup();
  server.resetHandlers();
  name = 'Ada';
  requests = 0;
});
afterAll(() => server.close());

function show() {
  const { cache, clock } = testCache({ ttl: '1m', staleWhileRevalidate: '1h' });
  render(
    <CacheProvider cache={cache} options={{ retry: false }}>
      <Profile id="42" />
    </CacheProvider>,
  );
  return { cache, clock };
}

it('shows the new name after the write, never the old one again', async () => {
  show();
  const button = await screen.findByText('Ada');
  act(() => button.click());
  await screen.findByText('Grace');
  expect(requests).toBe(2);
});

it('loads again when another part of the page says that it is untrue', async () => {
  const { cache } = show();
  await screen.findByText('Ada');
  name = 'Grace';
  await act(() => cache.invalidate({ prefix: ['user'] }));
  await screen.findByText('Grace');
});

it('shows what was loaded although the ttl is over, and loads behind it', async () => {
  const { cache, clock } = show();
  await screen.findByText('Ada');
  name = 'Grace';
  act(() => clock.advance(60_000));
  const again = cache.get(['user', '42'], () => api('/users/42'));
  expect(await again).toEqual({ name: 'Ada' });
  await screen.findByText('Grace');
});

it('shows why a load failed', async () => {
  server.use(http.get('https://api.test/users/:id', () => new HttpResponse(null, { status: 503 })));
  show();
  await screen.findByText('Error: 503');
});
