import { defined } from '../cache/reading/defined.js';
import type { Repository } from '../cache/writing/repository.js';
import type { Loader } from '../contracts/loader.js';
import type { Key } from '../key.js';
import type { CacheAsideOptions } from './cache-aside-options.js';
import { useProvided } from './cache-context.js';

/** A key that is not known yet: nothing is loaded. */
export type DisabledKey = null | undefined | false | '';

/** A key; or a function of one, which disables by throwing: it depends on data that is not there yet. */
export type KeyOrDisabled = Key | DisabledKey | (() => Key | DisabledKey);

export type AnyRepository = Repository<unknown, unknown, unknown>;

/** What a component asks for: by key and loader, or by repository and id. */
export interface Asked {
  readonly key: Key | null;
  readonly loader: Loader<unknown>;
  readonly options: CacheAsideOptions<unknown>;
}

export function useAsked(first: KeyOrDisabled | AnyRepository, second: unknown, own: object | undefined): Asked {
  const defaults = useProvided().options;
  if (!isRepository(first))
    return { key: keyOf(first), loader: second as Loader<unknown>, options: over(defaults, own) };
  if (second === null || second === undefined)
    return { key: null, loader: () => undefined, options: over(defaults, own) };
  return {
    key: first.key(second),
    loader: first.load(second),
    options: over({ ...defaults, ...first.options(second) }, own),
  };
}

export function over(defaults: object, own: object = {}): CacheAsideOptions<unknown> {
  return { ...defaults, ...defined(own) };
}

export function keyOf(key: KeyOrDisabled): Key | null {
  if (typeof key !== 'function') return key || null;
  try {
    return key() || null;
  } catch {
    return null; // it depends on data that is not there yet
  }
}

function isRepository(value: unknown): value is AnyRepository {
  return typeof value === 'object' && value !== null && 'load' in value;
}
