import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { databaseName } from '../../src/browser/database-name.js';
import { broadcastBus } from '../../src/browser/index.js';
import type { Bus, Invalidation } from '../../src/index.js';
import { until } from '../support/indexed-db-rows.js';

const invalidation: Invalidation = { hashes: ['key'], tags: ['t:a'], soft: false };
let count = 0;
let name: string;
const open: { close(): unknown }[] = [];
beforeEach(() => {
  name = `bus-${++count}`;
});
afterEach(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const tab = (scope?: string): Bus => {
  const bus = broadcastBus({ name, scope });
  open.push(bus);
  return bus;
};
const listening = (bus: Bus) => {
  const listener = { invalidated: vi.fn<(invalidation: Invalidation) => void>(), gap: vi.fn<() => void>() };
  return { ...listener, stop: bus.subscribe(listener) };
};
/** Sends what no bus of this release would send. */
const sendRaw = (message: unknown) => {
  const channel = new BroadcastChannel(databaseName({ name }));
  channel.postMessage(message);
  open.push(channel);
};

it('tells the other tabs of its name and scope, and not itself', async () => {
  const [here, there, other] = [tab(), tab(), tab('ada')];
  const heard = [here, there, other].map(listening);
  here.publish(invalidation);
  await until(() => heard[1]?.invalidated.mock.calls.length === 1);
  expect(heard[1]?.invalidated).toHaveBeenCalledWith(invalidation);
  expect(heard[0]?.invalidated).not.toHaveBeenCalled();
  expect(heard[2]?.invalidated).not.toHaveBeenCalled();
});

it('ignores what it does not understand', async () => {
  const heard = listening(tab());
  const good = { format: 1, from: 'another', told: 1, invalidation };
  for (const message of [
    null,
    'text',
    { ...good, format: 2 },
    { format: 1 },
    { ...good, told: undefined },
    { ...good, invalidation: { ...invalidation, soft: 'yes' } },
    { ...good, invalidation: { ...invalidation, tags: [1] } },
    { ...good, invalidation: { ...invalidation, hashes: 'key' } },
  ]) {
    sendRaw(message);
  }
  sendRaw(good);
  await until(() => heard.invalidated.mock.calls.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 20)); // the channels of the others may be slower
  expect(heard.invalidated.mock.calls).toEqual([[invalidation]]);
  expect(heard.gap).not.toHaveBeenCalled();
});

it('goes on telling after a listener has thrown, and not after it has ended', async () => {
  const [here, there] = [tab(), tab()];
  there.subscribe({
    invalidated() {
      throw new Error('a listener');
    },
    gap() {},
  });
  const heard = listening(there);
  here.publish(invalidation);
  here.publish(invalidation);
  await until(() => heard.invalidated.mock.calls.length === 2);
  const last = listening(there);
  heard.stop();
  here.publish(invalidation);
  await until(() => last.invalidated.mock.calls.length === 1);
  expect(heard.invalidated).toHaveBeenCalledTimes(2);
});

it.each([
  ['in the back/forward cache', 'pagehide', 'pageshow'],
  ['while it is frozen', 'freeze', 'resume'],
])('hears nothing %s, says so when it returns, and hears again', async (_, leave, enter) => {
  const dispatch = (type: string) => (type.startsWith('page') ? window : document).dispatchEvent(new Event(type));
  const here = tab();
  const there = tab();
  const heard = listening(there);
  window.dispatchEvent(new Event('pageshow')); // of the first load
  expect(heard.gap).not.toHaveBeenCalled();
  dispatch(leave); // both are of this page
  here.publish(invalidation); // must not throw
  dispatch(enter);
  expect(heard.gap).toHaveBeenCalledTimes(1);
  here.publish(invalidation);
  await until(() => heard.invalidated.mock.calls.length === 1);
});

it.each([
  ['pagehide', 'pageshow'],
  ['freeze', 'resume'],
])('says so before the page itself hears of it, after %s and %s', (leave, enter) => {
  const target = enter === 'pageshow' ? window : document;
  const order: string[] = [];
  const ofThePage = () => order.push('the page');
  target.addEventListener(enter, ofThePage); // before the cache was made
  tab().subscribe({ invalidated() {}, gap: () => order.push('the bus') });
  target.dispatchEvent(new Event(leave));
  target.dispatchEvent(new Event(enter));
  target.removeEventListener(enter, ofThePage);
  expect(order).toEqual(['the bus', 'the page']);
});

it('hears everything once, and is silent after close, also if it is told twice that the page is back', async () => {
  const here = tab();
  const there = tab();
  const heard = listening(there);
  document.dispatchEvent(new Event('freeze'));
  document.dispatchEvent(new Event('resume'));
  document.dispatchEvent(new Event('resume'));
  heard.gap.mockClear();
  here.publish(invalidation);
  here.publish(invalidation);
  await until(() => heard.invalidated.mock.calls.length > 1);
  await new Promise((resolve) => setTimeout(resolve, 20)); // for what a second channel would say
  expect(heard.invalidated).toHaveBeenCalledTimes(2);
  const gaps = heard.gap.mock.calls.length;
  await there.close();
  here.publish(invalidation);
  const control = listening(tab());
  here.publish(invalidation);
  await until(() => control.invalidated.mock.calls.length === 1);
  expect(heard.invalidated).toHaveBeenCalledTimes(2);
  expect(gaps).toBeLessThanOrEqual(1); // the first message after a return may be one of many
});

it('notices that it was suspended without an event', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const heard = listening(tab());
  vi.advanceTimersByTime(60_000);
  expect(heard.gap).not.toHaveBeenCalled();
  vi.setSystemTime(Date.now() + 5_000); // no timer has run meanwhile
  vi.advanceTimersByTime(1_000);
  expect(heard.gap).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  expect(heard.gap).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
});

describe('a lost message', () => {
  /** Channels that lose what the test says, as none should and some do. */
  const losing = () => {
    const lost = { next: 0 };
    vi.stubGlobal(
      'BroadcastChannel',
      class extends BroadcastChannel {
        override postMessage(message: { invalidation?: unknown }) {
          if (message.invalidation !== undefined && lost.next-- > 0) return;
          super.postMessage(message);
        }
      },
    );
    return lost;
  };
  const met = async (one: Bus, other: Bus) => {
    const heard = listening(other);
    one.publish(invalidation);
    await until(() => heard.invalidated.mock.calls.length === 1);
    expect(heard.gap).not.toHaveBeenCalled();
    return heard;
  };

  it('is noticed by the next', async () => {
    const lost = losing();
    const [here, there] = [tab(), tab()];
    const heard = await met(here, there);
    lost.next = 1;
    here.publish(invalidation);
    here.publish(invalidation);
    await until(() => heard.invalidated.mock.calls.length === 2);
    expect(heard.gap).toHaveBeenCalledTimes(1);
  });

  it('is noticed though it was the last', async () => {
    const lost = losing();
    const [here, there] = [tab(), tab()];
    const heard = await met(here, there);
    lost.next = 1;
    here.publish(invalidation);
    await until(() => heard.gap.mock.calls.length === 1);
    expect(heard.invalidated).toHaveBeenCalledTimes(1);
  });

  it('is none for a tab that was opened later', async () => {
    const [here, there] = [tab(), tab()];
    await met(here, there);
    const later = tab();
    const heard = listening(later);
    const greeted = listening(there);
    later.publish(invalidation); // what the others answered to its greeting came before
    await until(() => greeted.invalidated.mock.calls.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    here.publish(invalidation);
    await until(() => heard.invalidated.mock.calls.length === 1);
    expect(heard.gap).not.toHaveBeenCalled();
  });
});

it('forgets who has been silent for longest rather than remember every page there ever was', async () => {
  const heard = listening(tab());
  const channel = new BroadcastChannel(databaseName({ name }));
  open.push(channel);
  const say = (from: number, told: number) =>
    channel.postMessage({ format: 1, from: `page ${from}`, told, invalidation });
  for (let page = 0; page < 1_200; page++) say(page, 1);
  await until(() => heard.invalidated.mock.calls.length === 1_200);
  expect(heard.gap).not.toHaveBeenCalled();
  say(1_000, 2);
  await until(() => heard.invalidated.mock.calls.length === 1_201);
  expect(heard.gap).not.toHaveBeenCalled();
  say(0, 2); // whoever it is may have said something before
  await until(() => heard.invalidated.mock.calls.length === 1_202);
  expect(heard.gap).toHaveBeenCalledTimes(1);
});

it('is never sure that all have heard where there are no locks', async () => {
  const [here] = [tab(), tab()];
  here.publish(invalidation);
  expect(await here.confirm?.(100)).toBe(false);
});

it('says that something may be lost after a freeze, a long time in the background and an unreadable message', () => {
  const made: BroadcastChannel[] = [];
  vi.stubGlobal(
    'BroadcastChannel',
    class extends BroadcastChannel {
      constructor(of: string) {
        super(of);
        made.push(this);
      }
    },
  );
  const heard = listening(tab());
  document.dispatchEvent(new Event('resume'));
  expect(heard.gap).toHaveBeenCalledTimes(1);
  made[0]?.onmessageerror?.(new MessageEvent('messageerror'));
  expect(heard.gap).toHaveBeenCalledTimes(2);

  let now = Date.now();
  const hide = (hidden: boolean) => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
    document.dispatchEvent(new Event('visibilitychange'));
  };
  vi.spyOn(Date, 'now').mockImplementation(() => now);
  hide(true);
  now += 1_000;
  hide(false);
  expect(heard.gap).toHaveBeenCalledTimes(2);
  hide(true);
  now += 3_000;
  hide(false);
  expect(heard.gap).toHaveBeenCalledTimes(3);
});

it.each([
  ['missing', undefined],
  [
    'forbidden',
    class {
      constructor() {
        throw new DOMException('opaque origin', 'SecurityError');
      }
    },
  ],
])('does nothing where BroadcastChannel is %s', async (_, channel) => {
  vi.stubGlobal('BroadcastChannel', channel);
  const bus = tab();
  const heard = listening(bus);
  bus.publish(invalidation);
  window.dispatchEvent(new Event('pagehide'));
  window.dispatchEvent(new Event('pageshow'));
  await bus.close();
  expect(heard.invalidated).not.toHaveBeenCalled();
});

it('is silent after close', async () => {
  const [here, there] = [tab(), tab()];
  const heard = listening(there);
  await there.close();
  here.publish(invalidation);
  there.publish(invalidation);
  document.dispatchEvent(new Event('resume'));
  window.dispatchEvent(new Event('pageshow'));
  const control = listening(tab());
  here.publish(invalidation);
  await until(() => control.invalidated.mock.calls.length === 1);
  expect(heard.invalidated).not.toHaveBeenCalled();
  expect(heard.gap).not.toHaveBeenCalled();
});
