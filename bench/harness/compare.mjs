/**
 * One round of a contender against the control in the same process and the same moment: control, own, own, control,
 * so that a machine that slows down or speeds up evenly cancels out. The first slice after a pause is thrown away:
 * processors run the first tenth of a second after idling faster. Of two slices the better one counts: what others
 * do on the machine only ever makes one worse.
 *
 * @param {() => Promise<number>} control a slice of work; answers its cost per operation, or its rate
 * @param {() => Promise<number>} own
 * @param {'less' | 'more'} better
 */
export async function compare(control, own, better = 'less') {
  await control();
  const first = await control();
  const second = await own();
  const third = await own();
  const fourth = await control();
  const best = better === 'less' ? Math.min : Math.max;
  return { own: best(second, third), ratio: best(second, third) / best(first, fourth) };
}
