/**
 * About how many bytes the structured clone of a value takes. NaN if the clone would not be deep-equal to it:
 * functions and symbols can't be cloned, and an instance of a class comes back as what the browser has made it of.
 */
export function weigh(value: unknown): number {
  let bytes = 0;
  const objects = new Set<object>(); // grows while it is gone through, so that depth and cycles cost no stack
  const add = (part: unknown): void => {
    bytes += typeof part === 'string' ? 8 + 2 * part.length : 8;
    if (typeof part === 'function' || typeof part === 'symbol') bytes = Number.NaN;
    if (typeof part === 'object' && part !== null) objects.add(part);
  };
  try {
    add(value);
    for (const object of objects) {
      if (!isKept(object)) return Number.NaN;
      if (Array.isArray(object) || object instanceof Map || object instanceof Set) {
        for (const part of object) add(part); // a Map's parts are pairs
      } else if (!isObject(object)) {
        const { byteLength = 0, size = 0 } = object as { byteLength?: number; size?: number }; // binary data, files
        bytes += byteLength + size;
      } else {
        for (const name of Object.keys(object)) {
          add(name);
          add(Reflect.get(object, name));
        }
      }
    }
    return bytes;
  } catch {
    return Number.NaN; // a getter that throws would make the clone throw too
  }
}

/** Whether the clone has the same prototype and the same names. */
function isKept(object: object): boolean {
  if (Object.getOwnPropertySymbols(object).length > 0) return false;
  const prototype = Object.getPrototypeOf(object) as object | null;
  // A plain object of another realm (an iframe) has a prototype of its own, whose prototype is null.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true;
  // What a class of the application makes, a clone is no instance of.
  if (!String(prototype.constructor).includes('[native code]')) return false;
  if (Array.isArray(object) || ArrayBuffer.isView(object)) return true;
  return !isObject(object) && Object.keys(object).length === 0;
}

/** By the tag, which a class may choose for its instances. */
function isObject(object: object): boolean {
  return Object.prototype.toString.call(object) === '[object Object]';
}
