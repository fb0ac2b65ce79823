/**
 * A Markdown table.
 * @param {readonly string[]} headers @param {readonly (readonly (string | undefined)[])[]} rows
 */
export function table(headers, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const rule = headers.map((_, i) => (i === 0 ? '---' : '--:'));
  return [line(headers), line(rule), ...rows.map((row) => line(row.map((cell) => cell ?? '–')))].join('\n');
}

/** Three digits are what repeats. @param {number | undefined} value */
export function digits(value) {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return value.toFixed(size >= 10 ? 1 : 2);
}
