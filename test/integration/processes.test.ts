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
  aborted?: string;
  answer?: unknown;
}

/** A real process with a cache over the tests' Redis. */
async function start(namespace: string, loads: string[], options: object = {}) {
  const child = fork(script, [inject('redisUrl'), namespace, JSON.stringify(options)]);
  children.push(child);
  const aborted: string[] = [];
  const answers = new Map<number, (answer: unknown) => void>();
  let asked = 0;
  await new Promise<void>((resolve) => {
    child.on('message', ({ id, ready, loaded, aborted: reason, answer }: Message) => {
      if (ready) resolve();
      if (loaded !== undefined) loads.push(loaded);
      if (reason !== undefined) aborted.push(reason);
      if (id !== undefined) answers.get(id)?.(answer);
    });
  });
  const ask = (command: string, message: object = {}) =>
    new Promise<unknown>((resolve) => {
      const id = ++asked;
      answers.set(id, resolve);
      child.send({ id, command, ...message });
    });
  return { child, ask, aborted };
}

type Process = Awaited<ReturnType<typeof start>>;

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

it('5 processes with 10 callers each of a key whose loads fail: one load, and everybody is told why', async () => {
  const loads: string[] = [];
  const namespace = `p${++space}`;
  const options = { coolDown: '1m' };
  const processes = await Promise.all([1, 2, 3, 4, 5].map(() => start(namespace, loads, options)));
  const read = { key: 'k', delay: 100, callers: 10, fails: true };
  const answers = (await Promise.all(processes.map(({ ask }) => ask('read', read)))).flat();
  expect(loads).toEqual(['k']);
  for (const answer of answers) expect(answer).toContain('the source is down');
  const [first, second] = processes;
  expect(String(await first?.ask('read', read))).toContain('CoolDownError');
  await second?.ask('invalidate', { key: 'k' });
  expect(await first?.ask('read', { key: 'k', value: 'up again' })).toEqual(['up again']);
  expect(loads).toHaveLength(2);
});

it('a holder that is frozen in mid-load is replaced; once it thaws, its readers get what its successor loaded', async () => {
  const loads: string[] = [];
  const namespace = `p${++space}`;
  const options = { lockTime: 300 };
  const [a, b] = await Promise.all([start(namespace, loads, options), start(namespace, loads, options)]);
  const frozen = a.ask('read', { key: 'k', value: 'of the frozen one', delay: 60_000, callers: 5 });
  await until(() => loads.length === 1);
  a.child.kill('SIGSTOP');
  expect(await b.ask('read', { key: 'k', value: 'of its successor' })).toEqual(['of its successor']);
  a.child.kill('SIGCONT');
  expect(await frozen).toEqual(['of its successor']);
  expect(a.aborted).toEqual([expect.stringContaining('another process loads it now')]);
  expect(loads).toHaveLength(2);
});

it.each([
  ['is killed', ({ child }: Process) => child.kill('SIGKILL')],
  ['exits', ({ ask }: Process) => void ask('exit')],
])('a process that %s says no goodbye: nobody waits for its confirmation for ever', async (_, end) => {
  const namespace = `p${++space}`;
  const options = { blindTime: 600 };
  const [stays, goes] = await Promise.all([start(namespace, [], options), start(namespace, [], options)]);
  const confirmed = async () =>
    ((await stays.ask('invalidate', { key: 'k', confirm: true })) as { confirmed: boolean }).confirmed;
  await until(confirmed);
  const gone = new Promise((resolve) => goes.child.once('exit', resolve));
  end(goes);
  await gone;
  await until(confirmed);
});

it.each([
  ['is closed', () => inject('redisUrl')],
  ['is closed, though its Redis has never answered', () => 'redis://127.0.0.1:1'],
])('a process ends by itself once its cache %s', async (_, redis) => {
  const { child, ask } = await start(`p${++space}`, [], { redis: redis() });
  await ask('read', { key: 'k', value: 1 });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await ask('close');
  expect(await ended).toBe(0);
});
