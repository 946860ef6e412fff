/** What a disk can refuse, at every operation: the run stops with a code of its own, nothing acknowledged is lost, and once it is mended the run goes on. */
import { existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { digest } from '../../../src/core/json.ts';
import { JournalFailure, type JournalWriter } from '../../../src/core/ports.ts';
import { type Disk, realDisk } from '../../../src/host/files.ts';
import type { FileStore } from '../../../src/host/store/file/file-store.ts';
import { sampleEvent } from '../../core/journal/sample.ts';
import { type Faults, faultyDisk } from './faulty-disk.ts';
import { codes, storeIn, temporaryFolder, value } from './folder.ts';

let folder: string;
let store: FileStore;
let faults: Faults;
let writer: JournalWriter;
beforeEach(async () => {
  const disk = faultyDisk();
  folder = temporaryFolder();
  faults = disk.faults;
  store = storeIn(folder, { disk });
  writer = value(await store.create('r1'));
  writer.append([sampleEvent(0), sampleEvent(1)]);
  await writer.synced(1);
});

const CODES = [
  ['ENOSPC', 'RUN_DISK_FULL', /no room left/],
  ['EDQUOT', 'RUN_DISK_FULL', /quota/],
  ['EFBIG', 'RUN_DISK_FULL', /larger than is allowed/],
  ['EIO', 'RUN_DISK_ERROR', /input\/output error/],
  ['EROFS', 'RUN_DISK_READ_ONLY', /file system is read-only/],
  ['EACCES', 'RUN_DISK_READ_ONLY', /right to write/],
  ['ENXIO', 'RUN_DISK_FAILED', /ENXIO/],
] as const;

/** What went before counts, and the run goes on. */
async function goesOn(least: number): Promise<void> {
  faults.writes.length = 0;
  for (const operation of Object.keys(faults.failing)) delete faults.failing[operation as keyof Disk]; // its own keys
  await writer.close();
  const opened = value(await store.open('r1'));
  expect(opened.reading.records.length).toBeGreaterThanOrEqual(least);
  const [record] = opened.writer.append([sampleEvent(9)]);
  await opened.writer.synced(record?.seq ?? 0);
  await opened.writer.close();
  expect(value(await store.read('r1'))).toMatchObject({ sealed: true, diagnostics: [] });
}

describe.each(CODES)('%s', (code, diagnosed, reason) => {
  const refusal = {
    diagnostic: {
      code: diagnosed,
      severity: 'error',
      message: expect.stringMatching(reason),
      hint: expect.stringContaining('giga resume'),
    },
  };

  test('from a write is final: nothing more is written or acknowledged', async () => {
    faults.writes.push(20, code);
    expect(() => writer.append([sampleEvent(2)])).toThrow(expect.objectContaining(refusal) as Error);
    faults.writes.length = 0;
    expect(() => writer.append([sampleEvent(2)])).toThrow(JournalFailure);
    await expect(writer.synced(1)).rejects.toMatchObject(refusal);
    expect(writer.durableUpTo).toBe(1);
    await goesOn(2);
  });

  test('from a sync is final, for all who wait', async () => {
    faults.failing.sync = code;
    writer.append([sampleEvent(2)]);
    const waiting = [writer.synced(2)];
    writer.append([sampleEvent(3)]);
    waiting.push(writer.synced(3));
    const refused = { status: 'rejected', reason: refusal };
    expect(await Promise.allSettled(waiting)).toMatchObject([refused, refused]);
    delete faults.failing.sync;
    await expect(writer.synced(3)).rejects.toMatchObject(refusal);
    expect(() => writer.append([sampleEvent(4)])).toThrow(JournalFailure);
    await goesOn(2);
  });

  test('while closing is told, and the run can be opened again', async () => {
    faults.writes.push(code);
    await expect(writer.close()).rejects.toMatchObject(refusal);
    await expect(writer.close()).rejects.toMatchObject(refusal);
    faults.writes.length = 0;
    const opened = value(await store.open('r1'));
    expect(opened.reading.records).toHaveLength(2);
    await opened.writer.close();
  });
});

describe('a disk that is slow of understanding', () => {
  test.each([
    ['takes one byte at a time', [1]],
    ['takes nothing now and then', [0, 3, 0, 0, 500, 0, 1]],
    ['is interrupted', ['EINTR', 4, 'EAGAIN', 'EINTR', 100]],
  ])('%s: everything is written', async (_, writes) => {
    faults.writes.push(...writes);
    writer.append([sampleEvent(2), sampleEvent(3)]);
    faults.writes.length = 0;
    await writer.synced(3);
    expect(writer.durableUpTo).toBe(3);
    await goesOn(4);
  });

  test('takes nothing for ever: an error, not a loop', async () => {
    faults.writes.push(10, 0);
    expect(() => writer.append([sampleEvent(2)])).toThrow(/input\/output error/);
    await goesOn(2);
  });
});

describe('a run that cannot begin', () => {
  test.each(
    (['makeFolder', 'createFile', 'write', 'link', 'makeFolders', 'read'] as const).flatMap((operation) =>
      CODES.map(([code]) => [operation, code] as const),
    ),
  )('(%s fails with %s) is refused before any step', async (operation, code) => {
    const disk = faultyDisk();
    const fresh = storeIn(temporaryFolder(), { disk });
    disk.faults.failing[operation] = code;
    const refused = await fresh.create('r1');
    const expected = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
      ? 'RUN_DISK_FULL'
      : code === 'EIO'
        ? 'RUN_DISK_ERROR'
        : 'RUN_STATE_UNWRITABLE';
    expect(codes(refused)).toEqual([expected]);
    expect(refused).toMatchObject({ diagnostics: [{ hint: expect.stringMatching(/^Nothing was started\./) }] });
    delete disk.faults.failing[operation];
    expect(await fresh.list()).toEqual([]);
    await value(await fresh.create('r1')).close();
  });

  test('whose folder cannot be synced acknowledges nothing', async () => {
    const disk = faultyDisk();
    disk.faults.failing.syncFolder = 'EIO';
    const fresh = value(await storeIn(temporaryFolder(), { disk }).create('r1'));
    fresh.append([sampleEvent(0)]);
    await expect(fresh.synced(0)).rejects.toMatchObject({ diagnostic: { code: 'RUN_DISK_ERROR' } });
    expect(fresh.durableUpTo).toBe(-1);
    await fresh.close();
  });
});

describe('opening and removing', () => {
  test.each(['createFile', 'write', 'sync', 'syncFolder', 'link', 'read', 'names'] as const)(
    'with %s failing leaves the run as it was',
    async (operation) => {
      await writer.close();
      faults.failing[operation] = 'EIO';
      expect(codes(await store.open('r1'))).toEqual(['RUN_DISK_ERROR']);
      delete faults.failing[operation];
      await goesOn(2);
    },
  );

  test('a folder that cannot be renamed stays a run', async () => {
    await writer.close();
    faults.failing.rename = 'EACCES';
    expect(codes(await store.remove('r1'))).toEqual(['RUN_DISK_READ_ONLY']);
    await goesOn(2);
  });

  test('a plan that cannot be stored is refused, and leaves nothing half made', async () => {
    const plan = { a: 1 };
    for (const operation of ['createFile', 'sync', 'rename', 'syncFolder'] as const) {
      faults.failing[operation] = 'ENOSPC';
      await expect(store.putPlan(digest(plan), plan)).rejects.toMatchObject({ diagnostic: { code: 'RUN_DISK_FULL' } });
      delete faults.failing[operation];
    }
    await store.putPlan(digest(plan), plan);
    expect(await store.getPlan(digest(plan))).toEqual(plan);
    faults.failing.read = 'EIO';
    await expect(store.getPlan(digest(plan))).rejects.toMatchObject({ diagnostic: { code: 'RUN_DISK_ERROR' } });
  });

  test('a folder of runs that cannot be listed is an error, not an empty list', async () => {
    faults.failing.names = 'EACCES';
    await expect(store.list()).rejects.toBeInstanceOf(JournalFailure);
    await expect(store.find('r')).rejects.toBeInstanceOf(JournalFailure);
  });
});

test('one sync serves all who wait', async () => {
  const before = faults.calls.sync ?? 0;
  const waiting = Array.from({ length: 100 }, (_, n) => {
    const [record] = writer.append([sampleEvent(n)]);
    return writer.synced(record?.seq ?? 0);
  });
  await Promise.all(waiting);
  expect((faults.calls.sync ?? 0) - before).toBe(2); // the one that the first began, and one for all the others
  expect(writer.durableUpTo).toBe(101);
  await writer.synced(50);
  expect((faults.calls.sync ?? 0) - before).toBe(2);
  await expect(writer.synced(102)).rejects.toThrow(/never appended/);
  await writer.close();
});

test('a segment that is no file is a diagnostic', async () => {
  await writer.close();
  mkdirSync(join(folder, '.giga/runs/r1/journal/3.jsonl'));
  expect(codes(await store.open('r1', { takeover: true }))).toEqual(['RUN_DISK_FAILED']);
  expect(codes(await store.read('r1'))).toEqual(['RUN_DISK_FAILED']);
});

test.skipIf(!existsSync('/dev/full'))('a device that is full says so from the first byte on', async () => {
  const full: Disk = {
    ...realDisk,
    createFile: (path) => (path.endsWith('.jsonl') ? openSync('/dev/full', 'a') : realDisk.createFile(path)),
  };
  expect(codes(await storeIn(temporaryFolder(), { disk: full }).create('r1'))).toEqual(['RUN_DISK_FULL']);
});
