import Module, { createRequire } from 'node:module';
import { version } from 'react';

/**
 * Gives React 18 also to packages that Node loads by itself, such as Testing Library: the aliases of the test project
 * reach only what the test runner transforms.
 */
type Resolve = (request: string, ...rest: unknown[]) => string;
const loader = Module as unknown as { _resolveFilename: Resolve };
const resolve = loader._resolveFilename;
loader._resolveFilename = function (this: unknown, request, ...rest) {
  return resolve.call(this, request.replace(/^(react|react-dom)(?=$|\/)/, '$1-18'), ...rest);
};

const { version: theirs } = createRequire(import.meta.url)('react') as { version: string };
if (![version, theirs].every((one) => one.startsWith('18.'))) throw new Error(`Not React 18: ${version}, ${theirs}`);
