import { act, render, screen } from '@testing-library/react';
import { Component, type ReactNode, StrictMode, Suspense } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import { CacheProvider, useCacheAside, useSuspenseCacheAside } from '../../src/react/index.js';
import { controlled } from '../support/controlled.js';

/** In turns of the event loop, after which an error that was thrown is let go, however long React takes in one of them. */
async function settle() {
  for (let turn = 0; turn < 20; turn++) await act(() => new Promise<void>((resolve) => void setImmediate(resolve)));
}

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

beforeEach(() => void vi.spyOn(console, 'error').mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

describe.each([true, false])(
  'a component that waits, beside one that follows the same key, StrictMode %j',
  (strict) => {
    function page(cache: Cache, load: () => Promise<string>) {
      function Waits() {
        return <p>{useSuspenseCacheAside('k', load).data}</p>;
      }
      function Follows() {
        const { data, status } = useCacheAside('k', load);
        return <i>{data ?? status}</i>;
      }
      const tree = (waits: boolean) => {
        const inside = (
          <CacheProvider cache={cache} options={{ retry: false }}>
            <Follows />
            <Boundary>
              <Suspense fallback={<p>waiting</p>}>{waits && <Waits />}</Suspense>
            </Boundary>
          </CacheProvider>
        );
        return strict ? <StrictMode>{inside}</StrictMode> : inside;
      };
      const { container, rerender } = render(tree(false));
      return { text: () => container.textContent, wait: () => rerender(tree(true)) };
    }
    const reset = () => act(() => screen.getByRole('button').click());

    it('tries again what has failed for that one, and when its boundary is reset', async () => {
      let loads = 0;
      const { text, wait } = page(createCache(), async () => {
        if (++loads < 3) throw new Error(`down ${loads}`);
        return 'v';
      });
      await settle();
      expect([text(), loads]).toEqual(['error', 1]);
      wait();
      await settle();
      expect([text(), loads]).toEqual(['errorcaught Error: down 2', 2]);
      reset();
      await settle();
      expect([text(), loads]).toEqual(['vv', 3]);
    });

    it('waits for the load that is under way rather than throw the error of the one before', async () => {
      const cache = createCache();
      const { answers, loader } = controlled<string>();
      const { text, wait } = page(cache, loader);
      wait();
      await settle();
      await act(async () => answers[0]?.reject(new Error('down')));
      await settle();
      expect(text()).toBe('errorcaught Error: down');
      await act(() => cache.invalidate({ key: 'k' }));
      reset();
      expect(text()).toContain('waiting');
      await act(async () => answers[1]?.resolve('v'));
      await settle();
      expect([text(), answers.length]).toEqual(['vv', 2]);
    });
  },
);
