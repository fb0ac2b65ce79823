import { Transform } from 'node:stream';
import type { Load, Piece } from './app.js';
import { pieceOf } from './start.js';

/** The keys that the page reads. */
export const NAMES = ['shell', 'first', 'nested', 'common', 'last'];

/** The panel of this name, once its component runs in the browser. */
export const isAlive = (name: string) => `#${name}[data-alive="true"]`;

/** Loads that end when the test says so. */
export function gated() {
  const gates = new Map<string, ReturnType<typeof deferred<Piece>>>();
  const gate = (name: string) => {
    const known = gates.get(name) ?? deferred<Piece>();
    gates.set(name, known);
    return known;
  };
  const loads: string[] = [];
  const load: Load = (name) => () => {
    loads.push(name);
    return gate(name).promise;
  };
  const open = (...names: string[]) => {
    for (const name of names) gate(name).resolve(pieceOf(name));
  };
  return { load, loads, open };
}

export function deferred<V>() {
  let resolve: (value: V) => void = () => {};
  const promise = new Promise<V>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Sends the state of a key up to its middle, and the rest when it is told to. */
export function cutInState(name: string, rest: Promise<void>): Transform {
  const key = JSON.stringify([name]);
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const at = chunk.indexOf(JSON.stringify(key));
      if (at < 0) return done(null, chunk);
      this.push(chunk.subarray(0, at + 5));
      void rest.then(() => done(null, chunk.subarray(at + 5)));
    },
  });
}
