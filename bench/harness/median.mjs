/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * The medians of what rounds measured, field by field. Fields that are not numbers are the last round's.
 * @param {readonly Record<string, any>[]} rounds
 */
export function medians(rounds) {
  const last = rounds.at(-1);
  if (last === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(last).map(([name, value]) => [
      name,
      typeof value === 'number' ? median(rounds.map((round) => round[name])) : value,
    ]),
  );
}
