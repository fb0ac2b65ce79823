import { type Cache, createCache, hashKey } from 'cache-aside';
import { escapeForScript } from 'cache-aside/node';
import { CacheProvider } from 'cache-aside/react';
import { renderToString } from 'react-dom/server';
import type { PageState } from '../data/page-state.js';
import * as resources from '../data/resource.js';
import type { Origin } from '../data/shop.js';
import { Page } from '../page/page.js';
import { productOf } from '../page/product-path.js';
import { type Answer, NO_STORE } from './answer.js';
import type { ShopReads } from './shop-reads.js';

export interface PageParts {
  readonly cache: Cache;
  readonly shop: ShopReads;
  /** Names this life of the database. */
  readonly database: string;
  /** The built index.html, with places for the page and its state. */
  readonly template: string;
}

/**
 * Renders pages from the server's cache. What is public is in them: the catalogue and the configuration. The
 * profile is nobody else's business, and a live price would be old on arrival: the browser loads these itself.
 */
export function createPageRenderer({ cache, shop, database, template }: PageParts) {
  const page = (html: string, state: PageState): Answer => ({
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', ...NO_STORE },
    body: fill(template, html, escapeForScript(JSON.stringify(state))),
  });

  return {
    /** Without content: the browser renders it from what it has. */
    empty: (): Answer => page('', { database, entries: [], origins: {} }),
    /** Without content or state: what the service worker keeps for when the server can't be reached. */
    shell: (): Answer => ({ ...page('', { database, entries: [], origins: {} }), body: fill(template, '', '') }),

    async full(path: string): Promise<Answer> {
      const selected = productOf(path);
      const [list, one, configuration] = await Promise.all([
        shop.products(),
        shop.product(selected),
        shop.configuration(),
      ]);
      const origins: Record<string, Origin> = {
        [hashKey(resources.products.key)]: list.origin,
        [hashKey(resources.product(selected).key)]: one.origin,
        [hashKey(resources.configuration.key)]: configuration.origin,
      };
      // A view of this request's own: what is rendered is exactly what the browser gets to render it again.
      const entries = cache.dehydrate({ filter: ({ hash }) => hash in origins });
      const view = createCache();
      view.hydrate(entries);
      const html = renderToString(
        <CacheProvider cache={view}>
          <Page path={path} renderedBy="server" />
        </CacheProvider>,
      );
      await view.close();
      return page(html, { database, entries, origins });
    },
  };
}

/** By functions, because a `$` in a replacement's text would mean something. */
function fill(template: string, html: string, state: string): string {
  return template.replace('<!--page-->', () => html).replace('id="page-state">', (start) => start + state);
}
