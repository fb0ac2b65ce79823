import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cyclesOf, importGraph, violationsOf } from '../support/import-graph.js';

const src = join(import.meta.dirname, '../../src');
const graph = importGraph(src);

const CONTRACTS = ['contracts', 'errors.ts', 'key.ts'];
const SCIENCES = ['freshness', 'coherence', 'resilience', 'codec'];

/** What each room may import: only rooms of lower floors. Sciences and adapters do not know each other. */
const LAW: Record<string, readonly string[]> = {
  'errors.ts': [],
  'key.ts': ['errors.ts'],
  contracts: ['key.ts'],
  freshness: CONTRACTS,
  coherence: CONTRACTS,
  resilience: CONTRACTS,
  codec: CONTRACTS,
  events: [...CONTRACTS, 'freshness'],
  tiers: [...CONTRACTS, ...SCIENCES, 'events'],
  cache: [...CONTRACTS, ...SCIENCES, 'events', 'tiers'],
  // Each has one file that puts a ready-made cache together.
  browser: [...CONTRACTS, 'freshness', 'cache'],
  node: [...CONTRACTS, 'freshness', 'codec', 'events', 'cache'],
  testing: [...CONTRACTS, 'cache'],
  react: [...CONTRACTS, 'codec', 'cache'],
  'index.ts': [...CONTRACTS, ...SCIENCES, 'events', 'tiers', 'cache'],
};

it('imports only what its floor allows', () => {
  expect(violationsOf(graph, LAW)).toEqual([]);
});

/** The rooms of the cache: what reads knows nothing of what writes or watches. */
const CACHE_LAW: Record<string, readonly string[]> = {
  'target.ts': [],
  'options.ts': ['target.ts'],
  reading: ['target.ts', 'options.ts'],
  watching: ['target.ts', 'options.ts', 'reading'],
  inspecting: ['target.ts', 'reading'],
  writing: ['target.ts', 'options.ts', 'reading', 'watching'],
};

it('reads without knowing who writes or watches', () => {
  const inside = (file: string) => file.startsWith('cache/') && (file.split('/')[1] ?? '') in CACHE_LAW;
  const within = [...graph].filter(([file]) => inside(file));
  const rooms = new Map(
    within.map(([file, imports]) => {
      const own = imports.filter((imported) => imported.startsWith('cache/'));
      return [file.slice('cache/'.length), own.map((imported) => imported.slice('cache/'.length))];
    }),
  );
  expect(rooms.size).toBeGreaterThan(20);
  expect(violationsOf(rooms, CACHE_LAW)).toEqual([]);
});

it('lets only the ready-made caches of adapters know the cache', () => {
  const knowing = [...graph].filter(([file, imports]) => {
    return /^(browser|node|testing)\//.test(file) && imports.some((imported) => imported.startsWith('cache/'));
  });
  expect(knowing.map(([file]) => file).sort()).toEqual([
    'browser/create-browser-cache.ts',
    'node/create-request-cache.ts',
    'node/create-server-cache.ts',
    'testing/test-cache.ts',
  ]);
});

it('has no cycles, type imports included', () => {
  expect(cyclesOf(graph)).toEqual([]);
});

it('has files of at most 250 lines, with kebab-case names', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  const long = files.filter((file) => readFileSync(join(src, file), 'utf8').split('\n').length > 251);
  expect(long).toEqual([]);
  expect(files.filter((file) => !/^([a-z0-9-]+\/)*[a-z0-9-]+\.tsx?$/.test(file))).toEqual([]);
});

it('would find a cycle and a forbidden import', () => {
  const seeded = new Map([
    ['contracts/a.ts', ['cache/b.ts']],
    ['cache/b.ts', ['contracts/a.ts']],
  ]);
  expect(cyclesOf(seeded)).toEqual([['contracts/a.ts', 'cache/b.ts', 'contracts/a.ts']]);
  expect(violationsOf(seeded, LAW)).toEqual(['contracts/a.ts imports cache/b.ts']);
});
