/** Runs in worktrees of their own, with real repositories: what comes back, what is refused, and what is kept. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mergeWorktree } from '../../src/host/git/worktree.ts';
import { openRepository, type Repository, snapshot } from '../host/git/repository.ts';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
let repository: Repository;
beforeAll(() => openWorkplace().remove()); // builds

const WORK = (merge: string, check = "'true'"): string => `
workspace: { worktree: true, merge: ${merge} }
steps:
  - id: edit
    run: |
      echo run >> a.txt
      echo new > made.txt
      git add -A
      git -c user.name=s -c user.email=s@s commit -qm 'by the step'
      echo rest > rest.txt
  - { id: check, run: ${check} }
`;

beforeEach(() => {
  place = openWorkplace();
  repository = openRepository(place.folder);
  place.put('a.txt', 'one\n');
  place.put('b.txt', 'one\n');
  for (const how of ['ff', 'squash', 'none']) place.put(`${how}.yaml`, WORK(how));
  place.put('fails.yaml', WORK('ff', 'test -e ok'));
  commit();
});
afterEach(() => place.remove());

const commit = (): void => {
  repository.git('add', '-A');
  repository.git('commit', '-qm', 'base');
};
const read = (file: string): string => readFileSync(join(place.folder, file), 'utf8');
const log = (): string[] => repository.git('log', '--format=%s').trim().split('\n');
const worktrees = (): string[] => {
  const folder = join(place.folder, '.giga/worktrees');
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.includes('.')) : [];
};
const branches = (): string => repository.git('branch', '--list', 'giga/*').trim();

describe('merge', () => {
  it('ff moves the branch forward to the commits of the run, and of giga for the rest', async () => {
    place.put('b.txt', 'mine, not committed');
    place.put('untracked', 'mine');
    const { code, err } = await place.giga('run', 'ff.yaml');
    expect(err).not.toContain('work ');
    expect(code).toBe(0);
    expect(log()).toEqual(['ff', 'by the step', 'base']);
    expect(repository.git('log', '-1', '--format=%b')).toMatch(/^Made by run \w{4} of ff\.yaml\./);
    expect([read('a.txt'), read('made.txt'), read('rest.txt')]).toEqual(['one\nrun\n', 'new\n', 'rest\n']);
    expect([read('b.txt'), read('untracked')]).toEqual(['mine, not committed', 'mine']);
    expect(worktrees()).toEqual([]);
    expect(branches()).toBe('');
    expect((await place.giga('verify')).code).toBe(0);
    expect((await place.giga('resume')).err).toContain('nothing to do');
  });

  it('squash makes one commit, also where the branch has moved', async () => {
    place.put(
      'moves.yaml',
      WORK(
        'squash',
        "'cd ../../.. && echo x > c.txt && git add c.txt && git -c user.name=o -c user.email=o@o commit -qm other'",
      ),
    );
    commit();
    const { err, code } = await place.giga('run', 'moves.yaml');
    expect(err).toContain('RESULT succeeded');
    expect(code).toBe(0);
    expect(log()).toEqual(['moves', 'other', 'base', 'base']);
    expect([read('a.txt'), read('c.txt')]).toEqual(['one\nrun\n', 'x\n']);
  });

  it('none keeps the worktree and says where', async () => {
    const { err } = await place.giga('run', 'none.yaml');
    const [id = ''] = worktrees();
    expect(err).toContain(`work   .giga/worktrees/${id} · branch giga/${id}`);
    expect(log()).toEqual(['base']);
    expect(read(`.giga/worktrees/${id}/a.txt`)).toBe('one\nrun\n');
    expect(read('a.txt')).toBe('one\n');
  });

  it('runs no hook of the repository', async () => {
    for (const hook of ['pre-commit', 'commit-msg', 'post-commit', 'post-merge', 'post-checkout', 'pre-merge-commit'])
      repository.put(`.git/hooks/${hook}`, `#!/bin/sh\ntouch "${join(place.folder, 'hooked')}"; exit 1\n`, 0o755);
    place.put('quiet.yaml', 'workspace: { worktree: true }\nsteps: { a: { run: echo x > made } }');
    expect((await place.giga('run', 'quiet.yaml')).code).toBe(0);
    expect(read('made')).toBe('x\n');
    expect(existsSync(join(place.folder, 'hooked'))).toBe(false);
  });

  it.each([
    ['all of it', 'true'],
    ['a folder that git does not know any more', 'rm .giga/worktrees/$ID/.git'],
    ['the branch', 'git worktree remove --force .giga/worktrees/$ID'],
    ['a note', 'git worktree remove --force .giga/worktrees/$ID && git branch -qD giga/$ID'],
  ])('what a giga that was killed then left of the worktree is removed by a resume: %s', async (_, removed) => {
    await place.giga('run', 'ff.yaml');
    const [ID = ''] = readdirSync(join(place.folder, '.giga/runs'));
    const made = 'git worktree add -qb giga/$ID .giga/worktrees/$ID && echo main > .giga/worktrees/$ID.branch';
    expect((await place.bash(`ID=${ID}; ${made} && ${removed}`)).code).toBe(0);
    expect(await place.giga('resume')).toMatchObject({ code: 0, err: expect.stringContaining('nothing to do') });
    expect(readdirSync(join(place.folder, '.giga/worktrees'))).toEqual([]);
    expect(branches()).toBe('');
    expect(repository.git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  });

  it('may be done again when it was cut off before it was recorded', async () => {
    for (const how of ['ff', 'squash'] as const) {
      await place.giga('run', 'none.yaml');
      const [id = ''] = worktrees();
      const request = {
        root: place.folder,
        folder: join(place.folder, '.giga/worktrees', id),
        branch: `giga/${id}`,
        how,
        message: 'again',
      };
      const first = await mergeWorktree(request);
      const state = snapshot(place.folder, ['.git/logs', '.git/ORIG_HEAD', '.git/index', '.giga', '.git/worktrees']);
      expect(await mergeWorktree(request)).toEqual({ ...first, from: first.to });
      expect(snapshot(place.folder, ['.git/logs', '.git/ORIG_HEAD', '.git/index', '.giga', '.git/worktrees'])).toEqual(
        state,
      );
      rmSync(join(place.folder, '.giga/worktrees'), { recursive: true });
      repository.git('worktree', 'prune');
    }
  });
});

describe('what cannot be merged is refused as a whole, kept, and merged by a resume', () => {
  const outside = (line: string): string => `'cd ../../.. && ${line}'`;
  const refuse = async (workflow: string, why: string): Promise<void> => {
    place.put('refused.yaml', workflow);
    commit();
    const before = repository.git('rev-parse', 'HEAD');
    const { code, err } = await place.giga('run', 'refused.yaml');
    expect(code).toBe(1);
    expect(err).toContain('RESULT failed');
    expect(err).toContain(why);
    expect(err).toContain('work   .giga/worktrees/');
    expect(worktrees()).toHaveLength(1);
    expect(repository.git('rev-parse', 'HEAD~0') === before || log()[0] === 'other').toBe(true);
  };
  const mends = async (): Promise<void> => {
    const { code, err } = await place.giga('resume');
    expect(err).toContain('2 ok (2 kept)');
    expect(code).toBe(0);
    expect(read('a.txt')).toContain('run\n');
    expect(worktrees()).toEqual([]);
    expect((await place.giga('verify')).code).toBe(0);
  };

  it('a change that is not committed, of a file that the run changed', async () => {
    await refuse(WORK('ff', outside('echo mine >> a.txt')), 'would be overwritten by merge: a.txt');
    expect(read('a.txt')).toBe('one\nmine\n');
    repository.git('checkout', 'a.txt');
    await mends();
  });

  it('a branch that has moved, for ff', async () => {
    await refuse(
      WORK('ff', outside('git -c user.name=o -c user.email=o@o commit -q --allow-empty -m other')),
      'Not possible to fast-forward',
    );
    repository.git('reset', '-q', '--hard', 'HEAD~1');
    await mends();
  });

  it('changes that conflict, for squash', async () => {
    const edit = 'echo theirs >> a.txt && git -c user.name=o -c user.email=o@o commit -qam other';
    await refuse(WORK('squash', outside(edit)), 'conflict with what was committed meanwhile');
    expect(read('a.txt')).toBe('one\ntheirs\n');
    repository.git('reset', '-q', '--hard', 'HEAD~1');
    await mends();
  });

  it('another branch that is checked out by then', async () => {
    await refuse(WORK('ff', outside('git checkout -qb elsewhere')), 'began on `main`, and `elsewhere` is checked out');
    repository.git('checkout', '-q', 'main');
    await mends();
  });
});

describe('a run that failed', () => {
  it('keeps its worktree, and goes on in it', async () => {
    await place.giga('run', 'fails.yaml');
    const [id = ''] = worktrees();
    expect(read('a.txt')).toBe('one\n');
    place.put(`.giga/worktrees/${id}/ok`, '');
    const resumed = await place.giga('resume');
    expect(resumed.err).toContain('1 step kept over a changed workspace (1 changed: ok)');
    expect(resumed.code).toBe(0);
    expect(read('a.txt')).toBe('one\nrun\n');
  });

  it('cannot go on without it', async () => {
    await place.giga('run', 'fails.yaml');
    rmSync(join(place.folder, '.giga/worktrees', worktrees()[0] ?? ''), { recursive: true });
    for (const command of [['resume'], ['resume', '--plan']]) {
      const { code, err } = await place.giga(...command);
      expect(code).toBe(1);
      expect(err).toContain('RUN_WORKTREE_LOST');
    }
    expect(read('a.txt')).toBe('one\n');
  });

  it('loses it when it is pruned; what was committed stays on its branch', async () => {
    await place.giga('run', 'fails.yaml');
    const [id = ''] = worktrees();
    expect((await place.giga('runs', 'prune', '--keep', '0', '--dry-run')).code).toBe(0);
    expect(worktrees()).toEqual([id]);
    await place.giga('runs', 'prune', '--keep', '0');
    expect(worktrees()).toEqual([]);
    expect(branches()).toContain(`giga/${id}`);
    expect(repository.git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  });

  it('leaves it to the next run when it was killed before its first record', async () => {
    await place.giga('run', 'fails.yaml');
    const [begun = ''] = worktrees();
    await place.giga('run', 'fails.yaml');
    const unborn = worktrees().find((id) => id !== begun) ?? '';
    rmSync(join(place.folder, '.giga/runs', unborn), { recursive: true });
    expect((await place.giga('run', 'ff.yaml')).code).toBe(0);
    expect(worktrees()).toEqual([begun]);
    expect(repository.git('worktree', 'list').trim().split('\n')).toHaveLength(2);
  });

  it('can be undone in it, and nowhere else', async () => {
    place.put('both.yaml', WORK('ff', 'test -e ok').replace('worktree: true', 'worktree: true, save: true'));
    commit();
    await place.giga('run', 'both.yaml');
    const [id = ''] = worktrees();
    expect((await place.giga('undo', '--to', 'edit')).code).toBe(0);
    expect(read(`.giga/worktrees/${id}/a.txt`)).toBe('one\n');
    rmSync(join(place.folder, '.giga/worktrees', id), { recursive: true });
    expect((await place.giga('redo', '--force')).err).toContain('RUN_WORKTREE_LOST');
    expect(existsSync(join(place.folder, 'made.txt'))).toBe(false);
  });
});

it('works in a folder of the repository as in its root', async () => {
  place.put('pkg/giga.yaml', '');
  place.put('pkg/w.yaml', 'workspace: { worktree: true }\nsteps: { a: { run: echo x > here } }');
  commit();
  expect((await place.giga('-C', 'pkg', 'run', 'w.yaml')).code).toBe(0);
  expect(read('pkg/here')).toBe('x\n');
});

it('needs a repository with a commit', async () => {
  rmSync(join(place.folder, '.git'), { recursive: true });
  expect((await place.giga('run', 'ff.yaml')).err).toContain('RUN_NO_REPOSITORY');
  repository.git('init', '-q');
  const { code, err } = await place.giga('run', 'ff.yaml');
  expect(code).toBe(1);
  expect(err).toContain('there is no commit yet');
});

it('says what `merge` is for', async () => {
  place.put('m.yaml', "workspace: { merge: ff }\nsteps: { a: { run: 'true' } }");
  expect((await place.giga('validate', 'm.yaml')).err).toContain('Write `worktree: true`');
});
