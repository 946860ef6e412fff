import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bareObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import type { Mask, StepAnswer } from '../../../src/core/ports.ts';
import { createMask, NO_MASK } from '../../../src/host/mask/mask.ts';
import { createWorkspaceFiles } from '../../../src/host/workspace/workspace-files.ts';
import { contentText } from '../../../src/steps/write/content.ts';
import { createWriteStep } from '../../../src/steps/write/write.ts';
import { contextFor } from '../context.ts';

const root = mkdtempSync(join(tmpdir(), 'giga-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function perform(request: JsonObject, mask: Mask = NO_MASK, signal?: AbortSignal): Promise<StepAnswer> {
  const step = createWriteStep({ files: createWorkspaceFiles(), mask });
  return step.perform({ cwd: '', ...request }, contextFor(root, { action: 'write', ...(signal ? { signal } : {}) }));
}

describe('the text of a file', () => {
  const nasty = bareObject<Json>([
    ['__proto__', [1, 'yes', '3.10', null]],
    ['text', 'a: b\n# c\n'],
  ]);
  test.each<[string, Json, string]>([
    ['a.txt', 'as it is ${{ }}', 'as it is ${{ }}'],
    ['a.json', 'a text', 'a text'],
    ['a.json', { a: [1] }, '{\n  "a": [\n    1\n  ]\n}\n'],
    ['a.json', null, 'null\n'],
    ['a.txt', { a: 1 }, '{\n  "a": 1\n}\n'],
    ['a.txt', 3.5, '3.5'],
    ['a', true, 'true'],
    ['a', null, ''],
    ['a.b.YAML', { on: 'yes', list: [1, 'x'] }, '"on": "yes"\nlist:\n  - 1\n  - x\n'],
    ['dir.yaml/a', { a: 1 }, '{\n  "a": 1\n}\n'],
  ])('%s of %j', async (path, content, text) => {
    expect(await contentText(path, content)).toBe(text);
  });
  test('holds any value, whole', async () => {
    expect(JSON.parse(await contentText('a.json', nasty))).toEqual(JSON.parse(JSON.stringify(nasty)));
    expect(JSON.stringify(parse(await contentText('a.yml', nasty)))).toBe(JSON.stringify(nasty));
  });
});

describe('the step', () => {
  test('answers with the path', async () => {
    expect(await perform({ path: 'out/a.json', content: [1] })).toEqual({
      outcome: 'succeeded',
      outputs: { path: 'out/a.json' },
    });
    expect(readFileSync(join(root, 'out/a.json'), 'utf8')).toBe('[\n  1\n]\n');
  });
  test('hides a secret that got in', async () => {
    await perform({ path: 'a', content: 'x s3cr3t-value y' }, createMask(['s3cr3t-value']));
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('x *** y');
  });
  test.each<[string, JsonObject, string]>([
    ['a path that leads out', { path: '../x', content: '' }, 'STEP_WRITE_OUTSIDE'],
    ['a cwd that leads out', { path: 'x', content: '', cwd: '..' }, 'STEP_WRITE_OUTSIDE'],
    ['a path that is no text', { path: 1, content: '' }, 'STEP_BAD_REQUEST'],
    ['a cwd that is no text', { path: 'x', content: '', cwd: 1 }, 'STEP_BAD_REQUEST'],
    ['a mode that is none', { path: 'x', content: '', mode: '9' }, 'STEP_BAD_REQUEST'],
  ])('refuses %s', async (_what, request, code) => {
    expect(await perform(request)).toMatchObject({ outcome: 'failed', error: { code } });
    expect((await perform(request)).error?.retryable).toBe(code === 'STEP_WRITE_OUTSIDE' ? false : undefined);
  });
  test('that is stopped before it begins writes nothing', async () => {
    expect(await perform({ path: 'never', content: '' }, NO_MASK, AbortSignal.abort('cancelled'))).toEqual({
      outcome: 'cancelled',
    });
  });
});
