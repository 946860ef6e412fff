import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClock } from '../../../src/host/clock.ts';
import { createFileWatch } from '../../../src/host/workspace/watch.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'giga-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = new AbortController().signal;
const wait = (path: string, signal: AbortSignal = open) =>
  createFileWatch({ root, clock: createClock() }).appears(path, signal);
const put = (path: string): void => writeFileSync(join(root, path), '');

test('what is there already is found at once', async () => {
  mkdirSync(join(root, 'out'));
  put('out/b.json');
  put('out/a.json');
  put('we[i]rd');
  expect(await wait('out/a.json')).toEqual({ ok: true, value: ['out/a.json'] });
  expect(await wait('out')).toEqual({ ok: true, value: ['out'] });
  expect(await wait(`${root}/./out/../out/a.json`)).toEqual({ ok: true, value: ['out/a.json'] });
  expect(await wait('out/*.json')).toEqual({ ok: true, value: ['out/a.json', 'out/b.json'] });
  expect(await wait('we[i]rd')).toEqual({ ok: true, value: ['we[i]rd'] });
});

test('a file is found when it comes, also in folders that come with it', async () => {
  const [plain, deep, pattern] = [wait('a.txt'), wait('x/y/z.txt'), wait('x/**/*.json')];
  put('a.txt');
  expect(await plain).toEqual({ ok: true, value: ['a.txt'] });
  mkdirSync(join(root, 'x/y'), { recursive: true });
  put('x/y/part');
  renameSync(join(root, 'x/y/part'), join(root, 'x/y/z.txt'));
  expect(await deep).toEqual({ ok: true, value: ['x/y/z.txt'] });
  put('x/y/b.json');
  expect(await pattern).toEqual({ ok: true, value: ['x/y/b.json'] });
});

test('it is found although the system tells nothing of it', async () => {
  let looks = 0;
  const clock = createClock();
  // A clock whose pauses are over at once stands for the looks now and then.
  const eager = {
    ...clock,
    after: (_delayMs: number, then: () => void) => clock.after(0, () => (++looks > 3 && put('a.txt'), then())),
  };
  const found = await createFileWatch({ root, clock: eager }).appears('a.txt', open);
  expect(found).toEqual({ ok: true, value: ['a.txt'] });
});

test('it stops when it is told to', async () => {
  const stop = new AbortController();
  const waiting = wait('never', stop.signal);
  stop.abort();
  expect(await waiting).toBeNull();
  expect(await wait('never', stop.signal)).toBeNull();
});

test.each(['../x', '/etc/passwd', 'a/../../x', '', '.', 'a\0b'])('%j can never be found', async (path) => {
  expect(await wait(path)).toMatchObject({ ok: false, diagnostics: [{ code: 'STEP_WAIT_FILE' }] });
});
