const SAMPLE = 64;
const DEEPEST = 6;
const UNKNOWN = 1_024;

/**
 * About how many bytes a value takes in memory. Long arrays, maps and objects are judged by their first 64
 * members, so that weighing a large value stays cheap; cycles end at a depth of 6.
 */
export function sizeOf(value: unknown): number {
  try {
    return Math.ceil(weigh(value, 0)); // whole numbers, so that a sum of them is exact
  } catch {
    return UNKNOWN; // a getter of the value threw: its reader gets the value all the same
  }
}

function weigh(value: unknown, depth: number): number {
  switch (typeof value) {
    case 'string':
      return 16 + value.length * 2;
    case 'object':
      return value === null ? 8 : sizeOfObject(value, depth + 1);
    case 'bigint':
      return 24;
    default:
      return 8;
  }
}

function sizeOfObject(value: object, depth: number): number {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 64 + value.byteLength;
  if (depth > DEEPEST) return 64;
  if (Array.isArray(value)) return sizeOfMany(value, value.length, depth);
  if (value instanceof Map || value instanceof Set) return sizeOfMany(value.entries(), value.size * 2, depth);
  let bytes = 24;
  let names = 0;
  for (const name in value) {
    if (names++ < SAMPLE) bytes += 8 + weigh(value[name as keyof typeof value], depth);
  }
  return names > SAMPLE ? (bytes / SAMPLE) * names : bytes;
}

function sizeOfMany(members: Iterable<unknown>, length: number, depth: number): number {
  let bytes = 0;
  let seen = 0;
  for (const member of members) {
    bytes += 8 + weigh(member, depth);
    if (++seen === SAMPLE) break;
  }
  return 32 + (seen === 0 ? 0 : (bytes / seen) * length);
}
