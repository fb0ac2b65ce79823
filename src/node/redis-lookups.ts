import { StoreError } from '../errors.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import { readStamp, type Stamp } from './redis-stamps.js';

export type Stamps = Map<string, Stamp | undefined>;

export interface Found {
  readonly text: string | undefined;
  /** The stamps of all tags that were asked for, also by others. */
  readonly stamps: Stamps;
}

/** Reads entries and stamps: everything that is asked for in one tick travels together. */
export interface RedisLookups {
  /** An entry's text, and the stamps of these tags. */
  read(hash: string | undefined, tags: readonly string[]): Promise<Found>;
}

interface Asked {
  /** Where in the batch its entry is; -1 for none. */
  readonly position: number;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

/** So many keys in one command; with more, others would wait too long for the server. */
const MOST_KEYS = 512;

/** One MGET on a single server; on a cluster, whose MGET is confined to a slot, GETs that leave in the same tick. */
export function createLookups(link: RedisLink, keys: RedisKeys): RedisLookups {
  let batch: { asked: Asked[]; entries: Map<string, number>; stamps: Stamps } | undefined;

  const fetch = async (names: string[]): Promise<unknown[]> => {
    if (link.isCluster) return Promise.all(names.map((name) => link.command(name, ['GET', name])));
    if (names.length === 0) return [];
    if (names.length <= MOST_KEYS) {
      const answers = await link.command('', ['MGET', ...names]);
      if (Array.isArray(answers) && answers.length === names.length) return answers;
      throw new StoreError('redis', 'MGET', `it was answered ${JSON.stringify(answers)?.slice(0, 50)}`);
    }
    const [first, rest] = await Promise.all([fetch(names.slice(0, MOST_KEYS)), fetch(names.slice(MOST_KEYS))]);
    return [...first, ...rest];
  };

  const flush = async () => {
    if (batch === undefined) return;
    const { asked, entries, stamps } = batch;
    batch = undefined;
    try {
      const names = [...entries.keys()];
      for (const tag of stamps.keys()) names.push(keys.tag(tag));
      const answers = await fetch(names);
      let i = entries.size;
      for (const tag of stamps.keys()) stamps.set(tag, readStamp(answers[i++]));
      for (const { position, resolve } of asked) {
        const text = answers[position];
        resolve({ text: typeof text === 'string' ? text : undefined, stamps });
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  };

  /** After everything that is ready to run: those who will ask in this tick have asked. */
  const flushLast = () => process.nextTick(() => void flush());

  const positionOf = (entries: Map<string, number>, name: string): number => {
    const known = entries.get(name);
    if (known !== undefined) return known;
    entries.set(name, entries.size);
    return entries.size - 1;
  };

  return {
    read: (hash, tags) =>
      new Promise((resolve, reject) => {
        if (batch === undefined) {
          batch = { asked: [], entries: new Map(), stamps: new Map() };
          queueMicrotask(flushLast);
        }
        const position = hash === undefined ? -1 : positionOf(batch.entries, keys.entry(hash));
        for (const tag of tags) if (!batch.stamps.has(tag)) batch.stamps.set(tag, undefined);
        batch.asked.push({ position, resolve, reject });
      }),
  };
}
