import { Component, type ReactNode, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/index.js';
import { CacheProvider, useSuspenseCacheAside } from '../../src/react/index.js';
import { until } from '../support/until.js';

/** Shows what its children throw, until it is reset. */
class Boundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <button type="button" onClick={() => this.setState({ error: undefined })}>
        {String(this.state.error)}
      </button>
    );
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const page = document.body.appendChild(document.createElement('div'));
let root: ReturnType<typeof createRoot>;
afterEach(() => root.unmount());

// Where nothing tests by `act`, React waits up to 300 ms before it shows what has ended to suspend, and whatever else ends
// meanwhile makes it render all of that once more. Should this machine stall longer than that, it is tried again.
describe.each([
  ['', ({ children }: { children: ReactNode }) => children],
  [', under StrictMode', StrictMode],
] as const)('what fails beside others that suspend%s', (_, Mode) => {
  it('is loaded once, and again when its boundary is reset', { retry: 3 }, async () => {
    let loads = 0;
    function Fails() {
      const { data } = useSuspenseCacheAside('fails', async () => {
        loads++;
        await wait(10);
        if (loads === 1) throw new Error('down');
        return 'up';
      });
      return <p>{data}</p>;
    }
    function Slow({ ms }: { ms: number }) {
      const { data } = useSuspenseCacheAside(['slow', ms], () => wait(ms).then(() => `after ${ms} ms`));
      return <p>{data}</p>;
    }
    root = createRoot(page);
    root.render(
      <Mode>
        <CacheProvider cache={createCache()} options={{ retry: false }}>
          {[40, 120, 200].map((ms) => (
            <Suspense key={ms} fallback="…">
              <Slow ms={ms} />
            </Suspense>
          ))}
          <Boundary>
            <Suspense fallback="…">
              <Fails />
            </Suspense>
          </Boundary>
        </CacheProvider>
      </Mode>,
    );
    await until(() => /after 200 ms.*(down|up)/.test(page.textContent ?? ''));
    expect(page.textContent).toContain('Error: down');
    expect(loads).toBe(1);
    await wait(100); // as soon as somebody can
    page.querySelector('button')?.click();
    await until(() => page.textContent?.includes('up') === true);
    expect(loads).toBe(2);
  });
});
