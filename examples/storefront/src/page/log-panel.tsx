import { useCacheLog } from './cache-log.js';

/** The last steps of this tab's cache. */
export function LogPanel() {
  const { lines } = useCacheLog();
  return (
    <section className="panel log" aria-labelledby="log-title">
      <header>
        <h2 id="log-title">What the cache did</h2>
      </header>
      <ol reversed>
        {lines.map(({ id, at, verb, what }) => (
          <li key={id}>
            <time>{at}</time>
            <span className="verb">{verb}</span>
            <code>{what}</code>
          </li>
        ))}
      </ol>
    </section>
  );
}
