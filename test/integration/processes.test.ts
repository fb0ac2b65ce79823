import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, inject, it } from 'vitest';
import { until } from '../support/until.js';

const script = join(import.meta.dirname, '../support/cache-process.mjs');
let space = 0;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Message {
  id?: number;
  ready?: true;
  loaded?: string;
  answer?: unknown;
}

/** A real process with a cache over the tests' Redis. */
async function start(namespace: string, loads: string[]) {
  const child = fork(script, [inject('redisUrl'), namespace]);
  children.push(child);
  const answers = new Map<number, (answer: unknown) => void>();
  let asked = 0;
  await new Promise<void>((resolve) => {
    child.on('message', ({ id, ready, loaded, answer }: Message) => {
      if (ready) resolve();
      if (loaded !== undefined) loads.push(loaded);
      if (id !== undefined) answers.get(id)?.(answer);
    });
  });
  const ask = (command: string, message: object = {}) =>
    new Promise<unknown>((resolve) => {
      const id = ++asked;
      answers.set(id, resolve);
      child.send({ id, command, ...message });
    });
  return { child, ask };
}

it('4 processes with 250 readers each of one cold key: one load', async () => {
  const loads: string[] = [];
  const namespace = `p${++space}`;
  const processes = await Promise.all([1, 2, 3, 4].map(() => start(namespace, loads)));
  const reads = processes.map(({ ask }, i) => ask('read', { key: 'k', value: i, delay: 200, callers: 250 }));
  const answers = (await Promise.all(reads)).flat();
  expect(loads).toEqual(['k']);
  expect(new Set(answers).size).toBe(1);
});

it('an invalidation in one process is seen by the other, which shares its entries', async () => {
  const loads: string[] = [];
  const namespace = `p${++space}`;
  const [a, b] = await Promise.all([start(namespace, loads), start(namespace, loads)]);
  expect(await a.ask('read', { key: 'k', value: 'OLD' })).toEqual(['OLD']);
  await until(async () => String(await b.ask('read', { key: 'k', value: 'not this' })) === 'OLD');
  await a.ask('invalidate', { key: 'k' });
  await until(async () => (await b.ask('peek', { key: 'k' })) === null);
  expect(await b.ask('read', { key: 'k', value: 'NEW' })).toEqual(['NEW']);
});

it('load starts in one process, another invalidates, the load ends, read again: the new value', async () => {
  const loads: string[] = [];
  const namespace = `p${++space}`;
  const [a, b] = await Promise.all([start(namespace, loads), start(namespace, loads)]);
  const before = a.ask('read', { key: 'k', value: 'OLD', delay: 300 });
  await until(() => loads.length === 1);
  await b.ask('invalidate', { key: 'k' });
  expect(await b.ask('read', { key: 'k', value: 'NEW' })).toEqual(['NEW']);
  expect(await before).toEqual(['OLD']);
  expect(await b.ask('read', { key: 'k', value: 'not loaded' })).toEqual(['NEW']);
  expect(await a.ask('read', { key: 'k', value: 'not loaded' })).toEqual(['NEW']);
});

it('a holder that is killed in mid-load is replaced', async () => {
  const loads: string[] = [];
  const namespace = `p${++space}`;
  const [a, b] = await Promise.all([start(namespace, loads), start(namespace, loads)]);
  void a.ask('read', { key: 'k', value: 'never', delay: 60_000 });
  await until(() => loads.length === 1);
  a.child.kill('SIGKILL');
  expect(await b.ask('read', { key: 'k', value: 'b' })).toEqual(['b']);
  expect(loads).toHaveLength(2);
});

it('a process ends by itself once its cache is closed', async () => {
  const { child, ask } = await start(`p${++space}`, []);
  await ask('read', { key: 'k', value: 1 });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await ask('close');
  expect(await ended).toBe(0);
});
