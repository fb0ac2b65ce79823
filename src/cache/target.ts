import { EVERYTHING, type Invalidation } from '../contracts/invalidation.js';
import { checkWords, OptionError } from '../errors.js';
import { hashKey, type Key, type KeyPart, prefixHashes } from '../key.js';

/** What to invalidate: any of these, or several at once. */
export interface Target {
  /** One key. */
  readonly key?: Key;
  readonly keys?: readonly Key[];
  /** Every entry that carries one of these tags. */
  readonly tags?: readonly string[];
  /** Every entry whose array key begins with these parts, the key of exactly these parts included. */
  readonly prefix?: readonly KeyPart[];
  /** Everything in this cache's scope. */
  readonly all?: true;
}

const JUST_EVERYTHING: readonly string[] = [EVERYTHING];
const MAX_TAG_LENGTH = 1_024;
const MAX_TAGS = 128;
const WORDS: readonly string[] = ['key', 'keys', 'tags', 'prefix', 'all'];

/** Whether the key of this hash begins with these parts, or is of exactly these. */
export function belongsTo(hash: string, prefix: readonly KeyPart[] = []): boolean {
  const begin = prefix.length === 0 ? '' : hashKey(prefix).slice(0, -1);
  return begin === '' || (hash.startsWith(begin) && /^[,\]]/.test(hash.slice(begin.length)));
}

/** A user's tags as stores and buses spell them. @throws {OptionError} if one is not a non-empty string */
export function encodeTags(tags: readonly string[]): readonly string[] {
  if (!Array.isArray(tags)) throw new OptionError('tags', tags, `an array of strings, such as ['users']`);
  if (tags.length > MAX_TAGS) throw new OptionError('tags', `${tags.length} tags`, `at most ${MAX_TAGS}`);
  return tags.map((tag: unknown) => {
    if (typeof tag !== 'string' || tag.length === 0 || tag.length > MAX_TAG_LENGTH) {
      throw new OptionError('tags', tag, `strings of 1 to ${MAX_TAG_LENGTH} characters`);
    }
    return `t:${tag}`;
  });
}

/** All tags of an entry: the user's, one for each prefix of an array key, and that of everything. */
export function tagsOf(key: Key, tags: readonly string[] | undefined): readonly string[] {
  if (tags === undefined && typeof key === 'string') return JUST_EVERYTHING;
  return [EVERYTHING, ...prefixHashes(key).map((hash) => `p:${hash}`), ...encodeTags(tags ?? [])];
}

/**
 * @throws {OptionError} if the target names nothing, or has a word that is none
 * @throws {KeyError} if its key or prefix is a bad one
 */
export function invalidationOf(target: Target, soft: boolean): Invalidation {
  if (typeof target !== 'object' || target === null || Array.isArray(target)) {
    throw new OptionError(
      'target',
      target,
      'what becomes untrue (`invalidates` of a write): { key }, { keys }, { tags }, { prefix } or { all: true }',
    );
  }
  checkWords('target.', target, WORDS);
  check('keys', target.keys, Array.isArray, `an array of keys, such as [['user', 1], ['user', 2]]`);
  check('prefix', target.prefix, Array.isArray, `the first parts of array keys, such as ['user']`);
  check('all', target.all, (all) => typeof all === 'boolean', 'true');
  const keys = [...(target.key === undefined ? [] : [target.key]), ...(target.keys ?? [])];
  const hashes = keys.map(hashKey);
  const tags = [...encodeTags(target.tags ?? [])];
  if (target.prefix !== undefined) {
    const prefix = hashKey(target.prefix);
    hashes.push(prefix);
    tags.push(`p:${prefix}`);
  }
  if (target.all === true) tags.push(EVERYTHING);
  if (hashes.length + tags.length === 0) {
    const isEmptyList = target.keys?.length === 0 || target.tags?.length === 0;
    if (!isEmptyList)
      throw new OptionError('target', target, 'one of { key }, { keys }, { tags }, { prefix } or { all: true }');
  }
  return { hashes, tags, soft };
}

/** A text has members too: what is taken for an array would name what nobody meant. */
function check(word: keyof Target, value: unknown, isGood: (value: unknown) => boolean, expected: string): void {
  if (value !== undefined && !isGood(value)) throw new OptionError(`target.${word}`, value, expected);
}
