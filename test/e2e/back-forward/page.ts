import { createBrowserCache } from '../../../src/browser/index.js';

/** How a page keeps values: in the way of cache-aside, of cache-aside without `confirm`, or in the naive way. */
export type WayName = 'ours' | 'unconfirmed' | 'naive';

interface Way {
  read(): Promise<number>;
  /** @returns whether every other tab has confirmed */
  invalidate(): Promise<boolean>;
}

const ask = async (path: string): Promise<number> => Number(await (await fetch(path, { cache: 'no-store' })).text());
const load = () => ask('/version');

function ours(confirm: boolean): Way {
  const cache = createBrowserCache({ name: 'back-forward', ttl: '1h', confirm });
  return {
    read: () => cache.get('item', load),
    invalidate: async () => (await cache.invalidate({ key: 'item' }, { confirm: '5s' })).confirmed === true,
  };
}

/** Memory and messages; the channel is closed while the page is away, as browsers advise. */
function naive(): Way {
  let known: number | undefined;
  let channel: BroadcastChannel;
  const open = () => {
    channel = new BroadcastChannel('naive');
    channel.onmessage = () => {
      known = undefined;
    };
  };
  open();
  addEventListener('pagehide', () => channel.close());
  addEventListener('pageshow', ({ persisted }) => persisted && open());
  return {
    async read() {
      known ??= await load();
      return known;
    },
    async invalidate() {
      channel.postMessage('item');
      return true;
    },
  };
}

const query = new URLSearchParams(location.search);
const name = query.get('way') as WayName;

/** What is answered at each of the moments at which a page learns that it is back. */
const reads: Promise<number>[] = [];
const isBack = (persisted: boolean) => async () => {
  reads.push(way.read());
  await new Promise((resolve) => setTimeout(resolve, 100));
  reads.push(way.read());
  const values = (await Promise.all(reads)).join();
  await fetch(`/back?persisted=${persisted}&values=${values}`);
};
// The page's own listeners come first: what they read is promised too.
document.addEventListener('resume', () => reads.push(way.read()));
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && reads.push(way.read()));
addEventListener('pageshow', ({ persisted }) => persisted && void isBack(true)());

const way = name === 'naive' ? naive() : ours(name === 'ours');

async function travel(): Promise<void> {
  if (sessionStorage.getItem('left')) return isBack(false)();
  sessionStorage.setItem('left', 'yes');
  await way.read();
  reads.length = 0;
  // Once all is written: Firefox keeps no page with a transaction under way.
  setTimeout(() => location.assign('/away'), 1_000);
}

/** It does not read: a key that both load would keep the page out of Firefox's cache, as a lock that is refused does. */
async function write(): Promise<void> {
  await ask('/wait-for-away');
  await ask('/write');
  await ask(`/written?confirmed=${await way.invalidate()}`);
}

void (query.get('role') === 'traveller' ? travel() : write());
