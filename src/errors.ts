const BRAND = Symbol.for('cache-aside.error');

/** The base of every error this library makes. What a loader or a save throws is passed on untouched. */
export abstract class CacheError extends Error {
  /** The class's name, which survives minifiers. */
  abstract override readonly name: string;
  get [BRAND](): true {
    return true;
  }
}

/** A key that cannot name an entry. Thrown at once by every call that takes a key. */
export class KeyError extends CacheError {
  override readonly name = 'KeyError';
  readonly path: string;
  constructor(path: string, problem: string, expected: string) {
    super(`Bad cache key: ${path} ${problem}. Expected ${expected}.`);
    this.path = path;
  }
}

/** An option with a value that cannot work. Thrown when the cache, the call or the repository is made. */
export class OptionError extends CacheError {
  override readonly name = 'OptionError';
  readonly option: string;
  constructor(option: string, got: unknown, expected: string) {
    super(`Bad option ${option}: got ${show(got)}. Expected ${expected}.`);
    this.option = option;
  }
}

/** A call on a cache after `close()`. */
export class ClosedError extends CacheError {
  override readonly name = 'ClosedError';
  constructor(call: string) {
    super(`${call} was called on a cache that is closed.`);
  }
}

/** A load that took longer than the `timeout` of its key. The loader's signal is aborted with it. */
export class LoadTimeoutError extends CacheError {
  override readonly name = 'LoadTimeoutError';
  readonly hash: string;
  constructor(hash: string, timeout: number) {
    super(`The load of ${hash} took longer than ${timeout} ms.`);
    this.hash = hash;
  }
}

/** A load that was not tried, since one failed a moment ago, in this process or another: the source is spared. */
export class CoolDownError extends CacheError {
  override readonly name = 'CoolDownError';
  readonly hash: string;
  /** Ms after which a read tries again. */
  readonly retryIn: number;
  constructor(hash: string, problem: string, retryIn: number) {
    super(`The load of ${hash} failed a moment ago (${problem}). It is tried again in ${retryIn} ms.`);
    this.hash = hash;
    this.retryIn = retryIn;
  }
}

/** The reason of a loader's signal when another process has taken its load over, having heard nothing of this one. */
export class LostLoadError extends CacheError {
  override readonly name = 'LostLoadError';
  readonly hash: string;
  constructor(hash: string) {
    super(`The load of ${hash} was silent for too long: another process loads it now.`);
    this.hash = hash;
  }
}

/** The reason of a loader's signal when a refresh has begun a newer load of its key. */
export class OvertakenLoadError extends CacheError {
  override readonly name = 'OvertakenLoadError';
  readonly hash: string;
  constructor(hash: string) {
    super(`The load of ${hash} was overtaken: a refresh has begun a newer one.`);
    this.hash = hash;
  }
}

/** A loader that, before its first await, reads the key that it is loading: it would wait for itself. */
export class ReentrantLoadError extends CacheError {
  override readonly name = 'ReentrantLoadError';
  readonly hash: string;
  constructor(hash: string) {
    super(`The loader of ${hash} reads that same key. Read the source instead, or another key.`);
    this.hash = hash;
  }
}

/** A store that failed to answer: slow, full, corrupt, blocked or gone. Callers see it as an event, never as a rejection. */
export class StoreError extends CacheError {
  override readonly name = 'StoreError';
  readonly store: string;
  readonly operation: string;
  constructor(store: string, operation: string, problem: string, cause?: unknown) {
    super(`Store ${store} failed at ${operation}: ${problem}`, { cause });
    this.store = store;
    this.operation = operation;
  }
}

/** A value that a store cannot keep, such as a function. The caller still gets the value; an event reports it. */
export class UnstorableError extends CacheError {
  override readonly name = 'UnstorableError';
  readonly hash: string;
  constructor(store: string, hash: string, cause: unknown) {
    super(`Store ${store} cannot keep the value of ${hash}: ${messageOf(cause)}`, { cause });
    this.hash = hash;
  }
}

/** A write that could not be queued or saved by a write-behind repository. */
export class WriteBehindError extends CacheError {
  override readonly name = 'WriteBehindError';
  readonly hash: string;
  constructor(hash: string, attempts: number, cause: unknown) {
    super(`The queued write of ${hash} failed ${attempts} times and was given up: ${messageOf(cause)}`, { cause });
    this.hash = hash;
  }
}

/** Whether an error is one of this library's, also across realms and bundled copies. */
export function isCacheError(error: unknown): error is CacheError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/** A word that is none would do nothing, in silence. What it was given is not told: it may be a secret. @throws {OptionError} */
export function checkWords(of: string, given: object, words: readonly string[]): void {
  const unknown = Object.keys(given).find((word) => !words.includes(word));
  if (unknown !== undefined) throw new OptionError(of + unknown, Object.keys(given), `some of ${words.join(', ')}`);
}

/** @throws {OptionError} if an option that bounds something is no bound */
export function checkLimit(option: string, value: number): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw new OptionError(option, value, 'a number of 0 or more, or Infinity');
}

/** @throws {OptionError} if an option that has to be a function is none */
export function checkFunction(option: string, value: unknown, expected = 'a function'): void {
  if (typeof value !== 'function') throw new OptionError(option, value, expected);
}

/** What an error says, whatever was thrown: an object without a prototype cannot even be made a string. */
export function messageOf(cause: unknown): string {
  try {
    return String(cause instanceof Error ? cause.message : cause);
  } catch {
    return 'an error that cannot be shown';
  }
}

function show(value: unknown): string {
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'number') return `${value}`; // in JSON, NaN is null
  if (typeof value === 'bigint') return `${value}n`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return messageOf(value);
  }
}
