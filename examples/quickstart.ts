import { createCache } from 'cache-aside';

const database = new Map([['42', { name: 'Ada' }]]);
let reads = 0;

const cache = createCache({ ttl: '5m', staleWhileRevalidate: '1h' });

const userById = (id: string) =>
  cache.get(['user', id], () => {
    reads++;
    return database.get(id) ?? null;
  });

console.log(await userById('42'), await userById('42'), `${reads} read`); // { name: 'Ada' } { name: 'Ada' } 1 read

await cache.mutate(() => database.set('42', { name: 'Grace' }), { invalidates: { key: ['user', '42'] } });

console.log(await userById('42'), `${reads} reads`); // { name: 'Grace' } 2 reads
await cache.close();
