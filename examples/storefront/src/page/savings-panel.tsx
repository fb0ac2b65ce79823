import { stats } from '../data/resource.js';
import type { Stats } from '../data/shop.js';
import { useCacheLog } from './cache-log.js';
import { useKeptFresh } from './use-kept-fresh.js';
import { useOwnResource } from './use-resource.js';

const NAMES: readonly [keyof Stats, string][] = [
  ['products', 'catalogue'],
  ['product', 'product'],
  ['profile', 'profile'],
  ['configuration', 'configuration'],
  ['price', 'live price'],
];

/** How often the database was read, and how often it did not have to be. */
export function SavingsPanel() {
  const view = useOwnResource(stats);
  useKeptFresh(view);
  const here = useCacheLog();
  const rows = view.data && NAMES.map(([kind, name]) => ({ name, ...(view.data as Stats)[kind] }));
  const database = rows?.reduce((sum, row) => sum + row.source, 0);
  const answered = rows?.reduce((sum, row) => sum + row.memory + row.redis, 0);
  return (
    <section className="panel savings" aria-labelledby="savings-title">
      <header>
        <h2 id="savings-title">What it saves</h2>
      </header>
      <dl className="totals">
        <div>
          <dd id="database-reads">{database ?? '–'}</dd>
          <dt>database reads</dt>
        </div>
        <div>
          <dd id="answered-reads">{answered ?? '–'}</dd>
          <dt>reads answered by the server’s cache</dt>
        </div>
        <div>
          <dd>{here.memory + here.disk}</dd>
          <dt>reads answered in this tab, against {here.api} that went to the API</dt>
        </div>
      </dl>
      {rows && (
        <table>
          <thead>
            <tr>
              <th scope="col">Server, by kind</th>
              <th scope="col">database</th>
              <th scope="col">memory</th>
              <th scope="col">Redis</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, source, memory, redis }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{source}</td>
                <td>{memory}</td>
                <td>{redis}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
