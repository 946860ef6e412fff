import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProcessEnd, Processes } from '../../../src/core/process.ts';
import { NO_MASK } from '../../../src/host/mask/mask.ts';
import { createProcesses } from '../../../src/host/process/processes.ts';
import { argvSpec, ENVIRONMENT, NEVER, scriptSpec, summary, temporaryFolder } from '../process/support.ts';
import { NASTY_SCRIPTS, type NastyScript } from './nasty-scripts.ts';

const folder = temporaryFolder();
const routed = createProcesses({ mask: NO_MASK });
const fresh = createProcesses({ mask: NO_MASK, workers: false });
afterAll(() => {
  routed.close();
  fresh.close();
});

async function run(processes: Processes, nasty: NastyScript, name: string): Promise<ProcessEnd> {
  const cwd = join(folder, 'work');
  mkdirSync(cwd, { recursive: true });
  return processes.execute(
    scriptSpec(folder, nasty.script, {
      cwd,
      variables: nasty.variables ?? {},
      log: { folder: join(folder, name), name: 'step' },
      maxOutput: 3_000,
    }),
    NEVER,
  );
}

test.each(NASTY_SCRIPTS)('$name: the same with and without workers', async (nasty) => {
  const [shared, own] = [await run(routed, nasty, 'shared'), await run(fresh, nasty, 'own')];
  const [left, right] = [summary(shared), summary(own)];
  if (nasty.isRandom) expect(left['code']).toEqual(right['code']);
  else expect(withoutPids(left)).toEqual(withoutPids(right));
});

/** Process ids in messages of bash (`line 1: 123 Quit`) and names of folders differ by nature. */
function withoutPids(end: Record<string, unknown>): unknown {
  const text = JSON.stringify(end).replaceAll(/line (\d+): +\d+ /g, 'line $1: PID ');
  return JSON.parse(text.replaceAll('/shared/', '/own/'));
}

test('a script of one program sees the variables that it sees in a shell of its own', async () => {
  const [left, right] = [
    summary(await run(routed, { name: 'env', script: 'env', variables: { A: 'é' } }, 'shared')),
    summary(await run(fresh, { name: 'env', script: 'env', variables: { A: 'é' } }, 'own')),
  ];
  // bash tells a program by `_` where it was found, and does not when it takes the place of the shell.
  const visible = (end: Record<string, unknown>): unknown =>
    String(end['stdout'])
      .split('\n')
      .filter((one) => !one.startsWith('_='))
      .toSorted();
  expect(visible(left)).toEqual(visible(right));
});

describe('programs without a shell', () => {
  const argvs: readonly (readonly string[])[] = [
    ['env'],
    ['sh', '-c', 'echo "$0|$#|$1"; pwd', 'a b', "c'd"],
    ['printf', '%s\n', '', '*', '$HOME', 'é日', '`id`', 'a\nb', '-n'],
    ['sh', '-c', 'exit 7'],
    ['sh', '-c', 'kill -9 $$'],
    ['sh', '-c', 'read -r x; echo "got $x"'],
    ['./own-script', 'x'],
    ['./no-format'],
    ['./no-such'],
    ['no-such-program'],
    [''],
  ];
  const cwd = join(folder, 'work');
  const shared = createProcesses({ mask: NO_MASK }); // workers serve one folder of logs
  afterAll(() => shared.close());
  const runArgv = async (processes: Processes, argv: readonly string[], where: string, environment = ENVIRONMENT) =>
    processes.execute(
      argvSpec(folder, argv, {
        program: { kind: 'argv', argv, worker: true },
        cwd,
        environment,
        variables: { A: 'x y', B: 'é' },
        log: { folder: join(folder, where), name: 'argv' },
      }),
      NEVER,
    );
  beforeAll(() => {
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, 'own-script'), '#!/bin/sh\necho "$0 $1"\n', { mode: 0o755 });
    writeFileSync(join(cwd, 'no-format'), 'echo "a script without a first line ${BASH_VERSION-}"\n', { mode: 0o755 });
  });
  test.each(argvs)('%j %j %j: the same with and without workers', async (...argv) => {
    const [left, right] = [
      summary(await runArgv(shared, argv, 'argv')),
      summary(await runArgv(fresh, argv, 'argv-own')),
    ];
    expect(sorted(left)).toEqual(sorted(right));
  });
  test('any text reaches a program as it is, one after the other', async () => {
    const one = createProcesses({ mask: NO_MASK });
    const texts = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { maxLength: 4 }), texts, async (args, value) => {
        const script = 'printf "%s\\0" "$@" "$A"';
        const argv = ['sh', '-c', script, 'sh', ...args];
        const end = await one.execute(
          argvSpec(folder, argv, { program: { kind: 'argv', argv, worker: true }, cwd, variables: { A: value } }),
          NEVER,
        );
        expect(summary(end)).toMatchObject({ code: 0, stdout: [...args, value].map((text) => `${text}\0`).join('') });
      }),
      { numRuns: 150, seed: 7 },
    );
    one.close();
  });
  test.each([undefined, '0', '7'])('with SHLVL %s', async (level) => {
    const environment = level === undefined ? ENVIRONMENT : { ...ENVIRONMENT, SHLVL: level };
    const [one, two] = [createProcesses({ mask: NO_MASK }), createProcesses({ mask: NO_MASK, workers: false })];
    const left = summary(await runArgv(one, ['env'], `level-${level}`, environment));
    const right = summary(await runArgv(two, ['env'], `level-own-${level}`, environment));
    one.close();
    expect(sorted(left)).toEqual(sorted(right));
    expect(String(left['stdout']).includes('SHLVL')).toBe(level !== undefined);
  });

  /** All of ASCII but NUL, and some that are more than a byte. */
  const CHARACTERS = [...Array.from({ length: 127 }, (_, i) => String.fromCharCode(i + 1)), 'é', '日', '\u0085', '𝒳'];

  /** Nobody promises an order of variables. */
  function sorted(end: Record<string, unknown>): unknown {
    return { ...end, stdout: String(end['stdout']).split('\n').toSorted() };
  }
});
