/** `giga claude memory`: what people see of the notes of agents, change, and have forgotten. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { editText } from '../../src/cli/edit-text.ts';
import { openNotes } from '../../src/host/store/file/notes.ts';
import { inPlace } from '../e2e/place.ts';
import type { Workplace } from './giga.ts';

const BY = {
  kind: 'model',
  at: 1_000,
  run: 'r1',
  step: 'fix',
  model: 'claude-x',
  sources: ['fetch', 'mcp:docs'],
} as const;

async function filled(place: Workplace): Promise<void> {
  mkdirSync(join(place.folder, '.giga'));
  const store = openNotes(join(place.folder, '.giga/memory'), 'reviews');
  const put = (path: string, text: string) => store.change([{ path, was: null, text }], BY);
  await put('style/commits.md', 'Say why.\n');
  await put('style/names.md', 'Short.');
  await put('secret.md', 'do not keep this');
}

test('lists stores and notes with their size, age and who wrote them', () =>
  inPlace(async (place) => {
    expect(await place.giga('claude', 'memory', 'list')).toEqual({
      code: 0,
      out: '',
      err: 'There are no notes: an agent with `memory` keeps some.\n',
    });
    await filled(place);
    const { out } = await place.giga('claude', 'memory', 'list');
    expect(out.replaceAll(/\d+d\d\dh ago/g, 'AGE')).toBe(
      [
        'reviews  3 notes, 31 B of 1.0 MB',
        '  secret.md         16 B  AGE  claude-x in fix of run r1, with fetch, mcp:docs',
        '  style/commits.md  9 B   AGE  claude-x in fix of run r1, with fetch, mcp:docs',
        '  style/names.md    6 B   AGE  claude-x in fix of run r1, with fetch, mcp:docs',
        '',
      ].join('\n'),
    );
    const lines = (await place.giga('claude', 'memory', 'list', 'reviews', '--json')).out.trim().split('\n');
    expect(JSON.parse(lines[1] ?? '')).toEqual({
      type: 'claude.note',
      store: 'reviews',
      path: 'style/commits.md',
      bytes: 9,
      made: BY,
      changed: BY,
    });
  }));

test('shows one note as it is, and several under their names', () =>
  inPlace(async (place) => {
    await filled(place);
    expect((await place.giga('claude', 'memory', 'show', 'reviews', 'style/commits.md')).out).toBe('Say why.\n');
    const { out } = await place.giga('claude', 'memory', 'show', 'reviews', 'style');
    expect(out.match(/^── \S+/gm)).toEqual(['── style/commits.md', '── style/names.md']);
    const json = await place.giga('claude', 'memory', 'show', 'reviews', 'style/names.md', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ text: 'Short.', changed: BY });
  }));

test('edits from stdin, and the note is then a person’s', () =>
  inPlace(async (place) => {
    await filled(place);
    const edit = (text: string, path: string) =>
      place.bash(`printf '${text}' | USER=ann giga claude memory edit reviews ${path}`);
    expect(await edit('New.', 'style/names.md')).toMatchObject({ code: 0, err: 'reviews: style/names.md changed\n' });
    expect(await edit('New.', 'style/names.md')).toMatchObject({ code: 0, err: 'reviews: style/names.md unchanged\n' });
    expect(await edit('x', 'more.md')).toMatchObject({ code: 0, err: 'reviews: more.md made\n' });
    const shown = await place.giga('claude', 'memory', 'show', 'reviews', 'style/names.md', '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ text: 'New.', made: BY, changed: { kind: 'person' } });
    const fresh = await place.bash('echo hello | giga claude memory edit other a.md --state fresh && ls -A fresh');
    expect([fresh.code, fresh.out.split('\n')]).toEqual([0, expect.arrayContaining(['.gitignore', 'memory'])]);
  }));

test.each([
  ["printf x | giga claude memory edit reviews '../x'", 3, 'CLI_NOTE_REFUSED'],
  ['printf x | giga claude memory edit Reviews a', 3, 'CLI_NOTE_REFUSED'],
  ["printf '\\033[2J' | giga claude memory edit reviews a", 3, 'control characters'],
  ["printf '\\377' | giga claude memory edit reviews a", 3, 'no text in UTF-8'],
  ['head -c 70000 /dev/zero | tr "\\0" x | giga claude memory edit reviews a', 3, 'at most 65536'],
  ['giga claude memory show review', 2, 'reviews'],
  ['giga claude memory show reviews style/comits.md', 2, 'style/commits.md'],
  ['giga claude memory forget reviews', 2, '--yes'],
  ['giga claude memory forget nothing --yes', 2, 'CLI_NOTE_NOT_FOUND'],
  ['giga claude memory lst', 2, 'did you mean `list`?'],
  ['giga claude memoy', 2, 'did you mean `memory`?'],
  ['giga claude memory show', 2, 'giga claude memory show --help'],
  ['giga claude memory', 2, 'forget [options] <store> [note]'],
])('refuses: %s', (line, code, why) =>
  inPlace(async (place) => {
    await filled(place);
    const done = await place.bash(line);
    expect([done.code, `${done.out}${done.err}`]).toEqual([code, expect.stringContaining(why)]);
    expect(await openNotes(join(place.folder, '.giga/memory'), 'reviews').read()).toMatchObject({
      notes: { length: 3 },
    });
  }),
);

test('forgets one note, a folder, a whole store, also on the disk', () =>
  inPlace(async (place) => {
    await filled(place);
    const forget = (...words: string[]) => place.giga('claude', 'memory', 'forget', 'reviews', ...words, '--yes');
    const folder = join(place.folder, '.giga/memory');
    expect(await forget('secret.md')).toMatchObject({ code: 0, err: '1 note forgotten\n' });
    const onDisk = readdirSync(join(folder, 'reviews')).map((name) =>
      readFileSync(join(folder, 'reviews', name), 'utf8'),
    );
    expect([onDisk.length, onDisk.join('').includes('do not keep'), onDisk.join('').includes('Say why')]).toEqual([
      1,
      false,
      true,
    ]);
    expect(await forget('style')).toMatchObject({ code: 0, err: '2 notes forgotten\n' });
    await filled2(place);
    expect(await forget()).toMatchObject({ code: 0, err: '1 note forgotten\n' });
    expect(readdirSync(folder)).toEqual([]);
  }));

async function filled2(place: Workplace): Promise<void> {
  await openNotes(join(place.folder, '.giga/memory'), 'reviews').change([{ path: 'a', was: null, text: 'b' }], BY);
}

test('an editor gets the text, and what it leaves is taken; one that fails changes nothing', () =>
  inPlace(async (place) => {
    place.put('new.md', 'two\n');
    const env = { ...process.env, VISUAL: '' };
    const edit = (editor: string) => editText('one\n', 'style/a b.md', { ...env, EDITOR: editor });
    expect(await edit('test -s')).toBe('one\n');
    expect(await edit(`cp ${join(place.folder, 'new.md')}`)).toBe('two\n');
    expect(await edit('false')).toMatchObject({ error: { code: 'CLI_NOTE_REFUSED' } });
  }));

test('names of stores are completed', () =>
  inPlace(async (place) => {
    await filled(place);
    expect((await place.giga('complete', '--', 'claude', 'memory', 'show', '')).out).toContain('reviews');
    expect((await place.giga('complete', '--', 'claude', 'memory', '')).out).toContain('forget');
  }));
