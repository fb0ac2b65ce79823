import type { LoadContext, Loader } from '../../contracts/loader.js';
import { checkFunction, OptionError } from '../../errors.js';
import { hashKey, type Key } from '../../key.js';
import type { GetOptions, MutateOptions, OptimisticChange, Populated, SetOptions } from '../options.js';
import { checkReading } from '../reading/read.js';
import type { Target } from '../target.js';
import type { WriteBehind } from './write-behind.js';

/**
 * What a write does to the cache.
 *
 * - `invalidate`: cache-aside. Write to the source, then invalidate.
 * - `write-through`: source and cache in one call: what `save` answers is stored when it resolves.
 * - `write-behind`: the cache at once, the source later: queued, coalesced per key, saved in order. A crash
 *   loses what is queued.
 */
export type WriteStrategy = 'invalidate' | 'write-through' | 'write-behind';

/** How one kind of data is named, loaded and saved. */
export interface RepositoryDefinition<Id, V, Patch> extends Omit<GetOptions, 'tags' | 'signal'> {
  key: (id: Id) => Key;
  load: (id: Id, context: LoadContext) => V | PromiseLike<V>;
  /** Writes a change to the source. Write-through needs it to answer the value as saved. */
  // biome-ignore lint/suspicious/noConfusingVoidType: what a database client's update is typed as, mostly
  save?: (id: Id, patch: Patch) => V | void | PromiseLike<V | void>;
  /** Deletes from the source. */
  remove?: (id: Id) => unknown;
  tags?: (id: Id) => readonly string[];
  /** @default 'invalidate' */
  write?: WriteStrategy;
  /** A value with a change applied, for write-behind. @default the fields of both, those of the change winning */
  apply?: (current: V | undefined, patch: Patch) => V;
}

export interface Repository<Id, V, Patch = Partial<NonNullable<V>>> {
  readonly key: (id: Id) => Key;
  readonly load: (id: Id) => Loader<V>;
  readonly options: (id: Id) => GetOptions;
  /** For `optimistic` of a mutation: what is shown of this id until the source has answered. */
  optimistic(id: Id, change: (current: V) => V): OptimisticChange<V>;
  /** For `populates` of a mutation: the value of this id as the source has saved it, with its tags and windows. */
  populates(id: Id, value: V): Populated<V>;
  /** Read-through: from the cache, or loaded and cached. */
  get(id: Id, options?: Pick<GetOptions, 'signal'>): Promise<V>;
  /** The value in memory if it may be answered now. */
  peek(id: Id): V | undefined;
  /** Writes by the repository's strategy. Rejects with what `save` throws. */
  update(id: Id, patch: Patch): Promise<void>;
  /** Deletes from the source, then invalidates. Drops queued writes of this id: they are given up if it fails. */
  delete(id: Id): Promise<void>;
  invalidate(id: Id): Promise<void>;
  /** Resolves when every write that `update` has answered until now is saved or given up. */
  flush(): Promise<void>;
}

/** What a repository asks of its cache. */
interface RepositoryCache {
  get<V>(key: Key, loader: Loader<V>, options: GetOptions): Promise<V>;
  peek<V>(key: Key): V | undefined;
  set(key: Key, value: unknown, options: SetOptions): Promise<void>;
  mutate<V>(save: () => V | PromiseLike<V>, options: MutateOptions<V>): Promise<V>;
  invalidate(target: Target): Promise<unknown>;
}

type Writes<Id, Patch> = (id: Id, patch: Patch) => Promise<void>;

export function createRepository<Id, V, Patch>(
  cache: RepositoryCache,
  queue: WriteBehind,
  definition: RepositoryDefinition<Id, V, Patch>,
): Repository<Id, V, Patch> {
  const {
    key,
    load: loadOne,
    save: saveOne,
    remove,
    tags,
    write = 'invalidate',
    apply = merge,
    ...reading
  } = definition;
  for (const name of ['key', 'load', 'save', 'remove', 'tags', 'apply'] as const) {
    if (name === 'key' || name === 'load' || definition[name] !== undefined) checkFunction(name, definition[name]);
  }
  checkReading(reading);

  const options = (id: Id): GetOptions => ({ ...reading, ...(tags && { tags: tags(id) }) });
  const populates = <T>(id: Id, value: T) => ({ ...options(id), key: key(id), value });

  /** What is queued is newer than the source: a load must not show the time before it. */
  const load =
    (id: Id): Loader<V> =>
    async (context) => {
      const hash = hashKey(key(id));
      const before = queue.pending<Patch>(hash);
      const value = await loadOne(id, context);
      const after = queue.pending<Patch>(hash);
      // What was saved meanwhile may be missing from what was read.
      const queued = before === undefined || after === undefined ? (before ?? after) : merge<Patch>(before, after);
      return queued === undefined ? value : apply(value, queued);
    };

  const save = (id: Id, patch: Patch) => needed('save', saveOne)(id, patch);

  const strategies: Record<WriteStrategy, Writes<Id, Patch>> = {
    async invalidate(id, patch) {
      await cache.mutate(() => save(id, patch), { invalidates: { key: key(id) } });
    },
    async 'write-through'(id, patch) {
      // One after the other per key, so that the cache ends with what was saved last.
      const populated = (saved: unknown) => {
        if (saved === undefined)
          throw new OptionError('save', saved, 'a function that answers the saved value, for write-through');
        return populates(id, saved);
      };
      await queue.inOrder(hashKey(key(id)), () =>
        cache.mutate(() => save(id, patch), { invalidates: { key: key(id) }, populates: populated }),
      );
    },
    async 'write-behind'(id, patch) {
      const hash = hashKey(key(id));
      // One after the other per key, so that each adds to what the one before it has left in the cache.
      await queue.inOrder(hash, async () => {
        const changed = apply(await cache.get(key(id), load(id), options(id)), patch); // may throw: before it is queued
        queue.push(hash, patch, merge<Patch>, async (coalesced: Patch) => {
          await save(id, coalesced);
        });
        await cache.set(key(id), changed, options(id));
      });
    },
  };
  if (!Object.hasOwn(strategies, write)) throw new OptionError('write', write, Object.keys(strategies).join(', '));

  return {
    key,
    load,
    options,
    optimistic: (id, change) => ({ key: key(id), change }),
    populates,
    get: (id, own) => cache.get(key(id), load(id), { ...options(id), ...own }),
    peek: (id) => cache.peek<V>(key(id)),
    async update(id, patch) {
      needed('save', saveOne);
      await strategies[write](id, patch);
    },
    async delete(id) {
      const run = needed('remove', remove);
      const hash = hashKey(key(id));
      // After the writes that were asked for before it: one that ended later would bring the deleted back.
      await queue.inOrder(hash, async () => {
        const lose = await queue.drop(hash);
        await cache
          .mutate(() => run(id), { invalidates: { key: key(id) } })
          .catch((error) => {
            lose(error); // the source may have deleted it all the same: to save it now could bring it back
            throw error;
          });
      });
    },
    async invalidate(id) {
      await cache.invalidate({ key: key(id) });
    },
    flush: () => queue.flush(),
  };
}

/** What only those repositories need that are written to. */
function needed<T>(option: string, given: T | undefined): T {
  if (given === undefined) throw new OptionError(option, given, 'a function, since the repository is written to');
  return given;
}

function merge<T>(current: T | undefined, patch: unknown): T {
  const isObject = typeof patch === 'object' && patch !== null && !Array.isArray(patch);
  return (isObject ? { ...current, ...patch } : patch) as T;
}
