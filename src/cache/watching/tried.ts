/**
 * What a function of the application answers. If it throws, its error is logged and `otherwise` answered: it is called
 * from timers and behind loads, where nobody could catch it, and one that fails must not keep others from their data.
 */
export function tried<T>(run: () => T, otherwise: T): T {
  try {
    return run();
  } catch (error) {
    console.error(error);
    return otherwise;
  }
}
