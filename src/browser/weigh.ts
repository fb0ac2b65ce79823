/**
 * About how many bytes the structured clone of a value takes. NaN if the clone would not be deep-equal to it:
 * functions and symbols can't be cloned, and an instance of a class comes back as a plain object.
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
      if (Array.isArray(object) || object instanceof Map || object instanceof Set) {
        for (const part of object) add(part); // a Map's parts are pairs
      } else if (Object.prototype.toString.call(object) !== '[object Object]') {
        const { byteLength = 0, size = 0 } = object as { byteLength?: number; size?: number }; // binary data, files
        bytes += byteLength + size;
      } else if (isPlain(object)) {
        for (const name of Object.keys(object)) {
          add(name);
          add(Reflect.get(object, name));
        }
      } else {
        return Number.NaN;
      }
    }
    return bytes;
  } catch {
    return Number.NaN; // a getter that throws would make the clone throw too
  }
}

/** A plain object of another realm (an iframe) has a prototype of its own, whose prototype is null. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
