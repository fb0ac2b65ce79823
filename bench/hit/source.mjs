/** A source that answers at once with a small object, and counts its loads. */
export function createSource() {
  const source = {
    loads: 0,
    /** @param {string | number} id */
    load: async (id) => {
      source.loads++;
      return { id, name: `Item ${id}`, price: 12.5, tags: 3 };
    },
  };
  return source;
}

/** @param {number} count */
export const stringKeys = (count) => Array.from({ length: count }, (_, i) => flat(`item:${i}`));

/** As a key that arrived from outside is: one flat string, hashed once. @param {string} text */
export const flat = (text) => {
  new Map().set(text, 0);
  return text;
};

/** Evenly spread, so that they are not each other's neighbours. @template T @param {readonly T[]} items @param {number} count */
export const spread = (items, count) => {
  const step = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, i) => i % step === 0).slice(0, count);
};
