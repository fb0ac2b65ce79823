/** Makes what is shown next share the parts that it has in common with what is shown now. */
export type Share = (before: unknown, after: unknown) => unknown;

/**
 * `after`, with every part that equals the one of `before` replaced by it: so that what did not change stays the same
 * object. Knows plain objects, arrays and dates; leaves data as it is that holds an object twice, such as a cycle, so
 * that it ends, and takes no longer than there is data; and what is nested too deeply to compare.
 */
export const share: Share = (before, after) => {
  const seen = new Set<unknown>();
  let isTree = true;
  const merge: Share = (old, fresh) => {
    if (Object.is(old, fresh) || !isObject(old) || !isObject(fresh)) return fresh;
    if (seen.has(fresh)) isTree = false;
    if (!isTree) return fresh;
    seen.add(fresh);
    const prototype: unknown = Object.getPrototypeOf(fresh);
    if (prototype !== Object.getPrototypeOf(old)) return fresh;
    if (fresh instanceof Date && old instanceof Date) return +old === +fresh ? old : fresh;
    if (prototype !== Object.prototype && !Array.isArray(fresh)) return fresh;
    const names = Object.keys(fresh);
    if (names.includes('__proto__')) return fresh; // to assign it would change the prototype
    const merged: Record<string, unknown> | unknown[] = Array.isArray(fresh) ? new Array(fresh.length) : {};
    let isSame = names.length === Object.keys(old).length && fresh['length'] === old['length'];
    for (const name of names) {
      const part = merge(old[name], fresh[name]);
      Reflect.set(merged, name, part);
      isSame &&= Object.hasOwn(old, name) && Object.is(part, old[name]);
    }
    return isSame ? old : merged;
  };
  try {
    const shared = merge(before, after);
    if (isTree) return shared;
  } catch {} // it is nested more deeply than the stack is
  return after;
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
