import { describe, expect, expectTypeOf, it } from 'vitest';
import { createCache, type OptimisticChange, type RepositoryDefinition } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

interface User {
  id: string;
  name: string;
  city?: string;
}

/** The user table of the pattern's textbook form. */
function userTable() {
  const rows = new Map<string, User>([['1', { id: '1', name: 'Ada' }]]);
  const log: string[] = [];
  const definition: RepositoryDefinition<string, User | null, Partial<User>> = {
    key: (id) => ['user', id],
    tags: () => ['users'],
    load: (id) => {
      log.push(`load ${id}`);
      return rows.get(id) ?? null;
    },
    save: (id, patch) => {
      log.push(`save ${id} ${JSON.stringify(patch)}`);
      const saved = { id, name: '', ...rows.get(id), ...patch };
      rows.set(id, saved);
      return saved;
    },
    remove: (id) => {
      log.push(`remove ${id}`);
      rows.delete(id);
    },
  };
  return { rows, log, definition };
}

describe('a repository', () => {
  it('reads through: loads once, then answers from the cache, also that there is nothing', async () => {
    const { log, definition } = userTable();
    const users = createCache().repository(definition);
    expect(await users.get('1')).toEqual({ id: '1', name: 'Ada' });
    await users.get('1');
    expect(await users.get('2')).toBeNull();
    await users.get('2');
    expect(users.peek('1')?.name).toBe('Ada');
    expect(log).toEqual(['load 1', 'load 2']);
  });

  it('cache-aside: writes to the source, then invalidates', async () => {
    const { log, definition } = userTable();
    const users = createCache().repository(definition);
    await users.get('1');
    await users.update('1', { name: 'Grace' });
    expect((await users.get('1'))?.name).toBe('Grace');
    await users.delete('1');
    expect(await users.get('1')).toBeNull();
    expect(log).toEqual(['load 1', 'save 1 {"name":"Grace"}', 'load 1', 'remove 1', 'load 1']);
  });

  it('write-through: source and cache in one call', async () => {
    const { log, definition } = userTable();
    const users = createCache().repository({ ...definition, write: 'write-through' });
    await users.update('1', { name: 'Grace' });
    expect(await users.get('1')).toEqual({ id: '1', name: 'Grace' });
    expect(log).toEqual(['save 1 {"name":"Grace"}']);
  });

  it('write-through: two writes of one key end with the one that was saved last', async () => {
    const { rows, definition } = userTable();
    const delays = [30, 1];
    const save: typeof definition.save = async (id, patch) => {
      await new Promise((resolve) => setTimeout(resolve, delays.shift()));
      const saved = { id, name: '', ...rows.get(id), ...patch };
      rows.set(id, saved);
      return saved;
    };
    const users = createCache().repository({ ...definition, save, write: 'write-through' });
    await Promise.all([users.update('1', { name: 'first' }), users.update('1', { name: 'second' })]);
    expect((await users.get('1'))?.name).toBe('second');
    expect(rows.get('1')?.name).toBe('second');
  });

  it('write-behind: the cache at once; queued, coalesced, saved in order by flush and by close', async () => {
    const { rows, log, definition } = userTable();
    const cache = createCache({ clock: fakeClock() });
    const users = cache.repository({ ...definition, write: 'write-behind' });
    await users.update('1', { name: 'Grace' });
    await users.update('2', { name: 'Edsger' });
    await users.update('1', { city: 'Arlington' });
    expect(await users.get('1')).toEqual({ id: '1', name: 'Grace', city: 'Arlington' });
    expect(rows.get('1')?.name).toBe('Ada');
    await users.flush();
    expect(log.filter((line) => line.startsWith('save'))).toEqual([
      'save 1 {"name":"Grace","city":"Arlington"}',
      'save 2 {"name":"Edsger"}',
    ]);
    await users.update('2', { name: 'Barbara' });
    await cache.close();
    expect(rows.get('2')?.name).toBe('Barbara');
  });

  it('write-behind: a load while a write is queued does not show the time before it', async () => {
    const { definition } = userTable();
    const cache = createCache({ clock: fakeClock() });
    const users = cache.repository({ ...definition, write: 'write-behind' });
    await users.update('1', { name: 'Grace' });
    await cache.invalidate({ all: true });
    expect((await users.get('1'))?.name).toBe('Grace');
  });

  it('write-behind: what cannot be saved is tried again, then given up with an event and the truth again', async () => {
    const { definition } = userTable();
    const clock = fakeClock();
    const cache = createCache({ clock });
    let attempts = 0;
    const save = () => {
      attempts++;
      throw new Error('read-only');
    };
    const users = cache.repository({ ...definition, save, write: 'write-behind' });
    const failed = new Promise<unknown>((resolve) => cache.on('save-failed', ({ error }) => resolve(error)));
    await users.update('1', { name: 'Grace' });
    const passing = setInterval(() => clock.advance(1_000), 1);
    expect(String(await failed)).toContain('failed 5 times');
    clearInterval(passing);
    expect(attempts).toBe(5);
    expect((await users.get('1'))?.name).toBe('Ada');
  });

  it('write-behind: saves what is written after a flush that found nothing, by the clock and by the next flush', async () => {
    const { rows, definition } = userTable();
    const clock = fakeClock();
    const users = createCache({ clock }).repository({ ...definition, write: 'write-behind' });
    await users.flush();
    await users.update('1', { name: 'Grace' });
    clock.advance(50);
    await settled();
    expect(rows.get('1')?.name).toBe('Grace');
    await users.flush();
    await users.update('1', { name: 'Barbara' });
    await users.flush();
    expect(rows.get('1')?.name).toBe('Barbara');
  });

  it('write-behind: a change that cannot be applied is not queued either', async () => {
    const { definition, log } = userTable();
    const apply = () => {
      throw new TypeError('cannot be applied');
    };
    const users = createCache().repository({ ...definition, write: 'write-behind', apply });
    await expect(users.update('1', { name: 'Grace' })).rejects.toThrow('cannot be applied');
    await users.flush();
    expect(log).toEqual(['load 1']);
    expect(await users.get('1')).toEqual({ id: '1', name: 'Ada' });
  });

  it('write-behind: two writes of one key at once are both in the cache, and both saved', async () => {
    const { rows, definition } = userTable();
    const users = createCache({ clock: fakeClock() }).repository({ ...definition, write: 'write-behind' });
    await Promise.all([users.update('1', { name: 'Grace' }), users.update('1', { city: 'Arlington' })]);
    expect(await users.get('1')).toEqual({ id: '1', name: 'Grace', city: 'Arlington' });
    await users.flush();
    expect(rows.get('1')).toEqual({ id: '1', name: 'Grace', city: 'Arlington' });
  });

  it('write-behind: a load that began before the save and ends after it does not bring the time before back', async () => {
    const { rows, definition } = userTable();
    const cache = createCache({ clock: fakeClock() });
    const slow = controlled<void>();
    let isSlow = false;
    const load: typeof definition.load = async (id) => {
      const read = rows.get(id) ?? null;
      if (isSlow) await slow.loader();
      return read;
    };
    const users = cache.repository({ ...definition, load, write: 'write-behind' });
    await users.update('1', { name: 'Grace' });
    await cache.invalidate({ all: true });
    isSlow = true;
    const reading = users.get('1');
    await settled();
    await users.flush();
    slow.answers[0]?.resolve();
    expect((await reading)?.name).toBe('Grace');
    expect((await users.get('1'))?.name).toBe('Grace');
  });

  it.each(['write-through', 'write-behind'] as const)(
    '%s: what is deleted while it is being saved stays deleted',
    async (write) => {
      const { rows, definition } = userTable();
      const saving = controlled<void>();
      const save: typeof definition.save = async (id, patch) => {
        await saving.loader();
        return definition.save?.(id, patch) as User;
      };
      const users = createCache({ clock: fakeClock() }).repository({ ...definition, save, write });
      const updating = users.update('1', { name: 'Grace' });
      await settled();
      const flushing = users.flush();
      const deleting = users.delete('1');
      await settled();
      saving.answers[0]?.resolve();
      await Promise.all([updating, flushing, deleting]);
      expect(rows.has('1')).toBe(false);
      expect(await users.get('1')).toBeNull();
    },
  );

  it('write-behind: a deletion that fails tells of the write that it took out of the queue', async () => {
    const { rows, definition } = userTable();
    const cache = createCache({ clock: fakeClock() });
    const remove = () => {
      throw new Error('read-only');
    };
    const users = cache.repository({ ...definition, remove, write: 'write-behind' });
    const told: string[] = [];
    cache.on('save-failed', ({ hash, error }) => told.push(`${hash} ${error}`));
    await users.update('1', { name: 'Grace' });
    await expect(users.delete('1')).rejects.toThrow('read-only');
    expect(told).toEqual([expect.stringMatching(/^\["user","1"\] .*given up: read-only/)]);
    await users.flush();
    expect((await users.get('1'))?.name).toBe('Ada');
    expect(rows.get('1')?.name).toBe('Ada');
    await users.update('2', { name: 'Edsger' });
    await users.flush();
    await expect(users.delete('2')).rejects.toThrow('read-only');
    expect(told).toHaveLength(1); // it was saved before: nothing is lost
  });

  it('write-behind: what is written after a deletion is saved after it', async () => {
    const { rows, log, definition } = userTable();
    const removing = controlled<void>();
    const remove = async (id: string) => {
      await removing.loader();
      definition.remove?.(id);
    };
    const users = createCache({ clock: fakeClock() }).repository({ ...definition, remove, write: 'write-behind' });
    const deleting = users.delete('1');
    const updating = users.update('1', { name: 'Grace' });
    await settled();
    await users.flush();
    removing.answers[0]?.resolve();
    await Promise.all([deleting, updating]);
    await users.flush();
    expect(log.filter((line) => !line.startsWith('load'))).toEqual(['remove 1', 'save 1 {"name":"Grace"}']);
    expect(rows.get('1')?.name).toBe('Grace');
  });
});

describe('a mutation of what a repository reads', () => {
  it('shows and stores what the repository is asked for, with its tags and its windows', async () => {
    const { rows, log, definition } = userTable();
    const clock = fakeClock();
    const cache = createCache({ clock, ttl: '1h' });
    const users = cache.repository({ ...definition, ttl: '1s', jitter: 0 });
    const watch = cache.watch(users.key('1'), users.load('1'), users.options('1'));
    const shown: (string | undefined)[] = [];
    watch.subscribe(() => shown.push(watch.read().data?.name));
    await settled();
    const saving = controlled<User>();
    const writing = cache.mutate(saving.loader, {
      invalidates: { tags: ['lists'] },
      optimistic: [users.optimistic('1', (user) => user && { ...user, name: 'Grace?' })],
      populates: (saved) => users.populates(saved.id, saved),
    });
    expect(shown.at(-1)).toBe('Grace?');
    const saved = { id: '1', name: 'Grace' };
    rows.set('1', saved);
    saving.answers[0]?.resolve(saved);
    await writing;
    expect(shown.at(-1)).toBe('Grace');
    expect(log).toEqual(['load 1']);
    expect(await cache.explain(users.key('1'))).toMatchObject({
      memory: { source: 'set', tags: ['*', 'p:["user"]', 't:users'], windows: { fresh: 1_000 } },
    });
  });

  it('is typed by it', () => {
    const cache = createCache();
    const users = cache.repository({ key: (id: number) => ['user', id], load: async (id) => ({ id, name: 'Ada' }) });
    type Todos = readonly string[];
    const typed = () =>
      cache.mutate(() => ({ id: 1, name: 'Grace' }), {
        invalidates: (saved) => {
          expectTypeOf(saved).toEqualTypeOf<{ id: number; name: string } | undefined>();
          return { key: 'todos' };
        },
        optimistic: [
          users.optimistic(1, (user) => {
            expectTypeOf(user).toEqualTypeOf<{ id: number; name: string }>();
            return { ...user, name: 'Grace' };
          }),
          { key: 'todos', change: (todos: Todos) => [...todos, 'x'] },
          {
            key: 'todos',
            change: (todos) => {
              expectTypeOf(todos).toBeUnknown();
              return todos;
            },
          },
          // @ts-expect-error no name
          users.optimistic(1, ({ id }) => ({ id })),
        ],
        populates: (saved) => {
          expectTypeOf(saved).toEqualTypeOf<{ id: number; name: string }>();
          // @ts-expect-error no name
          users.populates(saved.id, { id: saved.id });
          return users.populates(saved.id, saved);
        },
      });
    expect(typed).toBeTypeOf('function');
    const change: OptimisticChange<Todos> = { key: 'todos', change: (todos) => [...todos, 'x'] };
    // @ts-expect-error it answers something else than it gets
    const wrong: OptimisticChange<Todos> = { key: 'todos', change: (todos) => todos.length };
    expect([change, wrong]).toHaveLength(2);
  });
});
