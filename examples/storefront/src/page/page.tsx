import { configuration } from '../data/resource.js';
import { useAnnouncement } from './announcements.js';
import { ConfigurationPanel } from './configuration-panel.js';
import { useIsReachable } from './connection.js';
import { LogPanel } from './log-panel.js';
import { usePath } from './navigation.js';
import { PricePanel } from './price-panel.js';
import { ProductDetail } from './product-detail.js';
import { ProductList } from './product-list.js';
import { productOf } from './product-path.js';
import { ProfilePanel } from './profile-panel.js';
import { SavingsPanel } from './savings-panel.js';
import { TryThis } from './try-this.js';
import { useResource } from './use-resource.js';

export interface PageProps {
  /** The path that was asked for. */
  readonly path: string;
  /** Who put together what is seen first. */
  readonly renderedBy: 'server' | 'browser' | 'shell';
}

export function Page({ path: rendered, renderedBy }: PageProps) {
  const path = usePath(rendered);
  const selected = productOf(path);
  const search = renderedBy === 'browser' ? '?render=browser' : '';
  const said = useAnnouncement();
  const isReachable = useIsReachable();
  return (
    <>
      <a className="skip" href="#detail-title">
        Skip to the product
      </a>
      <Masthead path={path} renderedBy={renderedBy} />
      <p className="offline" role="status" hidden={isReachable}>
        {!isReachable && 'The shop can’t be reached. You see what this browser has kept.'}
      </p>
      <main>
        <ProductList selected={selected} search={search} />
        <ProductDetail id={selected} />
        <aside aria-label="You and the shop">
          <PricePanel />
          <ProfilePanel />
          <ConfigurationPanel />
        </aside>
        <TryThis />
        <SavingsPanel />
        <LogPanel />
      </main>
      <footer>
        <p>
          A demo of <strong>cache-aside</strong>: memory, IndexedDB and tabs here; memory, Redis and Postgres on the
          server.
        </p>
      </footer>
      <p className="said" role="status">
        {said && <span>{said}</span>}
      </p>
    </>
  );
}

function Masthead({ path, renderedBy }: { path: string; renderedBy: PageProps['renderedBy'] }) {
  const { data } = useResource(configuration);
  return (
    <header className="masthead">
      <h1>
        <img src="/icon.svg" alt="" width="36" height="36" />
        {data?.shop ?? 'Slow Harbour Coffee'}
      </h1>
      <p className="notice">{data?.notice}</p>
      <nav className="switch" aria-label="Who renders the page">
        <span>Rendered by</span>
        <a href={path} aria-current={renderedBy === 'server' ? 'true' : undefined}>
          server
        </a>
        <a href={`${path}?render=browser`} aria-current={renderedBy === 'server' ? undefined : 'true'}>
          browser
        </a>
      </nav>
    </header>
  );
}
