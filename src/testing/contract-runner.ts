/** What is used of a test runner: vitest's and jest's globals fit, as does node:test with an `expect`. */
export interface ContractRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  expect(value: unknown): { toEqual(expected: unknown): void; toBe(expected: unknown): void };
}
