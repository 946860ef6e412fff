/** Notes of agents as files: bounded, torn, damaged, sealed, and written by several processes at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Note, NoteChange, NoteStore } from '../../../src/core/memory/store.ts';
import { openNotes, removeStore, storesIn } from '../../../src/host/store/file/notes.ts';
import { bundled, temporaryFolder } from './folder.ts';

const BY = { kind: 'model', at: 1, run: 'r1', step: 'fix', model: 'claude-x', sources: ['fetch'] } as const;
const ANN = { kind: 'person', at: 2, name: 'ann' } as const;

function put(path: string, text: string, was: string | null = null): NoteChange {
  return { path, was, text };
}

async function notesOf(store: NoteStore): Promise<readonly Note[]> {
  const read = await store.read();
  if ('code' in read) throw new Error(read.message);
  return read.notes;
}

async function texts(store: NoteStore): Promise<Record<string, string>> {
  return Object.fromEntries((await notesOf(store)).map(({ path, text }) => [path, text]));
}

function onDisk(folder: string): string {
  return readdirSync(join(folder, 's'))
    .map((name) => readFileSync(join(folder, 's', name), 'utf8'))
    .join('');
}

test('a note is there for others, with who made it and who changed it', async () => {
  const folder = join(temporaryFolder(), 'memory');
  const store = openNotes(folder, 's');
  expect([await notesOf(store), storesIn(folder)]).toEqual([[], []]);
  expect(await store.change([put('b', 'two'), put('a/x', 'one')], BY)).toEqual({ kind: 'done' });
  expect(await store.change([put('b', 'three', 'two')], ANN)).toEqual({ kind: 'done' });
  const other = openNotes(folder, 's');
  expect(await notesOf(other)).toEqual([
    { path: 'a/x', text: 'one', made: BY, changed: BY },
    { path: 'b', text: 'three', made: BY, changed: ANN },
  ]);
  expect([storesIn(folder), await notesOf(openNotes(folder, 't'))]).toEqual([['s'], []]);
});

test('all changes or none', async () => {
  const store = openNotes(temporaryFolder(), 's');
  await store.change([put('a', '1')], BY);
  expect(await store.change([put('b', '2'), put('a', '2', 'other')], BY)).toEqual({ kind: 'changed' });
  expect(await store.change([put('b', '2'), put('a/b', '2')], BY)).toMatchObject({ kind: 'refused' });
  expect(await store.change([put('b', '2'), put('../c', '2')], BY)).toMatchObject({ kind: 'refused' });
  expect(await store.change([put('b', '\u0000')], BY)).toMatchObject({ kind: 'refused' });
  expect(await texts(store)).toEqual({ a: '1' });
  expect(await store.change([{ path: 'a', was: '1', text: null }, put('c', '1')], BY)).toEqual({ kind: 'done' });
  expect(await texts(store)).toEqual({ c: '1' });
});

test('a full store refuses, and what is in it stays', async () => {
  const store = openNotes(temporaryFolder(), 's');
  const text = 'x'.repeat(64 * 1024);
  for (let n = 0; n < 15; n++) expect(await store.change([put(`n${n}`, text)], BY)).toEqual({ kind: 'done' });
  expect(await store.change([put('n15', text)], BY)).toMatchObject({
    kind: 'refused',
    why: expect.stringContaining('bytes'),
  });
  expect(await notesOf(store)).toHaveLength(15);
});

test('what was removed is gone from the disk once it is purged', async () => {
  const folder = temporaryFolder();
  const store = openNotes(folder, 's');
  await store.change([put('a', 'remember this')], BY);
  await store.change([put('b', 'stays')], BY);
  await store.change([{ path: 'a', was: 'remember this', text: null }], ANN);
  expect(onDisk(folder)).toContain('remember this');
  expect(await store.purge()).toBeNull();
  expect(onDisk(folder)).not.toContain('remember this');
  expect([await texts(store), readdirSync(join(folder, 's'))]).toEqual([{ b: 'stays' }, ['2.jsonl']]);
  removeStore(folder, 's');
  expect([await texts(store), readdirSync(folder)]).toEqual([{}, []]);
});

test('cut at every byte, all whole changes are there, and writing goes on', async () => {
  const folder = temporaryFolder();
  const first = openNotes(folder, 's');
  await first.change([put('a', 'ü1')], BY);
  await first.change([put('b', '2')], BY);
  const whole = readFileSync(join(folder, 's', '1.jsonl'));
  const ends = [...whole].flatMap((byte, at) => (byte === 0x7d && (whole[at + 1] ?? 0) === 0x0a ? [at + 1] : []));
  for (let cut = 0; cut <= whole.length; cut++) {
    const name = `c${cut}`;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, '1.jsonl'), whole.subarray(0, cut));
    const store = openNotes(folder, name);
    const read = await store.read();
    expect([cut, 'notes' in read && read.notes.length, 'damaged' in read && read.damaged]).toEqual([
      cut,
      ends.filter((end) => end <= cut).length,
      0,
    ]);
    expect(await store.change([put('c', '3')], BY)).toEqual({ kind: 'done' });
    expect((await texts(store)).c).toBe('3');
  }
});

test('a line that is not what was written never counts, whichever bit it is', async () => {
  const folder = temporaryFolder();
  await openNotes(folder, 's').change([put('a', '1')], BY);
  await openNotes(folder, 's').change([put('b', '2')], BY);
  const whole = readFileSync(join(folder, 's', '1.jsonl'));
  const begin = whole.indexOf(0x0a, 1) + 2;
  for (let bit = 8; bit < begin * 8 - 16; bit += 5) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    mkdirSync(join(folder, `b${bit}`));
    writeFileSync(join(folder, `b${bit}`, '1.jsonl'), bytes);
    const read = await openNotes(folder, `b${bit}`).read();
    const found = 'notes' in read ? read.notes.map(({ path }) => path) : [];
    expect([bit, found.includes('b'), found.includes('a')]).toEqual([bit, true, false]);
  }
});

test('what is sealed and not followed is followed by whoever comes next', async () => {
  const folder = temporaryFolder();
  const store = openNotes(folder, 's');
  await store.change([put('a', '1')], BY);
  await store.purge();
  const sealed = readFileSync(join(folder, 's', '2.jsonl'));
  await store.purge(); // writes the seal, begins 3 and removes 2
  writeFileSync(join(folder, 's', '2.jsonl'), sealed); // as one that was removed late: only the last counts
  expect(await store.change([put('b', '2')], BY)).toEqual({ kind: 'done' });
  expect(await texts(store)).toEqual({ a: '1', b: '2' });
});

test('a disk that refuses is told, and nothing is thought to be kept', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 's'), 'no folder');
  const store = openNotes(folder, 's');
  expect(await store.change([put('a', '1')], BY)).toMatchObject({
    kind: 'failed',
    error: { code: 'STEP_MEMORY_FAILED' },
  });
  expect(await store.read()).toMatchObject({ code: 'STEP_MEMORY_FAILED' });
  expect(await store.purge()).toMatchObject({ code: 'STEP_MEMORY_FAILED' });
});

let child: string;
beforeAll(async () => {
  child = await bundled('notes-child');
});

/** What it said is on disk; `killAfter` so many lines it is killed. */
async function writer(
  folder: string,
  name: string,
  count: number,
  killAfter = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const running = spawn(process.execPath, [child, folder, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(running, 'exit');
  let said = '';
  for await (const chunk of running.stdout) {
    said += String(chunk);
    if (said.split('\n').length > killAfter) running.kill('SIGKILL');
  }
  // One that is to be killed may be through before.
  expect(
    [
      [0, null],
      [null, 'SIGKILL'],
    ].slice(0, killAfter < count ? 2 : 1),
  ).toContainEqual(await ended);
  return said.split('\n').filter((line) => line !== '' && line !== 'done');
}

test('several processes lose nothing of each other, also when one is killed', async () => {
  const folder = temporaryFolder();
  const said = await Promise.all([writer(folder, 'a', 25), writer(folder, 'b', 25), writer(folder, 'c', 25, 6)]);
  const lines = (await texts(openNotes(folder, 's'))).shared?.split('\n') ?? [];
  for (const one of said.flat()) expect(lines.filter((line) => line === one)).toEqual([one]);
  expect([said[0]?.length, said[1]?.length, new Set(lines).size]).toEqual([25, 25, lines.length]);
});
