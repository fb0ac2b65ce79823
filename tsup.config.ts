import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', react: 'src/react.ts', idb: 'src/idb.ts', node: 'src/node.ts' },
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  splitting: true,
  treeshake: false,
  sourcemap: true,
  clean: true,
  external: [/^node:/],
  removeNodeProtocol: false, // tsup 8 would turn 'node:buffer' into 'buffer'
  // tsup 8 passes the deprecated `baseUrl` to the d.ts build; TypeScript 6 makes that an error.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
});
