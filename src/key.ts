import { KeyError } from './errors.js';

/** One part of an array key: JSON-like data. Object property order does not matter; `1` and `'1'` differ. */
export type KeyPart = string | number | bigint | boolean | null | undefined | object;

/** What names an entry: a non-empty string, or a non-empty array of JSON-like parts such as `['user', 42]`. */
export type Key = string | readonly KeyPart[];

const MAX_KEY_LENGTH = 8_192;

/**
 * The one spelling of a key: equal keys have equal hashes, different keys different ones.
 *
 * A string key is its own hash, so that the hot path allocates nothing; strings that could be mistaken
 * for an array's spelling are marked with a leading quote.
 *
 * @throws {KeyError} naming the part that cannot be in a key (function, symbol, NaN, cycle, class instance …).
 */
export function hashKey(key: Key): string {
  if (typeof key === 'string') {
    if (key.length > 0) return checkLength(isOwnHash(key) ? key : `"${key}`);
    throw new KeyError('key', 'is an empty string', 'a non-empty string or array');
  }
  if (!Array.isArray(key)) throw new KeyError('key', `is ${nameOf(key)}`, 'a string or an array');
  if (key.length === 0) throw new KeyError('key', 'is an empty array', 'at least one part');
  trail.length = 0;
  return checkLength(spellArray(key));
}

/** Whether a string, as a key, has itself for a hash: no array's spelling, and no marked string's, is such a string. */
export function isOwnHash(text: string): boolean {
  const first = text.charCodeAt(0);
  return first !== OPENING_BRACKET && first !== QUOTE;
}

/**
 * The hashes of the proper prefixes of an array key: `['user', 42, 'posts']` has those of `['user']` and
 * `['user', 42]`. They become implicit tags, which makes invalidating a prefix one write.
 */
export function prefixHashes(key: Key): string[] {
  const prefixes: string[] = [];
  if (typeof key === 'string') return prefixes;
  let spelling = '[';
  for (let i = 0; i < key.length - 1; i++) {
    spelling += (i === 0 ? '' : ',') + spell(key[i]);
    prefixes.push(`${spelling}]`);
  }
  return prefixes;
}

const OPENING_BRACKET = 91;
const QUOTE = 34;
const DEEPEST = 64;

/** Where the part is that is being spelled: made into a path only for an error. */
const trail: (string | number)[] = [];

/** Each kind of part starts with a different character, and strings are quoted: that makes the spelling injective. */
function spell(part: unknown): string {
  switch (typeof part) {
    case 'string':
      return JSON.stringify(part);
    case 'number':
      if (!Number.isFinite(part)) return fail(`is ${part}`, 'a finite number');
      return String(part); // -0 and 0 are the same key, as they are the same to ===
    case 'bigint':
      return `${part}n`;
    case 'boolean':
    case 'undefined':
      return String(part);
    case 'object':
      if (part === null) return 'null';
      if (trail.length > DEEPEST) return fail('contains itself, or as good as', `at most ${DEEPEST} levels`);
      if (Array.isArray(part)) return spellArray(part);
      if (part instanceof Date) return spellDate(part);
      return spellObject(part);
    default:
      return fail(`is ${nameOf(part)}`, 'a string, number, bigint, boolean, null, Date, array or plain object');
  }
}

function spellArray(parts: readonly unknown[]): string {
  let spelling = '[';
  for (let i = 0; i < parts.length; i++) {
    if (i > 0) spelling += ',';
    spelling += spellAt(i, parts[i]);
  }
  return `${spelling}]`;
}

function spellAt(place: string | number, part: unknown): string {
  trail.push(place);
  const spelling = spell(part);
  trail.pop();
  return spelling;
}

function spellDate(date: Date): string {
  if (Number.isNaN(date.getTime())) return fail('is an invalid Date', 'a valid Date');
  return `@${date.toISOString()}`;
}

function spellObject(part: object): string {
  const prototype: unknown = Object.getPrototypeOf(part);
  // A plain object of another realm (an iframe) has a prototype of its own, whose prototype is null.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return fail(`is ${nameOf(part)}`, 'a plain object; write the fields that identify it');
  }
  let spelling = '{';
  for (const name of Object.keys(part).sort()) {
    const value: unknown = Reflect.get(part, name);
    if (value === undefined) continue; // { page: undefined } and {} are the same query
    if (spelling.length > 1) spelling += ',';
    spelling += `${JSON.stringify(name)}:${spellAt(name, value)}`;
  }
  return `${spelling}}`;
}

function fail(problem: string, expected: string): never {
  const path = trail.map((place) => (typeof place === 'number' ? `[${place}]` : `.${place}`)).join('');
  throw new KeyError(`key${path}`, problem, expected);
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`;
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'an unknown class'}`;
  return `a ${typeof value}`;
}

function checkLength(hash: string): string {
  if (hash.length <= MAX_KEY_LENGTH) return hash;
  const expected = `at most ${MAX_KEY_LENGTH}; hash long inputs yourself`;
  throw new KeyError('key', `is ${hash.length} characters long`, expected);
}
