/** Real processes on a real disk: who wins, who is stopped, who is killed, and what happens when there is no more room. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FileStore } from '../../../src/host/store/file/file-store.ts';
import { sampleEvent } from '../../core/journal/sample.ts';
import { bundled, codes, storeIn, temporaryFolder, value } from './folder.ts';

const canUnshare = spawnSync('unshare', ['-rm', 'true']).status === 0;
if (!canUnshare)
  console.log('skipped: no user namespaces here, so no full or read-only file system and no other container');

/** How often each process must have the run. */
const WINS = process.env['GIGA_TORTURE'] ? 12_500 : 12;

let script: string;
beforeAll(async () => {
  script = await bundled('child');
});

let folder: string;
let store: FileStore;
beforeEach(() => {
  folder = temporaryFolder();
  store = storeIn(folder);
});

interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly lines: string[];
  readonly ended: Promise<unknown>;
}

function start(command: string, given: readonly string[]): Child {
  const child = spawn(command, given);
  const lines: string[] = [];
  const reading = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (text: Buffer) => lines.push(`stderr: ${text.toString()}`));
  return { process: child, lines, ended: Promise.all([once(child, 'close'), once(reading, 'close')]) };
}

const giga = (mode: string, count = 1): Child => start(process.execPath, [script, mode, folder, String(count)]);
const inShell = (prelude: string, mode: string, ...unshare: string[]): Child => {
  const shell = ['sh', '-c', `${prelude} && exec "$0" "$@"`, process.execPath, script, mode, folder];
  return unshare.length > 0 ? start('unshare', [...unshare, ...shell]) : start('sh', shell.slice(1));
};

async function said(child: Child, line: string): Promise<void> {
  const look = (): boolean => child.lines.includes(line);
  while (!look()) {
    const more = await Promise.race([once(child.process.stdout, 'data'), child.ended.then(() => null)]);
    await new Promise(setImmediate);
    if (!more && !look()) throw new Error(`It ended without "${line}": ${child.lines.join('\n')}`);
  }
}

async function begun(): Promise<void> {
  const writer = value(await store.create('r1'));
  writer.append([sampleEvent(0)]);
  await writer.close();
}

test('eight processes fight for a run: never two at once, and every record of each is there', {
  timeout: 24 * 3_600_000,
}, async () => {
  await begun();
  const children = Array.from({ length: 8 }, () => giga('race', WINS));
  await Promise.all(children.map(({ ended }) => ended));
  expect(children.flatMap(({ lines }) => lines)).toEqual([]);
  const { records, diagnostics, sealed } = value(await store.read('r1'));
  expect({ count: records.length, diagnostics, sealed }).toEqual({
    count: 1 + 8 * WINS,
    diagnostics: [],
    sealed: true,
  });
  for (const { process } of children) {
    const own = records.flatMap((record) =>
      record.type === 'attempt.noted' && record.node === String(process.pid) ? [Number(record.data)] : [],
    );
    expect(own).toEqual(Array.from({ length: WINS }, (_, n) => n));
  }
  expect(new Set(records.map(({ epoch }) => epoch)).size).toBe(records.length);
});

test('processes that are killed at work keep what they said was kept', async () => {
  await begun();
  for (let round = 0; round < 6; round++) {
    const children = [giga('die'), giga('die')];
    await Promise.all(children.map(({ ended }) => ended));
    const lines = children.flatMap(({ lines }) => lines);
    const acknowledged = lines.map((line) => Number(line.replace('acknowledged ', '')));
    const { records, diagnostics } = value(await store.read('r1'));
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(records.length).toBeGreaterThan(Math.max(0, ...acknowledged)); // NaN, and so false, for anything else that was said
  }
  const { writer } = value(await store.open('r1'));
  await writer.close();
});

test('a stopped process is alive; once taken over, it notices when it wakes', async () => {
  await begun();
  const child = giga('hold');
  await said(child, 'held');
  child.process.kill('SIGSTOP');
  expect(await store.holder('r1')).toMatchObject({ pid: child.process.pid });
  const refused = await store.open('r1');
  expect(refused).toMatchObject({
    diagnostics: [{ code: 'RUN_HELD', message: expect.stringContaining(`process ${child.process.pid} on`) }],
  });
  const { writer } = value(await store.open('r1', { takeover: true }));
  child.process.stdin.write('go\n');
  child.process.kill('SIGCONT');
  await child.ended;
  expect(child.lines).toEqual(['held', 'RUN_TAKEN_OVER']);
  writer.append([sampleEvent(7)]);
  await writer.close();
  expect(value(await store.read('r1')).records).toMatchObject([{ op: 0 }, { data: 'before' }, { op: 7, epoch: 3 }]);
});

test('a limit on the size of files stops the run, and it goes on without', async () => {
  const child = inShell('ulimit -f 100', 'fill');
  await child.ended;
  expect(child.lines[0]).toBe('RUN_DISK_FULL');
  expect(child.lines[1]).toBe('kept');
});

describe.skipIf(!canUnshare)('in a namespace', () => {
  test('a full disk stops the run; with room it goes on, and nothing acknowledged is lost', async () => {
    const child = inShell(`mount -t tmpfs -o size=400k none ${folder}`, 'fill', '-rm');
    await child.ended;
    expect(child.lines).toEqual(['RUN_DISK_FULL', 'kept', 'goes on']);
  });

  test('a read-only state folder is refused before anything begins', async () => {
    await begun();
    const child = inShell(`mount --bind ${folder} ${folder} && mount -o remount,bind,ro ${folder}`, 'hold', '-rm');
    await said(child, 'refused RUN_DISK_READ_ONLY');
    child.process.kill('SIGKILL');
    await child.ended;
    expect(new Set(child.lines)).toEqual(new Set(['refused RUN_DISK_READ_ONLY']));
  });

  test('a holder in another container cannot be judged from here', async () => {
    await begun();
    const child = inShell('true', 'hold', '-rpf', '--mount-proc', '--kill-child');
    await said(child, 'held');
    expect(codes(await store.open('r1'))).toEqual(['RUN_HELD_ELSEWHERE']);
    child.process.kill('SIGKILL');
    await child.ended;
  });
});
