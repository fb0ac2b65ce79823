export { type FakeClock, fakeClock } from './fake-clock.js';
export { type SharedMemoryOptions, type SharedMemoryPlace, sharedMemoryPlace } from './shared-memory-store.js';
export { type ContractRunner, type MakeStores, storeContract } from './store-contract.js';
