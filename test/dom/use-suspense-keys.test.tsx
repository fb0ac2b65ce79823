import { act, render, screen } from '@testing-library/react';
import { Component, type ReactNode, StrictMode, Suspense } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCache } from '../../src/index.js';
import { CacheProvider, type HookDefaults, useSuspenseCacheAside } from '../../src/react/index.js';

/** What a component sees that is on screen with one key, and is given another. */

afterEach(() => void vi.restoreAllMocks());

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined };
  static getDerivedStateFromError = (error: unknown) => ({ error });
  override render() {
    return this.state.error === undefined ? this.props.children : `caught ${this.state.error}`;
  }
}

/** Fails for `bad`, brings nothing for `empty`. */
async function load(key: string): Promise<string | undefined> {
  await new Promise((resolve) => setTimeout(resolve, 2));
  if (key === 'bad') throw new Error('no');
  return key === 'empty' ? undefined : `v of ${key}`;
}

function page(strict: boolean, options: HookDefaults = {}) {
  const cache = createCache();
  const counts = { loads: 0, renders: 0 };
  function Reader({ name }: { name: string }) {
    if (++counts.renders > 100) throw new Error('It renders for ever.'); // or the test would not end
    const { data } = useSuspenseCacheAside(name, () => {
      counts.loads++;
      return load(name);
    });
    return <p>{String(data)}</p>;
  }
  const tree = (name: string) => {
    const inside = (
      <CacheProvider cache={cache} options={{ retry: false, ...options }}>
        <Boundary>
          <Suspense fallback={<p>waiting</p>}>
            <Reader name={name} />
          </Suspense>
        </Boundary>
      </CacheProvider>
    );
    return strict ? <StrictMode>{inside}</StrictMode> : inside;
  };
  const { rerender } = render(tree('good'));
  return { counts, go: (name: string) => rerender(tree(name)) };
}

describe.each([true, false])('a key that takes the place of one on screen, StrictMode %j', (strict) => {
  it.each([
    ['bad', 'caught Error: no'],
    ['empty', 'undefined'],
    ['better', 'v of better'],
  ])('is loaded once, and ends: %s', async (name, text) => {
    vi.spyOn(console, 'error').mockReturnValue();
    const { counts, go } = page(strict);
    await screen.findByText('v of good');
    go(name);
    expect(screen.getByText('waiting')).toBeTruthy();
    await screen.findByText(text);
    await settle();
    expect(counts.loads).toBe(2);
  });

  it('is loaded whatever the provider says of `enabled`: else it would wait for ever', async () => {
    const { counts, go } = page(strict, { enabled: false });
    await screen.findByText('v of good');
    go('better');
    await screen.findByText('v of better');
    expect(counts.loads).toBe(2);
  });
});
