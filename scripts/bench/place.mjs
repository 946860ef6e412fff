/** The folder that a bench works in, and giga in it: its state, its kept byte code, and how they are forgotten between runs. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = resolve('dist/giga.cjs');

export function makePlace() {
  const folder = mkdtempSync(join(tmpdir(), 'giga-bench-'));
  const state = join(folder, 'state');
  mkdirSync(state); // without one, `giga validate` would remember nothing
  const options = { cwd: folder, env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') } };
  const forgetRuns = () => {
    const all = join(state, 'runs');
    for (const run of existsSync(all) ? readdirSync(all) : []) rmSync(join(all, run), { recursive: true });
  };
  const forgetTexts = () => rmSync(join(state, 'cache'), { recursive: true, force: true });
  /** A contestant; `preload` is a file that Node loads before giga. */
  const giga = (args, { before, name = 'giga', preload } = {}) => ({
    name,
    command: process.execPath,
    args: [...(preload ? ['--require', preload] : []), program, ...args, '--state', state],
    options,
    before,
  });
  return {
    folder,
    forgetRuns,
    forgetTexts,
    giga,
    /** `giga run` of a file, as if it were the first run. */
    run: (file, more) => giga(['run', file], { before: forgetRuns, ...more }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What a start of Node costs, of which a cold start is a multiple. */
export const bareNode = { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] };

/** What Node needs to start `/bin/true` so often, 8 at once. */
export const bareSpawn = (count) => ({
  name: 'bare spawn',
  command: process.execPath,
  args: [resolve('scripts/bench/spawn-floor.mjs'), String(count), '8'],
});
