import { expect, it } from 'vitest';
import { createCache, presets } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

it.each([
  ['configuration', 5 * MINUTE, 15 * MINUTE],
  ['profile', HOUR, 24 * HOUR],
  ['catalogue', 15 * MINUTE, 60 * MINUTE],
  ['session', 30 * MINUTE, 24 * HOUR],
  ['live', 1_000, 60_000],
] as const)(
  'the preset %s asks the source nothing before %i ms, and answers nothing that is older than %i ms while it works',
  async (name, shortest, longest) => {
    const clock = fakeClock();
    const cache = createCache({ clock, ...presets[name], jitter: 0 });
    let loads = 0;
    const load = () => ++loads;
    const read = async () => {
      const value = await cache.get('key', load);
      await new Promise((resolve) => setTimeout(resolve, 0));
      return value;
    };
    await read();
    clock.advance(shortest - 1);
    await read();
    expect(loads).toBe(1);
    clock.advance(1);
    expect(await read()).toBe(1);
    expect(loads).toBe(2); // behind
    clock.advance(longest);
    expect(await read()).toBe(3);
  },
);

it('the preset session answers nothing after a check that failed; the others keep what they had for a while', async () => {
  for (const [name, freshness] of Object.entries(presets)) {
    const clock = fakeClock();
    const cache = createCache({ clock, ...freshness, jitter: 0 });
    await cache.get('key', () => 'kept');
    const day = 23.5 * HOUR;
    clock.advance(
      { configuration: 16 * MINUTE, catalogue: HOUR, live: 30_000, session: 24 * HOUR, profile: day }[name] ?? 0,
    );
    const read = cache.get('key', () => Promise.reject(new Error('down')));
    if (name === 'session') await expect(read).rejects.toThrow('down');
    else expect(await read).toBe('kept');
  }
});
