import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import type { Place } from './truth.js';

export const memoryAlone: Place = () => undefined;

export const sharedMemory: Place = () => {
  const place = sharedMemoryPlace();
  return () => place.store();
};
