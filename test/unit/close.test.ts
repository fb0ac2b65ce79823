import { describe, expect, it } from 'vitest';
import { ClosedError, createCache, type Loader, tierOf } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A loader that ends only when it is aborted. */
const load: Loader<string> = ({ signal }) => {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
};

describe('close', () => {
  it('aborts every load, also one that an invalidation has overtaken', async () => {
    const cache = createCache();
    const overtaken = cache.get('k', load);
    await cache.invalidate({ key: 'k' });
    const latest = cache.get('k', load);
    const ends = Promise.allSettled([overtaken, latest]);
    await cache.close();
    for (const end of await ends) expect(end).toMatchObject({ reason: expect.any(ClosedError) });
  });

  it('lets go of readers who wait for the load of another tab or process', async () => {
    const lookup = async () => ({ busy: new Promise<void>(() => {}) });
    const cache = createCache({ tier: tierOf({ ...sharedMemoryPlace().store(), lookup }) });
    const waiting = cache.get('k', () => 'V').catch((error: unknown) => error);
    await settled();
    await cache.close();
    expect(await waiting).toBeInstanceOf(ClosedError);
  });

  it('does not take the answer away from a mutation under way', async () => {
    const cache = createCache({ tier: tierOf(sharedMemoryPlace().store()) });
    const { answers, loader } = controlled<string>();
    const mutating = cache.mutate(loader, { invalidates: { key: 'k' }, settle: 1 });
    await settled();
    await cache.close();
    answers[0]?.resolve('saved');
    expect(await mutating).toBe('saved');
    await settled(); // nor does the end of settling find anything to break
  });

  it('makes every later call reject', async () => {
    const cache = createCache();
    await cache.close();
    const calls = [
      () => cache.get('k', () => 'V'),
      () => cache.set('k', 'V'),
      () => cache.invalidate({ key: 'k' }),
      () => cache.expire({ key: 'k' }),
      () => cache.mutate(() => 'saved', { invalidates: { key: 'k' } }),
      () => cache.watch('k', () => 'V').refresh(),
      () => cache.repository({ key: (id: string) => id, load: () => 'V' }).get('1'),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(ClosedError);
    expect(cache.peek('k')).toBeUndefined();
  });

  it('gives up a queued write whose save does not end, says so, and takes it out of the shared store', async () => {
    const clock = fakeClock(Date.now());
    const place = sharedMemoryPlace({ clock });
    const open = () => createCache({ clock, tier: tierOf(place.store()) });
    const cache = open();
    const failed: unknown[] = [];
    cache.on('save-failed', ({ hash, error }) => failed.push([hash, (error as Error).message]));
    const things = cache.repository<string, string, string>({
      key: (id) => id,
      load: () => 'of the source',
      save: () => new Promise(() => {}),
      write: 'write-behind',
    });
    await things.update('a', 'never saved');
    await things.update('b', 'never tried');
    const closing = cache.close();
    await settled();
    clock.advance(10_000);
    await closing;
    expect(failed).toEqual([
      ['a', expect.stringContaining('failed 1 times')],
      ['b', expect.stringContaining('failed 0 times')],
    ]);
    expect(await open().get('a', () => 'of the source')).toBe('of the source');
  });
});
