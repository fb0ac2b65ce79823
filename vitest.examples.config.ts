import { defineConfig } from 'vitest/config';

/** Installs, builds and drives the examples that bring a framework along: on their own, because that takes minutes. */
export default defineConfig({
  test: {
    name: 'examples',
    environment: 'node',
    include: ['test/e2e/*-example.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
