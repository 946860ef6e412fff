/** The tool `memory`: what it answers, what it changes, and what it never does. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { NoteChange, NoteStore, NotesEnd } from '../../../src/core/memory/store.ts';
import { createMask, NO_MASK } from '../../../src/host/mask/mask.ts';
import { openNotes } from '../../../src/host/store/file/notes.ts';
import { memoryTool } from '../../../src/steps/claude/tools/memory.ts';
import { temporaryFolder } from '../../host/store/folder.ts';

const BY = { kind: 'model', at: 1, run: 'r1', step: 'fix', model: 'claude-x', sources: [] } as const;
const CONTEXT = { signal: new AbortController().signal, progress: () => {}, call: 'a/1' };

function toolOn(store: NoteStore, mask = NO_MASK) {
  const tool = memoryTool({ store, mask, by: () => BY });
  return async (command: string, args: JsonObject = {}): Promise<string> => {
    const { verdict, content } = await tool.call({ command, ...args }, CONTEXT);
    return `${verdict}: ${content.map((item) => (item.type === 'text' ? item.text : '')).join('')}`;
  };
}

async function filled() {
  const store = openNotes(temporaryFolder(), 's');
  await store.change(
    [
      { path: 'a.md', was: null, text: 'one\ntwo\nthree' },
      { path: 'dir/b.md', was: null, text: 'two two' },
      { path: 'dir/in/c.md', was: null, text: '' },
    ],
    BY,
  );
  const notes = async (): Promise<JsonObject> => {
    const read = await store.read();
    return 'notes' in read ? Object.fromEntries(read.notes.map(({ path, text }) => [path, text])) : {};
  };
  return { store, notes, memory: toolOn(store) };
}

describe('looks', () => {
  test('at the folder, a folder in it, a note, some lines of it', async () => {
    const { memory } = await filled();
    expect(await memory('view', { path: '/memories' })).toBe(
      'ok: All notes in /memories:\n13B\t/memories/a.md\n7B\t/memories/dir/b.md\n0B\t/memories/dir/in/c.md',
    );
    expect(await memory('view', { path: '/memories/dir/in/' })).toContain('/memories/dir/in/c.md');
    expect(await memory('view', { path: '/memories/a.md' })).toMatch(/ {5}1\tone\n {5}2\ttwo\n {5}3\tthree$/);
    expect(await memory('view', { path: '/memories/a.md', view_range: [2, 2] })).toMatch(/:\n {5}2\ttwo$/);
    expect(await memory('view', { path: '/memories/a.md', view_range: [2, -1] })).toMatch(
      /:\n {5}2\ttwo\n {5}3\tthree$/,
    );
    expect(await memory('view', { path: '/memories/none' })).toContain('failed: The path');
    expect(await toolOn(openNotes(temporaryFolder(), 's'))('view', { path: '/memories' })).toBe(
      'ok: There are no notes in /memories yet.',
    );
  });
});

describe('changes', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['create', { path: '/memories/n/x.md', file_text: 'new' }, { 'n/x.md': 'new' }],
    ['str_replace', { path: '/memories/a.md', old_str: 'two', new_str: '$& 2' }, { 'a.md': 'one\n$& 2\nthree' }],
    ['insert', { path: '/memories/a.md', insert_line: 0, insert_text: 'zero\n' }, { 'a.md': 'zero\none\ntwo\nthree' }],
    ['insert', { path: '/memories/a.md', insert_line: 3, insert_text: 'four' }, { 'a.md': 'one\ntwo\nthree\nfour' }],
  ])('%s', async (command, args, more) => {
    const { memory, notes } = await filled();
    const before = await notes();
    expect(await memory(command, args)).toMatch(/^ok: /);
    expect(await notes()).toEqual({ ...before, ...more });
  });
  test('delete and rename take a folder with all that is in it', async () => {
    const { memory, notes } = await filled();
    expect(await memory('rename', { old_path: '/memories/dir', new_path: '/memories/other' })).toMatch(/^ok: /);
    expect(Object.keys(await notes())).toEqual(['a.md', 'other/b.md', 'other/in/c.md']);
    expect(await memory('delete', { path: '/memories/other' })).toMatch(/^ok: /);
    expect(await notes()).toEqual({ 'a.md': 'one\ntwo\nthree' });
  });
});

describe('refuses, and nothing changes:', () => {
  test.each<[string, JsonObject, string]>([
    ['create', { path: '/memories/a.md', file_text: '' }, 'already exists'],
    ['create', { path: '/memories/dir', file_text: '' }, 'is a folder'],
    ['create', { path: '/memories', file_text: '' }, 'is a folder'],
    ['create', { path: '/memories/a.md/b', file_text: '' }, 'a note and a folder'],
    ['create', { path: '/memories/x', file_text: 'a\u001b[2J' }, 'control characters'],
    ['create', { path: '/memories/x', file_text: 'x'.repeat(70_000) }, 'at most 65536'],
    ['create', { path: '/memories/../../etc/passwd', file_text: '' }, 'no path of a note'],
    ['create', { path: '/etc/passwd', file_text: '' }, 'no path of a note'],
    ['create', { path: '/memoriesx/a', file_text: '' }, 'no path of a note'],
    ['create', { file_text: '' }, '`path` is missing'],
    ['str_replace', { path: '/memories/dir/b.md', old_str: 'two', new_str: '' }, '2 times'],
    ['str_replace', { path: '/memories/dir/b.md', old_str: 'three', new_str: '' }, 'did not appear'],
    ['str_replace', { path: '/memories/dir/b.md', old_str: '', new_str: '' }, 'did not appear'],
    ['str_replace', { path: '/memories/none', old_str: '', new_str: '' }, 'does not exist'],
    ['insert', { path: '/memories/a.md', insert_line: 4, insert_text: '' }, '[0, 3]'],
    ['insert', { path: '/memories/a.md', insert_line: -1, insert_text: '' }, '[0, 3]'],
    ['insert', { path: '/memories/none', insert_line: 0, insert_text: '' }, 'does not exist'],
    ['delete', { path: '/memories' }, 'cannot be deleted'],
    ['delete', { path: '/memories/none' }, 'does not exist'],
    ['rename', { old_path: '/memories', new_path: '/memories/x' }, 'cannot be renamed'],
    ['rename', { old_path: '/memories/none', new_path: '/memories/x' }, 'does not exist'],
    ['rename', { old_path: '/memories/dir', new_path: '/memories/dir/x' }, 'already exists'],
    ['rename', { old_path: '/memories/dir', new_path: '/memories/a.md' }, 'already exists'],
    ['rename', { old_path: '/memories/dir', new_path: '/memories' }, 'already exists'],
    ['forget', {}, 'no such command'],
  ])('%s %j', async (command, args, why) => {
    const { memory, notes } = await filled();
    const before = await notes();
    const said = await memory(command, args);
    expect([said.startsWith('failed: '), said.includes(why) ? why : said]).toEqual([true, why]);
    expect(await notes()).toEqual(before);
  });
});

test('a secret is kept nowhere', async () => {
  const { store, notes } = await filled();
  const memory = toolOn(store, createMask(['hunter2-hunter2']));
  await memory('create', { path: '/memories/x', file_text: 'it is hunter2-hunter2' });
  await memory('create', { path: '/memories/hunter2-hunter2', file_text: '' });
  expect(JSON.stringify(await notes())).not.toContain('hunter2');
  expect((await notes()).x).toContain('it is ');
});

/** Somebody else changes the note just before each change. */
function contested(store: NoteStore, times: number): NoteStore {
  let left = times;
  return {
    ...store,
    async change(changes: readonly NoteChange[], by): Promise<NotesEnd> {
      if (left-- > 0) {
        const was = 'notes' in (await store.read()) ? await textOf(store) : null;
        await store.change([{ path: 'a.md', was, text: `${was}\nother` }], BY);
      }
      return store.change(changes, by);
    },
  };
}

async function textOf(store: NoteStore): Promise<string | null> {
  const read = await store.read();
  return 'notes' in read ? (read.notes.find(({ path }) => path === 'a.md')?.text ?? null) : null;
}

test('a change is worked out anew where another one was quicker, and not for ever', async () => {
  const { store } = await filled();
  const insert = { path: '/memories/a.md', insert_line: 0, insert_text: 'zero' };
  expect(await toolOn(contested(store, 2))('insert', insert)).toMatch(/^ok: /);
  expect(await textOf(store)).toBe('zero\none\ntwo\nthree\nother\nother');
  expect(await toolOn(contested(store, 99))('insert', insert)).toContain('failed: Others changed');
  expect((await textOf(store))?.match(/zero/g)).toHaveLength(1);
});

test('what the disk says is told', async () => {
  const error = { code: 'STEP_MEMORY_FAILED', severity: 'error', message: 'The disk is full.' } as const;
  const { store } = await filled();
  const full = toolOn({ ...store, change: async () => ({ kind: 'failed', error }) });
  expect(await full('delete', { path: '/memories/a.md' })).toBe('failed: The disk is full.');
  expect(await toolOn({ ...store, read: async () => error })('view', { path: '/memories' })).toBe(
    'failed: The disk is full.',
  );
});
