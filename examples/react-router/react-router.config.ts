import type { Config } from '@react-router/dev/config';

export default {
  future: {
    v8_middleware: true, // the cache of the request is made there
    v8_splitRouteModules: true,
    v8_viteEnvironmentApi: true,
    v8_passThroughRequests: true,
    v8_trailingSlashAwareDataRequests: true,
  },
} satisfies Config;
