import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changesBetween, statesIn } from '../../../src/host/workspace/file-states.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giga-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const put = (file: string, text: string | Buffer): void => writeFileSync(join(folder, file), text);

test('what changed is known by content and mode, with the lines that went and came', () => {
  mkdirSync(join(folder, 'in/.git'), { recursive: true });
  mkdirSync(join(folder, '.git'));
  for (const file of ['same', 'text', 'gone', 'mode', '.git/index', 'in/.git/index']) put(file, 'a\nb\nc\n');
  put('bytes', Buffer.from([0, 1]));
  symlinkSync('same', join(folder, 'link'));
  const before = statesIn(folder);
  put('same', 'a\nb\nc\n');
  put('text', 'a\nx\ny\nc\n');
  put('bytes', Buffer.from([0, 2]));
  put('in/new', 'n');
  put('.git/index', 'other');
  rmSync(join(folder, 'gone'));
  rmSync(join(folder, 'link'));
  symlinkSync('text', join(folder, 'link'));
  chmodSync(join(folder, 'mode'), 0o700);
  expect(changesBetween(before, statesIn(folder))).toEqual([
    { kind: 'changed', file: 'bytes', lines: [] },
    { kind: 'deleted', file: 'gone', lines: [] },
    { kind: 'added', file: 'in/new', lines: [] },
    { kind: 'changed', file: 'link', lines: [] },
    { kind: 'changed', file: 'mode', lines: [] },
    { kind: 'changed', file: 'text', lines: ['-b', '+x', '+y'] },
  ]);
});

test('of many lines only the first are told', () => {
  put('many', '');
  const before = statesIn(folder);
  put('many', 'x\n'.repeat(20));
  expect(changesBetween(before, statesIn(folder))[0]?.lines).toEqual([
    ...Array<string>(8).fill('+x'),
    '… and 12 more lines',
  ]);
});
