import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundlePlugin } from '../../src/plugin/bundle.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giga-bundle-'));
  mkdirSync(join(folder, 'lib'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const nameOf = (path: string): string => relative(folder, path);

it('is the same text wherever giga is started: it names files from the one of the plugin', async () => {
  writeFileSync(join(folder, 'lib', 'a.ts'), 'export const a: number = 1;\n');
  writeFileSync(join(folder, 'hello.ts'), "import { a } from './lib/a.ts';\nexport default { a };\n");
  const bundled = await bundlePlugin(join(folder, 'hello.ts'), nameOf);
  if (!bundled.ok) throw new Error(bundled.diagnostics[0]?.message);
  const { code, inputs } = bundled.value;
  expect(code).toContain('// lib/a.ts\n');
  expect(code).not.toContain(folder);
  expect(Object.keys(inputs)).toEqual([join(folder, 'hello.ts'), join(folder, 'lib', 'a.ts')]);
});

it('says where a text cannot be read, by the name that a person knows', async () => {
  writeFileSync(join(folder, 'lib', 'a.ts'), 'export const a = ];\n');
  writeFileSync(join(folder, 'hello.ts'), "import { a } from './lib/a.ts';\nexport default { a };\n");
  const bundled = await bundlePlugin(join(folder, 'hello.ts'), nameOf);
  expect(bundled).toMatchObject({
    ok: false,
    diagnostics: [{ code: 'PLUGIN_UNREADABLE', at: { file: 'lib/a.ts', start: { line: 1, column: 18 } } }],
  });
});
