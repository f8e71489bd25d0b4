import { mergeConfig } from 'vite'
import { defineConfig } from 'vitest/config'
import base from "./vite.config.ts"

export default mergeConfig(
  base,
  defineConfig({
    // A busy machine is slow, not wrong: what never comes fails all the same.
    test: { environment: 'jsdom', include: ['test/**/*.spec.ts'], restoreMocks: true, testTimeout: 60_000 },
  }),
)
