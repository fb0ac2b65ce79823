/** Time, so that tests can hold it. */
export interface Clock {
  /** Wall-clock time in ms. Never goes back. */
  now(): number;
  /** Runs `task` after `ms`, without keeping a process alive. @returns a function that cancels it */
  after(ms: number, task: () => void): () => void;
}
