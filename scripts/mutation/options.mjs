/** How Stryker mutates the core and runs the tests. */

export const OPTIONS = {
  packageManager: 'npm',
  // Mocha runs the same tests again in a process that stays: under vitest every mutant costs the start of a worker, thirty times as much.
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner', new URL('wording.mjs', import.meta.url).href],
  buildCommand: 'node scripts/mutation/bundle.mjs',
  // Random lives last: they reach every mutant, and take as long as all other tests together. Who is killed before does not wait for them.
  mochaOptions: { spec: ['test/**/!(property|verify).test.mjs', 'test/**/{property,verify}.test.mjs'] },
  coverageAnalysis: 'perTest',
  ignorers: ['wording'],
  // What runs only while modules load (tables of names, of codes) is there once for all mutants of a process.
  ignoreStatic: true,
  // Stryker reads a tsconfig with an API that TypeScript 7 does not have. Types are not checked: what does not type survives or is killed like the rest.
  tsconfigFile: 'none',
  ignorePatterns: ['dist', '.giga', 'reports', 'coverage'],
  tempDirName: '.stryker-tmp',
  timeoutMS: 5_000,
  timeoutFactor: 3,
  reporters: ['progress-append-only', 'json', 'html'],
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  htmlReporter: { fileName: 'reports/mutation/mutation.html' },
};
