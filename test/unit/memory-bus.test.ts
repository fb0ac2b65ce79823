import { expect, it } from 'vitest';
import type { Bus } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { badCarrier, type Letter, memoryBusPlace } from '../../src/testing/memory-bus.js';

const of = (hash: string) => ({ hashes: [hash], tags: [], soft: false });

function hearing(bus: Bus): string[] {
  const heard: string[] = [];
  bus.subscribe({ invalidated: ({ hashes }) => heard.push(...hashes), gap: () => heard.push('gap') });
  return heard;
}

it('carries letters as its carrier says: late, in another order, twice', () => {
  const letters: Letter[] = [];
  const place = memoryBusPlace({ carry: (letter) => void letters.push(letter) });
  const [a, b] = [place.bus(), place.bus()];
  const heard = hearing(b);
  a.publish(of('1'));
  a.publish(of('2'));
  expect(heard).toEqual([]);
  letters[1]?.deliver();
  letters[0]?.deliver();
  letters[1]?.deliver();
  expect(heard).toEqual(['2', '1', '2']);
  expect(letters.map(({ from, to }) => [from, to])).toEqual([
    [0, 1],
    [0, 1],
  ]);
});

it('tells of a loss before the next letter of that sender, or with the heartbeat, and once', () => {
  let loses = true;
  const place = memoryBusPlace({ carry: (letter) => (loses ? letter.lose() : letter.deliver()) });
  const [a, b, c] = [place.bus(), place.bus(), place.bus()];
  const [inB, inC] = [hearing(b), hearing(c)];
  a.publish(of('1'));
  loses = false;
  c.publish(of('2'));
  expect(inB).toEqual(['2']); // of another sender: it says nothing of what a sent
  a.publish(of('3'));
  place.beat();
  expect(inB).toEqual(['2', 'gap', '3']);
  expect(inC).toEqual(['gap', '3']);
});

it('confirms when all have heard, or have learnt of their gap; not before, and not for ever', async () => {
  const clock = fakeClock();
  const letters: Letter[] = [];
  const place = memoryBusPlace({ clock, carry: (letter) => void letters.push(letter) });
  const [a, b, c] = [place.bus(), place.bus(), place.bus()];
  hearing(b);
  hearing(c);
  expect(await a.confirm?.(100)).toBe(true); // nothing was published
  a.publish(of('1'));
  const answers: unknown[] = [];
  const [first, second] = letters;
  void a.confirm?.(100).then((answer) => answers.push(answer));
  first?.deliver();
  clock.advance(100);
  await Promise.resolve();
  expect(answers).toEqual([false]);
  const confirmed = a.confirm?.(100);
  second?.lose();
  place.beat();
  expect(await confirmed).toBe(true);
});

it('has a bad carrier whose faults are the same for the same seed', () => {
  const run = (seed: number) => {
    const clock = fakeClock();
    const place = memoryBusPlace({ carry: badCarrier({ clock, seed, latency: 50, repeat: 0.3, lose: 0.3 }) });
    const [a, b] = [place.bus(), place.bus()];
    const heard = hearing(b);
    for (let i = 0; i < 40; i++) a.publish(of(String(i)));
    clock.advance(50);
    place.beat();
    return heard;
  };
  const heard = run(7);
  expect(run(7)).toEqual(heard);
  expect(run(8)).not.toEqual(heard);
  const numbers = heard.filter((one) => one !== 'gap').map(Number);
  expect(numbers).not.toEqual([...numbers].sort((x, y) => x - y));
  expect(new Set(numbers).size).toBeLessThan(numbers.length);
  expect(new Set(numbers).size).toBeLessThan(40);
  expect(heard).toContain('gap');
});
