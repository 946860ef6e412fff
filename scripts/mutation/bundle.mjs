/** Makes plain JavaScript of the tests and of the core, once for all mutants. Runs in Stryker's copy of the project, never in the project itself. */
import { build } from 'esbuild';
import { globSync } from 'tinyglobby';

const patterns = process.env.GIGA_MUTATION_TESTS?.split(' ') ?? ['test/core/**/*.test.ts', 'test/sim/simulate.test.ts'];

await build({
  // Bundles lie beside their sources, so that what they find by `import.meta` is there.
  entryPoints: globSync(patterns, {
    ignore: ['test/core/run/mutants.test.ts', 'test/core/journal/{fuzz,golden-runs}.test.ts'],
  }),
  outdir: '.',
  outbase: '.',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  alias: { vitest: './scripts/mutation/vitest-in-mocha.mjs' },
  define: { GIGA_VERSION: '"0.0.0-test"' },
  logLevel: 'warning',
});
