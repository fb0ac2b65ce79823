import type { DehydratedEntry, EntryRecord } from 'cache-aside';
import { indexedDbStore, type Place } from 'cache-aside/browser';

/**
 * Keeps what the server rendered on disk too: `hydrate` brings it into memory alone, and whoever opens the page
 * without the server wants to see what they saw last. What is on disk already and later stays.
 */
export async function keepOnDisk(entries: readonly DehydratedEntry[], place: Place): Promise<void> {
  const store = indexedDbStore(place);
  try {
    await Promise.all(
      entries.map(async ({ hash, value, tags, age, windows }) => {
        const record: EntryRecord = { version: newVersion(), value, tags, windows, loadedAt: Date.now() - age };
        let found = await store.lookup(hash, tags);
        if ('hit' in found && found.hit.loadedAt < record.loadedAt) {
          found = await store.lookup(hash, tags, found.hit.version);
        }
        if ('miss' in found) await store.commit(hash, record, found.miss);
      }),
    );
  } catch {
    // There is no disk: the page works from memory.
  } finally {
    await store.close();
  }
}

/** Not `randomUUID`, which only secure origins have: the page also works on a machine's address in the network. */
function newVersion(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
