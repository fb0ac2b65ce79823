import { expect, it } from 'vitest';
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
