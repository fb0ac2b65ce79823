import type { Adopted } from '../contracts/store.js';

/** Whether a store has answered that it cannot keep a value. */
export function isUnstorable(answer: Adopted | null | undefined): answer is { readonly unstorable: string } {
  return typeof answer === 'object' && answer !== null && 'unstorable' in answer;
}
