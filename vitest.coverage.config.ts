/**
 * The branches of `core` that its tests take: all of them. By istanbul, since V8 counts a default value as taken with its function.
 * What only a bug of giga can reach, and says so, is not counted: `unreachable(x)`, and a throw of `Bug: …`.
 */
import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

const IGNORE_NEXT = '/* istanbul ignore next -- @preserve */';
const IGNORE_IF = '/* istanbul ignore if -- @preserve */';

const bugs = {
  name: 'bugs-are-not-counted',
  enforce: 'pre' as const,
  transform(code: string, id: string): string | null {
    if (!id.includes('/src/core/')) return null;
    return code
      .replace(/default:(?=\s*return unreachable\(|\s*throw new Error\(`Bug: )/g, `${IGNORE_NEXT} default:`)
      .replace(/if \((?=[^\n]*\)\s*throw new Error\([`']Bug: )/g, `${IGNORE_IF} if (`);
  },
};

export default defineConfig({
  ...base,
  plugins: [bugs],
  test: {
    ...base.test,
    include: ['test/core/**/*.test.ts', 'test/sim/simulate.test.ts'],
    // Its runs are of copies of `core` that are broken on purpose.
    exclude: ['test/core/run/mutants.test.ts'],
    setupFiles: ['test/fixed-seeds.ts'],
    env: { GIGA_RUNS: '100' },
    testTimeout: 600_000, // instrumented code is slow
    coverage: {
      enabled: true,
      provider: 'istanbul',
      include: ['src/core/**'],
      reporter: ['text', 'json'],
      reportOnFailure: true,
      thresholds: { branches: 100 },
    },
  },
});
