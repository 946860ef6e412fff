import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import type { StepAnswer, StepContext } from '../../../src/core/ports.ts';
import type { AttemptWork } from '../../../src/core/run/effect.ts';
import { createMask } from '../../../src/host/mask/mask.ts';
import { createProcesses } from '../../../src/host/process/processes.ts';
import { inheritedEnvironment } from '../../../src/steps/run/environment.ts';
import { createRunStep } from '../../../src/steps/run/run.ts';

const root = mkdtempSync(join(tmpdir(), 'giga-'));
const logs = join(root, 'logs');
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
  rmSync(root, { recursive: true, force: true });
});

const PROCESS_ENV = {
  PATH: process.env['PATH'],
  HOME: root,
  LANG: 'C.UTF-8',
  TOKEN: 'from-outside',
  GIGA_STATE: 'x',
  BASH_ENV: '/x',
  ENV: '/x',
  SHARED: 'process',
};

function stepWith(secrets: ReadonlyMap<string, string>): ReturnType<typeof createRunStep> {
  const mask = createMask(secrets.values());
  const processes = createProcesses({ mask });
  closing.push(() => processes.close());
  return createRunStep({ processes, mask, secrets, inherited: inheritedEnvironment(PROCESS_ENV, ['TOKEN']) });
}

const open = stepWith(new Map());
const withSecret = stepWith(new Map([['TOKEN', 's3cr3t-value']]));

let count = 0;

interface Asked {
  readonly request: JsonObject;
  readonly work?: Partial<AttemptWork>;
  readonly signal?: AbortSignal;
  readonly progress?: (line: string) => void;
  readonly alive?: () => void;
}

function perform(
  step: ReturnType<typeof createRunStep>,
  { request, work = {}, signal, progress, alive }: Asked,
): Promise<StepAnswer> {
  const context: StepContext = {
    work: {
      kind: 'attempt',
      node: `group/step${++count}`,
      op: count,
      attempt: 1,
      action: 'run',
      request,
      env: {},
      secrets: [],
      clearEnv: false,
      graceMs: 1_000,
      stepKey: `r1/group/step${count}/0`,
      ...work,
    },
    signal: signal ?? new AbortController().signal,
    kill: new AbortController().signal,
    run: { id: 'r1', folder: logs, root },
    note: async () => true,
    progress: progress ?? (() => {}),
    ...(alive ? { alive } : {}),
  };
  return step.perform(request, context);
}

function script(text: string, more: JsonObject = {}): JsonObject {
  return { shell: 'bash', script: text, values: {}, integers: [], guard: null, cwd: '', worker: true, ...more };
}

const argv = (...items: Json[]): JsonObject => ({ argv: items, cwd: '' });
const SECRET: Json = { secretText: ['<', { secret: 'TOKEN' }, '>'] };

describe('outputs', () => {
  test('are what was written, without the line ends at the end', async () => {
    const answer = await perform(open, { request: script('echo a; echo; echo b; echo; echo err >&2') });
    expect(answer).toMatchObject({
      outcome: 'succeeded',
      outputs: { stdout: 'a\n\nb', stderr: 'err', 'exit-code': 0 },
    });
    expect(answer.error).toBeUndefined();
    expect(readFileSync(answer.log ?? '', 'utf8')).toBe('a\n\nb\n\n');
  });
  test('are cut at the limit, and say so', async () => {
    const answer = await perform(open, { request: script('printf 1234567890', { maxOutput: 4 }) });
    const { log } = answer;
    expect(answer.outputs).toEqual({ stdout: '1234', stderr: '', 'exit-code': 0, 'stdout-truncated': true, log });
    expect(readFileSync(answer.log ?? '', 'utf8')).toBe('1234567890');
  });
  test('of $GIGA_OUTPUT, which is gone afterwards', async () => {
    const answer = await perform(open, {
      request: script('echo "a=1" >> "$GIGA_OUTPUT"; printf "b<<E\\nx\\ny\\nE\\n" >> "$GIGA_OUTPUT"'),
    });
    expect(answer.outputs).toMatchObject({ a: '1', b: 'x\ny', 'exit-code': 0 });
    expect(readdirSync(logs).filter((name) => name.endsWith('.output'))).toEqual([]);
  });
  test('of $GIGA_SUMMARY stay in the folder of the run', async () => {
    await perform(open, { request: script('echo "# Done" > "$GIGA_SUMMARY"'), work: { node: 'summed', attempt: 2 } });
    expect(readFileSync(join(logs, 'summed-2.summary'), 'utf8')).toBe('# Done\n');
  });
  test('that are too large or cannot be read fail the step', async () => {
    const large = await perform(open, { request: script('head -c 1100000 /dev/zero | tr "\\0" a > "$GIGA_OUTPUT"') });
    const wrong = await perform(open, { request: script('echo hello > "$GIGA_OUTPUT"; echo out') });
    for (const answer of [large, wrong])
      expect(answer).toMatchObject({ outcome: 'failed', error: { code: 'STEP_BAD_OUTPUT' } });
    expect(wrong.outputs).toMatchObject({ stdout: 'out', 'exit-code': 0 });
  });
});

describe('failures', () => {
  test('have an exit code, outputs, and the last lines of what was said', async () => {
    const answer = await perform(open, {
      request: script(
        'echo a=1 > "$GIGA_OUTPUT"; for i in 1 2 3 4 5 6 7; do echo "line $i" >&2; done; printf "\\033[31mred\\033[0m\\n" >&2; exit 3',
      ),
    });
    expect(answer).toMatchObject({
      outcome: 'failed',
      outputs: { a: '1', 'exit-code': 3 },
      error: { code: 'STEP_FAILED', exitCode: 3, message: 'It ended with exit code 3.' },
    });
    expect(answer.error?.hint).toBe('It wrote last:\nline 4\nline 5\nline 6\nline 7\nred');
  });
  test('a bad $GIGA_OUTPUT does not hide them', async () => {
    const answer = await perform(open, { request: script('echo hello > "$GIGA_OUTPUT"; exit 3') });
    expect(answer).toMatchObject({
      outcome: 'failed',
      error: { code: 'STEP_FAILED' },
      warnings: [{ code: 'STEP_BAD_OUTPUT', severity: 'warning' }],
    });
  });
  test('success-codes are answers', async () => {
    expect(await perform(open, { request: script('exit 1', { successCodes: [0, 1] }) })).toMatchObject({
      outcome: 'succeeded',
      outputs: { 'exit-code': 1 },
    });
    expect(await perform(open, { request: script('exit 0', { successCodes: [1] }) })).toMatchObject({
      outcome: 'failed',
      error: { exitCode: 0 },
    });
  });
  test.each([
    ['kill -9 $$', 137, 'It was ended by SIGKILL (killed, perhaps for lack of memory).'],
    ['kill -TERM $$', 143, 'It was ended by SIGTERM (asked to end).'],
    ['exit 139', 139, 'It ended with exit code 139 (SIGSEGV: it crashed).'],
    ['nope', 127, 'It ended with exit code 127 (a command was not found).'],
  ])('`%s`', async (text, exitCode, message) => {
    expect(await perform(open, { request: script(text) })).toMatchObject({
      outcome: 'failed',
      error: { code: 'STEP_FAILED', exitCode, message },
    });
  });
  test('what was left behind is told', async () => {
    expect(await perform(open, { request: script('sleep 100 & echo started') })).toMatchObject({
      outcome: 'succeeded',
      warnings: [{ code: 'STEP_LEFTOVERS', severity: 'warning', message: expect.stringContaining('`sleep`') }],
    });
  });
  test.each<[string, JsonObject, string]>([
    ['an empty list', argv(), 'STEP_BAD_REQUEST'],
    ['a number in a list', argv('echo', 1), 'STEP_BAD_REQUEST'],
    ['neither', { cwd: '' }, 'STEP_BAD_REQUEST'],
    ['a value that is no text', script('x', { values: { GIGA_V0: [1] } }), 'STEP_BAD_REQUEST'],
    ['an unknown shell', script('x', { shell: 'fish' }), 'STEP_BAD_REQUEST'],
    ['a value that is too large', script('x', { values: { GIGA_V0: 'x'.repeat(200_000) } }), 'STEP_VALUE_TOO_LARGE'],
    [
      'a value that must be a number',
      script('echo $((GIGA_V0))', { values: { GIGA_V0: 'a[$(id)]' }, integers: ['GIGA_V0'] }),
      'SHELL_NOT_INTEGER',
    ],
    ['a program that is not there', argv('no-such-program'), 'STEP_PROGRAM_MISSING'],
    ['a folder that is not there', script('true', { cwd: 'none' }), 'STEP_CWD_MISSING'],
  ])('%s is refused', async (_, request, code) =>
    expect(await perform(open, { request })).toMatchObject({ outcome: 'failed', error: { code } }),
  );
});

describe('stopping', () => {
  async function stopWhenReady(request: JsonObject, reason: string): Promise<StepAnswer> {
    const controller = new AbortController();
    return perform(open, {
      request,
      signal: controller.signal,
      progress: () => controller.abort(reason),
      work: { timeoutMs: 1_500 },
    });
  }
  test('at the timeout', async () => {
    expect(await stopWhenReady(script('echo ready; sleep 100'), 'timed-out')).toMatchObject({
      outcome: 'timed-out',
      outputs: { stdout: 'ready' },
      error: { code: 'STEP_TIMEOUT', message: 'The step was stopped after 1.5 s.' },
    });
  });
  test.each(['total-timed-out', 'idle-timed-out'])('at another limit: %s', async (reason) => {
    const trap = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.02; done";
    expect(await stopWhenReady(script(trap), reason)).toMatchObject({ outcome: 'timed-out' });
  });
  test('that tells of output does so in a shell of its own', async () => {
    const controller = new AbortController();
    const answer = perform(open, {
      request: script("trap 'exit 3' TERM; echo; while :; do sleep 0.02; done"),
      signal: controller.signal,
      alive: () => controller.abort('cancelled'),
      work: { idleTimeoutMs: 60_000 },
    });
    expect(await answer).toMatchObject({ outcome: 'cancelled', error: { exitCode: 3 } });
  });
  test('because it was cancelled', async () => {
    expect(await stopWhenReady(argv('sh', '-c', 'echo ready; sleep 100'), 'cancelled')).toMatchObject({
      outcome: 'cancelled',
      error: { code: 'STEP_CANCELLED' },
    });
  });
  test('a success after all counts', async () => {
    expect(
      await stopWhenReady(script("trap 'exit 0' TERM; echo ready; while :; do sleep 0.02; done"), 'cancelled'),
    ).toMatchObject({ outcome: 'succeeded' });
  });
  test('a lost shell is an interruption, and the next attempt has a shell of its own', async () => {
    const text = `python3 -c 'import os; f = open("/" + "proc/%d/stat" % os.getppid()).read().rsplit(") ")[-1].split(); p = int(f[1]); int(os.environ["GIGA_ATTEMPT"]) > 1 or getattr(os, "ki" + "ll")(p, 9)'; sleep 0.01`;
    expect(await perform(open, { request: script(text), work: { node: 'lost' } })).toMatchObject({
      outcome: 'interrupted',
      error: { code: 'STEP_LOST' },
    });
    expect(await perform(open, { request: script(text), work: { node: 'lost', attempt: 2 } })).toMatchObject({
      outcome: 'succeeded',
    });
  });
});

describe('the environment', () => {
  const names = (text: unknown): string[] =>
    String(text)
      .split('\n')
      .map((line) => line.split('=')[0] ?? '')
      .filter(Boolean)
      .toSorted();

  test("is inherited without secrets and without what is giga's own", async () => {
    const answer = await perform(open, { request: argv('env') });
    expect(names(answer.outputs?.['stdout'])).toEqual([
      'GIGA_ATTEMPT',
      'GIGA_OUTPUT',
      'GIGA_RUN',
      'GIGA_STEP_KEY',
      'GIGA_SUMMARY',
      'HOME',
      'LANG',
      'PATH',
      'PWD',
      'SHARED',
    ]);
  });
  test('can begin with nothing', async () => {
    const answer = await perform(open, { request: argv('/usr/bin/env'), work: { clearEnv: true, env: { A: '1' } } });
    expect(names(answer.outputs?.['stdout'])).toEqual([
      'A',
      'GIGA_ATTEMPT',
      'GIGA_OUTPUT',
      'GIGA_RUN',
      'GIGA_STEP_KEY',
      'GIGA_SUMMARY',
      'PWD',
    ]);
  });
  test('declared ones win over inherited ones, secrets over both', async () => {
    const request = script('echo "$SHARED $TOKEN $A $GIGA_STEP_KEY $GIGA_ATTEMPT $GIGA_RUN"');
    const answer = await perform(open, {
      request,
      work: { env: { SHARED: 'declared', TOKEN: 'declared', A: 'a' }, attempt: 3, stepKey: 'k' },
    });
    expect(answer.outputs?.['stdout']).toBe('declared declared a k 3 r1');
  });
  test('a secret is there only where it was named, and nothing shows it', async () => {
    const without = await perform(withSecret, { request: script('echo "[${TOKEN-none}]"') });
    expect(without.outputs?.['stdout']).toBe('[none]');
    const text =
      'echo "$TOKEN|$B|$GIGA_V0|$(cat)"; [ ${#TOKEN} = 12 ]; echo "o=$TOKEN" > "$GIGA_OUTPUT"; echo "$TOKEN" > "$GIGA_SUMMARY"; echo "$TOKEN" >&2; exit 3';
    const answer = await perform(withSecret, {
      request: script(text, { values: { GIGA_V0: SECRET }, stdin: SECRET }),
      work: { secrets: ['TOKEN'], env: { B: SECRET as never } },
    });
    expect(answer.outputs).toEqual({ stdout: '***|<***>|<***>|<***>', stderr: '***', 'exit-code': 3, o: '***' });
    expect(answer.error?.hint).toBe('It wrote last:\n***');
    for (const name of readdirSync(logs)) expect(readFileSync(join(logs, name), 'utf8')).not.toContain('s3cr3t');
    const asArgument = await perform(withSecret, { request: argv('printf', '%s', SECRET) });
    expect(asArgument.outputs?.['stdout']).toBe('<***>');
  });
});

const BLNS = '../shared/conformance/robustness/blns/blns.json';
if (!existsSync(BLNS)) console.log(`skipped: ${BLNS} is not there`);

describe.skipIf(!existsSync(BLNS))('naughty strings', () => {
  const strings = existsSync(BLNS) ? (JSON.parse(readFileSync(BLNS, 'utf8')) as string[]) : []; // the file is a list of texts
  test('pass unchanged as values, and through $GIGA_OUTPUT as lines, blocks and JSON', async () => {
    const passable = strings.filter((text) => !text.includes('\0'));
    expect(passable.length).toBeGreaterThan(500);
    const lines = passable.every((text) => !text.includes('\n'));
    expect(lines).toBe(true);
    const text =
      'printf %s "$GIGA_V0"; printf "line=%s\\nblock<<END-OF-IT\\n%s\\nEND-OF-IT\\n" "$GIGA_V0" "$GIGA_V0" > "$GIGA_OUTPUT"';
    let next = 0;
    const one = async (): Promise<void> => {
      for (let value = passable[next++]; value !== undefined; value = passable[next++]) {
        const answer = await perform(open, { request: script(text, { values: { GIGA_V0: value } }) });
        expect(answer.outputs).toMatchObject({ stdout: value, line: value, block: value });
      }
    };
    await Promise.all([one(), one(), one(), one()]);
    expect(readdirSync(root).filter((name) => name !== 'logs')).toEqual([]);
  });
  test('pass unchanged as arguments and as JSON', async () => {
    const passable = strings.filter((value) => !value.includes('\0'));
    const program =
      'require("fs").writeFileSync(process.env.GIGA_OUTPUT, JSON.stringify({ all: process.argv.slice(1) }))';
    const answer = await perform(open, { request: argv('node', '-e', program, '--', ...passable) });
    expect(answer.outputs?.['all']).toEqual(passable);
  });
});
