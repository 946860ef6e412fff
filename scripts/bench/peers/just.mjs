/** just: recipes one after the other; it remembers nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../graph.mjs';

export const just = {
  name: 'just',
  program: 'just',
  write(folder, graph) {
    const steps = stepsOf(graph);
    const lines = [`all: ${steps.map(({ name }) => name).join(' ')}`];
    for (const { name, needs, command } of steps) lines.push(`${name}: ${needs.join(' ')}\n  @${command}`);
    writeFileSync(join(folder, 'justfile'), `${lines.join('\n')}\n`);
    return { command: 'just', args: ['--quiet', 'all'] };
  },
};
