// Every contender has a process of its own: in a shared one, the garbage and the type feedback of one slow the others.
import { fork } from 'node:child_process';

/**
 * @param {URL} file a module that calls {@link serve}
 * @param {{ args?: string[], execArgv?: string[] }} [options]
 */
export function startChild(file, { args = [], execArgv = [] } = {}) {
  const child = fork(file, args, { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let nextId = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const asked = new Map();
  child.on('message', (/** @type {{ id: number, value?: unknown, error?: string }} */ { id, value, error }) => {
    const call = asked.get(id);
    asked.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of asked.values()) reject(new Error(`${args.join(' ')} ended (${code ?? signal})`));
  });
  return {
    /** @param {string} verb @param {unknown} [input] @returns {Promise<any>} */
    ask: (verb, input) =>
      new Promise((resolve, reject) => {
        const id = nextId++;
        asked.set(id, { resolve, reject });
        child.send({ id, verb, input });
      }),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill();
      }),
  };
}

/** @param {Record<string, (input: any) => unknown>} verbs */
export function serve(verbs) {
  /** @param {{ id: number, verb: string, input: unknown }} call */
  const answer = async ({ id, verb, input }) => {
    try {
      process.send?.({ id, value: await verbs[verb]?.(input) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (/** @type {Parameters<typeof answer>[0]} */ call) => void answer(call));
  process.on('disconnect', () => process.exit());
}
