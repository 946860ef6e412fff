/** Conversations as files: whole, torn, damaged, and on a disk that refuses. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Session } from '../../../src/core/sessions.ts';
import { createSessions } from '../../../src/host/store/file/sessions.ts';
import { faultyDisk } from './faulty-disk.ts';
import { codes, temporaryFolder, value } from './folder.ts';

async function opened(folder: string, name = 's.1'): Promise<Session> {
  return value(await createSessions(folder).open(name));
}

test('lines come back in order, over as many openings as there are', async () => {
  const folder = join(temporaryFolder(), 'sessions');
  const first = await opened(folder);
  expect([first.lines, first.wasTorn]).toEqual([[], false]);
  expect(readdirSync(join(folder, '..'))).toEqual([]); // who only looks makes nothing
  expect(await Promise.all([first.append([{ n: 1 }, { n: 2 }]), first.append([{ n: 3, text: 'zwölf\n' }])])).toEqual([
    null,
    null,
  ]);
  first.close();
  const second = await opened(folder);
  expect(second.lines).toEqual([{ n: 1 }, { n: 2 }, { n: 3, text: 'zwölf\n' }]);
  expect(await second.append([{ n: 4 }])).toBeNull();
  expect((await opened(folder)).lines).toHaveLength(4);
  expect((await opened(folder, 'other.1')).lines).toEqual([]);
});

test('cut at every byte, all whole lines are there and nothing else', async () => {
  const folder = temporaryFolder();
  const session = await opened(folder);
  await session.append([{ n: 1 }, { n: 2, text: 'ü' }]);
  const whole = readFileSync(join(folder, 's.1', '1.jsonl'));
  const ends = [...whole].flatMap((byte, at) => (byte === 0x0a ? [at + 1] : []));
  for (let cut = 0; cut <= whole.length; cut++) {
    const name = `cut${cut}`;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, '1.jsonl'), whole.subarray(0, cut));
    const torn = await opened(folder, name);
    expect([cut, torn.lines.length, torn.wasTorn]).toEqual([
      cut,
      ends.filter((end) => end <= cut).length,
      cut !== 0 && !ends.includes(cut),
    ]);
    expect(await torn.append([{ n: 9 }])).toBeNull();
    expect((await opened(folder, name)).lines.at(-1)).toEqual({ n: 9 });
  }
});

test('every flipped bit is found, but in the last line, which may be torn', async () => {
  const folder = temporaryFolder();
  await (await opened(folder)).append([{ n: 1 }, { n: 2 }, { n: 3 }]);
  const path = join(folder, 's.1', '1.jsonl');
  const whole = readFileSync(path);
  const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const broken = Buffer.from(whole);
    broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    writeFileSync(path, broken);
    const found = await createSessions(folder).open('s.1');
    if (bit >> 3 < lastLine - 1) expect([bit, codes(found)]).toEqual([bit, ['STEP_SESSION_LOST']]);
    else
      expect([bit, found.ok ? found.value.lines.length <= 2 : codes(found)[0]]).toEqual([
        bit,
        found.ok ? true : 'STEP_SESSION_LOST',
      ]);
  }
});

test('a disk that refuses is a diagnostic, and after it nothing more is written', async () => {
  for (const operation of ['makeFolders', 'createFile', 'write', 'sync', 'syncFolder'] as const) {
    const disk = faultyDisk();
    const session = value(await createSessions(temporaryFolder(), disk).open('s.1'));
    disk.faults.failing[operation] = 'ENOSPC';
    expect(await session.append([{ n: 1 }])).toMatchObject({
      code: 'STEP_SESSION_FAILED',
      hint: expect.stringContaining('space'),
    });
    delete disk.faults.failing[operation];
    expect(await session.append([{ n: 2 }])).toMatchObject({ code: 'STEP_SESSION_FAILED' });
  }
});

test('a session that cannot be read is refused', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 's.1'), 'no folder');
  expect(codes(await createSessions(folder).open('s.1'))).toEqual(['STEP_SESSION_FAILED']);
});

test('a part that is missing is not passed over', async () => {
  const folder = temporaryFolder();
  for (let life = 0; life < 3; life++) {
    const session = await opened(folder, 's.1');
    expect(await session.append([{ life }])).toBeNull();
    session.close();
  }
  rmSync(join(folder, 's.1', '2.jsonl'));
  expect(codes(await createSessions(folder).open('s.1'))).toEqual(['STEP_SESSION_LOST']);
});

test('what there is can be listed, by run, and removed', async () => {
  const folder = temporaryFolder();
  const store = createSessions(folder);
  for (const name of ['ab12-b.1', 'ab12-a.1', 'ab1-c.1']) {
    const session = await opened(folder, name);
    await session.append([{ name }]);
    session.close();
  }
  const names = (found: ReturnType<typeof store.list>): unknown => found.ok && found.value.map(({ name }) => name);
  expect([names(store.list()), names(store.ofRun('ab12')), names(store.ofRun('ab1'))]).toEqual([
    ['ab1-c.1', 'ab12-a.1', 'ab12-b.1'],
    ['ab12-a.1', 'ab12-b.1'],
    ['ab1-c.1'],
  ]);
  expect(store.list()).toMatchObject({ value: [{ bytes: 28, changedAt: expect.any(Number) }, {}, {}] });
  expect(store.remove('ab12-a.1')).toMatchObject({ ok: true });
  expect(store.remove('ab12-a.1')).toMatchObject({ ok: false });
  expect(names(store.list())).toEqual(['ab1-c.1', 'ab12-b.1']);
});
