/** Whether revision `a` is lower than `b`. Both are decimal digits without leading zeros, so that a store needs no big numbers. */
export function isLower(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}
