/** Deep equality of data: plain objects, arrays, Date, Map, Set, typed arrays. Cycles count as unequal past a depth of 64. */
export function isEqual(a: unknown, b: unknown, depth = 0): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || depth > 64) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof Map) return sameMembers([...a].flat(), [...(b as Map<unknown, unknown>)].flat(), depth);
  if (a instanceof Set) return sameMembers([...a], [...(b as Set<unknown>)], depth);
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every(
    (name) => Object.hasOwn(b, name) && isEqual(Reflect.get(a, name), Reflect.get(b, name), depth + 1),
  );
}

function sameMembers(a: readonly unknown[], b: readonly unknown[], depth: number): boolean {
  return a.length === b.length && a.every((member, i) => isEqual(member, b[i], depth + 1));
}
