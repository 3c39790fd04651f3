import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const { version } = createRequire(import.meta.url)('./package.json');
const project = (name, include) => ({ extends: true, test: { name, include } });

export default defineConfig({
  define: { SPIKEWISE_VERSION: JSON.stringify(version) },
  test: {
    testTimeout: 60_000,
    // Two cores: files that start browsers or many threads would disturb each other.
    maxWorkers: 2,
    projects: [
      project('unit', ['test/unit/**/*.test.ts']),
      project('cli', ['test/cli/**/*.test.ts']),
      project('browser', ['test/browser/**/*.test.ts']),
    ],
  },
});
