/** Snakemake: a rule per step, whose output it touches itself; outputs and records are removed before each run. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../graph.mjs';

export const snakemake = {
  name: 'snakemake',
  program: 'snakemake',
  write(folder, graph) {
    const steps = stepsOf(graph);
    const quoted = (names) => names.map((name) => `'${name}'`).join(', ');
    const lines = [`rule all:\n  input: ${quoted(steps.map(({ name }) => name))}`];
    for (const { name, needs, command } of steps) {
      const input = needs.length > 0 ? `  input: ${quoted(needs)}\n` : '';
      lines.push(`rule ${name}:\n${input}  output: touch('${name}')\n  shell: ${JSON.stringify(command)}`);
    }
    writeFileSync(join(folder, 'Snakefile'), `${lines.join('\n')}\n`);
    const args = ['--quiet', 'all', '--nolock', '--rerun-incomplete', '-j8'];
    return {
      command: 'snakemake',
      args,
      forget: () => {
        for (const { name } of steps) rmSync(join(folder, name), { force: true });
        rmSync(join(folder, '.snakemake'), { recursive: true, force: true });
      },
    };
  },
};
