import 'fake-indexeddb/auto';
import { indexedDbStore } from '../../src/browser/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import type { Place } from './truth.js';

export const memoryAlone: Place = () => undefined;

export const sharedMemory: Place = () => {
  const place = sharedMemoryPlace();
  return () => place.store();
};

let databases = 0;

export const indexedDb: Place = () => {
  const name = `model-${++databases}`;
  // Deadlines are the model's business: whoever waits for the disk waits for the scheduler.
  return (clock) => indexedDbStore({ name, clock });
};
