'use client';

import { type Cache, createCache } from 'cache-aside';
import { createBrowserCache } from 'cache-aside/browser';
import { CacheProvider } from 'cache-aside/react';
import { type ReactNode, useState } from 'react';

/** The cache of this user in this browser; on the server, one for each render. */
export function Providers({ user, children }: { user: string; children: ReactNode }) {
  const [cache] = useState<Cache>(() =>
    typeof window === 'undefined' ? createCache() : createBrowserCache({ name: 'example-nextjs', scope: user }),
  );
  return <CacheProvider cache={cache}>{children}</CacheProvider>;
}
