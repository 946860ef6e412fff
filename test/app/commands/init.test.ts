import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialize } from '../../../src/app/commands/init.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giga-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function init(): Record<string, string> {
  const result = initialize(folder);
  if (!result.ok) throw new Error(result.diagnostics[0]?.message);
  return Object.fromEntries(result.value.map(({ file, done }) => [file, done]));
}

describe('init', () => {
  it('writes what is missing, and nothing the second time', () => {
    expect(init()).toEqual({
      'workflows/hello.yaml': 'made',
      'giga.yaml': 'made',
      'schemas/workflow.schema.json': 'made',
      'schemas/config.schema.json': 'made',
      '.gitignore': 'made',
    });
    expect(Object.values(init())).toEqual(['kept', 'kept', 'kept', 'kept', 'kept']);
  });

  it('never overwrites, and adds to .gitignore only what is not there', () => {
    writeFileSync(join(folder, 'giga.yaml'), 'mine');
    writeFileSync(join(folder, '.gitignore'), 'node_modules');
    expect(init()).toMatchObject({ 'giga.yaml': 'kept', '.gitignore': 'extended' });
    expect(readFileSync(join(folder, 'giga.yaml'), 'utf8')).toBe('mine');
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('node_modules\n.giga/\n');
    expect(init()).toMatchObject({ '.gitignore': 'kept' });
  });

  it('says what cannot be written', () => {
    writeFileSync(join(folder, 'workflows'), 'a file where a folder is needed');
    const result = initialize(folder);
    expect(result.ok ? [] : result.diagnostics.map((d) => d.code)).toEqual(['CLI_FILE_NOT_WRITTEN']);
  });
});
