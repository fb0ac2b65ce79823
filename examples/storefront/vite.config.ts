import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The client; with `vite build --ssr src/server/start-storefront.ts --outDir dist/server` the server. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { outDir: 'dist/client', emptyOutDir: true },
});
