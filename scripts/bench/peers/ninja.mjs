/** Ninja: its log is removed before each run, and the files that it waits for are made only where `stamps` are asked for. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../graph.mjs';

export const ninja = {
  name: 'ninja',
  program: 'ninja',
  write(folder, graph) {
    const lines = ['rule r', '  command = $c'];
    for (const { name, needs, command } of stepsOf(graph))
      lines.push(`build ${name}: r ${needs.join(' ')}\n  c = ${command}`);
    writeFileSync(join(folder, 'build.ninja'), `${lines.join('\n')}\n`);
    return {
      command: 'ninja',
      args: ['--quiet', '-j8'],
      forget: () => rmSync(join(folder, '.ninja_log'), { force: true }),
    };
  },
};
