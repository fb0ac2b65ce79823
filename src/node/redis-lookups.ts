import type { RedisLink } from './redis-client.js';
import { readStamp, type Stamp } from './redis-stamps.js';

/** Reads entries and stamps: everything that is asked for in one tick travels together. */
export interface RedisLookups {
  /** An entry's text, and the stamps of these tags. */
  read(
    key: string,
    tags: readonly string[],
  ): Promise<{ text: string | undefined; stamps: Map<string, Stamp | undefined> }>;
}

interface Asked {
  readonly key: string;
  readonly tags: readonly string[];
  readonly resolve: (found: Awaited<ReturnType<RedisLookups['read']>>) => void;
  readonly reject: (error: unknown) => void;
}

/** One MGET on a single server; on a cluster, whose MGET is confined to a slot, GETs that leave in the same tick. */
export function createLookups(link: RedisLink, tagKey: (tag: string) => string): RedisLookups {
  let asked: Asked[] = [];

  const fetch = async (keys: readonly string[]): Promise<Map<string, unknown>> => {
    const values = link.isCluster
      ? await Promise.all(keys.map((key) => link.command(key, ['GET', key])))
      : await link.command(keys[0] ?? '', ['MGET', ...keys]);
    if (!Array.isArray(values)) throw new TypeError(`MGET answered ${typeof values}`);
    return new Map(keys.map((key, i) => [key, values[i]]));
  };

  const flush = async () => {
    const batch = asked;
    asked = [];
    try {
      const keys = new Set(batch.flatMap(({ key, tags }) => [...(key === '' ? [] : [key]), ...tags.map(tagKey)]));
      const found = await fetch([...keys]);
      for (const { key, tags, resolve } of batch) {
        const text = found.get(key);
        const stamps = new Map(tags.map((tag) => [tag, readStamp(found.get(tagKey(tag)))]));
        resolve({ text: typeof text === 'string' ? text : undefined, stamps });
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  return {
    read: (key, tags) =>
      new Promise((resolve, reject) => {
        asked.push({ key, tags, resolve, reject });
        if (asked.length === 1) queueMicrotask(() => void flush());
      }),
  };
}
