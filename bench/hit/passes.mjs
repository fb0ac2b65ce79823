const SLICE_MS = 15;

/**
 * How often to go over the keys so that a slice is long enough for the clock and short enough for the machine to
 * stay the same: about 15 ms. Warms up on the way.
 * @param {(passes: number) => Promise<number>} run answers ns per operation @param {number} keys
 */
export async function passesFor(run, keys) {
  let each = 0;
  for (let i = 0; i < 3; i++) each = await run(1);
  each = await run(Math.max(1, Math.round((SLICE_MS * 1e6) / (each * keys))));
  return Math.max(1, Math.round((SLICE_MS * 1e6) / (each * keys)));
}
