export { type FakeClock, fakeClock } from './fake-clock.js';
export { type SharedMemoryOptions, type SharedMemoryPlace, sharedMemoryPlace } from './shared-memory-store.js';
