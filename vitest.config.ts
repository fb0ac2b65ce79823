import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumLaunchOptions } from './scripts/binaries.mjs';
import { compileReact } from './test/support/compile-react.js';

/** The tests of the hooks: they run under React 18 too. */
const reactTests = ['test/dom/{use-*,renders,react-19}.test.tsx'];
/** Those with components that the React Compiler can compile; it gives up on some that are made within functions. */
const compiledTests = [
  'test/dom/{use-compiled,use-result,use-cache-aside,use-suspense-cache-aside,renders,react-19}.test.tsx',
];
/** Gives React 18 to what the test runner transforms. */
const react18 = [
  { find: /^react(?=$|\/)/, replacement: 'react-18' },
  { find: /^react-dom(?=$|\/)/, replacement: 'react-dom-18' },
];
const launchOptions = await chromiumLaunchOptions();

export default defineConfig({
  test: {
    reporters: ['default', './test/support/count-reporter.ts'],
    coverage: { provider: 'v8', include: ['src/**'] },
    projects: [
      { test: { name: 'unit', environment: 'node', include: ['test/{unit,model}/**/*.test.{ts,tsx}'] } },
      {
        plugins: [react()],
        test: {
          name: 'dom',
          environment: 'jsdom',
          include: ['test/dom/**/*.test.tsx'],
          setupFiles: ['test/dom/setup.ts'],
        },
      },
      {
        plugins: [react()],
        resolve: { alias: react18 },
        test: {
          name: 'react-18',
          environment: 'jsdom',
          include: reactTests,
          exclude: ['test/dom/react-19.test.tsx'],
          setupFiles: ['test/support/use-react-18.ts', 'test/dom/setup.ts'],
        },
      },
      {
        plugins: [compileReact(), react()],
        test: {
          name: 'react-compiler',
          environment: 'jsdom',
          include: compiledTests,
          setupFiles: ['test/dom/setup.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          environment: 'node',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/global-setup.ts'],
          testTimeout: 20_000,
        },
      },
      {
        plugins: [react()],
        publicDir: 'test/browser/public',
        optimizeDeps: {
          include: [
            'react',
            'react-dom/client',
            'react/jsx-dev-runtime',
            '@testing-library/react',
            'idb-keyval',
            'msw',
            'msw/browser',
          ],
        },
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.{ts,tsx}'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: launchOptions ?? {} }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        test: { name: 'ssr', environment: 'node', include: ['test/ssr/**/*.test.{ts,tsx}'], testTimeout: 30_000 },
      },
      {
        resolve: { alias: react18 },
        test: {
          name: 'ssr-18',
          environment: 'node',
          include: ['test/ssr/{streaming,hydration-pin}.test.tsx'],
          setupFiles: ['test/support/use-react-18.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'package',
          environment: 'node',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
