// One server process for the tests: a cache over Redis, told by messages what to do.
import { createServerCache } from 'cache-aside/node';

const [redis = '', namespace = '', options = '{}'] = process.argv.slice(2);
const cache = createServerCache({ redis, namespace, redisTimeout: '10s', ...JSON.parse(options) });

/** @type {Record<string, (message: { key: string, value?: unknown, delay?: number, callers?: number, fails?: boolean, confirm?: boolean }) => Promise<unknown>>} */
const commands = {
  async read({ key, value, delay = 0, callers = 1, fails = false }) {
    /** @param {{ signal: AbortSignal }} context */
    const load = async ({ signal }) => {
      process.send?.({ loaded: key });
      await new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => {
          process.send?.({ aborted: String(signal.reason) });
          reject(signal.reason);
        });
        setTimeout(resolve, delay);
      });
      if (fails) throw new Error('the source is down');
      return value;
    };
    const reads = Array.from({ length: callers }, () => cache.get(key, load).catch((error) => String(error)));
    return [...new Set(await Promise.all(reads))];
  },
  invalidate: ({ key, confirm = false }) => cache.invalidate({ key }, { confirm }),
  peek: async ({ key }) => cache.peek(key) ?? null,
  exit: () => process.exit(1),
  async close() {
    await cache.close();
    setTimeout(() => process.disconnect(), 0);
  },
};

process.on('message', (/** @type {any} */ message) => {
  void commands[message.command]?.(message).then((answer) => process.send?.({ id: message.id, answer }));
});
process.send?.({ ready: true });
