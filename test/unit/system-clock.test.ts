import { afterEach, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../src/freshness/system-clock.js';

afterEach(() => void vi.restoreAllMocks());

it('the clock never goes back, and agrees with the machine again once that has been set right', async () => {
  const hour = 3_600_000;
  let wall = 1_000_000_000;
  vi.spyOn(Date, 'now').mockImplementation(() => wall);
  const clock = createSystemClock();
  const after = async (ms: number) => {
    wall += ms;
    await new Promise((resolve) => setTimeout(resolve, 5)); // it is read once per millisecond
    return clock.now();
  };
  expect(await after(0)).toBe(1_000_000_000);
  expect(await after(-hour)).toBe(1_000_000_000);
  expect(await after(10)).toBe(1_000_000_010);
  expect(await after(hour)).toBe(1_000_000_010);
  expect(await after(10)).toBe(1_000_000_020);
});
