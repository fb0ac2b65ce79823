import { QueryClient } from '@tanstack/query-core';

const open = () => new QueryClient({ defaultOptions: { queries: { staleTime: 300_000, retry: false } } });

export default {
  name: '@tanstack/query-core',
  packages: ['@tanstack/query-core'],
  largest: 100_000,
  open(load) {
    const client = open();
    return {
      get: (key) => client.fetchQuery({ queryKey: [key], queryFn: () => load(key) }),
      peek: (key) => client.getQueryData([key]),
    };
  },
  openTagged(load) {
    const client = open();
    return {
      how: 'scan',
      get: (key, tag) => client.fetchQuery({ queryKey: [tag, key], queryFn: () => load(key) }),
      invalidate: (tag) => client.invalidateQueries({ queryKey: [tag], refetchType: 'none' }),
    };
  },
  openArrayKeys(load) {
    const client = open();
    return { get: (id) => client.fetchQuery({ queryKey: ['user', id], queryFn: () => load(id) }) };
  },
};
