// Keeps the page's shell and its files, so that a reload without the server still gives a page: the data are in
// IndexedDB. It never answers for the API, and never keeps a page with data in it: that would be a second,
// blind cache beside the real one.
const kept = `shell ${new URL(location.href).searchParams.get('build')}`;

addEventListener('install', (event) => event.waitUntil(keepShell().then(() => skipWaiting())));

addEventListener('activate', (event) => event.waitUntil(dropOthers().then(() => clients.claim())));

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin || pathname.startsWith('/api/')) return;
  if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => caches.match('/shell')));
  else event.respondWith(caches.match(request).then((found) => found ?? fetch(request)));
});

async function keepShell() {
  const cache = await caches.open(kept);
  const shell = await fetch('/shell', { cache: 'no-store' });
  if (!shell.ok) throw new Error(`The shell answered ${shell.status}.`);
  const html = await shell.clone().text();
  const files = new Set([...html.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => path));
  await Promise.all([cache.put('/shell', shell), cache.addAll([...files])]);
}

async function dropOthers() {
  for (const name of await caches.keys()) if (name !== kept) await caches.delete(name);
}
