import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/e2e/**/*.test.mjs'],
    fileParallelism: false, // Two editors at once on two cores time each other out.
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
