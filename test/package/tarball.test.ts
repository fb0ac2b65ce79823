import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> };
const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
const names = entries.map((entry) => `cache-aside${entry.slice(1)}`);

const run = (program: string, args: string[], cwd: string) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: 'pipe' });

describe('the packed tarball in an empty project', () => {
  let project: string;
  /** What each entry says where no peer is installed. */
  const alone = new Map<string, string>();
  const says = (code: string) => run(process.execPath, ['--input-type=module', '-e', code], project).trim();
  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'cache-aside-'));
    const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', project], root)) as {
      filename: string;
    }[];
    writeFileSync(join(project, 'package.json'), '{"name":"empty","private":true}');
    run('npm', ['install', '--no-save', '--prefer-offline', `./${packed[0]?.filename}`], project);
    for (const name of names) {
      alone.set(
        name,
        says(`await import('${name}').then(() => console.log('works'), (error) => console.log(error.message))`),
      );
    }
    alone.set(
      'createServerCache',
      says(`
        import { createServerCache } from 'cache-aside/node';
        const cache = createServerCache({ redis: 'redis://localhost:1' });
        cache.on('degraded', ({ error }) => console.log(error.message));
        await cache.get('key', () => 1);
        await cache.close();
      `),
    );
    const peers = ['react@19', '@types/react@19', 'idb-keyval@6', '@types/node@20'];
    run('npm', ['install', '--no-save', '--prefer-offline', `./${packed[0]?.filename}`, ...peers], project);
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it.each(names)('%s can be imported and required', (name) => {
    const list = `console.log(Object.keys(m).filter((name) => name !== 'module.exports').sort().join())`;
    const imported = run(
      process.execPath,
      ['--input-type=module', '-e', `import * as m from '${name}'; ${list}`],
      project,
    );
    const required = run(process.execPath, ['-e', `const m = require('${name}'); ${list}`], project);
    expect(imported.trim().length).toBeGreaterThan(0);
    expect(required).toBe(imported);
  });

  it('works without peers that an entry does not need, and names in one line the one that is missing', () => {
    const missing = (name: string) =>
      expect.stringMatching(new RegExp(`^Cannot find package '${name}' imported from .*$`));
    expect(Object.fromEntries(alone)).toEqual({
      'cache-aside': 'works',
      'cache-aside/react': missing('react'),
      'cache-aside/streaming': missing('react'),
      'cache-aside/browser': missing('idb-keyval'),
      'cache-aside/node': 'works',
      'cache-aside/testing': 'works',
      createServerCache: expect.stringMatching(/Expected the package "redis" or "ioredis" to be installed/),
    });
  });

  it('lets a project write declarations of what it infers', () => {
    const consumer = `
      import { createCache } from 'cache-aside';
      import * as react from 'cache-aside/react';
      export const cache = createCache();
      export const users = cache.repository({ key: (id: string) => ['user', id], load: async (id) => ({ id, name: 'Ada' }) });
      export const useUser = (id: string) => react.useCacheAside(users, id);
      export const useLoaded = (id: string) => {
        const user = react.useCacheAside(users, id, { select: ({ name }) => name });
        return user.status === 'success' ? user : undefined;
      };
      export const useOthers = (id: string) => {
        const user = useUser(id);
        return user.status === 'success' ? undefined : user;
      };
      export const useThere = (id: string) => react.useSuspenseCacheAside(users, id);
      export const useMany = (ids: string[]) => react.useCachedMany(ids.map((id) => ({ key: users.key(id), loader: users.load(id) })));
      export const useList = () => {
        const options = { initialPageParam: 0, getNextPageParam: () => null };
        const list = react.useInfiniteCacheAside(['list'], (page: number) => ({ page }), options);
        return list.status === 'success' ? list : undefined;
      };
      export const useRename = (id: string) => {
        const rename = react.useCacheMutation(async (name: string) => ({ id, name }), {
          invalidates: { key: users.key(id) },
          optimistic: (name) => users.optimistic(id, (user) => ({ ...user, name })),
          populates: (saved) => users.populates(id, saved),
        });
        return rename.status === 'error' ? rename : undefined;
      };
      export const view = () => cache.watch('k', () => 1).read();
      export const change = users.optimistic('1', (user) => user);
      export const writing = cache.mutate(() => 1, { invalidates: { all: true } });
    `;
    writeFileSync(join(project, 'declared.mts'), consumer);
    const args = ['--declaration', '--emitDeclarationOnly', '--strict', '--target', 'es2022', '--module', 'nodenext'];
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args, 'declared.mts'], project);
    const declared = readFileSync(join(project, 'declared.d.mts'), 'utf8');
    expect(declared).toContain('useUser: (id: string) => react.CacheAsideResult<{');
  });

  it.each([
    ['bundler', 'esnext'],
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
  ])('type-checks with moduleResolution %s', (moduleResolution, module) => {
    const consumer = `
      import { createCache } from 'cache-aside';
      import { useCacheAside } from 'cache-aside/react';
      import { createBrowserCache } from 'cache-aside/browser';
      import { createServerCache } from 'cache-aside/node';
      import { fakeClock } from 'cache-aside/testing';
      const cache = createCache({ ttl: '5m', clock: fakeClock() });
      export const value: Promise<number> = cache.get(['a', { b: 1 }], () => 1);
      export const useName = (id: string): string | undefined => useCacheAside(['n', id], () => ({ name: 'x' })).data?.name;
      export const caches = [createBrowserCache({ name: 'x' }), createServerCache({})];
      // @ts-expect-error not a duration
      createCache({ ttl: '5 minutes' });
    `;
    writeFileSync(join(project, 'consumer.mts'), consumer);
    const args = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom', '--types', 'node'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    run(
      process.execPath,
      [tsc, ...args, '--module', module, '--moduleResolution', moduleResolution, 'consumer.mts'],
      project,
    );
  });
});

describe('the built entries', () => {
  const dist = join(root, 'dist');

  const reach = (file: string, seen = new Set<string>()): Set<string> => {
    for (const { fileName: name } of ts.preProcessFile(readFileSync(join(dist, file), 'utf8'), true, true)
      .importedFiles) {
      if (seen.has(name)) continue;
      seen.add(name);
      if (name.startsWith('./')) reach(name.slice(2), seen);
    }
    return seen;
  };
  const packages = (file: string) => [...reach(file)].filter((name) => !name.startsWith('.')).sort();

  it('pull in only what their entry needs', () => {
    expect(packages('index.js')).toEqual([]);
    expect(packages('react.js')).toEqual(['react']);
    expect(packages('streaming.js')).toEqual(['devalue', 'react']);
    expect(packages('browser.js')).toEqual(['idb-keyval']);
    expect(packages('node.js')).toEqual(['devalue', 'ioredis', 'node:crypto', 'node:events', 'node:stream', 'redis']);
    expect(packages('testing.js')).toEqual([]);
  });

  it('have "use client" first in the React entry, and nowhere else', () => {
    const marked = readdirSync(dist).filter(
      (file) => file.endsWith('.js') && /["']use client["']/.test(readFileSync(join(dist, file), 'utf8')),
    );
    expect(marked).toEqual(['react.js']);
    expect(readFileSync(join(dist, 'react.js'), 'utf8')).toMatch(/^["']use client["'];/);
  });

  it('satisfy publint and are-the-types-wrong', () => {
    const bin = (name: string) => join(root, 'node_modules/.bin', name);
    expect(run(bin('publint'), [], root)).toContain('All good!');
    run(bin('attw'), ['--pack', '.', '--profile', 'esm-only'], root); // exits with 1 if it finds a problem
  });
});
