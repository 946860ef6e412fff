/** doit: one generator of tasks; with `stamps` each is done once, by doit's own record. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../graph.mjs';

export const doit = {
  name: 'doit',
  program: 'doit',
  write(folder, graph) {
    const lines = ['from doit.tools import run_once', 'def task_s():'];
    for (const { name, needs, command } of stepsOf(graph)) {
      const before = JSON.stringify(needs.map((need) => `s:${need}`));
      const once = graph.stamps ? ", 'uptodate': [run_once]" : '';
      lines.push(
        `    yield {'name': '${name}', 'actions': [${JSON.stringify(command)}], 'task_dep': ${before}${once}}`,
      );
    }
    writeFileSync(join(folder, 'dodo.py'), `${lines.join('\n')}\n`);
    return { command: 'doit', args: ['-v', '0', '-n', '8', '-P', 'thread'] };
  },
};
