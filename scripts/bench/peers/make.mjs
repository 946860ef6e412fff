/** GNU make: phony targets, or files as stamps where what was done is to be remembered. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../graph.mjs';

export const make = {
  name: 'make',
  program: 'make',
  write(folder, graph) {
    const steps = stepsOf(graph);
    const names = steps.map(({ name }) => name).join(' ');
    const lines = [graph.stamps ? '.PHONY: all' : `.PHONY: all ${names}`, `all: ${names}`];
    // The `;` keeps make from starting `true` without a shell, since a giga `run` text has one too.
    for (const { name, needs, command } of steps) lines.push(`${name}: ${needs.join(' ')}\n\t@${command};`);
    writeFileSync(join(folder, 'Makefile'), `${lines.join('\n')}\n`);
    return { command: 'make', args: ['-s', '-j8'], env: { MAKEFLAGS: '' } };
  },
};
