import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const GATEWAY = process.env.GATEWAY_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    // WeChat on an old Android phone carries its own engine, about Chromium 86; iOS 14.5 is the oldest iPhone still in use.
    target: ['chrome86', 'safari14.1'],
    // The policy allows scripts and pictures from our own address only, so nothing may be inlined as data.
    assetsInlineLimit: 0,
    // All styles together are 6 kB on the wire: one request instead of one more for each page.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // A page is one file of its own beside three shared ones: on a weak line few requests matter more than few bytes.
          groups: [
            { name: 'vue', test: /node_modules\/(@vue|vue|vue-router|pinia)\//, priority: 3 },
            { name: 'vant', test: /node_modules\/(vant|@vant)\//, priority: 2 },
            { name: 'shared', test: /src\/(ui|lib|api|stores|words|parts)\/|node_modules\/openapi-fetch/, priority: 1, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/v1': GATEWAY } },
})
