// test/unit/contracts-page.test.ts
import { busContract, memoryBusPlace, sharedMemoryPlace, storeContract } from 'cache-aside/testing';
import { describe, expect, it } from 'vitest';

storeContract(
  { describe, it, expect },
  'my store',
  async () => {
    const place = sharedMemoryPlace(); // yours: two connections to one new, empty database
    return { stores: [place.store(), place.store()], cleanup: async () => {} };
  },
  { coolDown: true },
);

busContract({ describe, it, expect }, 'my bus', async () => {
  const place = memoryBusPlace(); // yours: two connections to one new channel
  return { buses: [place.bus(), place.bus()], cleanup: async () => {} };
});
