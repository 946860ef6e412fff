/** wireit, as its users start it: by `npm run`. With `stamps` its records say what is fresh, else it keeps none. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../graph.mjs';

export const wireit = {
  name: 'wireit',
  package: 'wireit',
  write(folder, graph) {
    const steps = stepsOf(graph);
    const scripts = { all: 'wireit' };
    const wired = { all: { dependencies: steps.map(({ name }) => name) } };
    for (const { name, needs, command } of steps) {
      scripts[name] = 'wireit';
      wired[name] = { command, dependencies: needs, ...(graph.stamps ? { files: [], output: [] } : {}) };
    }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'bench', scripts, wireit: wired }));
    return {
      command: 'npm',
      args: ['run', '--silent', 'all'],
      env: { WIREIT_LOGGER: 'quiet', WIREIT_CACHE: 'none', WIREIT_PARALLEL: '8' },
      forget: () => rmSync(join(folder, '.wireit'), { recursive: true, force: true }),
    };
  },
};
