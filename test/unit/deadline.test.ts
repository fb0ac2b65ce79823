import { setImmediate } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/freshness/system-clock.js';
import { createDeadlines } from '../../src/resilience/deadline.js';
import { fakeClock } from '../../src/testing/fake-clock.js';

const late = () => new Error('late');
const never = () => new Promise<never>(() => {});

it('rejects what has not settled in time, and nothing else, whatever the order', async () => {
  const clock = fakeClock();
  const deadline = createDeadlines(clock, 10);
  const settled: string[] = [];
  const follow = (name: string, promise: Promise<unknown>) =>
    promise.then(
      () => settled.push(`${name} in time`),
      (error: Error) => settled.push(`${name} ${error.message}`),
    );
  const all = [
    follow('a', deadline(never(), 100, late)),
    follow('b', deadline(Promise.resolve(), 100, late)),
    follow('c', deadline(never(), 50, late)),
    follow('d', deadline(Promise.reject(new Error('broken')), 100, late)),
    follow('e', deadline(never(), 200, late)),
  ];
  await Promise.all([all[1], all[3]]);
  clock.advance(60);
  await all[2];
  expect(settled).toEqual(['b in time', 'd broken', 'c late']);
  clock.advance(60);
  await all[0];
  clock.advance(500);
  await all[4];
  expect(settled.slice(3)).toEqual(['a late', 'e late']);
});

it('settles once, also if the answer comes after the deadline', async () => {
  const clock = fakeClock();
  const deadline = createDeadlines(clock, 10);
  const answers: ((value: string) => void)[] = [];
  const guarded = deadline(new Promise<string>((resolve) => void answers.push(resolve)), 50, late);
  const other = deadline(never(), 500, late);
  clock.advance(100);
  answers[0]?.('too late');
  await expect(guarded).rejects.toThrow('late');
  clock.advance(1_000); // the link that went out twice has not torn the list
  await expect(other).rejects.toThrow('late');
});

describe('after a task that has kept the thread busy for longer than the deadline', () => {
  /** What comes first when the thread is free again: timers run before what has arrived is read. */
  const busy = async <T>(guard: (answer: Promise<string>) => Promise<T>) => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const answer = new Promise<string>((resolve) => port1.once('message', resolve));
    await setImmediate(); // the next that the loop turns to is its timers
    const guarded = guard(answer);
    port2.postMessage('in time');
    const until = performance.now() + 200;
    while (performance.now() < until);
    return guarded;
  };

  it('an answer that was there in time is taken', async () => {
    const deadline = createDeadlines(createSystemClock());
    expect(await busy((answer) => deadline(answer, 50, late))).toBe('in time');
  });

  it('which a timer alone would not have taken', async () => {
    const timer = (answer: Promise<string>) =>
      Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50, 'late'))]);
    expect(await busy(timer)).toBe('late');
  });
});
