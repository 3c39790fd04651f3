import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const { version } = createRequire(import.meta.url)('./package.json') as { version: string };

export default defineConfig({
  define: { SPIKEWISE_VERSION: JSON.stringify(version) },
  test: {
    testTimeout: 60_000,
    // Two cores: files that start browsers or many threads would disturb each other.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'] } },
      { extends: true, test: { name: 'browser', include: ['test/browser/**/*.test.ts'] } },
    ],
  },
});
