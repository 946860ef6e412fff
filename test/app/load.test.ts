/** What a text compiled to is remembered, and what is remembered is believed only as it was written. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileText, type LoadedPlan } from '../../src/app/load.ts';
import { openProject } from '../../src/app/project.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'giga-'));
  mkdirSync(join(root, '.giga'));
});
afterEach(() => rmSync(root, { recursive: true }));

async function load(): Promise<LoadedPlan> {
  const project = await openProject({ cwd: root, env: { XDG_CONFIG_HOME: root } });
  if (!project.ok) throw new Error(project.diagnostics[0]?.message);
  const { value } = await compileText(project.value, join(root, 'w.yaml'), 'steps:\n  - run: echo safe\n');
  if (value === null) throw new Error('there is no plan');
  return value;
}

function remembered(): string {
  const folder = join(root, '.giga', 'cache', 'plans');
  return join(folder, readdirSync(folder)[0] ?? '');
}

describe('a plan that is remembered', () => {
  it('is taken from its file', async () => {
    const { plan } = await load();
    const text = readFileSync(remembered(), 'utf8');
    expect((await load()).plan).toEqual(plan);
    expect(readFileSync(remembered(), 'utf8')).toBe(text);
  });

  it.each<[what: string, damage: (text: string) => string]>([
    ['a script that is another one', (text) => text.replace('echo safe', 'echo evil')],
    ['a hash of another plan', (text) => text.replace(/"hash":"./, '"hash":"x')],
    ['no warnings', (text) => text.replace('"warnings"', '"x"')],
    ['half of it', (text) => text.slice(0, text.length / 2)],
    ['nothing', () => ''],
    ['JSON of something else', () => '{"hash":"x","texts":{}}\n{"v":1}'],
  ])('is compiled anew where the file holds %s', async (_, damage) => {
    const before = await load();
    const text = readFileSync(remembered(), 'utf8');
    const damaged = damage(text);
    writeFileSync(remembered(), damaged);
    const { plan, hash } = await load();
    expect(damaged).not.toBe(text);
    expect({ plan, hash }).toEqual({ plan: before.plan, hash: before.hash });
    expect(readFileSync(remembered(), 'utf8')).toBe(text);
  });
});
