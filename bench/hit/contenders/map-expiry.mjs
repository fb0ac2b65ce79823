/** A Map with a ttl as one writes it by hand: shows what reading the clock costs. */
const TTL = 300_000;

export default {
  name: 'Map + expiry + Date.now()',
  packages: [],
  readsOnly: true,
  open(load) {
    const entries = new Map();
    const peek = (key) => {
      const entry = entries.get(key);
      return entry !== undefined && Date.now() < entry.until ? entry.value : undefined;
    };
    return {
      get(key) {
        const value = peek(key);
        if (value !== undefined) return Promise.resolve(value);
        return load(key).then((loaded) => {
          entries.set(key, { value: loaded, until: Date.now() + TTL });
          return loaded;
        });
      },
      peek,
    };
  },
};
