/** Names that one holder has at a time: in one process, between processes, and after the death of one. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClaimAnswer } from '../../../src/core/ports.ts';
import type { ClaimWork } from '../../../src/core/run/effect.ts';
import { type Disk, realDisk } from '../../../src/host/files.ts';
import { type Claims, createClaims } from '../../../src/host/store/file/claims.ts';
import { bundled, temporaryFolder } from './folder.ts';

let script: string;
beforeAll(async () => {
  script = await bundled('claims-child');
});

let folder: string;
const opened: Claims[] = [];
const children: ChildProcessByStdio<null, Readable, null>[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const claims of opened.splice(0)) claims.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function open(run: string, cancelRun: (run: string) => void = () => {}): Claims {
  const claims = createClaims({ layout: { claims: join(folder, 'claims') }, run, cancelRun });
  opened.push(claims);
  return claims;
}

interface Asked {
  readonly answer: Promise<ClaimAnswer | null>;
  readonly heard: unknown[];
  readonly stop: AbortController;
}
function ask(claims: Claims, op: number, more: Partial<ClaimWork> = {}): Asked {
  const heard: unknown[] = [];
  const stop = new AbortController();
  const work: ClaimWork = { kind: 'claim', node: `n${op}`, op, of: 'lock', name: 'db', onConflict: 'queue', ...more };
  return { answer: claims.take(work, stop.signal, (news) => heard.push(news)), heard, stop };
}
function start(mode: string, count = 1) {
  const child = spawn(process.execPath, [script, mode, folder, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}
const files = (): string[] =>
  readdirSync(join(folder, 'claims')).flatMap((name) => readdirSync(join(folder, 'claims', name)));

describe('in one process', () => {
  test('names are had in the order in which they were asked for', async () => {
    const claims = open('r1');
    const asked = [1, 2, 3].map((op) => ask(claims, op));
    const order: number[] = [];
    for (const [index, { answer }] of asked.entries()) void answer.then(() => order.push(index + 1));
    expect(await asked[0]?.answer).toEqual({});
    expect(asked[1]?.heard).toMatchObject([{ run: 'r1', node: 'n1' }]);
    claims.release(1);
    await asked[1]?.answer;
    claims.release(2);
    await asked[2]?.answer;
    expect(order).toEqual([1, 2, 3]);
  });

  test('locks and groups do not share names, nor do names', async () => {
    const claims = open('r1');
    const asked = [ask(claims, 1), ask(claims, 2, { of: 'group' }), ask(claims, 3, { name: 'DB' })];
    expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual([{}, {}, {}]);
  });

  test('who gives up leaves the queue', async () => {
    const claims = open('r1');
    const [first, second, third] = [1, 2, 3].map((op) => ask(claims, op)) as [Asked, Asked, Asked];
    await first.answer;
    second.stop.abort();
    expect(await second.answer).toBeNull();
    claims.release(1);
    expect(await third.answer).toEqual({});
  });

  test('a holder leaves little behind, however often the name changes hands', async () => {
    const claims = open('r1');
    for (let op = 1; op <= 50; op++) {
      await ask(claims, op).answer;
      claims.release(op);
    }
    expect(files().length).toBeLessThanOrEqual(3);
  });
});

describe('between runs', () => {
  test('one waits, hears who has it, and has its turn; in the order in which they came', async () => {
    const [a, b, c] = [open('r1'), open('r2'), open('r3')];
    await ask(a, 1).answer;
    const [second, third] = [ask(b, 1), ask(c, 1)];
    expect(second.heard).toMatchObject([{ run: 'r1', node: 'n1', pid: process.pid }]);
    const order: string[] = [];
    void second.answer.then(() => order.push('r2'));
    void third.answer.then(() => order.push('r3'));
    a.release(1);
    await second.answer;
    b.release(1);
    await third.answer;
    expect(order).toEqual(['r2', 'r3']);
  });

  test('a group may fail at once, or have the other cancelled', async () => {
    const group = { of: 'group', name: 'deploy' } as const;
    await ask(open('r1'), 1, group).answer;
    const failed = await ask(open('r2'), 1, { ...group, onConflict: 'fail' }).answer;
    expect(failed?.error).toMatchObject({
      code: 'RUN_GROUP_HELD',
      message: expect.stringContaining('Run r1 of the group `deploy`'),
    });
    const cancelled: string[] = [];
    const third = ask(
      open('r3', (run) => cancelled.push(run)),
      1,
      { ...group, onConflict: 'cancel-running' },
    );
    expect(cancelled).toEqual(['r1']);
    opened[0]?.release(1);
    expect(await third.answer).toEqual({});
    expect(cancelled).toEqual(['r1']);
  });

  test('who says fail does not push in before those who wait', async () => {
    const [a, b] = [open('r1'), open('r2')];
    await ask(a, 1).answer;
    void ask(b, 1).answer;
    writeFileSync(join(folder, 'claims', readdirSync(join(folder, 'claims'))[0] ?? '', 'held.1.free'), '');
    expect((await ask(open('r3'), 1, { onConflict: 'fail' }).answer)?.error?.code).toBe('RUN_GROUP_HELD');
  });

  test('the next writer of a run has what the one before held', async () => {
    await ask(open('r1'), 1).answer;
    const path = join(folder, 'claims', readdirSync(join(folder, 'claims'))[0] ?? '', 'held.1');
    const held = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...held, holder: { ...held.holder, boot: 'another' } }));
    const other = ask(open('r2'), 1);
    expect(other.heard).toMatchObject([{ run: 'r1' }]); // nobody can tell whether that machine still works
    other.stop.abort();
    expect(await ask(open('r1'), 1).answer).toEqual({});
  });
});

describe('between processes', () => {
  test('a holder that is dead is followed by the next', async () => {
    const child = start('hold');
    await once(child.stdout, 'data');
    const next = ask(open('r1'), 1);
    expect(next.heard).toMatchObject([{ run: `r${child.pid}`, node: 'a' }]);
    child.kill('SIGKILL');
    expect(await next.answer).toEqual({});
  });

  test('a holder that is stopped is not pushed out', async () => {
    const child = start('hold');
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    const next = await ask(open('r1'), 1, { onConflict: 'fail' }).answer;
    expect(next?.error?.message).toContain(`Run r${child.pid}`);
  });

  test('nobody is at work together with another, though some are killed', { timeout: 60_000 }, async () => {
    const workers = [1, 2, 3, 4].map(() => start('work', 60));
    const ends = workers.map((child) => once(child, 'close'));
    for (const [code] of await Promise.all(ends)) expect(code).toBe(0);
    expect(existsSync(join(folder, 'at-work'))).toBe(false);
    expect(files().filter((name) => name.startsWith('wait.'))).toEqual([]);
  });
});

test('a disk that refuses is not asked again because of what the asking changed', async () => {
  let asked = 0;
  let wake = (): void => {};
  const disk: Disk = {
    ...realDisk,
    makeFolders() {
      asked += 1;
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    },
    watch(_folder, hear) {
      wake = hear;
      return () => {};
    },
  };
  const claims = createClaims({ layout: { claims: join(folder, 'claims') }, run: 'r', cancelRun: () => {}, disk });
  opened.push(claims);
  const { answer, heard, stop } = ask(claims, 1);
  for (let i = 0; i < 5; i++) wake();
  expect([asked, heard]).toEqual([1, [{ problem: 'ENOSPC' }]]);
  stop.abort();
  expect(await answer).toBeNull();
});
