/** The control as an async function: shows what the choice between the two is worth. */
export default {
  name: 'Map, async function',
  packages: [],
  readsOnly: true,
  open(load) {
    const values = new Map();
    const inFlight = new Map();
    const start = async (key) => {
      try {
        const value = await load(key);
        values.set(key, value);
        return value;
      } finally {
        inFlight.delete(key);
      }
    };
    return {
      async get(key) {
        const value = values.get(key);
        if (value !== undefined) return value;
        let flight = inFlight.get(key);
        if (flight === undefined) {
          flight = start(key);
          inFlight.set(key, flight);
        }
        return flight;
      },
    };
  },
};
