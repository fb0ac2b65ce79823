import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codec, escapeForScript } from '../../src/codec/codec.js';

const back = (value: unknown) => codec.deserialize(codec.serialize(value));

const anything = fc.anything({
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});

/** Whether it could be written; if so, whether it is the same again. */
function survives(value: unknown): boolean {
  let text: string;
  try {
    text = codec.serialize(value);
  } catch {
    return false;
  }
  expect(codec.deserialize(text)).toStrictEqual(value);
  return true;
}

describe('what is read back', () => {
  it('is the same for every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(survives(value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same, or the value is refused, whatever it is', () => {
    let survived = 0;
    fc.assert(
      fc.property(anything, (value) => {
        if (survives(value)) survived++;
      }),
      { numRuns: 2_000 },
    );
    expect(survived).toBeGreaterThan(1_000);
  });

  const sparse: unknown[] = [];
  sparse[1_000_000] = 'far';
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['NaN', Number.NaN],
    ['-0', -0],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a BigInt', -(2n ** 80n)],
    ['a Date', new Date(1)],
    ['an invalid Date', new Date(Number.NaN)],
    [
      'a Map with all sorts of keys',
      new Map<unknown, unknown>([
        [{ a: 1 }, new Set([new Date(0)])],
        [Number.NaN, -0],
        ['__proto__', 1],
      ]),
    ],
    ['an object without prototype', Object.assign(Object.create(null), { a: undefined })],
    ['a sparse array', sparse],
    ['an array with holes', Object.assign(new Array(4), { 1: 1, 3: undefined })],
    ['bytes', new Uint8Array([0, 255])],
    ['numbers in bytes', new Float64Array([Number.NaN, -0, 1e300])],
    ['big numbers in bytes', new BigInt64Array([-1n, 2n ** 62n])],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['a Buffer', Buffer.from('ümläut')],
    ['a RegExp', /<\/script>/giu],
    ['a URL', new URL('https://example.org/?q=<b>')],
    ['a property toJSON', { toJSON: 'x' }],
    ['a property named constructor', { constructor: 1, prototype: 2, hasOwnProperty: 3 }],
    ['a property named __proto__', JSON.parse('{"__proto__":{"polluted":true}}')],
    ['lone surrogates', ['\ud800', '\udc00\ud800', { '\udfff': '\ud83c' }]],
    ['separators', { '\u2028': '\u2029', '\0': '\u007f\ufeff' }],
    ['text that looks like ours', ['d[1]', 'j1', '\\u003c', '["Date","x"]', -1, [-2], [['Map', 0]]]],
  ])('is the same for %s', (_, value) => {
    expect(survives(value)).toBe(true);
  });

  it('keeps cycles and what is shared', () => {
    const value: Record<string, unknown> = { list: [1, undefined], map: new Map() };
    value['self'] = value;
    (value['map'] as Map<unknown, unknown>).set('up', value);
    const read = back(value) as typeof value;
    expect(read['self']).toBe(read);
    expect((read['map'] as Map<unknown, unknown>).get('up')).toBe(read);
    const one = {};
    const [a, b] = back([one, one]) as unknown[];
    expect(a).toBe(b);
  });

  it('comes in no time although what is shared would unfold to 2^60 parts', () => {
    let value: unknown = ['end'];
    for (let i = 0; i < 60; i++) value = [value, value];
    let read = back(value);
    for (let i = 0; i < 60; i++) read = (read as unknown[])[i % 2];
    expect(read).toEqual(['end']);
  });

  it('is what it was in a page or a test that has a realm of its own', () => {
    const foreign = runInNewContext('({ at: new Date(5), list: [undefined, new Map([[1, new Uint8Array([7])]])] })');
    expect(back(foreign)).toEqual({ at: new Date(5), list: [undefined, new Map([[1, new Uint8Array([7])]])] });
  });

  it('brings of a view only its own bytes, not the buffer around it', () => {
    const secret = Buffer.from('secret-of-another-request');
    const around = new Uint8Array(64);
    around.set(secret, 8);
    around.fill(1, 40, 44);
    for (const view of [
      around.subarray(40, 44),
      new DataView(around.buffer, 40, 4),
      Buffer.from(around.buffer, 40, 4),
      new Uint16Array(around.buffer, 40, 2),
    ]) {
      const text = codec.serialize({ view });
      expect(text.length).toBeLessThan(100);
      const { view: read } = codec.deserialize(text) as { view: ArrayBufferView };
      expect(read).toStrictEqual(
        view.constructor === DataView ? new DataView(new Uint8Array([1, 1, 1, 1]).buffer) : view,
      );
    }
  });
});

describe('what is refused', () => {
  class Money {
    amount = 1;
  }
  class Names extends Map<string, string> {}
  class List extends Array<number> {}
  class Day extends Date {}
  it.each<[string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a method', { run() {} }],
    ['an instance of a class', new Money()],
    ['an instance of a class that extends Map', new Names([['a', 'b']])],
    ['an instance of a class that extends Array', List.from([1, 2])],
    ['an instance of a class that extends Date', new Day(0)],
    ['an error', new Error('e')],
    ['a promise', Promise.resolve(1)],
    ['a WeakMap', new WeakMap()],
    ['a generator', (function* () {})()],
    ['a property named by a symbol', { [Symbol('s')]: 1 }],
    ['an array with a property named by a symbol', Object.assign([1], { [Symbol('s')]: 1 })],
    ['an array with a property', Object.assign([1, 2], { total: 2 })],
    ['a Map with a property', Object.assign(new Map(), { total: 2 })],
    ['a Date with a property', Object.assign(new Date(0), { zone: 'UTC' })],
    ['__proto__ among what JSON does not know', Object.assign(JSON.parse('{"__proto__":1}'), { u: undefined })],
  ])('%s, wherever it is', (_, value) => {
    for (const whole of [value, [value], { deep: { er: value } }, new Map([[1, value]]), new Set([value])]) {
      expect(() => codec.serialize(whole)).toThrow();
    }
  });

  it('is what is too deep, with an error that can be caught', () => {
    let value: unknown;
    for (let i = 0; i < 200_000; i++) value = [value];
    expect(() => codec.serialize(value)).toThrow(RangeError);
  });
});

describe('text that nobody of ours wrote', () => {
  it('throws or answers, and pollutes nothing', () => {
    const piece = fc.constantFrom(
      ...[
        '[',
        ']',
        '{',
        '}',
        ',',
        ':',
        '"__proto__"',
        '"constructor"',
        '"polluted"',
        '0',
        '1',
        '2',
        '-1',
        '-7',
        '"Map"',
      ],
      ...[
        '"Set"',
        '"Date"',
        '"null"',
        '"Object"',
        '"BigInt"',
        '"ArrayBuffer"',
        '"Uint8Array"',
        '"Buffer"',
        '"view"',
        'null',
      ],
    );
    const hostile = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom('j', 'd', ''), fc.array(piece, { maxLength: 30 }))
        .map(([kind, all]) => kind + all.join('')),
      fc.jsonValue().map((value) => `d${JSON.stringify(value)}`),
      fc.jsonValue().map((value) => `d${JSON.stringify([['Buffer', 1], value])}`),
    );
    const names = Object.getOwnPropertyNames(Object.prototype).length;
    fc.assert(
      fc.property(hostile, (text) => {
        try {
          codec.deserialize(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(names);
        expect('polluted' in {}).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });

  const isStorable = (value: unknown): boolean => {
    try {
      return codec.serialize(value) !== '';
    } catch {
      return false;
    }
  };

  it('throws if it was cut off', () => {
    const value = fc.oneof(
      fc.array(fc.oneof(fc.jsonValue(), fc.date(), fc.constantFrom(undefined, new Map([[1, new Set(['x'])]]), 10n))),
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.string(),
    );
    fc.assert(
      fc.property(value, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (whole, part) => {
        fc.pre(isStorable(whole)); // `__proto__` beside what JSON does not know is not
        const text = codec.serialize(whole);
        expect(() => codec.deserialize(text.slice(0, Math.floor(text.length * part)))).toThrow();
      }),
      { numRuns: 1_000 },
    );
  });

  it('throws if it is deeper than the stack', () => {
    const deep = Array.from({ length: 300_000 }, (_, i) => [i + 1]);
    expect(() => codec.deserialize(`d${JSON.stringify(deep)}`)).toThrow(RangeError);
  });
});

describe('escapeForScript', () => {
  const markup = fc
    .array(fc.constantFrom('<', '</', '<!--', '-->', 'script', '>', '\\', '"', '\u2028', '\ud800', '\\u003c', 'x'))
    .map((parts) => parts.join(''));

  it('leaves nothing that ends or opens a script, and changes no value', () => {
    const value = fc.oneof(
      markup,
      fc.dictionary(markup, markup),
      fc.array(fc.oneof(markup, fc.constant(undefined))),
      anything,
    );
    fc.assert(
      fc.property(value, (one) => {
        let text: string;
        try {
          text = codec.serialize(one);
        } catch {
          return; // refused
        }
        const escaped = escapeForScript(text);
        expect(escaped).not.toContain('<');
        expect(codec.deserialize(escaped)).toStrictEqual(codec.deserialize(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
