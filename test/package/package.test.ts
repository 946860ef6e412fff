/** What `npm pack` gives works when it is installed globally: with this Node, and with each Node named in GIGA_NODES (paths, joined by `:`). */
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const nodes = [process.execPath, ...(process.env['GIGA_NODES'] ?? '').split(':').filter(existsSync)];
let folder = '';
let giga = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'giga-pack-'));
  const quiet: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], quiet),
  ) as { filename: string }[];
  execFileSync(
    'npm',
    [
      'install',
      '-g',
      '--prefix',
      join(folder, 'global'),
      '--offline',
      '--no-audit',
      '--no-fund',
      join(folder, packed?.filename ?? ''),
    ],
    quiet,
  );
  giga = join(folder, 'global', 'lib', 'node_modules', 'giga', 'dist', 'giga.cjs');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(nodes)('installed, with %s', (node) => {
  const run = (...args: string[]): string =>
    execFileSync(node, [giga, ...args], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

  test('the command says its version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(run('--version').trim()).toContain(version);
  });

  test('a workflow runs to its outputs', () => {
    writeFileSync(
      join(folder, 'w.yaml'),
      "steps:\n  a: { run: echo hi }\noutputs: { said: '${{ steps.a.outputs.stdout }}' }\n",
    );
    const last = JSON.parse(run('run', 'w.yaml', '--json').trim().split('\n').at(-1) ?? '') as {
      verdict: string;
      outputs: object;
    };
    expect(last).toMatchObject({ type: 'run.finished', verdict: 'succeeded', outputs: { said: 'hi' } });
  });

  test('the library is importable and has its types', () => {
    const library = join(giga, '..', 'index.js');
    const names = execFileSync(
      node,
      ['--input-type=module', '-e', `console.log(Object.keys(await import(${JSON.stringify(library)})).join())`],
      { encoding: 'utf8' },
    );
    expect(names.trim().split(',')).toEqual(expect.arrayContaining(['compile', 'defineWorkflow', 'run']));
    expect(existsSync(join(giga, '..', 'types', 'app', 'index.d.ts'))).toBe(true);
  });
});

test('the command in the global bin folder is executable', () => {
  expect(execFileSync(join(folder, 'global', 'bin', 'giga'), ['--version'], { encoding: 'utf8' })).toMatch(
    /\d+\.\d+\.\d+/,
  );
});
