/** The sandbox, by really trying to get out of it. Where there is no bubblewrap, none of this is tested, and the log says so. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { createMask, NO_MASK } from '../../../src/host/mask/mask.ts';
import { createBare } from '../../../src/host/sandbox/bare.ts';
import { createBubblewrap } from '../../../src/host/sandbox/bubblewrap.ts';
import { temporaryFolder } from '../process/support.ts';
import { missing, NEVER, said, specOf, workspace } from './support.ts';

const box = createBubblewrap({ mask: NO_MASK, hidden: [] });

/** Packages that are no modules of the language look for this. */
const REQUIRE = "import { createRequire as making } from 'node:module'; const require = making(import.meta.url);";

/** The processes of this machine whose arguments hold a text. */
function living(mark: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });
}

describe.skipIf(missing !== null)('inside', () => {
  test('a program runs in the workspace, which it may read and not write', async () => {
    const root = workspace();
    const end = said(
      await box.run(
        specOf(root, 'cat README.md; pwd; echo x > README.md || echo "status $?"; echo x > new.txt'),
        NEVER,
      ),
    );
    expect(end).toMatchObject({
      code: 1,
      out: `Read me.\n${root}\nstatus 1\n`,
      err: expect.stringContaining('Read-only file system'),
    });
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toBe('Read me.\n');
    expect(existsSync(join(root, 'new.txt'))).toBe(false);
  });

  test('it writes what `write` names: folders whole, and files that are there', async () => {
    const root = workspace();
    const script =
      'echo x > notes/one.md; mkdir notes/deep; echo y > notes/deep/two.md; echo z >> README.md; echo w > made/new.txt; ls';
    const write = ['notes/**', '*.md', 'made/', 'absent.txt'];
    const spec = specOf(root, script, { permissions: { read: null, write, net: [], named: [] } });
    expect(said(await box.run(spec, NEVER))).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(join(root, 'notes/deep/two.md'), 'utf8')).toBe('y\n');
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toBe('Read me.\nz\n');
    expect(readFileSync(join(root, 'made/new.txt'), 'utf8')).toBe('w\n');
    for (const attempt of [
      'echo x > src/a.js',
      'echo x > new.md',
      'rm README.md',
      'mv notes moved',
      'ln src/a.js notes/a.js',
    ])
      expect([
        attempt,
        said(await box.run({ ...spec, program: { kind: 'script', shell: 'bash', script: attempt } }, NEVER)).code,
      ]).toEqual([attempt, 1]);
    expect(readFileSync(join(root, 'src/a.js'), 'utf8')).toBe('a\n');
  });

  test('what is of git and of giga stays as it is, whatever may be written', async () => {
    const root = workspace({ 'vendor/x/.git/config': 'inner\n' });
    const everything = {
      permissions: { read: null, write: ['**', '.git', '.git/**', '.giga/**'], net: [], named: [] },
    };
    const attempts = [
      'echo x > .git/hooks/pre-commit',
      'echo x >> .git/config',
      'git config core.fsmonitor /tmp/x',
      'echo x > .git/commondir',
      'mv .git .other',
      'rm -rf .git',
      'mv .git/hooks .git/other',
      'echo x > .giga/new',
      'mkdir -p .giga/runs && echo x > .giga/runs/new',
      'mv .giga .other',
      'echo x >> vendor/x/.git/config',
    ];
    const before = readFileSync(join(root, '.git/config'), 'utf8');
    for (const attempt of attempts) {
      const end = said(await box.run(specOf(root, attempt, everything), NEVER));
      expect(end, attempt).not.toMatchObject({ code: 0 });
    }
    expect(readFileSync(join(root, '.git/config'), 'utf8')).toBe(before);
    expect(existsSync(join(root, '.git/hooks/pre-commit'))).toBe(false);
    expect(readFileSync(join(root, '.giga/runs/r1/secret.txt'), 'utf8')).toBe('state\n');
    expect(readFileSync(join(root, 'vendor/x/.git/config'), 'utf8')).toBe('inner\n');
    expect(
      said(
        await box.run(specOf(root, 'ls -A .giga; git status --short | head -1; echo x > fine.txt', everything), NEVER),
      ),
    ).toMatchObject({ code: 0, out: '?? README.md\n' });
  });

  test('no link leads out, however it is made', async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'secret'), 'outside\n');
    const root = workspace();
    symlinkSync(join(outside, 'secret'), join(root, 'notes/link'));
    symlinkSync(outside, join(root, 'folder'));
    const notes = { permissions: { read: null, write: ['notes'], net: [], named: [] } };
    const attempts = [
      'cat notes/link',
      'echo x > notes/link',
      'cat folder/secret',
      `cat ${outside}/secret`,
      `cat notes/../../${outside.split('/').at(-1)}/secret`,
      `ln -s ${outside} notes/mine && echo x > notes/mine/secret`,
      'ln -s ../.git notes/git && echo x > notes/git/config',
      'ln -s .. notes/up && echo x > notes/up/README.md',
      'cat /etc/shadow',
      'ls /root',
      'ls /home/*',
    ];
    for (const attempt of attempts)
      expect([attempt, said(await box.run(specOf(root, attempt, notes), NEVER)).code]).not.toEqual([attempt, 0]);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('outside\n');
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toBe('Read me.\n');
  });

  test('a link that `write` names is refused before anything runs', async () => {
    const outside = temporaryFolder();
    const root = workspace();
    symlinkSync(outside, join(root, 'out'));
    symlinkSync(join(root, 'src'), join(root, 'alias'));
    for (const place of ['out', 'out/**', 'alias/', 'out/deep/'])
      expect(
        said(
          await box.run(
            specOf(root, 'true', { permissions: { read: null, write: [place], net: [], named: [] } }),
            NEVER,
          ),
        ),
      ).toMatchObject({
        code: 'STEP_SANDBOX_FAILED',
      });
    expect(readdirSync(outside)).toEqual([]);
  });

  test('it sees neither processes nor variables of giga', async () => {
    process.env['GIGA_TEST_CANARY'] = 'canary-5f1e';
    try {
      const script = `env; cat /proc/*/environ | tr '\\0' '\\n'; cat /proc/${process.pid}/environ || true; cat /proc/$PPID/environ || true; ls /proc | grep -c '^[0-9]'`;
      const end = said(await box.run(specOf(workspace(), script, { env: { GIVEN: 'given' } }), NEVER));
      expect(end.out).not.toContain('canary-5f1e');
      expect(end.out).toContain('GIVEN=given');
      expect(Number(end.out.trim().split('\n').at(-1))).toBeLessThan(10);
      const names = end.out.split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
      expect(
        [...new Set(names)]
          .filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name))
          .toSorted((a, b) => a.localeCompare(b)),
      ).toEqual(['GIVEN', 'HOME', 'LANG', 'PATH', 'TMPDIR']);
    } finally {
      delete process.env['GIGA_TEST_CANARY'];
    }
  });

  test('it reaches nobody, not even on this machine', async () => {
    let reached = 0;
    const server = createServer((_, answer) => {
      reached++;
      answer.end('hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port
    const script = `fetch('http://127.0.0.1:${port}').then(() => process.exit(0), () => process.exit(7))`;
    const end = await box.run(specOf(workspace(), '', { program: { kind: 'script', shell: 'node', script } }), NEVER);
    await new Promise((resolve) => server.close(resolve));
    expect([said(end).code, reached]).toEqual([7, 0]);
    expect(
      said(await box.run(specOf(workspace(), 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "'), NEVER)).out,
    ).toBe('lo\n');
  });

  test('it has no rights, and finds no way to new ones', async () => {
    const script =
      'grep -i capeff /proc/self/status; unshare -Ur true && echo "a new namespace"; mount -t tmpfs none /mnt && echo mounted; mknod /tmp/n c 1 1 && echo made; true';
    const { out } = said(await box.run(specOf(workspace(), script), NEVER));
    expect(out.trim()).toBe('CapEff:\t0000000000000000');
  });

  test('files that keep secrets are empty, unless they are named', async () => {
    const root = workspace({ '.env': 'TOKEN=hunter2\n', 'deploy/id_ed25519': 'hunter2\n', '.env.example': 'TOKEN=\n' });
    const script = 'cat .env deploy/id_ed25519 .env.example';
    expect(said(await box.run(specOf(root, script), NEVER)).out).toBe('TOKEN=\n');
    const permissions = { read: ['**', '.env'], write: ['deploy'], net: [], named: [] };
    expect(said(await box.run(specOf(root, script, { permissions }), NEVER)).out).toBe('TOKEN=hunter2\nTOKEN=\n');
  });

  test('with `read`, nothing else of the workspace is there', async () => {
    const root = workspace();
    const permissions = { read: ['src', '*.md'], write: ['notes'], net: [], named: [] };
    const end = said(
      await box.run(
        specOf(root, 'find . -type f | sort; echo x > new || true; echo y > notes/new', { permissions }),
        NEVER,
      ),
    );
    expect(end).toMatchObject({ code: 0, out: './README.md\n./notes/one.md\n./src/a.js\n' });
    expect(readFileSync(join(root, 'notes/new'), 'utf8')).toBe('y\n');
    expect(existsSync(join(root, 'new'))).toBe(false);
  });

  test('giga is not there, wherever it keeps its state', async () => {
    const root = workspace({ 'state/runs/x': 'state\n' });
    const hiding = createBubblewrap({ mask: NO_MASK, hidden: [join(root, 'state')] });
    const permissions = { read: null, write: ['**'], net: [], named: [] };
    const end = said(await hiding.run(specOf(root, 'ls state .giga; echo x > state/new', { permissions }), NEVER));
    expect(end).toMatchObject({ code: 1, out: '.giga:\n\nstate:\n' });
  });

  test('what it leaves behind is ended with it', async () => {
    const mark = `giga-daemon-${process.pid}`;
    const script = `setsid bash -c 'exec -a ${mark} sleep 300' >/dev/null 2>&1 & (trap "" TERM HUP; exec -a ${mark} sleep 300) > /dev/null 2>&1 & for i in $(seq 100); do (exec -a ${mark} sleep 300) > /dev/null 2>&1 & done; sleep 0.3; echo left`;
    expect(said(await box.run(specOf(workspace(), script), NEVER))).toMatchObject({ code: 0, out: 'left\n' });
    expect(living(mark)).toEqual([]);
  });

  test('it is ended when its time is over, or when it is told to, whatever it does', async () => {
    const mark = `giga-stubborn-${process.pid}`;
    const script = `trap "" TERM INT HUP; setsid bash -c 'exec -a ${mark} sleep 300' & echo begun; while true; do sleep 0.1; done`;
    const end = await box.run(specOf(workspace(), script, { timeoutMs: 700 }), NEVER);
    expect(said(end)).toMatchObject({ code: 'timed-out', out: 'begun\n' });
    expect(living(mark)).toEqual([]);
    const abort = new AbortController();
    const going = box.run(specOf(workspace(), script), abort.signal);
    setTimeout(() => abort.abort(), 400);
    expect(said(await going).code).toBe('stopped');
    expect(living(mark)).toEqual([]);
    expect(said(await box.run(specOf(workspace(), script), abort.signal)).code).toBe('stopped');
  });

  test('processes without number stay within their bounds', async () => {
    const mark = `giga-bomb-${process.pid}`;
    const small = createBubblewrap({ mask: NO_MASK, hidden: [], maxProcesses: 64 });
    const script = `for i in $(seq 1000); do (exec -a ${mark} sleep 60) & done; wait`;
    const end = await small.run(specOf(workspace(), script), NEVER);
    // The system itself refuses more of anyone but root's, whose are counted.
    expect(said(end).code).not.toBe(0);
    expect(['overran', 'exited']).toContain(end.kind);
    expect(living(mark)).toEqual([]);
  });

  describe('memory', () => {
    const MiB = 1_048_576;
    const inside = (script: string, memory: number) => box.run(specOf(workspace(), script, { memory }), NEVER);

    test('one that grows is ended', async () => {
      const script = 'node -e "const a = []; setInterval(() => a.push(Buffer.alloc(8e6, 1)), 5)"';
      expect((await inside(script, 300 * MiB)).kind).toBe('outgrew');
    });

    test('one that grows at once gets no more', async () => {
      const script = 'node -e "const a = []; for (;;) a.push(Buffer.alloc(64e6, 1))"';
      const end = await inside(script, 300 * MiB);
      expect([end.kind, said(end).code]).not.toEqual(['exited', 0]);
    });

    test('many together are ended, though each is small', async () => {
      const one = 'node -e "const a = Buffer.alloc(8e7, 1); setTimeout(() => a, 60_000)"';
      expect((await inside(`for i in 1 2 3 4 5 6; do ${one} & done; wait`, 300 * MiB)).kind).toBe('outgrew');
    });

    test.each(['/tmp/big', '/dev/shm/big', '/dev/big', '/big'])('files in memory count: %s', async (path) => {
      const script = `while true; do head -c 8000000 /dev/zero >> ${path}; sleep 0.005; done`;
      expect((await inside(script, 100 * MiB)).kind).toBe('outgrew');
    });

    test('what forked processes share counts once', async () => {
      const script =
        'x=$(head -c 60000000 /dev/zero | tr "\\0" a); for i in 1 2 3 4 5 6; do (sleep 1; echo ${#x}) & done; wait';
      expect(said(await inside(script, 300 * MiB))).toMatchObject({ code: 0, out: '60000000\n'.repeat(6) });
    });
  });

  test('output is bounded, and what it begins and ends with is kept', async () => {
    const script = 'echo first; head -c 3000000 /dev/zero | tr "\\0" "ü"; echo last';
    const end = await box.run(specOf(workspace(), script, { maxOutput: 1_000 }), NEVER);
    const { out } = said(end);
    expect(out.length).toBeLessThan(1_200);
    expect([out.startsWith('first\n'), out.endsWith('last\n'), /\[… \d+ bytes are left out …\]/.test(out)]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('secrets in its output are masked', async () => {
    const masking = createBubblewrap({ mask: createMask(['hunter2-hunter2']), hidden: [] });
    const end = said(
      await masking.run(
        specOf(workspace(), 'echo hunter2-; echo hunter2-hunter2; printf hunter2- >&2; echo hunter2 >&2'),
        NEVER,
      ),
    );
    expect(`${end.out}${end.err}`).not.toContain('hunter2-hunter2');
  });

  test('a program that is not there says so, and a signal is 128 and its number', async () => {
    const argv = (...list: string[]) => specOf(workspace(), '', { program: { kind: 'argv', argv: list } });
    expect(said(await box.run(argv('no-such-program'), NEVER)).code).toBe(127);
    expect(said(await box.run(argv('bash', '-c', 'kill -9 $$'), NEVER)).code).toBe(137);
    expect(said(await box.run(argv('node', '-p', '6 * 7'), NEVER)).out).toBe('42\n');
  });

  test('in a worktree, git reads the history and writes nothing', async () => {
    const root = workspace();
    const place = join(root, '.giga', 'worktrees', 'w1');
    const git = ['-c', 'user.name=x', '-c', 'user.email=x@localhost'];
    const { execFileSync } = await import('node:child_process');
    execFileSync('git', [...git, 'add', 'README.md'], { cwd: root });
    execFileSync('git', [...git, 'commit', '-qm', 'first'], { cwd: root });
    execFileSync('git', [...git, 'worktree', 'add', '-q', place], { cwd: root });
    const permissions = { read: null, write: ['**'], net: [], named: [] };
    const end = said(
      await box.run(
        specOf(place, 'git log --format=%s; echo x >> README.md; git commit -qam second', { permissions }),
        NEVER,
      ),
    );
    expect(end.out).toBe('first\n');
    expect(end.code).not.toBe(0);
    expect(readFileSync(join(place, 'README.md'), 'utf8')).toBe('Read me.\nx\n');
  });

  test('it dies with giga', async () => {
    const mark = `giga-orphan-${process.pid}`;
    const root = workspace();
    const outfile = join(temporaryFolder(), 'parent.mjs');
    const entryPoints = [join(import.meta.dirname, 'parent.ts')];
    await build({
      entryPoints,
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      banner: { js: REQUIRE },
    });
    const parent = spawn(process.execPath, [outfile, root, mark], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = new Promise((resolve) => parent.once('exit', resolve));
    await new Promise<void>((resolve) => parent.stdout.once('data', () => resolve()));
    expect(living(mark).length).toBeGreaterThan(0);
    parent.kill('SIGKILL');
    await exited;
    for (let looks = 0; looks < 200 && living(mark).length > 0; looks++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    expect(living(mark)).toEqual([]);
  });
});

test('where there is no bubblewrap, nothing runs', async () => {
  const none = createBubblewrap({ mask: NO_MASK, hidden: [], path: temporaryFolder() });
  expect(await none.problem()).toMatchObject({
    code: 'STEP_SANDBOX_MISSING',
    message: 'There is no sandbox: `bwrap` is not installed.',
  });
  expect(said(await none.run(specOf(temporaryFolder(), 'true'), NEVER)).code).toBe('STEP_SANDBOX_MISSING');
});

test('one that is there and does not work is none', async () => {
  const path = temporaryFolder();
  writeFileSync(join(path, 'bwrap'), '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const broken = createBubblewrap({ mask: NO_MASK, hidden: [], path });
  expect(await broken.problem()).toMatchObject({
    code: 'STEP_SANDBOX_MISSING',
    message: 'There is no sandbox: `bwrap` does not work here: bwrap: No permissions to create new namespace.',
  });
});

test('without a sandbox a program is ended with its group, and has only what it is given', async () => {
  const mark = `giga-bare-${process.pid}`;
  const bare = createBare({ mask: NO_MASK, environment: { PATH: process.env['PATH'] ?? '' }, logFolder: '/logs' });
  const root = temporaryFolder();
  const script = `(exec -a ${mark} sleep 300) & echo "$GIVEN $HOME" >&2; echo here > made; pwd`;
  const end = said(await bare.run(specOf(root, `set +u; ${script}`, { env: { GIVEN: 'given' } }), NEVER));
  expect(end).toEqual({ code: 0, out: `${root}\n`, err: 'given \n' });
  expect(living(mark)).toEqual([]);
  expect(said(await bare.run(specOf(root, 'sleep 300', { timeoutMs: 200 }), NEVER)).code).toBe('timed-out');
  expect(
    said(await bare.run(specOf(root, '', { program: { kind: 'argv', argv: ['no-such-program'] } }), NEVER)).code,
  ).toBe('STEP_SANDBOX_FAILED');
});
