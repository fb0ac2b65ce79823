import { act, render, screen } from '@testing-library/react';
import { Profiler, StrictMode } from 'react';
import { expect, it } from 'vitest';
import { createCache } from '../../src/index.js';
import { type CacheAsideResult, CacheProvider, useCacheAside } from '../../src/react/index.js';
import { controlled } from '../support/controlled.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

/** Reads parts of what it was given: a compiler may keep what it made as long as the object is the same. */
function Child({ result }: { result: CacheAsideResult<string> }) {
  return <i>{`${result.data} ${result.isFetching ? 'fetching' : 'still'}`}</i>;
}

function Page({ load }: { load: () => Promise<string> }) {
  const whole = useCacheAside('k', load);
  const { data, ...rest } = useCacheAside('k', load);
  const { data: length } = useCacheAside('k', load, { select: (text) => text.length });
  return (
    <>
      <Child result={whole} />
      <b>{`${data} ${rest.isStale ? 'stale' : 'true'}`}</b>
      <u>{length}</u>
      <button type="button" onClick={() => void whole.refresh()}>
        {whole.status === 'success' ? whole.source : '–'}
      </button>
    </>
  );
}

it('what a compiler would keep follows every change, with one render each', async () => {
  const cache = createCache();
  const { answers, loader } = controlled<string>();
  let commits = 0;
  render(
    <StrictMode>
      <CacheProvider cache={cache}>
        <Profiler id="page" onRender={() => void commits++}>
          <Page load={loader} />
        </Profiler>
      </CacheProvider>
    </StrictMode>,
  );
  const text = () => document.querySelector('i')?.parentElement?.textContent;
  expect(text()).toBe('undefined fetchingundefined true–');
  await act(async () => answers[0]?.resolve('one'));
  await settle();
  expect(text()).toBe('one stillone true3source');
  await act(() => cache.invalidate({ key: 'k' }));
  expect(text()).toBe('one fetchingone stale3source');
  await act(async () => answers[1]?.resolve('seven'));
  await settle();
  expect(text()).toBe('seven stillseven true5source');
  expect(commits).toBe(4);
  await act(async () => screen.getByRole('button').click());
  expect(text()).toBe('seven fetchingseven true5source');
});
