/** What giga knows of the files around a run: those that steps read, those that others change, and how to bring them back. With real repositories. */
import { existsSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventsOf } from '../e2e/place.ts';
import { openRepository, type Repository, snapshot } from '../host/git/repository.ts';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
let repository: Repository;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
  repository = openRepository(place.folder);
});
afterEach(() => place.remove());

const read = (file: string): string => readFileSync(join(place.folder, file), 'utf8');
const commit = (): void => {
  repository.git('add', '-A');
  repository.git('commit', '-qm', 'x');
};
/** Without ids, times and colours. */
const steady = (text: string): string =>
  text
    .replace(/\b(?<=^run |giga resume |giga redo )[0-9a-z]{4}\b/gm, 'ID')
    .replace(/\b\d\d:\d\d:\d\d\b/g, 'TIME')
    .replace(/\b\d+(?:\.\d+)?m?s\b/g, 'DURATION')
    .replace(/\btree [0-9a-f]{12}\b/g, 'tree HASH')
    .replace(/ +/g, ' ');

const READERS = `
steps:
  lib: { run: echo lib >> order, files: [src/**, '!src/**/*.md'] }
  docs: { run: echo docs >> order, files: 'src/*.md' }
  free: { run: echo free >> order }
  last: { needs: [lib, docs, free], run: test -e ok }
`;

describe('files', () => {
  beforeEach(() => {
    place.put('read.yaml', READERS);
    place.put('src/a.ts', '1');
    place.put('src/deep/b.ts', '1');
    place.put('src/x.md', '1');
    place.put('.gitignore', 'order\n');
  });

  it('let a step run again when one of them changed, and say which', async () => {
    await place.giga('run', 'read.yaml');
    place.put('src/deep/b.ts', '2');
    place.put('src/new.ts', '1');
    unlinkSync(join(place.folder, 'src/a.ts'));
    place.put('ok', '');
    const planned = await place.giga('resume', '--plan');
    expect(steady(planned.out)).toBe(`run ID · 2 keep · 2 run
▶ run lib 3 files changed: src/a.ts (gone), src/deep/b.ts, src/new.ts (new)
↺ keep docs inputs unchanged
↺ keep free files not declared; 4 changed: ok, src/a.ts, src/deep/b.ts …
▶ run last did not succeed
`);
    expect((await place.giga('resume')).code).toBe(0);
    expect(read('order').split('\n').toSorted().join(' ').trim()).toBe('docs free lib lib');
    expect((await place.giga('why', 'lib')).out).toContain('3 files changed: src/a.ts (gone)');
  });

  it('count by content: a touched file, or one that was changed and changed back, is the same', async () => {
    await place.giga('run', 'read.yaml');
    place.put('src/a.ts', '2');
    place.put('src/a.ts', '1');
    const { out } = await place.giga('resume', '--plan');
    expect(steady(out)).toContain('keep lib inputs unchanged');
  });

  it('count for a run that was only stopped, too', async () => {
    place.put('stop.yaml', READERS.replace('test -e ok', "'test -e ok || { touch at-work; sleep 60; }'"));
    await place.bash(`'${process.execPath}' '${place.program}' run stop.yaml & giga=$!
      until [ -e at-work ]; do sleep 0.05; done; kill -INT $giga; wait $giga; true`);
    place.put('src/a.ts', '2');
    place.put('ok', '');
    await place.giga('resume');
    expect(read('order').split('\n').toSorted().join(' ').trim()).toBe('docs free lib lib');
  });

  it('must be there: a glob that finds nothing is a failure before the step begins', async () => {
    place.put('none.yaml', 'steps: { a: { run: touch ran, files: [src/**, scr/**] } }');
    const { code, err } = await place.giga('run', 'none.yaml');
    expect(code).toBe(1);
    expect(err).toContain('STEP_FILES_UNREADABLE');
    expect(err).toContain('no file matches `scr/**`');
    expect(existsSync(join(place.folder, 'ran'))).toBe(false);
  });

  it('lie below the folder of the step', async () => {
    place.put('out.yaml', "steps: { a: { cwd: src, run: 'true', files: [../read.yaml] } }");
    expect((await place.giga('validate', 'out.yaml')).err).toContain('PLAN_FILES_PATH');
    place.put(
      'in.yaml',
      "inputs: { g: { type: string } }\nsteps: { a: { cwd: src, run: 'true', files: ['${{ inputs.g }}'] } }",
    );
    expect((await place.giga('run', 'in.yaml', '-i', 'g=../read.yaml')).err).toContain('leads out of the folder');
    expect((await place.giga('run', 'in.yaml', '-i', 'g=*.ts')).code).toBe(0);
  });

  it('mean nothing beside what reads none', async () => {
    place.put('set.yaml', 'steps: { a: { set: { x: 1 }, files: [src/**] } }');
    expect((await place.giga('validate', 'set.yaml')).err).toContain('PLAN_KEY_WITHOUT_EFFECT');
  });

  it('are told by folder where there are very many', async () => {
    for (let i = 0; i < 250; i++) place.put(`src/many/d${i % 3}/f${i}.ts`, '1');
    await place.giga('run', 'read.yaml');
    place.put('src/many/d1/f1.ts', '2');
    expect(steady((await place.giga('resume', '--plan')).out)).toContain('run lib src/many/d1/ changed');
  });
});

describe('a resume over a changed workspace', () => {
  const FREE = `
steps:
  build: { run: echo build >> order }
  test: { needs: build, run: echo test >> order; test -e ok }
`;
  beforeEach(() => {
    place.put('free.yaml', FREE);
    place.put('.gitignore', 'order\n');
    place.put('src/a.ts', '1');
    commit();
  });

  it('says in its plan and in its verdict what it kept', async () => {
    await place.giga('run', 'free.yaml');
    place.put('src/a.ts', '2');
    place.put('ok', '');
    commit(); // whoever commits changes nothing
    expect(steady((await place.giga('resume', '--plan')).out)).toBe(`run ID · 1 keep · 1 run
↺ keep build files not declared; 2 changed: ok, src/a.ts
▶ run test did not succeed
`);
    const { code, out, err } = await place.giga('resume', '--json');
    expect(code).toBe(0);
    expect(err).toContain(
      'warning: 1 step kept over a changed workspace (2 changed: ok, src/a.ts); `giga resume --strict` runs such steps again',
    );
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync('schemas/event.schema.json', 'utf8')));
    const events = eventsOf({ code, out, err });
    for (const event of events) expect(validate(event), JSON.stringify(event)).toBe(true);
    expect(events.find(({ type }) => type === 'run.opened')).toMatchObject({
      changed: { count: 2, files: ['ok', 'src/a.ts'] },
    });
    expect(events.at(-1)).toMatchObject({ keptOver: { steps: 1, count: 2 } });
    expect((await place.giga('verify')).code).toBe(0);
  });

  it('is said again in every later verdict, until the step has run', async () => {
    await place.giga('run', 'free.yaml');
    place.put('src/a.ts', '2');
    expect((await place.giga('resume')).err).toContain('1 step kept over a changed workspace');
    expect((await place.giga('resume')).err).toContain('1 step kept over a changed workspace (1 changed: src/a.ts)');
    place.put('ok', '');
    expect((await place.giga('resume', '--strict')).err).not.toContain('changed workspace');
    expect(read('order')).toBe('build\ntest\ntest\ntest\nbuild\ntest\n');
  });

  it('runs such steps again with --strict, and only where something changed', async () => {
    await place.giga('run', 'free.yaml');
    expect(steady((await place.giga('resume', '--plan', '--strict')).out)).toContain('keep build inputs unchanged');
    place.put('src/a.ts', '2');
    expect(steady((await place.giga('resume', '--plan', '--strict')).out)).toContain(
      'run build files not declared; 1 changed: src/a.ts',
    );
  });

  it('knows the changes of the run itself from those of others, and the workflow from its files', async () => {
    place.put('self.yaml', FREE.replace('>> order;', '>> order; echo x > made;'));
    commit();
    await place.giga('run', 'self.yaml');
    expect(existsSync(join(place.folder, 'made'))).toBe(true);
    place.put('self.yaml', FREE.replace('>> order;', '>> order; true;'));
    const { out, err } = await place.giga('resume', '--plan');
    expect(err).toBe('');
    expect(steady(out)).toContain('keep build inputs unchanged');
  });

  it('says nothing where nobody knows: outside of a repository', async () => {
    rmSync(join(place.folder, '.git'), { recursive: true });
    await place.giga('run', 'free.yaml');
    place.put('src/a.ts', '2');
    expect(steady((await place.giga('resume', '--plan')).out)).toContain('keep build inputs unchanged');
  });
});

const WRITERS = `
workspace: { save: true }
steps:
  - id: one
    run: |
      echo "$GIGA_STEP_KEY" >> keys.log
      echo two >> a.txt
      echo new > new.txt
  - id: two
    run: rm a.txt; echo x > skipped.log
  - id: three
    run: test -e ok
`;

describe('giga undo', () => {
  const files = (): Record<string, string> => snapshot(place.folder, ['.git', '.giga', 'keys.log', 'skipped.log']);
  beforeEach(() => {
    place.put('w.yaml', WRITERS);
    place.put('a.txt', 'one\n');
    place.put('.gitignore', '*.log\n');
    commit();
    place.put('staged', 'x');
    repository.git('add', 'staged');
    place.put('mine', 'untracked');
  });

  it('brings the files back, and the run; redo takes that back; nothing of the repository changes', async () => {
    const start = files();
    const git = snapshot(join(place.folder, '.git'));
    await place.giga('run', 'w.yaml');
    const end = files();
    const listed = await place.giga('undo', '--list');
    expect(steady(listed.out)).toBe(
      'TIME tree HASH before one\nTIME tree HASH before two\nTIME tree HASH before three\n',
    );
    const undone = await place.giga('undo', '--to', 'one');
    expect(steady(undone.err)).toBe(`run ID · before step one · 2 files changed
 a.txt
 new.txt
redo giga redo ID
resume giga resume ID
`);
    expect(files()).toEqual(start);
    expect(read('skipped.log')).toBe('x\n'); // git ignores it
    expect((await place.giga('runs', 'list')).out).toContain('stopped');
    const redone = await place.giga('redo', '--json');
    expect(JSON.parse(redone.out)).toMatchObject({ type: 'run.redone', word: 'redo', files: ['a.txt', 'new.txt'] });
    expect(files()).toEqual(end);
    expect((await place.giga('runs', 'list')).out).toContain('failed');
    expect(snapshot(join(place.folder, '.git'))).toEqual(git);
    expect((await place.giga('verify')).code).toBe(0);
  });

  it('goes on from there: that step and what came after it, with new attempts and keys', async () => {
    await place.giga('run', 'w.yaml');
    await place.giga('undo', '--to', 'one');
    place.put('ok', '');
    const resumed = await place.giga('resume', '--json');
    expect(resumed.code).toBe(0);
    const started = eventsOf(resumed).filter(({ type }) => type === 'attempt.started');
    expect(started.map(({ node, attempt }) => `${String(node)} ${String(attempt)}`)).toEqual([
      'one 2',
      'two 2',
      'three 2',
    ]);
    const [before, after] = read('keys.log')
      .trim()
      .split('\n')
      .map((key) => key.replace(/^[^/]+\//, ''));
    expect([before, after]).toEqual(['one/1', 'one/2']);
    expect(existsSync(join(place.folder, 'a.txt'))).toBe(false);
    expect((await place.giga('verify')).code).toBe(0);
    expect((await place.giga('redo')).err).toContain('RUN_NOTHING_TO_UNDO'); // the run has gone on
  });

  it('goes back step by step, and forth again', async () => {
    await place.giga('run', 'w.yaml');
    await place.giga('undo', '--to', 'two');
    expect(read('a.txt')).toBe('one\ntwo\n');
    await place.giga('undo');
    expect(read('a.txt')).toBe('one\n');
    expect((await place.giga('undo')).err).toContain('saved no files to go back to');
    await place.giga('redo');
    expect(read('a.txt')).toBe('one\ntwo\n');
    await place.giga('redo');
    expect(existsSync(join(place.folder, 'a.txt'))).toBe(false);
    expect((await place.giga('redo')).code).toBe(2);
    expect((await place.giga('verify')).code).toBe(0);
  });

  it('undoes a run that succeeded', async () => {
    place.put('ok', '');
    expect((await place.giga('run', 'w.yaml')).code).toBe(0);
    expect((await place.giga('undo', '--to', 'one')).code).toBe(0);
    expect(read('a.txt')).toBe('one\n');
    expect((await place.giga('redo')).code).toBe(0);
    expect((await place.giga('resume')).err).toContain('nothing to do');
  });

  it('asks first where someone else changed files since, and loses nothing with --force', async () => {
    await place.giga('run', 'w.yaml');
    place.put('mine', 'edited by hand');
    const refused = await place.giga('undo', '--to', 'one');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('RUN_WORKSPACE_CHANGED');
    expect(refused.err).toContain('someone else changed mine');
    expect(existsSync(join(place.folder, 'a.txt'))).toBe(false);
    expect((await place.giga('undo', '--to', 'one', '--force')).code).toBe(0);
    expect(read('mine')).toBe('untracked');
    await place.giga('redo');
    expect(read('mine')).toBe('edited by hand');
  });

  it('says how to get it where nothing was saved, and which step was meant', async () => {
    place.put('plain.yaml', "steps: { a: { run: 'true' } }");
    await place.giga('run', 'plain.yaml');
    expect((await place.giga('undo')).err).toContain('Say `workspace: { save: true }` in the workflow');
    await place.giga('run', 'w.yaml');
    expect((await place.giga('undo', '--to', 'tow')).err).toContain('Did you mean `two`?');
  });

  it('is not for a run that goes on', async () => {
    place.put(
      'slow.yaml',
      'workspace: { save: true }\nsteps: { a: { run: "touch at-work; until [ -e go ]; do sleep 0.05; done" } }',
    );
    const { out } = await place.bash(`giga run slow.yaml 2> slow.err & until [ -e at-work ]; do sleep 0.05; done
      giga undo 2>&1; touch go; wait`);
    expect(out).toContain('RUN_HELD');
  });

  it('needs a repository, and says so before the run begins', async () => {
    rmSync(join(place.folder, '.git'), { recursive: true });
    const { code, err } = await place.giga('run', 'w.yaml');
    expect(code).toBe(3);
    expect(err).toContain('RUN_NO_REPOSITORY');
    expect(existsSync(join(place.folder, 'new.txt'))).toBe(false);
  });

  it('is completed when it was killed in the middle; nothing goes on before', async () => {
    const start = files();
    await place.giga('run', 'w.yaml');
    const end = files();
    // A git that stops where files are restored, once it has restored one of them.
    place.put(
      'bin/git',
      `#!/bin/bash
real=$(PATH=\${PATH#*:} command -v git)
case " $* " in *" read-tree "*) echo one > a.txt; touch at-restore; sleep 60;; esac
exec "$real" "$@"
`,
    );
    const { out } = await place.bash(`chmod +x bin/git; mv bin ../bin
      PATH="$PWD/../bin:$PATH" '${process.execPath}' '${place.program}' undo --to one & giga=$!
      until [ -e at-restore ]; do sleep 0.05; done; kill -9 $giga; rm at-restore; wait $giga; true`);
    expect(out).toBe('');
    expect(read('a.txt')).toBe('one\n');
    for (const command of ['resume', 'redo']) {
      const refused = await place.giga(command);
      expect(refused.code).toBe(1);
      expect(refused.err).toContain('RUN_UNDO_UNFINISHED');
    }
    expect((await place.giga('undo')).code).toBe(0);
    expect(files()).toEqual(start);
    await place.giga('redo');
    expect(files()).toEqual(end);
    expect((await place.giga('verify')).code).toBe(0);
  });

  it('of a run that was killed asks first, since nobody knows whose changes there are', async () => {
    place.put(
      'kill.yaml',
      'workspace: { save: true }\nsteps: { a: { run: "echo x > made; touch at-work.log; sleep 60" } }',
    );
    await place.bash(`'${process.execPath}' '${place.program}' run kill.yaml & giga=$!
      until [ -e at-work.log ]; do sleep 0.05; done; kill -9 $giga; wait $giga; true`);
    expect((await place.giga('undo')).err).toContain('was cut off');
    expect((await place.giga('undo', '--force')).code).toBe(0);
    expect(existsSync(join(place.folder, 'made'))).toBe(false);
  });

  it('saves before retries once, and for steps in groups and items by their paths', async () => {
    place.put(
      'many.yaml',
      `
workspace: { save: true }
steps:
  all:
    for-each: { items: [x, y], max: 1 }
    steps:
      - { id: put, retry: 2, run: "echo \${{ item }} >> list; [ $(wc -l < list) -gt 1 ]" }
`,
    );
    expect((await place.giga('run', 'many.yaml')).code).toBe(0);
    expect(steady((await place.giga('undo', '--list')).out)).toBe(
      'TIME tree HASH before all[x]/put\nTIME tree HASH before all[y]/put\n',
    );
    await place.giga('undo', '--to', 'all[y]/put');
    expect(read('list')).toBe('x\nx\n');
    expect((await place.giga('resume')).code).toBe(0);
    expect(read('list')).toBe('x\nx\ny\n');
  });
});
