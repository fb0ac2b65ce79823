import { parse, stringify } from 'devalue';
import type { Serializer } from '../contracts/serializer.js';

/**
 * Values as text: JSON where JSON gives back the same value, else devalue's format, which also knows Date, Map,
 * Set, BigInt, undefined, NaN, typed arrays, cycles. The first character tells which. Neither is ever evaluated.
 */
export const codec: Serializer = {
  serialize: (value) => (survivesJson(value, 0) ? `j${JSON.stringify(value)}` : `d${stringify(value)}`),
  deserialize,
};

/** On its own, because pages read such text and don't write it. */
export function deserialize(text: string): unknown {
  const body = text.slice(1);
  if (text[0] === 'j') return JSON.parse(body);
  if (text[0] === 'd') return parse(body);
  throw new SyntaxError(`Not a serialized value: it begins with ${JSON.stringify(text.slice(0, 8))}`);
}

/** Makes serialized text safe inside `<script type="application/json">`, where `</script>` and `<!--` would end it. */
export function escapeForScript(text: string): string {
  return text.replace(/</g, '\\u003c');
}

/** Deeper than this, a value is cyclic or as good as. */
const DEEPEST = 64;

function survivesJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      if (value === null) return true;
      if (depth === DEEPEST) return false;
      return Array.isArray(value) ? survivesAsArray(value, depth) : survivesAsObject(value, depth);
    default:
      return false;
  }
}

function survivesAsArray(value: readonly unknown[], depth: number): boolean {
  for (let i = 0; i < value.length; i++) {
    if (!survivesJson(value[i], depth + 1)) return false; // a hole reads as undefined, which does not survive
  }
  return Object.keys(value).length === value.length;
}

function survivesAsObject(value: object, depth: number): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype || 'toJSON' in value) return false;
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  return Object.values(value).every((member) => survivesJson(member, depth + 1));
}
