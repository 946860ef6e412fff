import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOffer, toolName } from '../../../src/app/mcp-server/offer.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'giga-offer-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function put(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(join(cwd, file, '..'), { recursive: true });
    writeFileSync(join(cwd, file), 'steps: {}');
  }
}

function tools(...workflows: readonly string[]): readonly string[] {
  const found = findOffer({ cwd, workflows });
  return found.ok ? found.value.map(({ tool }) => tool) : found.diagnostics.map(({ message }) => message);
}

describe('the name of a tool', () => {
  it.each([
    ['ci', 'ci'],
    ['release_notes-2', 'release_notes-2'],
    ['release notes.v2', 'release-notes-v2'],
    ['  a  ', 'a'],
    ['über', 'ber'],
    ['x'.repeat(70), 'x'.repeat(64)],
  ])('%j is %j', (name, tool) => {
    expect(toolName(name)).toBe(tool);
  });

  it('is made up where nothing of it fits', () => {
    expect(toolName('日本')).toMatch(/^workflow-[0-9a-f]{6}$/);
    expect(toolName('日本')).not.toBe(toolName('中国'));
  });
});

describe('what is offered', () => {
  it('is all that `giga run NAME` finds, without tests', () => {
    put('workflows/b.yaml', 'workflows/a.md', 'workflows/b.test.yaml', 'workflows/deep/c.yaml', 'other.yaml');
    expect(tools()).toEqual(['a', 'b']);
  });

  it('is what was named, by a file or a name, each once', () => {
    put('workflows/a.yaml', 'workflows/b.yaml', 'other.yaml');
    expect(tools('b', 'other.yaml', 'workflows/b.yaml')).toEqual(['b', 'other']);
    expect(tools('b', 'none', 'nothing')).toEqual(['There is no workflow "none".', 'There is no workflow "nothing".']);
  });

  it('has names of its own for files that would share one, whatever else there is', () => {
    put('a b.yaml', 'a.b.yaml', 'deep/a b.yaml', `${'x'.repeat(80)}.yaml`, `${'x'.repeat(81)}.yaml`);
    const long = ['x'.repeat(80), 'x'.repeat(81)].map((name) => `${name}.yaml`);
    const all = tools('a b.yaml', 'a.b.yaml', 'deep/a b.yaml', ...long);
    expect(new Set(all).size).toBe(5);
    for (const name of all) expect(name).toMatch(/^(a-b|x{57})-[0-9a-f]{6}$/);
    expect(tools('deep/a b.yaml', 'a.b.yaml')).toEqual([all[2], all[1]]);
  });
});
