/** Holds the place of what is not there yet, or tells that it can't be had. */
export function Skeleton({ error, lines = 3 }: { error: unknown; lines?: number }) {
  if (error !== undefined) {
    return <p className="missing">Not kept in this browser, and the shop can’t be reached.</p>;
  }
  return (
    <div className="skeleton" aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => `line ${line}`).map((line) => (
        <span key={line} />
      ))}
    </div>
  );
}
