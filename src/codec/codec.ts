import { parse, stringify } from 'devalue';
import type { Serializer } from '../contracts/serializer.js';

/**
 * Values as text: JSON where JSON gives back the same value, else devalue's format, which also knows Date, Map,
 * Set, BigInt, undefined, NaN, typed arrays, cycles. The first character tells which. Neither is ever evaluated.
 *
 * What would come back as something else is refused: functions, symbols, instances of classes (those of classes that
 * extend Map, Array and the like too), and arrays, Maps or Dates that carry properties of their own.
 */
export const codec: Serializer = {
  serialize: (value) =>
    survivesJson(value, new Set()) ? `j${JSON.stringify(value)}` : `d${stringify(value, REDUCERS)}`,
  deserialize,
};

/** On its own, because pages read such text and don't write it. */
export function deserialize(text: string): unknown {
  const body = text.slice(1);
  if (text[0] === 'j') return JSON.parse(body);
  if (text[0] === 'd') return parse(body, REVIVERS);
  throw new SyntaxError(`Not a serialized value: it begins with ${JSON.stringify(text.slice(0, 8))}`);
}

/** Makes serialized text safe inside `<script type="application/json">`, where `</script>` and `<!--` would end it. */
export function escapeForScript(text: string): string {
  return text.replace(/</g, '\\u003c');
}

/** `seen` keeps cycles from ending never, and what is shared many times over from taking as long. */
function survivesJson(value: unknown, seen: Set<object>): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      if (value === null) return true;
      if (seen.has(value) || 'toJSON' in value || Object.getOwnPropertySymbols(value).length > 0) return false;
      seen.add(value);
      return Array.isArray(value) ? survivesAsArray(value, seen) : survivesAsObject(value, seen);
    default:
      return false;
  }
}

function survivesAsArray(value: readonly unknown[], seen: Set<object>): boolean {
  if (Object.getPrototypeOf(value) !== Array.prototype) return false;
  for (let i = 0; i < value.length; i++) {
    if (!survivesJson(value[i], seen)) return false; // a hole reads as undefined, which does not survive
  }
  return Object.keys(value).length === value.length;
}

function survivesAsObject(value: object, seen: Set<object>): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every((member) => survivesJson(member, seen));
}

/** devalue asks these about every part of a value; the first that answers says how it is written. */
const REDUCERS = {
  /** Answers nothing, but refuses what would come back as something else. */
  refuse(part: unknown): undefined {
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return undefined;
    const names = Object.keys(part);
    const depth = depthOf(part);
    if (Array.isArray(part) ? depth > 2 || !isIndex(names.at(-1)) : depth > 1 && (depth > 2 || names.length > 0)) {
      throw new TypeError(`Cannot serialize an instance of ${part.constructor?.name} without changing it`);
    }
    if (Object.getOwnPropertySymbols(part).length > 0)
      throw new TypeError('Cannot serialize properties named by symbols');
    return undefined;
  },
  Buffer: (part: unknown) => (isBuffer(part) ? new Uint8Array(part) : undefined),
  /** Else the whole buffer would be written: with Node's pooled Buffers that is what others have put beside it. */
  view(part: unknown): ArrayBufferView | undefined {
    if (!ArrayBuffer.isView(part) || part.byteLength === part.buffer.byteLength) return undefined;
    const { byteOffset, byteLength } = part;
    const own = part.buffer.slice(byteOffset, byteOffset + byteLength);
    return Reflect.construct(part.constructor, [own]) as ArrayBufferView;
  },
};

const REVIVERS = {
  Buffer: (bytes: unknown) => {
    if (!(bytes instanceof Uint8Array)) throw new SyntaxError('Not a Buffer');
    return typeof Buffer === 'undefined' ? bytes : Buffer.from(bytes.buffer); // browsers have none
  },
  view: (part: unknown) => part,
};

function isBuffer(part: unknown): part is Uint8Array {
  return typeof Buffer !== 'undefined' && Buffer.isBuffer(part);
}

/** The length of the chain of prototypes: 1 for plain objects, 2 for arrays, Maps, Dates …, of whichever realm. */
function depthOf(part: object): number {
  let depth = 0;
  for (let one: unknown = Object.getPrototypeOf(part); one !== null; one = Object.getPrototypeOf(one)) depth++;
  return depth;
}

/** Names of properties are listed behind the indices. */
function isIndex(name: string | undefined): boolean {
  return name === undefined || /^\d+$/.test(name);
}
