import { describe, expect, it } from 'vitest';
import { broadcastBus } from '../../src/browser/index.js';
import { busContract } from '../../src/testing/bus-contract.js';

// In a browser, since confirmation needs its locks: Node has none to tell who is there.
let channels = 0;
busContract({ describe, it, expect }, 'BroadcastChannel', async () => {
  const name = `bus-contract-${++channels}`;
  return { buses: [broadcastBus({ name }), broadcastBus({ name })], cleanup: async () => {} };
});
