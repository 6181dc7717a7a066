// SPDX-License-Identifier: Apache-2.0

// Keeps the observer's page on the phone, so that it opens where there is no network. What was
// observed is not its business: the page keeps that, and sends it.

const kCache = 'picket-observe';
const kPage = '/observe';
const kPatience_ms = 3000;

/** The page, and everything that it names. */
async function keep() {
  const response = await fetch(kPage, { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${kPage}: HTTP ${response.status}`);
  const text = await response.clone().text();
  const named = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]);
  const cache = await caches.open(kCache);
  await cache.addAll(named);
  await cache.put(kPage, response);
  // Of an older page nothing stays; names in /assets/ change with what they hold.
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname !== kPage && !named.includes(pathname)) await cache.delete(request);
  }
}

self.addEventListener('install', (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** The newest page where the network gives it soon; else the one that is kept. */
async function page() {
  const kept = await caches.match(kPage);
  try {
    const signal = kept ? AbortSignal.timeout(kPatience_ms) : undefined;
    const response = await fetch(kPage, { cache: 'no-cache', signal });
    if (response.ok || !kept) return response;
  } catch (error) {
    if (!kept) throw error;
  }
  return kept;
}

self.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== 'GET' || origin !== self.location.origin) return;
  if (event.request.mode === 'navigate' && pathname === kPage) {
    event.respondWith(page());
    event.waitUntil(keep().catch(() => undefined));
  } else if (pathname.startsWith('/assets/')) {
    event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(event.request)));
  }
});
