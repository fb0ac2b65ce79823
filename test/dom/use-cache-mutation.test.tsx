import { act, renderHook, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { type ReactNode, StrictMode } from 'react';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import { CacheProvider, useCacheAside, useCacheMutation } from '../../src/react/index.js';
import { server } from './setup.js';

let name: string;
let reads: number;
let status: number;

beforeEach(() => {
  [name, reads, status] = ['Ada', 0, 200];
  server.use(
    http.get('https://api.test/name', () => {
      reads++;
      return HttpResponse.json(name);
    }),
    http.put('https://api.test/name', async ({ request }) => {
      name = (await request.json()) as string; // also if the answer is an error: a write that failed may have happened
      return HttpResponse.json(name, { status });
    }),
  );
});

const load = async () => (await (await fetch('https://api.test/name')).json()) as string;

async function save(value: string): Promise<string> {
  const response = await fetch('https://api.test/name', { method: 'PUT', body: JSON.stringify(value) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as string;
}

function within(cache: Cache) {
  return ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <CacheProvider cache={cache}>{children}</CacheProvider>
    </StrictMode>
  );
}

async function renderRename(told: string[] = []) {
  const use = () => ({
    view: useCacheAside('name', load),
    rename: useCacheMutation(save, {
      invalidates: { key: 'name' },
      onSuccess: (saved, variables) => told.push(`saved ${saved} for ${variables}`),
      onError: (error, variables) => told.push(`${error} for ${variables}`),
    }),
  });
  const { result } = renderHook(use, { wrapper: within(createCache()) });
  await waitFor(() => expect(result.current.view.data).toBe('Ada'));
  return result;
}

describe('useCacheMutation', () => {
  it('costs one write and one read, however many watch', async () => {
    const told: string[] = [];
    const result = await renderRename(told);
    const { mutate } = result.current.rename;
    await act(async () => expect(await mutate('Grace')).toBe('Grace'));
    await waitFor(() => expect(result.current.view).toMatchObject({ data: 'Grace', isStale: false }));
    expect(result.current.rename).toMatchObject({ status: 'success', data: 'Grace', error: undefined });
    expect(result.current.rename.mutate).toBe(mutate);
    expect([reads, told]).toEqual([2, ['saved Grace for Grace']]);
  });

  it('rejects, shows the error and reads again, since a write that failed may have happened', async () => {
    const told: string[] = [];
    const result = await renderRename(told);
    status = 504;
    await act(() => expect(result.current.rename.mutate('Grace')).rejects.toThrow('HTTP 504'));
    expect(result.current.rename).toMatchObject({ status: 'error', error: new Error('HTTP 504') });
    await waitFor(() => expect(result.current.view.data).toBe('Grace'));
    expect(told).toEqual(['Error: HTTP 504 for Grace']);
    act(() => result.current.rename.reset());
    expect(result.current.rename).toMatchObject({ status: 'idle', error: undefined, data: undefined });
  });

  it('shows how the latest call goes, not one that ends later', async () => {
    const ends: (() => void)[] = [];
    const slow = (value: string) => new Promise<string>((resolve) => void ends.push(() => resolve(value)));
    const { result } = renderHook(() => useCacheMutation(slow, { invalidates: { all: true } }), {
      wrapper: within(createCache()),
    });
    const calls: Promise<string>[] = [];
    act(() => void calls.push(result.current.mutate('first'), result.current.mutate('second')));
    expect(result.current.status).toBe('saving');
    await act(async () => {
      ends[1]?.();
      await calls[1];
      ends[0]?.();
      expect(await calls[0]).toBe('first');
    });
    expect(result.current).toMatchObject({ status: 'success', data: 'second' });
  });

  it('does not call a write failed because onSuccess threw', async () => {
    const errors: unknown[] = [];
    const use = () =>
      useCacheMutation(() => 'saved', {
        invalidates: { all: true },
        onSuccess: () => {
          throw new Error('of the application');
        },
        onError: (error) => errors.push(error),
      });
    const { result } = renderHook(use, { wrapper: within(createCache()) });
    await act(() => expect(result.current.mutate()).rejects.toThrow('of the application'));
    expect(result.current).toMatchObject({ status: 'success', data: 'saved' });
    expect(errors).toEqual([]);
  });

  it('shows what the write has told, without a load', async () => {
    const cache = createCache();
    const use = () => ({
      user: useCacheAside('name', load),
      rename: useCacheMutation(save, {
        invalidates: { key: 'name' },
        populates: (value, asked: string) => ({ key: 'name', value: `${value} (${asked})` }),
      }),
    });
    const { result } = renderHook(use, { wrapper: within(cache) });
    await waitFor(() => expect(result.current.user.data).toBe('Ada'));
    await act(() => result.current.rename.mutate('Grace'));
    expect(result.current.user).toMatchObject({ data: 'Grace (Grace)', isFetching: false, source: 'set' });
    expect(reads).toBe(1);
  });

  it('stores nothing that is loaded during the write, of what it is known to make untrue', async () => {
    const cache = createCache();
    const ends: (() => void)[] = [];
    const slow = () => new Promise<void>((resolve) => void ends.push(resolve));
    const { result } = renderHook(() => useCacheMutation(slow, { invalidates: { key: 'name' } }), {
      wrapper: within(cache),
    });
    let saving: Promise<unknown> | undefined;
    act(() => {
      saving = result.current.mutate();
    });
    await act(async () => {
      expect(await cache.get('name', () => 'of before or after')).toBe('of before or after');
      expect(cache.peek('name')).toBeUndefined();
      ends[0]?.();
      await saving;
    });
  });
});
