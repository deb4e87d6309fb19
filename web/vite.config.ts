// Builds the page into dist/web, which the api serves. Nothing in the result may need eval or inline code:
// the page runs under a strict Content-Security-Policy.

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { withoutJsonSchemas } from './build-lean.ts'
import { serviceWorker } from './build-worker.ts'

export default defineConfig({
  root: new URL('.', import.meta.url).pathname,
  base: '/',
  plugins: [react(), withoutJsonSchemas(), serviceWorker()],
  resolve: {
    // The ordinary build compiles decoders with `new Function`, which the policy forbids.
    alias: [{ find: /^msgpackr$/, replacement: 'msgpackr/index-no-eval' }],
  },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // data: URLs are not needed for fonts or scripts, and hashed files cache better.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      // What only a part uses that is loaded later goes to that part, also where the SDK's door names it.
      treeshake: { moduleSideEffects: id => !/\/(client|locales)\/[^?]*\.ts$/.test(id) },
      // One file is packed better than thirty, and asked for once.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
    },
  },
})
