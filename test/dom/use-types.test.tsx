import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, expectTypeOf, it } from 'vitest';
import { createCache, type KeyPart, type View } from '../../src/index.js';
import {
  CacheProvider,
  useCacheAside,
  useCachedMany,
  useCacheMutation,
  useInfiniteCacheAside,
  usePrefetch,
  useSuspenseCacheAside,
} from '../../src/react/index.js';

interface User {
  readonly id: number;
  readonly name: string;
}
const cache = createCache();
const users = cache.repository({
  key: (id: number) => ['user', id],
  load: async (id): Promise<User> => ({ id, name: 'Ada' }),
  save: async (id, patch) => ({ id, name: 'Ada', ...patch }),
});
const unknownId = undefined as number | undefined;
const nothing = null;
const remembered = undefined as { EUR: number; isAborted: boolean } | undefined;

/** Renders what is typed, so that what compiles runs too. */
function shown(Typed: () => ReactNode): string {
  return render(
    <CacheProvider cache={cache}>
      <Typed />
    </CacheProvider>,
  ).container.textContent;
}

it('a status tells whether there is data, and why there is none', () => {
  function Typed() {
    const user = useCacheAside(users, 1);
    expectTypeOf(user.data).toEqualTypeOf<User | undefined>();
    if (user.status === 'success') {
      expectTypeOf(user.data).toEqualTypeOf<User>();
      expectTypeOf(user.error).toEqualTypeOf<undefined>();
      return <p>{user.data.name}</p>;
    }
    if (user.status === 'error') {
      expectTypeOf(user.data).toEqualTypeOf<User | undefined>();
      expectTypeOf(user.error).not.toEqualTypeOf<undefined>();
      return <p>{String(user.error)}</p>;
    }
    expectTypeOf(user.data).toEqualTypeOf<undefined>();
    expectTypeOf(user.status).toEqualTypeOf<'idle' | 'restoring' | 'loading'>();
    return <p>{user.status}</p>;
  }
  expect(shown(Typed)).toBe('loading');
});

it('the same for what is taken apart', () => {
  function Typed() {
    const { data, status, error, isLoading } = useCacheAside('of a name', () => 'Ada', {
      select: ({ length }) => length,
    });
    if (isLoading) return <p>…</p>;
    if (status === 'success') return <p>{data.toFixed()}</p>;
    // An error can stand in a condition of JSX.
    return (
      <div>
        {error && <p>{error instanceof Error ? error.message : String(error)}</p>}
        {error !== undefined && <p>{data?.toFixed()}</p>}
      </div>
    );
  }
  expect(shown(Typed)).toBe('…');
});

it('keys that may not be there, and ids', () => {
  function Typed() {
    const id = unknownId;
    const asked = [
      useCacheAside(nothing, async () => 1),
      useCacheAside(id === undefined ? null : ['user', id], async () => 1),
      useCacheAside(id !== undefined && ['user', id], async () => 1),
      useCacheAside(
        () => id !== undefined && ['user', id],
        async () => 1,
      ),
      useCacheAside(users, id, { select: (user) => user.id }),
      useCacheAside(users, nothing, { select: (user) => user.id, placeholderData: { id: 1, name: '' } }),
    ] as const;
    expectTypeOf(asked).items.toHaveProperty('data').toEqualTypeOf<number | undefined>();
    expectTypeOf(useCacheAside(users, id).refresh).returns.resolves.toEqualTypeOf<User>();
    expectTypeOf(useCacheAside(users, id, { select: ({ name }) => name }).mutate)
      .parameter(0)
      .toEqualTypeOf<User | ((current: User) => User | PromiseLike<User>)>();
    // @ts-expect-error an id of another type
    useCacheAside(users, `${id}`);
    usePrefetch(users, id ?? 1);
    return asked.map(({ status }) => status).join(' ');
  }
  expect(shown(Typed)).toBe('idle idle idle idle idle success');
});

it('the context of a load, and each option that is a function', () => {
  function Typed() {
    const { data } = useCacheAside(
      ['rates'],
      async ({ key, signal, tag, revision }) => {
        expectTypeOf(key).toEqualTypeOf<string | readonly KeyPart[]>();
        expectTypeOf(revision).not.toBeAny();
        tag('prices');
        return { EUR: 1, isAborted: signal.aborted };
      },
      {
        initialData: () => remembered,
        placeholderData: (previous) => previous,
        refreshInterval: (rates) => (rates?.isAborted ? false : '1m'),
        structuralSharing: (before, after) => (before?.EUR === after.EUR ? before : after),
        retry: (failures, error) => failures < 3 && error instanceof TypeError,
        retryDelay: (failures) => failures * 1_000,
        throwOnError: (error) => error instanceof RangeError,
        select: (rates) => Object.keys(rates),
      },
    );
    expectTypeOf(data).toEqualTypeOf<string[] | undefined>();
    return <p>{data?.length}</p>;
  }
  expect(shown(Typed)).toBe('');
});

it('several keys, each by its loader; pages, by theirs', () => {
  function Typed() {
    const [one, other] = useCachedMany([
      { key: 'a number', loader: async () => 1, refreshInterval: (data: number | undefined) => (data ? '1m' : false) },
      { key: users.key(2), loader: users.load(2) },
    ]);
    if (one.status === 'success') expectTypeOf(one.data).toEqualTypeOf<number>();
    expectTypeOf(other.data).toEqualTypeOf<User | undefined>();
    const all = useCachedMany([1, 2].map((id) => ({ key: users.key(id), loader: users.load(id) })));
    expectTypeOf(all[0]?.data).toEqualTypeOf<User | undefined>();

    const list = useInfiniteCacheAside(
      ['list'],
      async (cursor: number, { signal }) => ({ items: [`${cursor} ${signal.aborted}`], next: cursor + 1 }),
      {
        initialPageParam: 0,
        getNextPageParam: (page, pages, cursor) => {
          expectTypeOf(pages).toEqualTypeOf<readonly { items: string[]; next: number }[]>();
          expectTypeOf(cursor).toEqualTypeOf<number>();
          return page.next;
        },
      },
    );
    expectTypeOf(list.data?.pageParams).toEqualTypeOf<readonly number[] | undefined>();
    if (list.status !== 'success') return <p>{list.status}</p>;
    expectTypeOf(list.data.pages).toEqualTypeOf<readonly { items: string[]; next: number }[]>();
    return <p>{list.data.pages.length}</p>;
  }
  expect(shown(Typed)).toBe('loading');
});

it('a write: what it shows, tells and reports', () => {
  type Todos = readonly { readonly text: string }[];
  function Typed() {
    const add = useCacheMutation(async (text: string) => ({ id: 1, text }), {
      invalidates: (saved, text) => {
        expectTypeOf(saved).toEqualTypeOf<{ id: number; text: string } | undefined>();
        expectTypeOf(text).toEqualTypeOf<string>();
        return { tags: ['todos'] };
      },
      optimistic: (text) => [
        { key: 'todos', change: (todos: Todos) => [...todos, { text }] },
        users.optimistic(1, (user) => ({ ...user, name: text })),
      ],
      populates: (saved, text) => users.populates(saved.id, { id: saved.id, name: text }),
      onSuccess: (saved, text) => {
        expectTypeOf(saved).toEqualTypeOf<{ id: number; text: string }>();
        expectTypeOf(text).toEqualTypeOf<string>();
      },
      onError: (error, text) => {
        expectTypeOf(error).toBeUnknown();
        expectTypeOf(text).toEqualTypeOf<string>();
      },
      onSettled: (saved, _error, text) => {
        expectTypeOf(saved).toEqualTypeOf<{ id: number; text: string } | undefined>();
        expectTypeOf(text).toEqualTypeOf<string>();
      },
    });
    expectTypeOf(add.mutate).toEqualTypeOf<(text: string) => Promise<{ id: number; text: string }>>();
    if (add.status === 'success') {
      expectTypeOf(add.data).toEqualTypeOf<{ id: number; text: string }>();
      expectTypeOf(add.variables).toEqualTypeOf<string>();
    }
    const clear = useCacheMutation(() => fetch('https://api.test/'), { invalidates: { all: true } });
    expectTypeOf(clear.mutate).toBeCallableWith();
    useCacheMutation(async (name: string) => name, {
      invalidates: { key: users.key(1) },
      optimistic: (name) => users.optimistic(1, (user) => ({ ...user, name })),
      // @ts-expect-error a name is no user
      populates: (saved) => users.populates(1, saved),
    });
    return <p>{add.status}</p>;
  }
  expect(shown(Typed)).toBe('idle');
});

it('a component that suspends has data, whatever its status', () => {
  function Typed() {
    const user = useSuspenseCacheAside(users, 3);
    expectTypeOf(user.data).toEqualTypeOf<User>();
    expectTypeOf(user.status).toEqualTypeOf<'success' | 'error'>();
    return <p>{user.data.name}</p>;
  }
  expect(Typed).toBeTypeOf('function');
});

it('a view of a watch', () => {
  const view = cache.watch('watched', async () => 1).read();
  expectTypeOf(view).toEqualTypeOf<View<number>>();
  expectTypeOf(view.data).toEqualTypeOf<number | undefined>();
  if (view.status === 'success') expectTypeOf(view.data).toEqualTypeOf<number>();
  expect(view.status).toBe('loading');
});
