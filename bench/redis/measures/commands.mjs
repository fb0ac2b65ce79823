import { setTimeout as sleep } from 'node:timers/promises';
import { monitor } from './monitor.mjs';

const COUNT = 50;

/**
 * What is sent to Redis per operation, one operation after the other. MONITOR tells what a client has sent (a round
 * trip) from what a script has called, which INFO commandstats adds up.
 */
export async function commands({ contender, url, namespace }) {
  const cache = await contender.open(url, async (key) => ({ key }), `${namespace}:commands`);
  /** @type {Map<string, number>} */
  let sent = new Map();
  /** @type {Map<string, number>} */
  let called = new Map();
  const stop = await monitor(url, (command, fromScript) => {
    const counts = fromScript ? called : sent;
    counts.set(command, (counts.get(command) ?? 0) + 1);
  });
  const count = async (operation) => {
    await sleep(30); // what goes on behind the callers
    sent = new Map();
    called = new Map();
    for (let i = 0; i < COUNT; i++) await operation(`k${i}`);
    await sleep(30);
    return { sent: perOperation(sent), called: perOperation(called) };
  };
  await cache.get('first'); // loads scripts, asks for the time
  await cache.invalidate('first');
  const miss = await count(cache.get);
  const hit = await count(cache.get);
  const invalidate = await count(cache.invalidate);
  stop();
  await cache.close();
  return { miss, hit, invalidate };
}

/** `1 GET + 1 SETEX`; what comes by a timer is left out. */
function perOperation(counts) {
  const each = [...counts].map(([command, count]) => [command, Math.round((count / COUNT) * 10) / 10]);
  const regular = each.filter(([, count]) => count >= 0.5);
  return regular.map(([command, count]) => `${count} ${command}`).join(' + ');
}
