/** The same on both sides: what `Intl` says depends on where it runs. */
export function formatMoney(cents: number, currency = 'EUR'): string {
  const sign = currency === 'EUR' ? '€' : `${currency} `;
  return sign + (cents / 100).toFixed(2);
}

/** An age that is read at a glance. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 1) return 'just now';
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
