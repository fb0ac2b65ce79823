import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { indexedDbStore } from '../../src/browser/index.js';
import { type SharedMemoryPlace, sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import type { Place } from './truth.js';

/** With a name for the report. */
const named = (name: string, open: Place): Place => Object.assign(open, { [fc.toStringMethod]: () => name });

export const memoryAlone = named('memory alone', () => undefined);

export const sharedMemory = named('shared memory', () => {
  let place: SharedMemoryPlace | undefined;
  return (clock) => {
    place ??= sharedMemoryPlace({ clock });
    return place.store();
  };
});

let databases = 0;

export const indexedDb = named('IndexedDB', () => {
  const name = `model-${++databases}`;
  // Deadlines are the model's business: whoever waits for the disk waits for the scheduler.
  return (clock) => indexedDbStore({ name, clock });
});
