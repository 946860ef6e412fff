/** SCons: a command per target, with its database removed before each run. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../graph.mjs';

export const scons = {
  name: 'scons',
  program: 'scons',
  write(folder, graph) {
    const lines = stepsOf(graph).map(
      ({ name, needs, command }) => `Command('${name}', ${JSON.stringify(needs)}, ${JSON.stringify(command)})`,
    );
    writeFileSync(join(folder, 'SConstruct'), `${lines.join('\n')}\n`);
    return {
      command: 'scons',
      args: ['-Q', '-s', '-j8'],
      forget: () => rmSync(join(folder, '.sconsign.dblite'), { force: true }),
    };
  },
};
