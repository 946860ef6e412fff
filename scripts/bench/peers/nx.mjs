/** Nx without its daemon: one project, a target per step. Its cache is used only where `stamps` are asked for. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../graph.mjs';

export const nx = {
  name: 'nx',
  package: 'nx',
  write(folder, graph) {
    const steps = stepsOf(graph);
    const targets = { all: { executor: 'nx:noop', dependsOn: steps.map(({ name }) => name) } };
    for (const { name, needs, command } of steps) {
      const options = { command };
      targets[name] = {
        executor: 'nx:run-commands',
        cache: graph.stamps === true,
        inputs: [],
        dependsOn: needs,
        options,
      };
    }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'bench', version: '1.0.0' }));
    writeFileSync(join(folder, 'nx.json'), JSON.stringify({ analytics: false, neverConnectToCloud: true }));
    writeFileSync(join(folder, 'project.json'), JSON.stringify({ name: 'bench', root: '.', targets }));
    return {
      command: join(folder, 'node_modules', '.bin', 'nx'),
      args: ['run', 'bench:all', '--parallel=8'],
      env: { NX_DAEMON: 'false', NX_TUI: 'false', CI: '1' },
      forget: () => rmSync(join(folder, '.nx'), { recursive: true, force: true }),
    };
  },
};
