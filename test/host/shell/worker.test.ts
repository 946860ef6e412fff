import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { type ProcessEnd, type Processes, type ProcessSpec } from '../../../src/core/process.ts';
import { createMask, NO_MASK } from '../../../src/host/mask/mask.ts';
import { groupMembers, processStat } from '../../../src/host/process/group.ts';
import { createProcesses } from '../../../src/host/process/processes.ts';
import { fitsEnvironment, fitsWorker, startsNothing } from '../../../src/host/shell/fits.ts';
import { frameOf, type Job } from '../../../src/host/shell/frame.ts';
import { WORKER_PROGRAM } from '../../../src/host/shell/program.ts';
import { openWorker } from '../../../src/host/shell/worker.ts';
import { ENVIRONMENT, NEVER, scriptSpec, summary, temporaryFolder } from '../process/support.ts';
import { NASTY_SCRIPTS } from './nasty-scripts.ts';

const folder = temporaryFolder();
const JOB: Job = { kind: 'script', cwd: '/', variables: {}, args: [], script: '' };
const opened: Processes[] = [];
afterAll(() => {
  for (const processes of opened) processes.close();
});

function create(mask = NO_MASK): Processes {
  const processes = createProcesses({ mask });
  opened.push(processes);
  return processes;
}

/** The worker's own process id, which no script that fits a worker can name: its parent as a program below sees it. */
const PARENT_OF_SHELL = `true; python3 -c 'import os; f = open("/" + "proc/%d/stat" % os.getppid()).read().rsplit(") ")[-1].split(); print(f[1])'`;

async function ok(processes: Processes, spec: ProcessSpec): Promise<string> {
  const end = await processes.execute(spec, NEVER);
  expect(summary(end)).toMatchObject({ code: 0 });
  return end.kind === 'refused' ? '' : end.stdout.text;
}

describe('which scripts a worker takes', () => {
  test('most of the harmless ones, and only when the checker agrees', () => {
    const taken = NASTY_SCRIPTS.filter(
      ({ script, variables = {} }) => fitsWorker(scriptSpec('/', script, { variables })) !== null,
    );
    expect(taken.length).toBeGreaterThan(70);
    expect(fitsWorker(scriptSpec('/', 'true', { program: { kind: 'script', shell: 'bash', script: 'true' } }))).toBe(
      null,
    );
    expect(
      fitsWorker(scriptSpec('/', 'true', { program: { kind: 'script', shell: 'sh', script: 'true', worker: true } })),
    ).toBe(null);
    expect(fitsWorker(scriptSpec('/', 'true', { stdin: '' }))).toBe(null);
  });
  test.each([
    'make -j2 && npm test 2>&1 | tee log.txt',
    'echo a > b; cat < b',
    'git diff --name-only "$A"...HEAD | cat',
    'f() { echo "$1"; }; f x',
    'for i in 1 2; do echo $i; done',
  ])('%s: yes', (script) => expect(fitsWorker(scriptSpec('/', script))).toBe('script'));
  test.each(['true', ' :\n', 'false', 'echo', 'echo hello world', `echo "it's done:" 'a $b' -n x=1`])(
    '%j is plain',
    (script) => expect(fitsWorker(scriptSpec('/', script))).toBe('plain'),
  );
  test.each([
    'npm test',
    'git diff --name-only "$A"...HEAD',
    'cp -a "$A" b/*.txt ${C}\n',
    './build.sh > log.txt 2>&1',
    'node -e "console.log(1)" < in',
    `psql -c 'select 1; drop'`,
  ])('%j is one program', (script) => expect(fitsWorker(scriptSpec('/', script))).toBe('program'));
  test.each([
    'echo "$A"',
    'echo a; true',
    'echo a > b',
    'echo $(id)',
    'echo a\necho b',
    'echo a\\',
    'A=1 npm test',
    'npm test && true',
    'npm test &',
    'npm test | tee log',
    'npm "$(id)"',
    'npm `id`',
    'cd a',
    'time npm test',
    'if true',
    '"npm" test',
    '$A test',
    'npm test # all',
    '(npm test)',
    'npm \\\n test',
    'npm test >&- ',
  ])('%j is a script, or does not fit', (script) => {
    expect(['script', null]).toContain(fitsWorker(scriptSpec('/', script)));
  });
  test('a function of the environment stands before a program of its name', () => {
    const environment = { ...ENVIRONMENT, 'BASH_FUNC_npm%%': '() { :; }' };
    expect(fitsWorker(scriptSpec('/', 'npm test', { environment }))).toBe('script');
  });
  test.each([
    'sleep 1 & echo',
    'echo $$',
    'trap : EXIT',
    'echo $PPID',
    'cat /proc/1/stat',
    'exec 3>&1',
    'set -m',
    'set -euxo pipefail',
    'echo a >&3',
    'kill 1',
    'echo ${!x}',
  ])('%s: no', (script) => expect(fitsWorker(scriptSpec('/', script))).toBe(null));
  test.each([
    'true',
    '',
    '# nothing',
    'echo "a=1" >> "$GIGA_OUTPUT"\ntrue',
    'echo a; printf b && exit 1',
    '[ -e x ]; cd y',
  ])('%j starts no process', (script) => expect(startsNothing(script)).toBe(true));
  test.each([
    'ls',
    'echo $(ls)',
    'true; ls',
    'echo a | cat',
    'true & echo',
    'echo `ls`',
    'echo >(cat)',
    'trueish',
    'export A=1 && ls',
  ])('%j may start one', (script) => expect(startsNothing(script)).toBe(false));
  test('not in an environment that would disturb the worker', () => {
    expect(fitsEnvironment(ENVIRONMENT)).toBe(true);
    for (const name of ['TMOUT', 'SHELLOPTS', 'BASH_FUNC_read%%', 'POSIXLY_CORRECT'])
      expect(fitsEnvironment({ [name]: '1' })).toBe(false);
  });
  test('the same worker takes one step after the other', async () => {
    const processes = create();
    const parents = [
      await ok(processes, scriptSpec(folder, PARENT_OF_SHELL)),
      await ok(processes, scriptSpec(folder, PARENT_OF_SHELL)),
    ];
    expect(parents[0]).toBe(parents[1]);
    expect(Number(parents[0])).not.toBe(process.pid);
  });
  test('in a run with secrets no step does', async () => {
    expect(Number(await ok(create(createMask(['secret-value'])), scriptSpec(folder, PARENT_OF_SHELL)))).toBe(
      process.pid,
    );
  });
});

describe('files', () => {
  test('quick steps without output leave none, and the worker takes its own along', async () => {
    const processes = createProcesses({ mask: NO_MASK });
    const logs = join(folder, 'quiet');
    for (let i = 0; i < 5; i++)
      await ok(processes, scriptSpec(folder, 'true', { log: { folder: logs, name: `step-${i}` } }));
    expect(readdirSync(logs).filter((name) => !name.startsWith('.worker'))).toEqual([]);
    processes.close();
    expect(readdirSync(logs)).toEqual([]);
  });
  test('each step has its own output, and outputs do not mix', async () => {
    const processes = create();
    const logs = join(folder, 'many');
    const specs = Array.from({ length: 40 }, (_, i) =>
      scriptSpec(folder, `echo out ${i}; [ ${i % 3} -eq 0 ] || echo err ${i} >&2`, {
        log: { folder: logs, name: `step-${i}` },
      }),
    );
    const ends = await Promise.all(specs.map((spec) => processes.execute(spec, NEVER)));
    ends.forEach((end, i) =>
      expect(summary(end)).toMatchObject({ code: 0, stdout: `out ${i}\n`, stderr: i % 3 === 0 ? '' : `err ${i}\n` }),
    );
    for (let i = 0; i < 40; i++) expect(readFileSync(join(logs, `step-${i}.out`), 'utf8')).toBe(`out ${i}\n`);
    expect(existsSync(join(logs, 'step-3.err'))).toBe(false);
  });
  test('what a crashed attempt of the same name left is gone', async () => {
    const logs = join(folder, 'stale');
    mkdirSync(logs);
    for (const suffix of ['out', 'err', 'output']) writeFileSync(join(logs, `step.${suffix}`), 'old=1');
    const files = [{ variable: 'GIGA_OUTPUT', suffix: 'output', maxBytes: 100, isKept: false }];
    const end = await create().execute(
      scriptSpec(folder, 'true', { log: { folder: logs, name: 'step' }, files }),
      NEVER,
    );
    expect(end).toMatchObject({ kind: 'exited', files: {}, stdout: { text: '' } });
    expect(readdirSync(logs).filter((name) => name.startsWith('step'))).toEqual([]);
  });
  test('a long step shows its log and its last line while it runs', async () => {
    const spec = scriptSpec(folder, 'echo hello; until [ -e go ]; do sleep 0.02; done; echo end');
    const seen: string[] = [];
    const onLine = (line: string): void => {
      seen.push(line, readFileSync(join(spec.log.folder, `${spec.log.name}.out`), 'utf8'));
      writeFileSync(join(folder, 'go'), '');
    };
    expect(await ok(create(), { ...spec, onLine })).toBe('hello\nend\n');
    expect(seen).toEqual(['hello', 'hello\n']);
    expect(readFileSync(join(spec.log.folder, `${spec.log.name}.out`), 'utf8')).toBe('hello\nend\n');
  });
  test('a folder that is missing is named', async () => {
    const processes = create();
    const end = await processes.execute(scriptSpec(folder, 'true', { cwd: join(folder, 'none') }), NEVER);
    expect(end).toMatchObject({ kind: 'refused', diagnostic: { code: 'STEP_CWD_MISSING' } });
    await ok(processes, scriptSpec(folder, 'true'));
  });
});

describe('nothing of one step is visible to the next', () => {
  const HOSTILE = [
    'trap "echo trapped" EXIT TERM',
    'cd /; umask 077; ulimit -n 64; set -f; shopt -s nullglob; IFS=x; PATH=/nowhere',
    'f() { echo mine; }; echo() { printf stolen; }; alias ls=false; readonly GIGA_R=1; export GIGA_X=1; declare -A M=([a]=b)',
    'exec 3>/dev/null 4>&1 5</etc/passwd 6>&2 7>/dev/null 8>/dev/null 9>/dev/null; printf x >&3',
    'sleep 100 & printf $!',
    'cat; read -r line || :',
    'tr "\\0" "\\n" < /proc/$PPID/environ > /dev/null',
    'kill $PPID',
    'kill -9 $$',
    'exec false',
    'unset HOME PATH; hash -r; set -- a b c; enable -n printf; LC_ALL=xx; RANDOM=1; SECONDS=99; OPTIND=5; unset -f f',
  ];
  const LOOK =
    'pwd; umask; ulimit -n; echo "$-|$#|$PATH|$HOME|$OPTIND|$SECONDS|${GIGA_X-}|${GIGA_R-}|${M-}"; type -t f echo printf ls || :; shopt nullglob || :; printf %q "$IFS"; { : >&3; } 2>/dev/null || echo closed; cat';

  test.each([
    ['workers', true],
    ['shells of their own', false],
  ])('in %s', async (_, worker) => {
    const processes = create();
    const program = (script: string): ProcessSpec['program'] => ({ kind: 'script', shell: 'bash', script, worker });
    const look = async (): Promise<string> => ok(processes, scriptSpec(folder, '', { program: program(LOOK) }));
    const before = await look();
    expect(before).toContain('closed');
    for (const script of HOSTILE) {
      await processes.execute(scriptSpec(folder, '', { program: program(script) }), NEVER);
      expect(await look()).toBe(before);
    }
  });
});

describe('a worker that is lost', () => {
  const KILL_WORKER = `python3 -c 'import os, signal; f = open("/" + "proc/%d/stat" % os.getppid()).read().rsplit(") ")[-1].split(); getattr(os, "ki" + "ll")(int(f[1]), signal.SIGKILL)'`;

  test('is an interruption, and the next step has another one', async () => {
    const processes = create();
    const end = await processes.execute(scriptSpec(folder, `echo before; ${KILL_WORKER}; sleep 100`), NEVER);
    expect(end).toMatchObject({ kind: 'lost', diagnostic: { code: 'STEP_LOST' }, stdout: { text: 'before\n' } });
    expect(await ok(processes, scriptSpec(folder, 'echo next'))).toBe('next\n');
  });

  test.each([
    ['says something else', 'echo ready 5; exec 2>&-; read -r x <&3; echo nonsense; sleep 100'],
    ['says something endless', 'echo ready 5; exec 2>&-; read -r x <&3; head -c 1000 /dev/zero; sleep 100'],
    ['reports another job', 'echo ready 5; exec 2>&-; read -r x <&3; echo 000099 0 0 0; sleep 100'],
    ['ends', 'echo ready 5; exec 2>&-; read -r x <&3'],
  ])('one that %s is not believed', async (name, script) => {
    const worker = await openWorker({
      bash: fakeBash(script),
      environment: ENVIRONMENT,
      scratch: join(folder, `fake-${name.length}`),
    });
    const end = await new Promise((resolve) => worker?.give({ ...JOB, script: '\n' }, resolve));
    expect(end).toEqual({ kind: 'died' });
    expect(worker?.isAlive).toBe(false);
  });

  test.each([
    ['complains', 'echo warning >&2; echo ready 5; exec 2>&-; sleep 100'],
    ['is too old', 'exit 3'],
    ['says nothing that it should', 'echo hello; exec 2>&-; sleep 100'],
  ])('one that %s at its start is not used', async (_, script) => {
    expect(
      await openWorker({ bash: fakeBash(script), environment: ENVIRONMENT, scratch: join(folder, 'fake') }),
    ).toBeNull();
  });

  test('a bash that is none', async () => {
    expect(
      await openWorker({ bash: join(folder, 'no-bash'), environment: ENVIRONMENT, scratch: join(folder, 'fake') }),
    ).toBeNull();
  });

  test('the output of a job whose file is moved away while it ends is not forgotten', async () => {
    const scratch = join(folder, 'moved');
    const worker = await openWorker({ bash: '/bin/bash', environment: ENVIRONMENT, scratch });
    for (let round = 0; round < 1_500; round++) {
      const ended = new Promise((resolve) => worker?.give({ ...JOB, script: 'echo x >&2' }, resolve));
      const until = performance.now() + 0.3 + (round % 100) / 100;
      while (performance.now() < until);
      while (!existsSync(`${scratch}.err`) && performance.now() < until + 5_000);
      renameSync(`${scratch}.err`, `${scratch}.taken`);
      expect(await ended).toMatchObject({ status: 0, hasErr: true });
    }
    worker?.end();
  });

  let fakes = 0;
  function fakeBash(script: string): string {
    const path = join(folder, `fake-bash-${++fakes}`);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o700);
    return path;
  }
});

describe('what a step in a worker leaves behind', () => {
  const LEAVE = `python3 -c 'import subprocess; print(subprocess.Popen(["sleep", "100"]).pid)'`;

  test.skipIf(process.platform !== 'linux')('is found, stopped and reported, also beside other steps', async () => {
    const processes = create();
    const others = Promise.all(Array.from({ length: 20 }, () => ok(processes, scriptSpec(folder, '/bin/true'))));
    const ends = await Promise.all([1, 2, 3].map(() => processes.execute(scriptSpec(folder, LEAVE), NEVER)));
    await others;
    for (const end of ends) {
      expect(end).toMatchObject({ kind: 'exited', code: 0, leftovers: ['sleep'] });
      expect(['Z', undefined]).toContain(processStat(end.kind === 'refused' ? 0 : Number(end.stdout.text))?.state);
    }
    expect(await ok(processes, scriptSpec(folder, 'echo next'))).toBe('next\n');
  });
});

describe('stopping a step in a worker', () => {
  async function stopWhenReady(processes: Processes, script: string, graceMs: number): Promise<ProcessEnd> {
    const controller = new AbortController();
    return processes.execute(scriptSpec(folder, script, { graceMs, onLine: () => controller.abort('cancelled') }), {
      stop: controller.signal,
    });
  }

  test('TERM ends it', async () => {
    const processes = create();
    expect(await stopWhenReady(processes, 'echo ready; sleep 100', 5_000)).toMatchObject({ kind: 'exited', code: 143 });
    expect(await ok(processes, scriptSpec(folder, 'echo next'))).toBe('next\n');
  });

  test('KILL ends it with all that it started when TERM does not', async () => {
    const processes = create();
    const script = `python3 -c 'import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpgid(0), flush=True); time.sleep(100)'`;
    const end = await stopWhenReady(processes, script, 50);
    expect(end).toMatchObject({ kind: 'signalled', code: 137 });
    const group = end.kind === 'refused' ? 0 : Number(end.stdout.text);
    expect(group).toBeGreaterThan(0);
    expect(groupMembers(group)).toEqual([]);
    expect(await ok(processes, scriptSpec(folder, 'echo next'))).toBe('next\n');
  });

  test('before it began, nothing is started', async () => {
    const end = await create().execute(scriptSpec(folder, 'echo hi > started'), {
      stop: AbortSignal.abort('cancelled'),
    });
    expect(end).toMatchObject({ kind: 'signalled', signal: 'SIGTERM' });
    expect(existsSync(join(folder, 'started'))).toBe(false);
  });
});

test('a frame that is cut at any byte starts nothing', async () => {
  const marker = join(folder, 'marker');
  const frame = Buffer.from(
    frameOf(1, { ...JOB, cwd: folder, variables: { A: 'é' }, script: `: > '${marker}'` }) ?? '',
  );
  const feed = async (bytes: Uint8Array): Promise<number | null> => {
    const child = spawn('bash', ['--noprofile', '--norc', '-c', WORKER_PROGRAM, 'bash', join(folder, 'cut')], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const frames = child.stdio[3] as Writable; // a pipe that is written to
    frames.end(bytes);
    return new Promise((resolve) => child.once('exit', resolve));
  };
  for (let cut = 0; cut < frame.length; cut++) {
    expect(await feed(frame.subarray(0, cut))).not.toBeNull();
    expect(existsSync(marker), `cut at ${cut}`).toBe(false);
  }
  await feed(frame);
  expect(existsSync(marker)).toBe(true);
});

describe('plain commands', () => {
  test('that come at once are done by one worker, and each has its own output', async () => {
    const processes = create();
    const logs = join(folder, 'plain');
    const ends = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        processes.execute(
          scriptSpec(folder, i % 3 === 0 ? 'true' : i % 3 === 1 ? 'false' : `echo é ${i}`, {
            log: { folder: logs, name: `plain-${i}` },
          }),
          NEVER,
        ),
      ),
    );
    ends.forEach((end, i) =>
      expect(summary(end)).toMatchObject({ code: i % 3 === 1 ? 1 : 0, stdout: i % 3 === 2 ? `é ${i}\n` : '' }),
    );
    // The file of a worker is there between two jobs that write: none is left where the last job took it along.
    const scratch = readdirSync(logs).filter((name) => name.startsWith('.worker') && name.endsWith('.out'));
    expect(scratch.length).toBeLessThanOrEqual(1);
    expect(readdirSync(logs).filter((name) => name.startsWith('plain'))).toHaveLength(20);
  });
  test('leave the worker as it was', async () => {
    const processes = create();
    const look = 'pwd; set | sed /__giga/!d; echo "$#" "$-" "${LC_ALL-none}"';
    const before = await ok(processes, scriptSpec(folder, look));
    for (const script of ['echo é', 'true', 'false', 'echo -e "a"'])
      await processes.execute(scriptSpec('/', script), NEVER);
    expect(await ok(processes, scriptSpec(folder, look))).toBe(before);
  });
  test('need a folder that is there', async () => {
    const end = await create().execute(scriptSpec(folder, 'true', { cwd: join(folder, 'none') }), NEVER);
    expect(end).toMatchObject({ kind: 'refused', diagnostic: { code: 'STEP_CWD_MISSING' } });
  });
  test('whose output cannot be kept fail with what is wrong', async () => {
    const logs = join(folder, 'blocked');
    mkdirSync(join(logs, 'echo.out'), { recursive: true });
    const end = await create().execute(scriptSpec(folder, 'echo a', { log: { folder: logs, name: 'echo' } }), NEVER);
    expect(end).toMatchObject({ kind: 'refused', diagnostic: { code: 'STEP_LOG_FAILED' } });
  });
});
