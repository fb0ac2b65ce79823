/** Lets the service worker keep the shell of this build: the name of this very file tells builds apart. */
export function keepShell(): void {
  if (!('serviceWorker' in navigator)) return; // or the page is not on a secure origin
  const build = new URL(import.meta.url).pathname.split('/').at(-1) ?? '';
  navigator.serviceWorker.register(`/service-worker.js?build=${encodeURIComponent(build)}`).catch((error: unknown) => {
    console.warn('Reloading without the server will not work:', error);
  });
}
