import { del, get, set } from 'idb-keyval';
import { createBrowserCache } from '../../../src/browser/index.js';
import type { Cache } from '../../../src/index.js';

/** What a tab can do, in the way of cache-aside or in the naive way. */
interface Way {
  read(key: string, load: () => Promise<number>): Promise<number>;
  /** @returns whether every other tab has confirmed */
  invalidate(key: string): Promise<boolean>;
  /** Lets go of memory, to look at what is on disk. */
  forget(): void;
}

function ours(): Way {
  const open = (): Cache => createBrowserCache({ name: 'tabs', ttl: '1h' });
  let cache = open();
  return {
    read: (key, load) => cache.get(key, load),
    invalidate: async (key) => (await cache.invalidate({ key }, { confirm: '5s' })).confirmed === true,
    forget() {
      void cache.close();
      cache = open();
    },
  };
}

/** Get, set and delete, here and on disk, and a message to the others. */
function naive(): Way {
  const memory = new Map<string, number>();
  const channel = new BroadcastChannel('naive');
  channel.onmessage = ({ data }: MessageEvent<string>) => void memory.delete(data);
  return {
    async read(key, load) {
      const known = memory.get(key) ?? (await get<number>(key));
      if (known !== undefined) {
        memory.set(key, known);
        return known;
      }
      const loaded = await load();
      memory.set(key, loaded);
      await set(key, loaded);
      return loaded;
    },
    async invalidate(key) {
      memory.delete(key);
      await del(key);
      channel.postMessage(key);
      await new Promise((resolve) => setTimeout(resolve, 50)); // time enough for the others, one would think
      return true;
    },
    forget: () => memory.clear(),
  };
}

const ask = async (path: string): Promise<number> => Number(await (await fetch(path, { cache: 'no-store' })).text());
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const KEYS = ['a', 'b', 'c', 'd'];
const anyKey = () => KEYS[Math.floor(Math.random() * KEYS.length)] ?? 'a';

export interface Counts {
  reads: number;
  /** Reads that answered something older than what had been confirmed before they began. */
  old: number;
  writes: number;
  confirmed: number;
}

declare global {
  var tab: {
    run(way: 'ours' | 'naive', ms: number): Promise<Counts>;
    /** What each key reads as, once from memory and once from disk. */
    finally(way: 'ours' | 'naive'): Promise<number[][]>;
  };
}

const ways: Partial<Record<string, Way>> = {};
const wayOf = (name: 'ours' | 'naive'): Way => {
  ways[name] ??= name === 'ours' ? ours() : naive();
  return ways[name];
};

globalThis.tab = {
  async run(name, ms) {
    const way = wayOf(name);
    const counts: Counts = { reads: 0, old: 0, writes: 0, confirmed: 0 };
    const end = performance.now() + ms;
    const read = async () => {
      while (performance.now() < end) {
        const key = anyKey();
        const floor = await ask(`/floor?key=${key}`);
        const version = await way.read(key, () => ask(`/read?key=${key}`));
        counts.reads++;
        if (version < floor) counts.old++;
      }
    };
    const write = async () => {
      while (performance.now() < end) {
        const key = anyKey();
        const version = await ask(`/write?key=${key}`);
        counts.writes++;
        if (await way.invalidate(key)) {
          counts.confirmed++;
          await ask(`/raise?key=${key}&version=${version}`);
        }
        await pause(Math.random() * 60);
      }
    };
    await Promise.all([read(), read(), write()]);
    return counts;
  },
  async finally(name) {
    const way = wayOf(name);
    const readAll = () => Promise.all(KEYS.map((key) => way.read(key, () => ask(`/read?key=${key}`))));
    const fromMemory = await readAll();
    way.forget();
    return [fromMemory, await readAll(), await Promise.all(KEYS.map((key) => ask(`/version?key=${key}`)))];
  },
};
