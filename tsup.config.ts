import { existsSync } from 'node:fs';
import { defineConfig } from 'tsup';

const entries = {
  index: 'src/index.ts',
  react: 'src/react/index.ts',
  streaming: 'src/react/streamed-cache.tsx',
  browser: 'src/browser/index.ts',
  node: 'src/node/index.ts',
  testing: 'src/testing/index.ts',
};

export default defineConfig({
  entry: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  splitting: true, // so that the entries share one copy of the core
  treeshake: false, // rollup would drop 'use client'
  sourcemap: true,
  clean: true,
  external: [/^node:/, 'react', 'idb-keyval', 'ioredis', 'redis', 'devalue'],
  removeNodeProtocol: false, // tsup 8 would turn 'node:crypto' into 'crypto'
  // tsup 8 passes the deprecated `baseUrl` to the d.ts build; TypeScript 6 makes that an error.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
});
