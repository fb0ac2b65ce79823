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
    if (key.length === 0) throw new KeyError('key', 'is an empty string', 'a non-empty string or array');
    if (key.length > MAX_KEY_LENGTH) throw tooLong(key.length);
    const first = key.charCodeAt(0);
    return first === OPENING_BRACKET || first === QUOTE ? `"${key}` : key;
  }
  if (!Array.isArray(key)) throw new KeyError('key', `is ${nameOf(key)}`, 'a string or an array');
  if (key.length === 0) throw new KeyError('key', 'is an empty array', 'at least one part');
  const hash = spellArray(key, 'key', []);
  if (hash.length > MAX_KEY_LENGTH) throw tooLong(hash.length);
  return hash;
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
    spelling += (i === 0 ? '' : ',') + spell(key[i], `key[${i}]`, []);
    prefixes.push(`${spelling}]`);
  }
  return prefixes;
}

const OPENING_BRACKET = 91;
const QUOTE = 34;

function spellArray(parts: readonly unknown[], path: string, above: readonly object[]): string {
  if (above.includes(parts)) throw new KeyError(path, 'contains itself', 'parts without cycles');
  const inside = [...above, parts];
  let spelling = '[';
  for (let i = 0; i < parts.length; i++) {
    if (i > 0) spelling += ',';
    spelling += spell(parts[i], `${path}[${i}]`, inside);
  }
  return `${spelling}]`;
}

/** Each kind of part starts with a different character, and strings are quoted: that makes the spelling injective. */
function spell(part: unknown, path: string, above: readonly object[]): string {
  switch (typeof part) {
    case 'string':
      return JSON.stringify(part);
    case 'number':
      if (!Number.isFinite(part)) throw new KeyError(path, `is ${part}`, 'a finite number');
      return String(part); // -0 and 0 are the same key, as they are the same to ===
    case 'bigint':
      return `${part}n`;
    case 'boolean':
    case 'undefined':
      return String(part);
    case 'object':
      if (part === null) return 'null';
      if (Array.isArray(part)) return spellArray(part, path, above);
      if (part instanceof Date) return spellDate(part, path);
      return spellObject(part, path, above);
    default:
      throw new KeyError(
        path,
        `is ${nameOf(part)}`,
        'a string, number, bigint, boolean, null, Date, array or plain object',
      );
  }
}

function spellDate(date: Date, path: string): string {
  if (Number.isNaN(date.getTime())) throw new KeyError(path, 'is an invalid Date', 'a valid Date');
  return `@${date.toISOString()}`;
}

function spellObject(part: object, path: string, above: readonly object[]): string {
  const prototype: unknown = Object.getPrototypeOf(part);
  // A plain object of another realm (an iframe) has a prototype of its own, whose prototype is null.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new KeyError(path, `is ${nameOf(part)}`, 'a plain object; write the fields that identify it');
  }
  if (above.includes(part)) throw new KeyError(path, 'contains itself', 'parts without cycles');
  const inside = [...above, part];
  let spelling = '{';
  for (const name of Object.keys(part).sort()) {
    const value: unknown = Reflect.get(part, name);
    if (value === undefined) continue; // { page: undefined } and {} are the same query
    if (spelling.length > 1) spelling += ',';
    spelling += `${JSON.stringify(name)}:${spell(value, `${path}.${name}`, inside)}`;
  }
  return `${spelling}}`;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`;
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'an unknown class'}`;
  return `a ${typeof value}`;
}

function tooLong(length: number): KeyError {
  return new KeyError('key', `is ${length} characters long`, `at most ${MAX_KEY_LENGTH}; hash long inputs yourself`);
}
