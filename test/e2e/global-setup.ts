import type { TestProject } from 'vitest/node';
import { runStorefront } from '../support/storefront.js';

declare module 'vitest' {
  export interface ProvidedContext {
    storefrontUrl: string;
  }
}

export default async function setup(project: TestProject) {
  const storefront = await runStorefront();
  project.provide('storefrontUrl', storefront.url);
  return () => storefront.kill();
}
