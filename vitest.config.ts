import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { GIGA_VERSION: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // The first hook of a file may build the command, which takes as long as the machine is busy.
    hookTimeout: 60_000,
    pool: 'forks',
    reporters: ['default', './test/plain-reporter.ts'],
  },
});
