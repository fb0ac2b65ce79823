/** The control: a Map, single flight, and a promise made on the spot. No ttl, no bound, no invalidation that holds. */
export default {
  name: 'Map, Promise.resolve',
  packages: [],
  open(load) {
    const values = new Map();
    const inFlight = new Map();
    const start = (key) => {
      const flight = load(key).then(
        (value) => {
          inFlight.delete(key);
          values.set(key, value);
          return value;
        },
        (error) => {
          inFlight.delete(key);
          throw error;
        },
      );
      inFlight.set(key, flight);
      return flight;
    };
    return {
      get(key) {
        const value = values.get(key);
        return value === undefined ? (inFlight.get(key) ?? start(key)) : Promise.resolve(value);
      },
      peek: (key) => values.get(key),
    };
  },
  openTagged(load) {
    const values = new Map();
    return {
      how: 'scan',
      get(key) {
        const value = values.get(key);
        if (value !== undefined) return Promise.resolve(value);
        return load(key).then((loaded) => {
          values.set(key, loaded);
          return loaded;
        });
      },
      invalidate(tag) {
        for (const key of values.keys()) if (key.startsWith(tag)) values.delete(key);
      },
    };
  },
  openArrayKeys(load) {
    const values = new Map();
    return {
      get(id) {
        const key = `user:${id}`;
        const value = values.get(key);
        if (value !== undefined) return Promise.resolve(value);
        return load(id).then((loaded) => {
          values.set(key, loaded);
          return loaded;
        });
      },
    };
  },
};
