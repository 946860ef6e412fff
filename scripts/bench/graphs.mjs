/** Writes the same graph of steps for giga, make and ninja. Shapes: fan (no edges), chain, layered (10 wide, each layer needs the one before). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

function needsOf(shape, i) {
  if (shape === 'chain') return i === 0 ? [] : [i - 1];
  if (shape === 'layered') return i < 10 ? [] : [i - 10, i % 10 === 9 ? i - 19 : i - 9].filter((n) => n >= 0 && n < i);
  return [];
}

/** `action` is what each step does: `run: 'true'`, `run: [/bin/true]` or `set: { v: 1 }`. */
export function writeGiga(folder, shape, steps, action, concurrency = 8) {
  const lines = [`name: bench ${shape} ${steps}`, `concurrency: ${concurrency}`, 'steps:'];
  for (let i = 0; i < steps; i++) {
    const needs = needsOf(shape, i).map((n) => `s${n}`);
    lines.push(`  s${i}: { ${action}${needs.length > 0 ? `, needs: [${needs.join(', ')}]` : ''} }`);
  }
  const file = join(folder, `${shape}-${steps}-${action.replace(/[^a-z]/g, '')}.yaml`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

export function writeMake(folder, shape, steps, command) {
  const all = Array.from({ length: steps }, (_, i) => `s${i}`);
  const lines = [`.PHONY: all ${all.join(' ')}`, `all: ${all.join(' ')}`];
  // The `;` keeps make from starting `true` without a shell, since a giga `run` text has one too.
  for (let i = 0; i < steps; i++)
    lines.push(
      `s${i}: ${needsOf(shape, i)
        .map((n) => `s${n}`)
        .join(' ')}\n\t@${command}`,
    );
  const file = join(folder, `${shape}-${steps}.mk`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

export function writeNinja(folder, shape, steps, command) {
  const lines = ['rule r', `  command = ${command}`];
  for (let i = 0; i < steps; i++)
    lines.push(
      `build s${i}: r ${needsOf(shape, i)
        .map((n) => `s${n}`)
        .join(' ')}`,
    );
  const file = join(folder, `${shape}-${steps}.ninja`);
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
