/** The index of runs: always right, because it is only a cache. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/core/run/event.ts';
import type { FileStore } from '../../../src/host/store/file/file-store.ts';
import { machineProcesses } from '../../../src/host/store/file/holder.ts';
import { createRunIndex } from '../../../src/host/store/file/index-of-runs.ts';
import { faultyDisk } from './faulty-disk.ts';
import { storeIn, temporaryFolder, value } from './folder.ts';

let folder: string;
let store: FileStore;
let reads: string[];
beforeEach(() => {
  folder = temporaryFolder();
  store = storeIn(folder);
  reads = [];
});
const at = (...names: string[]): string => join(folder, '.giga', ...names);
const counting = (): FileStore => ({ ...store, read: (run) => (reads.push(run), store.read(run)) });
const list = (): ReturnType<ReturnType<typeof createRunIndex>['list']> => createRunIndex(counting()).list();

const created = (run: string): RunEvent => ({
  type: 'run.created',
  run,
  plan: 'p',
  inputs: {},
  trigger: 'cli',
  workflow: { name: `w-${run}`, file: 'w.yaml' },
});
const counts = { succeeded: 1, kept: 0, failed: 0, skipped: 0, cancelled: 0, allowed: 0 };
const finished: RunEvent = { type: 'run.finished', verdict: 'succeeded', outputs: {}, counts };

async function made(run: string, ...events: RunEvent[]): Promise<void> {
  const writer = value(await store.create(run));
  writer.append([created(run), ...events]);
  await writer.close();
}

describe('the list', () => {
  test('says of every run what it is, and reads each journal once', async () => {
    await made('done', finished);
    await made('paused', { type: 'run.paused', cause: 'user' });
    await made('cut');
    const live = value(await store.create('live'));
    live.append([created('live')]);
    const expected = [
      { id: 'cut', status: 'interrupted', verdict: null },
      {
        id: 'done',
        status: 'finished',
        verdict: 'succeeded',
        workflow: 'w-done',
        file: 'w.yaml',
        startedAt: 1_795_167_552_000,
        endedAt: 1_795_167_552_000,
      },
      { id: 'live', status: 'running', verdict: null, epoch: 1 },
      { id: 'paused', status: 'paused', verdict: null },
    ];
    // Runs made within one tick of the file system's clock have no order among themselves.
    const listed = async () => (await list()).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(await listed()).toMatchObject(expected);
    expect(reads.toSorted()).toEqual(['cut', 'done', 'live', 'paused']);
    reads = [];
    expect(await listed()).toMatchObject(expected);
    expect(reads).toEqual(['live']); // of the others nothing can have changed
    await live.close();
    expect((await listed())[2]).toMatchObject({ id: 'live', status: 'interrupted' });
  });

  test('names a run whose journal cannot even be read as damaged, and the others as they are', async () => {
    await made('a', finished);
    await made('b', finished);
    rmSync(at('runs', 'b', 'journal', '1.jsonl'));
    mkdirSync(at('runs', 'b', 'journal', '1.jsonl'));
    const listed = (await list()).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(listed).toMatchObject([
      { id: 'a', status: 'finished' },
      { id: 'b', status: 'damaged', epoch: 1 },
    ]);
  });

  test('sees a run that goes on, one that is gone, and one that is damaged', async () => {
    await made('a', finished);
    await made('b', finished);
    await made('c', finished);
    expect(await list()).toHaveLength(3);
    const { writer } = value(await store.open('a'));
    writer.append([{ type: 'run.replanned', plan: 'q' }]);
    value(await store.remove('b'));
    expect(await list()).toMatchObject([
      { id: 'c', status: 'finished' },
      { id: 'a', status: 'running', epoch: 2 },
    ]);
    await writer.close();
    const path = at('runs/c/journal/1.jsonl');
    writeFileSync(
      path,
      readFileSync(path).map((byte, n) => (n === 150 ? byte ^ 1 : byte)),
    );
    expect(await createRunIndex(store).rebuild()).toMatchObject([
      { id: 'c', status: 'damaged' },
      { id: 'a', status: 'interrupted' },
    ]);
  });

  test('of nothing is empty, and makes nothing', async () => {
    expect(await list()).toEqual([]);
    expect(existsSync(at())).toBe(false);
  });
});

describe('a file that cannot be used', () => {
  test.each([
    '',
    'null',
    '[]',
    '{"version":2,"runs":[{}]}',
    '{"version":2,"runs":{}}',
    '{"version":9,"runs":[]}',
    '{"version":2,"runs":[',
    '\0\0\0',
  ])('for it holds %j: is made anew', async (text) => {
    await made('a', finished);
    writeFileSync(at('index.json'), text);
    expect(await list()).toMatchObject([{ id: 'a', status: 'finished' }]);
    expect(JSON.parse(readFileSync(at('index.json'), 'utf8'))).toMatchObject({ version: 2, runs: [{ id: 'a' }] });
  });

  test.each(['write', 'rename', 'createFile'] as const)(
    'for %s fails: the list is right all the same',
    async (operation) => {
      await made('a', finished);
      const disk = faultyDisk();
      disk.faults.failing[operation] = 'EROFS';
      expect(await createRunIndex(store, disk).list()).toMatchObject([{ id: 'a' }]);
      expect(existsSync(at('index.json'))).toBe(false);
    },
  );
});

test.each([
  ['startedAt', 'yesterday'],
  ['endedAt', {}],
  ['verdict', 'toString'],
  ['status', 'constructor'],
  ['pid', []],
])('an entry whose %s is %j is read from the journal again', async (field, wrong) => {
  await made('a', finished);
  const [right] = await list();
  const entry = Object.assign({}, right, { [field]: wrong });
  writeFileSync(at('index.json'), JSON.stringify({ version: 2, runs: [entry] }));
  expect(await list()).toEqual([right]);
});

describe('its lock', () => {
  test('of a dead process is broken', async () => {
    await made('a', finished);
    writeFileSync(at('index.lock'), JSON.stringify({ ...machineProcesses().self(), pid: 2 ** 22 + 1 }));
    expect(await list()).toHaveLength(1);
    expect(existsSync(at('index.json'))).toBe(true);
    expect(existsSync(at('index.lock'))).toBe(false);
  });

  test('of a living one is waited for, and then done without', async () => {
    await made('a', finished);
    const mine = JSON.stringify(machineProcesses().self());
    writeFileSync(at('index.lock'), mine);
    expect(await list()).toHaveLength(1);
    expect(existsSync(at('index.json'))).toBe(false);
    expect(readFileSync(at('index.lock'), 'utf8')).toBe(mine);
    rmSync(at('index.lock'));
    expect(await list()).toHaveLength(1);
    expect(existsSync(at('index.json'))).toBe(true);
  });

  test('lets many at once through, and nothing is lost', async () => {
    await made('a', finished);
    await made('b', finished);
    const lists = await Promise.all(Array.from({ length: 10 }, () => createRunIndex(store).list()));
    for (const one of lists) expect(one).toHaveLength(2);
    expect(JSON.parse(readFileSync(at('index.json'), 'utf8'))).toMatchObject({ runs: { length: 2 } });
  });
});
