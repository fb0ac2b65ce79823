import { describe, expect, it } from 'vitest';
import { indexedDbStore, wipeIndexedDb } from '../../src/browser/index.js';
import { storeContract } from '../../src/testing/store-contract.js';

let space = 0;
storeContract({ describe, it, expect }, 'IndexedDB in Chromium', async () => {
  const name = `contract${++space}`;
  return { stores: [indexedDbStore({ name }), indexedDbStore({ name })], cleanup: () => wipeIndexedDb({ name }) };
});
