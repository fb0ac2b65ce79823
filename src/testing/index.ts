export { type BusesOfAPlace, busContract, type MakeBuses } from './bus-contract.js';
export {
  type Chaos,
  type ChaosOptions,
  chaosStore,
  type StoreCall,
  type StoreFault,
  type StoreOperation,
} from './chaos-store.js';
export type { ContractRunner } from './contract-runner.js';
export { type FakeClock, fakeClock } from './fake-clock.js';
export {
  badCarrier,
  type CarrierOptions,
  type Letter,
  type MemoryBusOptions,
  type MemoryBusPlace,
  memoryBusPlace,
} from './memory-bus.js';
export type { StorePowers } from './powers-contract.js';
export { type SharedMemoryOptions, type SharedMemoryPlace, sharedMemoryPlace } from './shared-memory-store.js';
export { storeContract } from './store-contract.js';
export type { MakeStores } from './store-steps.js';
export { type TestCache, testCache } from './test-cache.js';
