import { act, render, screen } from '@testing-library/react';
import { Component, type ReactNode, StrictMode } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCache } from '../../src/index.js';
import {
  CacheProvider,
  type HookDefaults,
  useCacheAside,
  useCachedMany,
  useInfiniteCacheAside,
} from '../../src/react/index.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined };
  static getDerivedStateFromError = (error: unknown) => ({ error });
  override render() {
    const { error } = this.state;
    const reset = () => this.setState({ error: undefined });
    if (error === undefined) return this.props.children;
    return <button type="button" onClick={reset}>{`caught ${error}`}</button>;
  }
}

const source = { loads: 0, fails: false };
beforeEach(() => {
  Object.assign(source, { loads: 0, fails: true });
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => void vi.restoreAllMocks());

async function load(): Promise<string> {
  source.loads++;
  if (source.fails) throw new Error(`down ${source.loads}`);
  return `v${source.loads}`;
}

type Own = Pick<HookDefaults, 'throwOnError'>;

/** What each hook shows, and its function that loads again. */
const HOOKS: Record<string, (own: Own) => readonly [unknown, () => Promise<unknown>]> = {
  useCacheAside: (own) => {
    const { data, status, refresh } = useCacheAside(['k'], load, own);
    return [data ?? status, refresh];
  },
  useCachedMany: (own) => {
    const [fine, { data, status, refresh }] = useCachedMany([
      { key: 'fine', loader: () => 'fine' },
      { key: ['k'], loader: load, ...own },
    ]);
    return [fine.data && (data ?? status), refresh];
  },
  useInfiniteCacheAside: (own) => {
    const { data, status, refresh } = useInfiniteCacheAside(['k'], load, {
      initialPageParam: 0,
      getNextPageParam: () => null,
      ...own,
    });
    return [data?.pages[0] ?? status, refresh];
  },
};

function page(
  use: (own: Own) => readonly [unknown, () => Promise<unknown>],
  own: Own,
  strict: boolean,
  byDefault: Own,
) {
  let refresh: () => Promise<unknown> = async () => undefined;
  function Reader() {
    const [shown, again] = use(own);
    refresh = again;
    return <p>{String(shown)}</p>;
  }
  const tree = (
    <CacheProvider cache={createCache()} options={{ retry: false, ...byDefault }}>
      <Boundary>
        <Reader />
      </Boundary>
    </CacheProvider>
  );
  render(strict ? <StrictMode>{tree}</StrictMode> : tree);
  return {
    refresh: () => act(() => refresh().catch(() => {})),
    reset: () => act(() => screen.getByRole('button').click()),
  };
}

describe.each([true, false])('throwOnError, StrictMode %j', (strict) => {
  describe.each(Object.entries(HOOKS))('of %s', (_, use) => {
    it.each<[string, Own, Own]>([
      ['its own', { throwOnError: true }, {}],
      ['the default of the provider', {}, { throwOnError: true }],
    ])('throws each failure once, and loads when the boundary is reset: %s', async (_, own, byDefault) => {
      const { reset, refresh } = page(use, own, strict, byDefault);
      await screen.findByText('caught Error: down 1');
      reset();
      expect(screen.getByText('loading')).toBeTruthy();
      await screen.findByText('caught Error: down 2');
      source.fails = false;
      reset();
      await screen.findByText('v3');
      source.fails = true;
      await refresh(); // behind the data
      await screen.findByText('caught Error: down 4');
      expect(source.loads).toBe(4);
    });

    it('may depend on the error', async () => {
      const throwOnError = vi.fn((error: unknown) => String(error).endsWith('2'));
      const { refresh } = page(use, { throwOnError }, strict, { throwOnError: true });
      await settle();
      expect(screen.getByText('error')).toBeTruthy();
      await refresh();
      expect(screen.getByText('caught Error: down 2')).toBeTruthy();
      expect(throwOnError).toHaveBeenCalledWith(new Error('down 1'));
    });
  });
});
