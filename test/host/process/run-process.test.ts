import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ProcessEnd, ProcessSpec } from '../../../src/core/process.ts';
import { createMask, NO_MASK } from '../../../src/host/mask/mask.ts';
import { groupMembers, processStat } from '../../../src/host/process/group.ts';
import { createProcesses } from '../../../src/host/process/processes.ts';
import { startProblem } from '../../../src/host/process/start.ts';
import { argvSpec, ENVIRONMENT, NEVER, scriptSpec, summary, temporaryFolder } from './support.ts';

const folder = temporaryFolder();
const plain = createProcesses({ mask: NO_MASK, workers: false });
const masked = createProcesses({ mask: createMask(['hunter2-secret']), workers: false });
const BOTH = [
  ['straight to files', plain],
  ['through a mask', masked],
] as const;
afterAll(() => {
  plain.close();
  masked.close();
});

function read(spec: ProcessSpec, suffix: string): string | null {
  const path = join(spec.log.folder, `${spec.log.name}.${suffix}`);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

function text(end: ProcessEnd): string {
  return end.kind === 'refused' ? end.diagnostic.code : end.stdout.text;
}

describe.each(BOTH)('output %s', (_, processes) => {
  test('goes to two logs and comes back', async () => {
    const spec = scriptSpec(folder, 'echo out; echo err >&2; exit 3');
    expect(summary(await processes.execute(spec, NEVER))).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      bytes: 4,
      leftovers: 0,
    });
    expect([read(spec, 'out'), read(spec, 'err')]).toEqual(['out\n', 'err\n']);
  });

  test('leaves no file when there is none', async () => {
    const spec = scriptSpec(folder, 'true');
    await processes.execute(spec, NEVER);
    expect(readdirSync(spec.log.folder).filter((name) => name.startsWith(`${spec.log.name}.`))).toEqual([]);
  });

  test('of an earlier attempt with the same name is gone', async () => {
    const spec = scriptSpec(folder, 'echo first; echo second >&2');
    await processes.execute(spec, NEVER);
    await processes.execute({ ...spec, program: { kind: 'script', shell: 'bash', script: 'true' } }, NEVER);
    expect([read(spec, 'out'), read(spec, 'err')]).toEqual([null, null]);
  });

  test('is cut at a whole character, and its end is kept too', async () => {
    const end = await processes.execute(
      scriptSpec(folder, "printf 'aé日😀%.0s' 1 2; echo end", { maxOutput: 8 }),
      NEVER,
    );
    expect(end).toMatchObject({ stdout: { text: 'aé日', truncated: true, bytes: 24, tail: 'aé日😀aé日😀end\n' } });
  });

  test('can be opened anew by its name', async () => {
    const end = await processes.execute(
      scriptSpec(folder, 'echo a; echo b > /dev/stdout; echo c > /dev/stderr; echo d | tee /dev/stderr'),
      NEVER,
    );
    expect(summary(end)).toEqual({ code: 0, stdout: 'a\nb\nd\n', stderr: 'c\nd\n', bytes: 6, leftovers: 0 });
  });

  test('may be binary', async () => {
    const spec = scriptSpec(folder, String.raw`printf '\xff\x00\xfe\x80'`);
    await processes.execute(spec, NEVER);
    expect([...readFileSync(join(spec.log.folder, `${spec.log.name}.out`))]).toEqual([0xff, 0, 0xfe, 0x80]);
  });

  test('of 100 MB takes little memory, and every byte is kept', async () => {
    const before = process.memoryUsage().rss;
    const end = await processes.execute(scriptSpec(folder, 'head -c 100000000 /dev/zero'), NEVER);
    const growth = process.memoryUsage().rss - before;
    expect(end).toMatchObject({ kind: 'exited', stdout: { bytes: 100_000_000, truncated: true } });
    expect(growth).toBeLessThan(80_000_000);
  });

  test('shows its last line while the program still runs', async () => {
    const stop = join(folder, `stop-${Math.random()}`);
    const lines: string[] = [];
    const onLine = (line: string): void => {
      lines.push(line);
      writeFileSync(stop, '');
    };
    await processes.execute(
      scriptSpec(folder, `echo one; echo two; until [ -e '${stop}' ]; do sleep 0.02; done`, { onLine }),
      NEVER,
    );
    expect(lines).toEqual(['two']);
  });

  test.each(['echo', 'echo >&2'])('tells that there was some, also of a blank line: %s', async (command) => {
    const stop = join(folder, `stop-${Math.random()}`);
    const onOutput = (): void => writeFileSync(stop, '');
    const script = `${command}; until [ -e '${stop}' ]; do sleep 0.02; done`;
    expect(summary(await processes.execute(scriptSpec(folder, script, { onOutput }), NEVER)).code).toBe(0);
  });
});

describe('standard input', () => {
  const big = 'line of input\n'.repeat(500_000);

  test.each(BOTH)('%s: is read to its end', async (_, processes) => {
    expect(text(await processes.execute(argvSpec(folder, ['wc', '-c'], { stdin: big }), NEVER)).trim()).toBe(
      String(big.length),
    );
  });

  test.each(BOTH)('%s: need not be read', async (_, processes) => {
    expect(
      summary(await processes.execute(argvSpec(folder, ['head', '-c', '4'], { stdin: big }), NEVER)),
    ).toMatchObject({ code: 0, stdout: 'line' });
    expect(summary(await processes.execute(argvSpec(folder, ['true'], { stdin: big }), NEVER))).toMatchObject({
      code: 0,
    });
  });

  test('can be opened by its name, and leaves no file', async () => {
    const spec = scriptSpec(folder, 'cat /dev/stdin', { stdin: 'hello' });
    expect(text(await plain.execute(spec, NEVER))).toBe('hello');
    expect(read(spec, 'in')).toBeNull();
  });

  test('is empty where none is given', async () => {
    expect(summary(await plain.execute(argvSpec(folder, ['cat']), NEVER))).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('what cannot be started', () => {
  const notExecutable = join(folder, 'plain-file');
  writeFileSync(notExecutable, 'echo hi');
  const cases: readonly (readonly [string, ProcessSpec, string])[] = [
    ['program', argvSpec(folder, ['no-such-program']), 'STEP_PROGRAM_MISSING'],
    ['path', argvSpec(folder, ['./no-such-program']), 'STEP_PROGRAM_MISSING'],
    ['on an empty PATH', argvSpec(folder, ['ls'], { variables: { PATH: '' } }), 'STEP_PROGRAM_MISSING'],
    ['file', argvSpec(folder, [notExecutable]), 'STEP_NOT_EXECUTABLE'],
    ['folder', argvSpec(folder, [folder]), 'STEP_NOT_EXECUTABLE'],
    ['nothing', argvSpec(folder, ['']), 'STEP_BAD_REQUEST'],
    ['cwd missing', scriptSpec(folder, 'true', { cwd: join(folder, 'none') }), 'STEP_CWD_MISSING'],
    ['cwd a file', scriptSpec(folder, 'true', { cwd: notExecutable }), 'STEP_CWD_MISSING'],
    [
      'shell',
      scriptSpec(folder, '', { program: { kind: 'script', shell: 'cmd', script: 'dir' } }),
      'STEP_SHELL_MISSING',
    ],
    ['a large variable', scriptSpec(folder, 'true', { variables: { V: 'x'.repeat(200_000) } }), 'STEP_TOO_LARGE'],
    ['a large argument', argvSpec(folder, ['true', 'x'.repeat(200_000)]), 'STEP_TOO_LARGE'],
    ['NUL in an argument', argvSpec(folder, ['true', 'a\0b']), 'STEP_BAD_VALUE'],
    ['NUL in a script', scriptSpec(folder, 'echo a\0b'), 'STEP_BAD_VALUE'],
    ['NUL in a variable', scriptSpec(folder, 'true', { variables: { V: 'a\0b' } }), 'STEP_BAD_VALUE'],
    ['name of a variable', scriptSpec(folder, 'true', { variables: { 'A=B': '' } }), 'STEP_BAD_VALUE'],
    [
      'logs',
      scriptSpec(folder, 'true', { log: { folder: join(notExecutable, 'logs'), name: 'step' } }),
      'STEP_LOG_FAILED',
    ],
  ];
  test.each(cases)('%s', async (_, spec, code) => {
    const end = await plain.execute(spec, NEVER);
    expect(end).toMatchObject({ kind: 'refused', diagnostic: { code, severity: 'error' } });
    expect(end.kind === 'refused' && end.diagnostic.hint).toBeTruthy();
  });
});

test('a system that has no process to spare is named', () => {
  const line = { file: '/bin/true', name: 'true', args: [], dispose: () => {} };
  const error = Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' });
  expect(startProblem(error, line, argvSpec(folder, ['true']))).toMatchObject({
    code: 'STEP_NOT_STARTED',
    message: '`true` could not be started: EAGAIN.',
  });
});

describe('shells', () => {
  const run = async (shell: 'bash' | 'sh' | 'python' | 'node', script: string): Promise<unknown> =>
    summary(await plain.execute(scriptSpec(folder, '', { program: { kind: 'script', shell, script } }), NEVER));
  test.each([
    ['bash', 'echo "$0 $# $-"', 'bash 0 ehuBc\n'],
    ['sh', 'echo "$#"', '0\n'],
    ['python', 'import sys; print(len(sys.argv))', '1\n'],
    ['node', 'console.log(process.argv.length)', '1\n'],
  ] as const)('%s runs a script', async (shell, script, stdout) =>
    expect(await run(shell, script)).toMatchObject({ code: 0, stdout }),
  );

  test.each([
    ['bash', '#'],
    ['sh', '#'],
    ['python', '#'],
    ['node', '//'],
  ] as const)('%s runs a script that is longer than an argument may be, and no file stays', async (shell, comment) => {
    const print = { bash: 'echo hi', sh: 'echo hi', python: 'print("hi")', node: 'console.log("hi")' }[shell];
    expect(await run(shell, `${comment} ${'x'.repeat(300_000)}\n${print}`)).toMatchObject({ code: 0, stdout: 'hi\n' });
    expect(readdirSync(join(folder, 'logs')).filter((name) => /\.(?:sh|py|mjs)$/.test(name))).toEqual([]);
  });

  test('stop at the first error, and at the first variable that is not set', async () => {
    expect(await run('bash', 'false | true; echo no')).toMatchObject({ code: 1, stdout: '' });
    expect(await run('sh', 'false; echo no')).toMatchObject({ code: 1, stdout: '' });
    expect(await run('sh', 'echo $nothing; echo no')).toMatchObject({ code: 2, stdout: '' });
  });

  test('run no start-up file', async () => {
    const rc = join(folder, 'rc');
    writeFileSync(rc, 'echo from-rc');
    const variables = { BASH_ENV: rc, ENV: rc };
    expect(text(await plain.execute(scriptSpec(folder, 'echo body', { variables }), NEVER))).toBe('body\n');
  });
});

describe('the process group', () => {
  /** Aborts when the script has said that it is ready. */
  async function stopWhenReady(script: string, graceMs: number, processes = plain): Promise<ProcessEnd> {
    const controller = new AbortController();
    const onLine = (): void => controller.abort('cancelled');
    return processes.execute(scriptSpec(folder, script, { graceMs, onLine }), { stop: controller.signal });
  }

  test.each(BOTH)('%s: gets TERM', async (_, processes) => {
    expect(await stopWhenReady('echo ready; sleep 100', 5_000, processes)).toMatchObject({
      kind: 'signalled',
      signal: 'SIGTERM',
      code: 143,
    });
  });

  test('may end in its own way', async () => {
    expect(
      await stopWhenReady("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.02; done", 5_000),
    ).toMatchObject({
      kind: 'exited',
      code: 7,
      stdout: { text: 'ready\nbye\n' },
    });
  });

  test('gets KILL when it ignores TERM', async () => {
    expect(await stopWhenReady("trap '' TERM; echo ready; while :; do sleep 0.02; done", 50)).toMatchObject({
      kind: 'signalled',
      signal: 'SIGKILL',
      code: 137,
    });
  });

  test('goes as a whole: a child that ignores TERM does not outlive its parent', async () => {
    const pids = join(folder, 'child-pid');
    await stopWhenReady(
      `bash -c "trap '' TERM; echo \\$\\$ > ${pids}; echo ready; while :; do sleep 0.02; done" & wait`,
      50,
    );
    expect(['Z', undefined]).toContain(processStat(Number(readFileSync(pids, 'utf8')))?.state);
  });

  test('is not started when it was stopped before', async () => {
    const spec = scriptSpec(folder, 'echo hi');
    expect(await plain.execute(spec, { stop: AbortSignal.abort('cancelled') })).toMatchObject({
      kind: 'signalled',
      signal: 'SIGTERM',
      stdout: { text: '' },
    });
  });

  test.each(BOTH)('%s: what is left in it is reported and stopped', async (_, processes) => {
    const end = await processes.execute(scriptSpec(folder, 'sleep 100 & echo $BASHPID'), NEVER);
    expect(end).toMatchObject({ kind: 'exited', code: 0, leftovers: ['sleep'] });
    expect(groupMembers(Number(text(end)))).toEqual([]);
  });

  test('a process that left the group and holds the output open does not hold up the step for ever', async () => {
    const end = await masked.execute(scriptSpec(folder, 'setsid sleep 20 & echo started $!'), NEVER);
    expect(end).toMatchObject({ kind: 'exited', code: 0 });
    const pid = /started (\d+)/.exec(text(end))?.[1];
    process.kill(Number(pid), 'SIGKILL');
  });

  test('a script that kills its parent does not meet giga, and sees none of its variables', async () => {
    process.env['GIGA_TEST_CANARY'] = 'canary';
    const script = 'tr "\\0" "\\n" < /proc/$PPID/environ; kill $PPID; sleep 0.05; echo alive $SHLVL';
    const end = await plain.execute(scriptSpec(folder, script), NEVER);
    delete process.env['GIGA_TEST_CANARY'];
    expect(end).toMatchObject({ kind: 'exited', code: 0 });
    expect(text(end)).toContain('alive 1\n');
    expect(text(end)).not.toContain('canary');
  });

  test.each([
    ['kill -9 $$', 'signalled', 137],
    ['kill -TERM $$', 'signalled', 143],
    ['exit 137', 'exited', 137],
    ['exit 126', 'exited', 126],
    ['no-such-command', 'exited', 127],
  ])('`%s` is %s with %i', async (script, kind, code) => {
    expect(await plain.execute(scriptSpec(folder, script), NEVER)).toMatchObject({ kind, code });
  });
});

describe('environment and files', () => {
  test('is what it was given, and where it is', async () => {
    const end = await plain.execute(
      argvSpec(folder, ['env'], {
        environment: { A: '1' },
        variables: { PATH: ENVIRONMENT['PATH'] ?? '', B: 'x=y\nz' },
      }),
      NEVER,
    );
    expect(text(end).split('\n').toSorted()).toEqual([
      '',
      'A=1',
      'B=x=y',
      `PATH=${ENVIRONMENT['PATH']}`,
      `PWD=${folder}`,
      'z',
    ]);
  });

  test('a file that was handed over is read; one that was not written does not exist', async () => {
    const files = [
      { variable: 'GIGA_OUTPUT', suffix: 'output', maxBytes: 100, isKept: false },
      { variable: 'GIGA_SUMMARY', suffix: 'summary', maxBytes: 100, isKept: true },
      { variable: 'OTHER', suffix: 'other', maxBytes: 100, isKept: true },
    ];
    const spec = scriptSpec(
      folder,
      '[ ! -e "$GIGA_OUTPUT" ]; echo a=hunter2-secret > "$GIGA_OUTPUT"; echo "# hunter2-secret" > "$GIGA_SUMMARY"',
      { files },
    );
    const end = await masked.execute(spec, NEVER);
    expect(end).toMatchObject({ kind: 'exited', code: 0, files: { GIGA_OUTPUT: { text: 'a=hunter2-secret\n' } } });
    expect([read(spec, 'output'), read(spec, 'summary'), read(spec, 'other')]).toEqual([null, '# ***\n', null]);
  });

  test('a log has a limit where one is set, and says so', async () => {
    const limited = createProcesses({ mask: NO_MASK, maxLogBytes: 10 });
    const spec = scriptSpec(folder, 'echo 0123456789abcdef');
    await limited.execute(spec, NEVER);
    limited.close();
    expect(read(spec, 'out')).toBe('0123456789\n[giga: the log ends here, at its limit of 10 bytes]\n');
  });

  test('secrets do not reach the logs', async () => {
    const spec = scriptSpec(
      folder,
      'echo "$S"; echo "$S" | base64; printf hunter; sleep 0.01; echo 2-secret; echo "$S" >&2',
      { variables: { S: 'hunter2-secret' } },
    );
    const end = await masked.execute(spec, NEVER);
    const all = JSON.stringify(end) + read(spec, 'out') + read(spec, 'err');
    expect(all).not.toMatch(/hunter|aHVudGVy/);
    expect(read(spec, 'err')).toBe('***\n');
  });
});
