import { describe, expect, it } from 'vitest';
import type { EntryRecord, Store } from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { storeContract } from '../../src/testing/store-contract.js';

storeContract(
  { describe, it, expect },
  'shared memory',
  async () => {
    const place = sharedMemoryPlace();
    return { stores: [place.store(), place.store()], cleanup: async () => {} };
  },
  { coolDown: true },
);

it('fails for a store that is get, set and delete', async () => {
  const entries = new Map<string, EntryRecord>();
  const naive: Store = {
    name: 'naive',
    async lookup(hash) {
      const hit = entries.get(hash);
      return hit === undefined ? { miss: {} } : { hit };
    },
    async commit(hash, record) {
      entries.set(hash, record);
      return 'committed';
    },
    async release() {},
    async invalidate({ hashes, tags, soft }) {
      if (soft) return;
      for (const [hash, record] of entries) {
        if (hashes.includes(hash) || record.tags.some((tag) => tags.includes(tag))) entries.delete(hash);
      }
    },
    async close() {},
  };
  const tests: [string, () => Promise<void>][] = [];
  const recording = {
    describe: (_: string, body: () => void) => body(),
    it: (...test: (typeof tests)[number]) => void tests.push(test),
    expect,
  };
  storeContract(recording, 'naive', async () => ({ stores: [naive, naive], cleanup: async () => entries.clear() }));
  const failed: string[] = [];
  for (const [name, body] of tests) await body().catch(() => failed.push(name));
  expect(failed.filter((name) => name.startsWith('drops a commit'))).toHaveLength(5);
  expect(failed.some((name) => name.startsWith('has no hit in either'))).toBe(false);
});
