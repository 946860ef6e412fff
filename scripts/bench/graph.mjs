/**
 * Graphs of steps, as the bench has them, and how giga writes one down. A graph is `{ shape, steps, command, action?, stamps? }`; shapes: fan (no
 * edges), chain, layered (10 wide, each layer needs the one before). Knows no other runner; those are in peers/.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The numbers of the steps that step `i` needs. */
function needsOf(shape, i) {
  if (shape === 'chain') return i === 0 ? [] : [i - 1];
  if (shape === 'layered') return i < 10 ? [] : [i - 10, i % 10 === 9 ? i - 19 : i - 9].filter((n) => n >= 0 && n < i);
  return [];
}

/** The step `i` as `{ name, needs, command }`: names s0, s1, …; a command that is a function is asked per step. */
export function stepsOf({ shape, steps, command }) {
  return Array.from({ length: steps }, (_, i) => ({
    name: `s${i}`,
    needs: needsOf(shape, i).map((n) => `s${n}`),
    command: typeof command === 'function' ? command(i) : command,
  }));
}

/** `action` is what each step does: `run: 'true'`, `run: [/bin/true]` or `set: { v: 1 }`; without one it runs the graph's command. */
export function writeGiga(folder, graph) {
  const { shape, steps, action } = graph;
  const lines = [`name: bench ${shape} ${steps}`, 'concurrency: 8', 'steps:'];
  for (const { name, needs, command } of stepsOf(graph)) {
    const does = action ?? `run: '${command}'`;
    lines.push(`  ${name}: { ${does}${needs.length > 0 ? `, needs: [${needs.join(', ')}]` : ''} }`);
  }
  const file = join(folder, `${shape}-${steps}-${(action ?? 'command').replace(/[^a-z]/g, '')}.yaml`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Copies of as many files: cached steps for giga, in the file that is given back, and targets for make in `copies.mk`. */
export function writeCopies(folder, count) {
  for (const name of ['from', 'to', 'made']) mkdirSync(join(folder, name), { recursive: true });
  const steps = ['concurrency: 8', 'steps:'];
  const targets = [];
  const rules = [];
  for (let i = 0; i < count; i++) {
    writeFileSync(join(folder, 'from', `${i}`), `source ${i}\n`);
    steps.push(`  s${i}: { run: cp from/${i} to/${i}, cache: { inputs: [from/${i}], outputs: [to/${i}] } }`);
    targets.push(`made/${i}`);
    rules.push(`made/${i}: from/${i}\n\tcp from/${i} made/${i}`);
  }
  writeFileSync(join(folder, 'copies.mk'), `all: ${targets.join(' ')}\n${rules.join('\n')}\n`);
  const file = join(folder, 'copies.yaml');
  writeFileSync(file, `${steps.join('\n')}\n`);
  return file;
}

/** One step for each of `count` items. */
export function writeItems(folder, name, count, action) {
  const file = join(folder, name);
  const list = `[${Array.from({ length: count }, (_, index) => index).join(',')}]`;
  writeFileSync(file, `steps:\n  one: { for-each: { items: ${list}, fail-fast: false, max: 64 }, ${action} }\n`);
  return file;
}
