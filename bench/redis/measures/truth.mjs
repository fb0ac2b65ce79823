import { setTimeout as sleep } from 'node:timers/promises';

/** What the process of one contender does in a stampede and in a race. */
export async function createActor({ contender, url, namespace }) {
  let version = 'OLD';
  let loads = 0;
  let source = async () => version;
  const cache = await contender.open(url, () => source(), `${namespace}:truth`);
  /** @type {(value: string) => void} */
  let release = () => {};
  /** @type {Promise<unknown> | undefined} */
  let reading;
  const read = (key) => cache.get(key).catch((error) => `rejected: ${error}`);

  return {
    /** Many callers of one cold key at the same instant, whose load takes `loadMs`. */
    async stampede({ key, callers, loadMs, startAt }) {
      loads = 0;
      source = async () => {
        loads++;
        await sleep(loadMs);
        return 'value';
      };
      await sleep(startAt - Date.now());
      const times = await Promise.all(
        Array.from({ length: callers }, async () => {
          const startedAt = performance.now();
          await cache.get(key);
          return performance.now() - startedAt;
        }),
      );
      return { loads, slowest: Math.max(...times) };
    },

    /** Before a race: the source says OLD, and the next load waits for `endLoad` after it has read that. */
    prepare() {
      version = 'OLD';
    },
    beginLoad: (key) =>
      new Promise((began) => {
        source = () => {
          source = async () => version;
          const seen = version;
          began(undefined);
          return new Promise((resolve) => {
            release = () => resolve(seen);
          });
        };
        reading = read(key);
      }),
    change() {
      version = 'NEW';
    },
    invalidate: async (key) => void (await cache.invalidate(key)),
    /** Somebody reads while the old load is still under way; answers once both have ended. */
    async readDuring(key) {
      const during = read(key);
      await sleep(20);
      release('');
      await reading;
      return during;
    },
    async endLoad() {
      release('');
      const answer = await reading;
      await sleep(50); // a store behind the callers
      return answer;
    },
    read,
  };
}
