/** Runs in a folder of files: made, written, gone on with, looked at, found, removed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { digest, type Json } from '../../../src/core/json.ts';
import type { RunEvent } from '../../../src/core/run/event.ts';
import type { FileStore } from '../../../src/host/store/file/file-store.ts';
import { machineProcesses } from '../../../src/host/store/file/holder.ts';
import { sampleEvent } from '../../core/journal/sample.ts';
import { codes, storeIn, temporaryFolder, value } from './folder.ts';

let folder: string;
let store: FileStore;
beforeEach(() => {
  folder = temporaryFolder();
  store = storeIn(folder);
});
const at = (...names: string[]): string => join(folder, '.giga', ...names);

async function finished(id: string, count = 5): Promise<void> {
  const writer = value(await store.create(id));
  const records = writer.append(Array.from({ length: count }, (_, n) => sampleEvent(n)));
  await writer.synced(records.length - 1);
  await writer.close();
}

const shot = (): string[] => readdirSync(at(), { recursive: true }).map(String).toSorted();
const long = (mebibytes: number): RunEvent => ({
  type: 'attempt.noted',
  node: 'a',
  op: 1,
  data: 'x'.repeat(mebibytes * 2 ** 20),
});

describe('a journal', () => {
  test('is written in groups, with what was known to be on disk in each record', async () => {
    const writer = value(await store.create('r1'));
    expect(writer).toMatchObject({ epoch: 1, durableUpTo: -1 });
    const one = writer.append([sampleEvent(0), sampleEvent(1)]);
    expect(one).toEqual(
      [0, 1].map((seq) => ({ seq, epoch: 1, at: 1_795_167_552_000, durableUpTo: -1, ...sampleEvent(seq) })),
    );
    await writer.synced(1);
    expect(writer.durableUpTo).toBe(1);
    expect(writer.append([sampleEvent(2)])[0]).toMatchObject({ seq: 2, durableUpTo: 1 });
    expect(writer.append([])).toEqual([]);
    await writer.close();
    expect(value(await store.read('r1'))).toEqual({
      records: [...one, { ...(one[0] as object), ...sampleEvent(2), seq: 2, durableUpTo: 1 }],
      diagnostics: [],
      sealed: true,
    });
  });

  test('holds what JSON says of an event, and gives that back', async () => {
    const writer = value(await store.create('r1'));
    const odd = { ...sampleEvent(0), outputs: { a: undefined, b: -0 } } as unknown as RunEvent; // what the types would not let pass
    const records = writer.append([odd]);
    expect(records).toMatchObject([{ seq: 0, epoch: 1, outputs: { b: 0 } }]);
    expect(() => writer.append(records)).toThrow(/Bug: a record/);
    await writer.close();
    expect(value(await store.read('r1')).records).toEqual(records);
  });

  test('is gone on with in a segment of its own, and the earlier one is never touched again', async () => {
    await finished('r1');
    const before = readFileSync(at('runs/r1/journal/1.jsonl'));
    const { writer, reading } = value(await store.open('r1'));
    expect(reading).toMatchObject({ sealed: true, diagnostics: [], records: { length: 5 } });
    expect(writer).toMatchObject({ epoch: 2, durableUpTo: 4 });
    expect(writer.append([sampleEvent(5)])).toMatchObject([{ seq: 5, epoch: 2, durableUpTo: 4 }]);
    await writer.close();
    expect(readFileSync(at('runs/r1/journal/1.jsonl'))).toEqual(before);
    expect(value(await store.read('r1')).records.map(({ seq, epoch }) => [seq, epoch])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 2],
    ]);
    expect(readdirSync(at('runs/r1')).filter((name) => name.startsWith('lock'))).toEqual(['lock.1', 'lock.2']);
  });

  test('whose tail was torn goes on before it, and says so once', async () => {
    await finished('r1');
    const path = at('runs/r1/journal/1.jsonl');
    writeFileSync(path, readFileSync(path).subarray(0, -120)); // the seal, and a part of the last record
    expect(value(await store.read('r1')).diagnostics).toEqual([]); // this process lives, and might still be writing
    writeFileSync(at('runs/r1/lock.1'), JSON.stringify({ ...machineProcesses().self(), pid: 2 ** 22 + 1 }));
    expect(value(await store.read('r1')).diagnostics).toMatchObject([{ code: 'RUN_JOURNAL_TORN' }]);
    const { writer, reading } = value(await store.open('r1'));
    expect(reading.diagnostics).toMatchObject([{ code: 'RUN_JOURNAL_TORN' }]);
    expect(reading.records).toHaveLength(4);
    await writer.close();
    expect(value(await store.read('r1'))).toMatchObject({ diagnostics: [], records: { length: 4 } });
  });

  test('that is damaged is read as far as it goes, refused for writing, and goes on after a repair', async () => {
    await finished('r1', 20);
    const path = at('runs/r1/journal/1.jsonl');
    const bytes = readFileSync(path);
    const offset = bytes.indexOf('"seq":12');
    bytes[offset + 20] = (bytes[offset + 20] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(value(await store.read('r1'))).toMatchObject({
      records: { length: 12 },
      diagnostics: [{ code: 'RUN_JOURNAL_DAMAGED' }],
    });
    for (let again = 0; again < 2; again++) expect(codes(await store.open('r1'))).toEqual(['RUN_JOURNAL_DAMAGED']);
    expect(await store.holder('r1')).toBeNull();
    expect(value(await store.repair('r1'))).toMatchObject({ kept: 12, found: [{ code: 'RUN_JOURNAL_DAMAGED' }] });
    const { writer, reading } = value(await store.open('r1'));
    expect(reading).toMatchObject({ records: { length: 12 }, diagnostics: [] });
    expect(writer.append([sampleEvent(12)])[0]).toMatchObject({ seq: 12 });
    await writer.close();
    expect(readFileSync(path)).toEqual(bytes);
  });

  test('of a newer giga is neither opened nor repaired', async () => {
    await finished('r1');
    writeFileSync(at('layout.json'), '{"layout":2}');
    for (const refused of [
      await store.open('r1'),
      await store.read('r1'),
      await store.repair('r1'),
      await store.create('r2'),
    ]) {
      expect(codes(refused)).toEqual(['RUN_STATE_NEWER']);
    }
  });

  test('refuses what no record may be, for good, and keeps what was there', async () => {
    const writer = value(await store.create('r1'));
    writer.append([sampleEvent(0)]);
    const deep = JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`) as Json;
    expect(() => writer.append([{ type: 'attempt.noted', node: 'a', op: 1, data: deep }])).toThrow(
      expect.objectContaining({ diagnostic: expect.objectContaining({ code: 'RUN_RECORD_LIMIT' }) }),
    );
    expect(() => writer.append([sampleEvent(1)])).toThrow(/nested too deeply/);
    await writer.close();
    expect(value(await store.read('r1'))).toMatchObject({ records: { length: 1 }, diagnostics: [], sealed: false });
  });

  test('takes a long record, and none that is longer', async () => {
    const writer = value(await store.create('r1'));
    expect(writer.append([long(2)])).toHaveLength(1);
    expect(() => writer.append([sampleEvent(2), long(64)])).toThrow(/too large/);
    await writer.close();
    expect(value(await store.read('r1')).records).toHaveLength(1);
  });
});

describe('closing', () => {
  test('is done once, syncs and seals, and nothing is appended after it', async () => {
    const writer = value(await store.create('r1'));
    writer.append([sampleEvent(0)]);
    await Promise.all([writer.close(), writer.close()]);
    expect(writer.durableUpTo).toBe(0);
    expect(() => writer.append([sampleEvent(1)])).toThrow(/Bug/);
    expect(value(await store.read('r1')).sealed).toBe(true);
  });

  test('gives the run up, so that even the same process may open it again', async () => {
    const writer = value(await store.create('r1'));
    expect(await store.holder('r1')).toMatchObject({ pid: process.pid, epoch: 1 });
    expect(codes(await store.open('r1'))).toEqual(['RUN_HELD']);
    await writer.close();
    expect(await store.holder('r1')).toBeNull();
    const { writer: second } = value(await storeIn(folder).open('r1'));
    await second.close();
  });
});

describe('who holds a run', () => {
  const self = machineProcesses().self();
  const claim = (change: object): void =>
    writeFileSync(at('runs/r1/lock.2'), JSON.stringify({ epoch: 2, ...self, ...change }));
  beforeEach(async () => {
    await finished('r1');
  });

  test.each([
    ['a process that is gone', { pid: 2 ** 22 + 1 }],
    ['a process whose number another one has now', { startTime: '1' }],
  ])('%s: is taken over', async (_, change) => {
    claim(change);
    expect(await store.holder('r1')).toBeNull();
    const { writer } = value(await store.open('r1'));
    expect(writer.epoch).toBe(3);
    await writer.close();
  });

  test.each([
    ['another boot', { boot: 'another' }],
    ['another container', { pidNamespace: 'pid:[1]' }],
    ['nobody can tell who', { pid: 'x' }],
  ])('%s: only with takeover', async (_, change) => {
    claim(change);
    const refused = await store.open('r1');
    expect(codes(refused)).toEqual(['RUN_HELD_ELSEWHERE']);
    expect(refused).toMatchObject({ diagnostics: [{ hint: expect.stringContaining('--takeover') }] });
    expect(codes(await store.remove('r1'))).toEqual(['RUN_HELD_ELSEWHERE']);
    expect(codes(await store.sendCommand('r1', {}))).toEqual(['RUN_NOT_LIVE']);
    const { writer } = value(await store.open('r1', { takeover: true }));
    await writer.close();
  });

  test('a living one: is named, and stays', async () => {
    claim({});
    expect(await store.open('r1')).toMatchObject({
      diagnostics: [{ code: 'RUN_HELD', message: expect.stringContaining(`process ${process.pid} on ${self.host}`) }],
    });
  });

  test('a seal on disk says more than a boot that is over', async () => {
    const { writer } = value(await store.open('r1'));
    await writer.close();
    claim({ boot: 'another' });
    expect(await store.holder('r1')).toBeNull();
  });
});

describe('a holder that was taken over', () => {
  test('notices at its next append, syncs nothing more, and leaves nothing in the run', async () => {
    const old = value(await store.create('r1'));
    old.append([sampleEvent(0)]);
    await old.synced(0);
    const { writer } = value(await storeIn(folder).open('r1', { takeover: true }));
    expect(() => old.append([sampleEvent(1)])).toThrow(
      expect.objectContaining({ diagnostic: expect.objectContaining({ code: 'RUN_TAKEN_OVER' }) }),
    );
    await expect(old.synced(0)).rejects.toMatchObject({ diagnostic: { code: 'RUN_TAKEN_OVER' } });
    writer.append([sampleEvent(10)]);
    await old.close();
    await writer.close();
    expect(value(await store.read('r1')).records).toMatchObject([
      { seq: 0, op: 0, epoch: 1 },
      { seq: 1, op: 10, epoch: 2 },
    ]);
  });

  test('notices at its next sync', async () => {
    const old = value(await store.create('r1'));
    old.append([sampleEvent(0)]);
    const { writer, reading } = value(await storeIn(folder).open('r1', { takeover: true }));
    expect(reading.records).toHaveLength(1); // it is there, but the old holder may not say so
    await expect(old.synced(0)).rejects.toMatchObject({ diagnostic: { code: 'RUN_TAKEN_OVER' } });
    await writer.close();
    await old.close();
  });
});

describe('ids', () => {
  test('are short, and made once', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => store.createNew()));
    const ids = made.map((one) => value(one).run);
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{4,5}$/);
    await Promise.all(made.map((one) => value(one).writer.close()));
    expect((await store.list()).toSorted()).toEqual(ids.toSorted());
    expect(codes(await store.create(ids[0] ?? ''))).toEqual(['RUN_EXISTS']);
  });

  test('name a run by their beginning; the newest is the default', async () => {
    expect(codes(await store.find())).toEqual(['RUN_NOT_FOUND']);
    for (const [n, id] of ['7f3c', '7f4d', 'a1', 'a1b2', '7e00'].entries()) {
      await finished(id, 1);
      utimesSync(at(`runs/${id}/lock.1`), 1000 + n, 1000 + n);
    }
    expect(await store.list()).toEqual(['7e00', 'a1b2', 'a1', '7f4d', '7f3c']);
    expect(value(await store.find())).toBe('7e00');
    expect(value(await store.find('7e'))).toBe('7e00');
    expect(value(await store.find('7F3C'))).toBe('7f3c');
    expect(value(await store.find('a1'))).toBe('a1');
    expect(await store.find('7f')).toMatchObject({
      diagnostics: [{ code: 'RUN_AMBIGUOUS', message: '2 runs begin with "7f": 7f4d, 7f3c.' }],
    });
    for (const none of ['zz', '', '../r1', '.', '__proto__'])
      expect(codes(await store.find(none))).toEqual(['RUN_NOT_FOUND']);
  });

  test.each(['../../etc', '.', '', 'a/b', 'a\0b', 'x'.repeat(65), 'none'])('%j names nothing', async (id) => {
    await finished('r1', 1);
    const refused = [
      await store.open(id),
      await store.read(id),
      await store.remove(id),
      await store.repair(id),
      await store.sendCommand(id, 1),
    ];
    for (const one of refused) expect(codes(one)).toEqual(['RUN_NOT_FOUND']);
    expect(await store.holder(id)).toBeNull();
    expect(store.newestEpoch(id)).toBe(0);
  });
});

describe('removing', () => {
  test('takes a finished run away with all it has, and lets its id be used again', async () => {
    await finished('r1');
    mkdirSync(store.logFolder('r1'), { recursive: true });
    value(await store.remove('r1'));
    expect(readdirSync(at('runs'))).toEqual([]);
    expect(codes(await store.read('r1'))).toEqual(['RUN_NOT_FOUND']);
    const writer = value(await store.create('r1'));
    expect(await store.holder('r1')).toMatchObject({ epoch: 1 });
    await writer.close();
  });

  test('refuses a run that somebody drives', async () => {
    const writer = value(await store.create('r1'));
    expect(codes(await store.remove('r1'))).toEqual(['RUN_HELD']);
    writer.append([sampleEvent(0)]);
    await writer.close();
    expect(await store.list()).toEqual(['r1']);
  });
});

describe('plans', () => {
  const plan: Json = { format: 1, steps: [{ id: 'a' }, 'ü'] };

  test('are kept by the hash of their canonical JSON', async () => {
    await store.putPlan(digest(plan), plan);
    await store.putPlan(digest(plan), { steps: [{ id: 'a' }, 'ü'], format: 1 });
    expect(await store.getPlan(digest(plan))).toEqual(plan);
    expect(readdirSync(at('plans'))).toEqual([`${digest(plan)}.json`]);
    await expect(store.putPlan('0'.repeat(64), plan)).rejects.toThrow(/Bug/);
  });

  test('that were changed or never stored are not there', async () => {
    await store.putPlan(digest(plan), plan);
    writeFileSync(at('plans', `${digest(plan)}.json`), '{"steps":[]}');
    expect(await store.getPlan(digest(plan))).toBeNull();
    expect(await store.getPlan('../../../etc/passwd')).toBeNull();
    expect(await store.getPlan('0'.repeat(64))).toBeNull();
    await store.putPlan(digest(plan), plan);
    expect(await store.getPlan(digest(plan))).toEqual(plan);
  });
});

describe('the state folder', () => {
  test('keeps itself out of the repository, and names its layout', async () => {
    await finished('r1');
    expect(readFileSync(at('.gitignore'), 'utf8')).toBe('*\n');
    expect(readFileSync(at('layout.json'), 'utf8')).toBe('{"layout":1}\n');
  });

  test('is made whole again where parts of it were removed, and by a plan as by a run', async () => {
    await store.putPlan(digest({}), {});
    expect(shot()).toEqual(['.gitignore', 'layout.json', 'plans', `plans/${digest({})}.json`, 'runs']);
    for (const part of ['runs', 'plans', 'layout.json', '']) {
      rmSync(at(part), { recursive: true });
      await store.putPlan(digest({}), {});
      await finished(`r-${part.slice(0, 3)}`);
      expect(await store.getPlan(digest({}))).toEqual({});
    }
  });

  test('is not made by looking', async () => {
    expect(await store.list()).toEqual([]);
    expect(codes(await store.read('r1'))).toEqual(['RUN_NOT_FOUND']);
    expect(await store.holder('r1')).toBeNull();
    expect(await store.getPlan('0'.repeat(64))).toBeNull();
    expect(existsSync(at())).toBe(false);
  });

  test('is the same after every look at a run', async () => {
    await finished('r1');
    const before = shot();
    await Promise.all([store.read('r1'), store.holder('r1'), store.list(), store.find('r'), store.getPlan('x')]);
    expect(shot()).toEqual(before);
  });

  test('that is a file refuses before anything begins', async () => {
    writeFileSync(at(), 'not a folder');
    expect(await store.create('r1')).toMatchObject({
      diagnostics: [{ code: 'RUN_STATE_UNWRITABLE', hint: expect.stringContaining('--state') }],
    });
  });
});
