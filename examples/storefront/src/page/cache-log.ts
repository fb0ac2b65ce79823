import type { Cache, CacheEvent } from 'cache-aside';
import { useSyncExternalStore } from 'react';
import { announce } from './announcements.js';

export interface LogLine {
  readonly id: number;
  readonly at: string;
  readonly verb: string;
  readonly what: string;
}

/** What this tab's cache did: how its reads were answered, and its last few steps. */
export interface CacheLog {
  readonly memory: number;
  readonly disk: number;
  readonly api: number;
  readonly lines: readonly LogLine[];
}

const EMPTY: CacheLog = { memory: 0, disk: 0, api: 0, lines: [] };
const MOST_LINES = 14;
/** Read again each second: they would drown the rest. */
const LIVE = /^\["(price|stats)"/;

const listeners = new Set<() => void>();
let log = EMPTY;
let lastId = 0;

/** Keeps the log of a cache from now on. */
export function keepLog(cache: Cache): void {
  cache.on('*', (event) => {
    const count = counterOf(event);
    const line = lineOf(event);
    if (count === undefined && line === undefined) return;
    const added = line && { ...line, id: ++lastId, at: new Date().toLocaleTimeString('en-GB') };
    log = {
      ...log,
      ...(count && { [count]: log[count] + 1 }),
      lines: added === undefined ? log.lines : [added, ...log.lines].slice(0, MOST_LINES),
    };
    for (const listener of listeners) listener();
  });
  cache.on('invalidated', ({ by }) => {
    if (by === 'other') announce('Changed in another tab. This one loads it anew.');
  });
}

export function useCacheLog(): CacheLog {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => log,
    () => EMPTY,
  );
}

function counterOf(event: CacheEvent): 'memory' | 'disk' | 'api' | undefined {
  if (!('hash' in event) || event.hash.startsWith('["stats"')) return undefined;
  if (event.type === 'load') return 'api';
  if (event.type === 'stored' && event.source === 'server') return 'memory';
  if (event.type !== 'hit') return undefined;
  return event.tier === 'memory' ? 'memory' : 'disk';
}

function lineOf(event: CacheEvent): Pick<LogLine, 'verb' | 'what'> | undefined {
  if ('hash' in event && LIVE.test(event.hash)) return undefined;
  switch (event.type) {
    case 'hit':
      return { verb: event.tier === 'memory' ? 'memory hit' : 'disk hit', what: event.hash };
    case 'load':
      return { verb: event.behind ? 'load behind' : 'load', what: event.hash };
    case 'stored':
      return event.source === 'server' ? { verb: 'hydrated', what: event.hash } : undefined;
    case 'load-failed':
    case 'dropped':
    case 'evicted':
      return { verb: event.type.replace('-', ' '), what: event.hash };
    case 'invalidated':
      return {
        verb: event.by === 'self' ? 'invalidated' : 'invalidated by a tab',
        what: [...event.invalidation.hashes, ...event.invalidation.tags.map((tag) => tag.replace(/^t:/, ''))].join(' '),
      };
    case 'degraded':
    case 'recovered':
      return { verb: event.type, what: event.tier };
    default:
      return undefined;
  }
}
