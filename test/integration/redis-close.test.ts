import { Redis } from 'ioredis';
import { afterEach, beforeEach, it } from 'vitest';
import { linkOf } from '../../src/node/redis-client.js';
import { type RedisNode, startRedis } from '../support/redis.js';
import { clients } from '../support/redis-clients.js';
import { until } from '../support/until.js';

let server: RedisNode;
let admin: Redis;
beforeEach(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
});
afterEach(async () => {
  await admin.quit();
  await server.stop();
});

const connections = async () =>
  String(await admin.client('LIST'))
    .trim()
    .split('\n').length;
/** Lets so many turns of the event loop pass: a connection to this machine takes some. */
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

it.each(['ioredis', 'node-redis', 'a URL'] as const)(
  'no connection is left behind by closing while %s makes one, at whatever moment',
  async (kind) => {
    const made = kind === 'a URL' ? undefined : await clients[kind]([server.url]);
    const before = await connections();
    for (let moment = 0; moment < 20; moment++) {
      const link = linkOf(made?.client ?? server.url);
      link.subscribe('channel', { message() {}, ready() {}, lost() {} });
      await turns(moment);
      link.close();
    }
    await turns(100); // what was under way has ended, or stands
    await until(async () => (await connections()) === before);
    await made?.close();
  },
);
