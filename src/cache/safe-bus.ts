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
  return {
    publish(invalidation) {
      try {
        bus.publish(invalidation);
        note(undefined);
      } catch (error) {
        note(new StoreError('bus', 'publish', messageOf(error), error));
      }
    },
    async confirm(ms) {
      try {
        return (await bus.confirm?.(ms)) === true;
      } catch {
        return false;
      }
    },
    subscribe: (listener) => bus.subscribe(listener),
    async close() {
      try {
        await bus.close();
      } catch {
        // There is nothing more to do with it.
      }
    },
  };
}
