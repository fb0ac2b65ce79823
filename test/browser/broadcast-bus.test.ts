import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { broadcastBus } from '../../src/browser/index.js';
import type { Bus, Invalidation } from '../../src/index.js';
import { until } from '../support/until.js';

const invalidation: Invalidation = { hashes: ['key'], tags: [], soft: false };
const PATIENT = 20_000;
const IMPATIENT = 250;

let count = 0;
let name: string;
let frames: HTMLIFrameElement[] = [];
let buses: Bus[] = [];
beforeEach(() => {
  name = `bus-${Date.now()}-${++count}`;
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(buses.map((bus) => bus.close()));
  for (const frame of frames) frame.remove();
  frames = [];
  buses = [];
});

const channelOf = (frame: HTMLIFrameElement) => (frame.contentWindow as unknown as typeof globalThis).BroadcastChannel;

/** A bus with the channel and the locks of a document of its own: to the browser it is another tab. */
const tab = async (scope?: string) => {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  frames.push(frame);
  const { locks } = (frame.contentWindow as Window).navigator;
  vi.stubGlobal('BroadcastChannel', channelOf(frame));
  const bus = broadcastBus({ name, scope }, { locks });
  vi.unstubAllGlobals();
  const listener = { invalidated: vi.fn<(invalidation: Invalidation) => void>(), gap: vi.fn<() => void>() };
  bus.subscribe(listener);
  buses.push(bus);
  // Before anything is read its lock has been asked for; here nothing is.
  await until(async () => JSON.stringify(await locks.query()).split(name).length > buses.length);
  return { bus, listener, frame };
};

describe('confirm', () => {
  it('is sure where there is nobody else', async () => {
    const { bus } = await tab();
    bus.publish(invalidation);
    expect(await bus.confirm?.(PATIENT)).toBe(true);
  });

  it('is sure once every tab of the place has applied all that was published', async () => {
    const [one, two, three] = [await tab(), await tab(), await tab()];
    await tab('another scope');
    for (let published = 1; published <= 20; published++) {
      one.bus.publish(invalidation);
      expect(await one.bus.confirm?.(PATIENT)).toBe(true);
      expect(two.listener.invalidated).toHaveBeenCalledTimes(published);
      expect(three.listener.invalidated).toHaveBeenCalledTimes(published);
    }
    two.bus.publish(invalidation);
    expect(await Promise.all([one.bus.confirm?.(PATIENT), two.bus.confirm?.(PATIENT)])).toEqual([true, true]);
    expect(three.listener.invalidated).toHaveBeenCalledTimes(21);
  });

  it('is not sure while a tab that is there does not answer, and is once that is closed', async () => {
    const [one, two] = [await tab(), await tab()];
    // Its lock stays and nothing is heard of it: as of one that is frozen.
    vi.spyOn(channelOf(two.frame).prototype, 'postMessage').mockImplementation(() => {});
    one.bus.publish(invalidation);
    expect(await one.bus.confirm?.(IMPATIENT)).toBe(false);
    const asking = one.bus.confirm?.(PATIENT);
    two.frame.remove();
    expect(await asking).toBe(true);
  });

  it('does not wait for a page in the back/forward cache, and waits again when it is back', async () => {
    const [one, two] = [await tab(), await tab()];
    // The events are of the page, and so of all buses in it: the first bus is away and back too.
    window.dispatchEvent(new Event('pagehide'));
    await until(async () => !JSON.stringify(await navigator.locks.query()).includes(name));
    window.dispatchEvent(new Event('pageshow'));
    expect(two.listener.gap).toHaveBeenCalledTimes(1);
    one.bus.publish(invalidation);
    expect(await one.bus.confirm?.(PATIENT)).toBe(true);
    expect(two.listener.invalidated).toHaveBeenCalledTimes(1);
  });

  it('is sure when a message was lost only after memory has become suspect', async () => {
    const [one, two] = [await tab(), await tab()];
    one.bus.publish(invalidation);
    await until(() => two.listener.invalidated.mock.calls.length === 1);
    const losing = vi.spyOn(channelOf(one.frame).prototype, 'postMessage').mockImplementation(() => {});
    one.bus.publish(invalidation);
    losing.mockRestore();
    expect(two.listener.gap).not.toHaveBeenCalled();
    expect(await one.bus.confirm?.(PATIENT)).toBe(true);
    expect(two.listener.gap).toHaveBeenCalledTimes(1);
    expect(two.listener.invalidated).toHaveBeenCalledTimes(1);
  });
});
