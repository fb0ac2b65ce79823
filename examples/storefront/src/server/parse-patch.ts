import type { ProductPatch } from '../data/shop.js';

/** The change that a request asks for, or what is wrong with it. */
export function parsePatch(body: string): ProductPatch | string {
  let asked: unknown;
  try {
    asked = JSON.parse(body);
  } catch {
    return 'This is not JSON.';
  }
  if (typeof asked !== 'object' || asked === null) return 'A change is an object.';
  const { name, cents, stock }: { name?: unknown; cents?: unknown; stock?: unknown } = asked;
  if (name !== undefined && (typeof name !== 'string' || name.trim() === '' || name.length > 60)) {
    return 'A name has 1 to 60 characters.';
  }
  if (cents !== undefined && !isCount(cents)) return 'A price is a whole number of cents, at most 1,000,000.';
  if (stock !== undefined && !isCount(stock)) return 'Stock is a whole number, at most 1,000,000.';
  return {
    ...(name !== undefined && { name: name.trim() }),
    ...(cents !== undefined && { cents }),
    ...(stock !== undefined && { stock }),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1_000_000;
}
