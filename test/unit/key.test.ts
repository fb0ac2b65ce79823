import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCache, hashKey, type Key, KeyError, type KeyPart } from '../../src/index.js';

const part: fc.Arbitrary<KeyPart> = fc.letrec<{ part: KeyPart }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0), // -0 is the same key as 0
    fc.bigInt(),
    fc.constantFrom(null, undefined, true, false),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('part')),
    fc.dictionary(fc.string(), tie('part')),
  ),
})).part;
const key = fc.oneof(fc.string({ minLength: 1 }), fc.array(part, { minLength: 1 }));

/** Equal keys, in words that have nothing to do with hashing: undefined fields do not count, nor does their order. */
const isSame = (a: unknown, b: unknown): boolean => {
  try {
    expect(a).toEqual(b);
    return JSON.stringify(typeof a) === JSON.stringify(typeof b) && Array.isArray(a) === Array.isArray(b);
  } catch {
    return false;
  }
};

describe('the hash of a key', () => {
  it('is another for each key', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(hashKey(a as Key) === hashKey(b as Key)).toBe(isSame(a, b));
      }),
    );
  });

  it.each([
    [
      ['a', 1],
      ['a', '1'],
    ],
    [['a', 'b'], ['a,b']],
    ['["a"]', ['a']],
    ['"x', ['x']],
    [[null], ['null']],
    [[undefined], [null]],
    [[1n], [1]],
    [[[1], 2], [[1, 2]]],
    [[{ a: 1 }], ['{"a":1}']],
    [[new Date(0)], [new Date(0).toISOString()]],
    [
      ['a', {}],
      ['a', []],
    ],
  ] as [Key, Key][])('%o and %o differ', (a, b) => {
    expect(hashKey(a)).not.toBe(hashKey(b));
  });

  it('arrays are the same by what is in them, whatever the order of an object’s properties', async () => {
    const cache = createCache();
    await cache.get(['list', { page: 1, sort: 'name', filter: undefined }], () => 'loaded');
    expect(cache.peek(['list', { sort: 'name', page: 1 }])).toBe('loaded');
  });

  it('is a string key itself, so that a hit allocates nothing', () => {
    expect(hashKey('user:1')).toBe('user:1');
  });
});

describe('a bad key', () => {
  it.each([
    ['', 'key is an empty string'],
    [[], 'key is an empty array'],
    [7, 'key is a number'],
    [undefined, 'key is undefined'],
    [['a', () => {}], 'key[1] is a function'],
    [['a', { b: [1, Symbol('s')] }], 'key[1].b[1] is a symbol'],
    [['a', { b: Number.NaN }], 'key[1].b is NaN'],
    [['a', new Map()], 'key[1] is an instance of Map'],
    [['a', new Date(Number.NaN)], 'key[1] is an invalid Date'],
    ['x'.repeat(8_193), 'is 8193 characters long'],
    [['x'.repeat(8_192)], 'characters long'],
  ] as [never, string][])('says what is wrong and where: %o', (bad, problem) => {
    expect(() => hashKey(bad)).toThrow(KeyError);
    expect(() => hashKey(bad)).toThrow(problem);
  });

  it('may not contain itself', () => {
    const cyclic: KeyPart[] = [];
    cyclic.push([cyclic]);
    expect(() => hashKey(cyclic)).toThrow('contains itself');
  });

  it('says so after another bad one, and after a getter that throws', () => {
    const hostile = {
      get id() {
        throw new Error('hostile');
      },
    };
    expect(() => hashKey(['a', hostile])).toThrow('hostile');
    expect(() => hashKey(['b', { c: Number.NaN }])).toThrow('key[1].c is NaN');
    expect(hashKey(['b', { c: 1 }])).toBe('["b",{"c":1}]');
  });
});
