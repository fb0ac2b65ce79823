import type { Bus } from '../contracts/bus.js';
import { messageOf, StoreError } from '../errors.js';
import type { Events } from '../events/events.js';

/** A bus that never throws: an invalidation that the others do not hear of has happened all the same, here and in the store. */
export function createSafeBus(bus: Bus, events: Events): Bus {
  let degraded = false;
  const note = (error: StoreError | undefined): void => {
    if (error !== undefined && !degraded) events.emit({ type: 'degraded', tier: 'bus', error });
    if (error === undefined && degraded) events.emit({ type: 'recovered', tier: 'bus' });
    degraded = error !== undefined;
  };
  const published = () => note(undefined);
  const failed = (error: unknown) => note(new StoreError('bus', 'publish', messageOf(error), error));
  return {
    publish(invalidation) {
      try {
        const told: unknown = bus.publish(invalidation); // an async function passes for one that answers nothing
        if (told instanceof Promise) told.then(published, failed);
        else published();
      } catch (error) {
        failed(error);
      }
    },
    async confirm(ms) {
      try {
        return (await bus.confirm?.(ms)) === true;
      } catch {
        return false;
      }
    },
    subscribe(listener) {
      const end = bus.subscribe(listener);
      return () => {
        try {
          end();
        } catch {
          // It is closed next.
        }
      };
    },
    async close() {
      try {
        await bus.close();
      } catch {
        // There is nothing more to do with it.
      }
    },
  };
}
