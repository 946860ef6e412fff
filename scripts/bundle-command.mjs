/**
 * Bundles the command into two scripts: `command.js` holds what `giga run` and `giga resume` need of a workflow that was seen
 * before, `rest.js` everything else. Each is one expression, an object of modules by name, for src/cli/launch.ts (docs/adr/0006).
 */
import { realpathSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as esbuild from 'esbuild';

const MAIN = 'src/cli/main.ts';
/** What the run path asks for by `import()`: it is there at once. What else is asked for so lies in `rest.js`. */
const AT_ONCE = ['cli/commands/run.ts', 'cli/commands/resume.ts', 'app/project.ts', 'app/workspace.ts', 'app/load.ts'];
/** A package that is too heavy for the run path, used where nothing can wait for an `import()`: it is called by this. */
const CALLED_LATE = {
  re2js: 'export const RE2JS = { compile: (...all) => require("late:node_modules/re2js/build/index.js").RE2JS.compile(...all) };',
};

/** Writes `command.js` and `rest.js` into `outdir`; gives the inputs and the texts. */
export async function bundleCommand(outdir, options) {
  const late = [...(await importedLate(options)), ...Object.keys(CALLED_LATE)];
  const scripts = {
    command: late.filter((path) => AT_ONCE.includes(nameOf(path)))
  }
}
