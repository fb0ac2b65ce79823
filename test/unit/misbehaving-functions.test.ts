import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCache } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';

// The functions of options run in timers and behind loads, where what they throw would end a process.

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

const broken = () => {
  throw new Error('broken');
};

const uncaught: unknown[] = [];
const note = (error: unknown) => void uncaught.push(error);
const events = ['unhandledRejection', 'uncaughtException'] as const;
beforeEach(() => {
  uncaught.length = 0;
  for (const event of events) process.on(event, note);
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(async () => {
  await settled();
  for (const event of events) process.off(event, note);
  expect(uncaught).toEqual([]);
  expect(console.error).toHaveBeenCalledWith(new Error('broken')); // nor is it lost
  vi.restoreAllMocks();
});

it('an optimistic change that throws is not shown: the write is made, and later data is shown', async () => {
  const cache = createCache();
  const watch = cache.watch('k', () => 'V');
  watch.subscribe(() => {});
  await settled();
  const optimistic = [{ key: 'k', change: broken }];
  expect(await cache.mutate(() => 'saved', { invalidates: { key: 'x' }, optimistic })).toBe('saved');
  await cache.set('k', 'W');
  await settled();
  expect(watch.read().data).toBe('W');
});

it('an optimistic change that throws on later data takes no data away, and the others stay', async () => {
  const clock = fakeClock();
  const cache = createCache({ clock, ttl: 100, staleWhileRevalidate: 1_000, jitter: 0 });
  const watch = cache.watch('k', () => ({ names: ['a'] }) as { names?: string[] });
  watch.subscribe(() => {});
  await settled();
  let end = (_: unknown) => {};
  const save = () => new Promise((resolve) => (end = resolve));
  const add = (current: { names?: string[] }) => (current.names ? { names: [...current.names, 'b'] } : broken());
  const mark = (current: object) => ({ ...current, marked: true });
  const optimistic = [add, mark].map((change) => ({ key: 'k', change }));
  const writing = cache.mutate(save, { invalidates: { key: 'x' }, optimistic });
  await settled();
  expect(watch.read().data).toEqual({ names: ['a', 'b'], marked: true });
  await cache.set('k', {});
  await settled();
  expect(watch.read().data).toEqual({ marked: true });
  clock.advance(100);
  expect(watch.read()).toMatchObject({ data: { marked: true }, phase: 'stale' });
  end('saved');
  await writing;
  expect(watch.read().data).toEqual({});
});

it('a comparison that throws shares nothing', async () => {
  const cache = createCache();
  let loads = 0;
  const watch = cache.watch('k', () => ++loads, { structuralSharing: broken });
  watch.subscribe(() => {});
  await settled();
  expect(watch.read().data).toBe(1);
  await cache.invalidate({ key: 'k' });
  await settled();
  expect(watch.read().data).toBe(2);
});

it('an interval that throws ends the polling', async () => {
  const clock = fakeClock();
  const cache = createCache({ clock });
  let isBroken = false;
  const refreshInterval = () => (isBroken ? broken() : 10);
  cache.watch('k', () => new Promise(() => {}), { refreshInterval }).subscribe(() => {});
  isBroken = true;
  clock.advance(10); // while it loads, nothing but the timer asks for the interval
});
