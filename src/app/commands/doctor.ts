/** Checks the machine and the state folder, and sets damaged ends of journals aside. Each check says what it found and what to do. */
import { execFile } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import type { Project } from '../project.ts';

export interface Finding {
  /** What was looked at. */
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'error';
  /** What was found. */
  readonly found: string;
  readonly hint?: string;
  /** Of a journal: what is wrong with it. */
  readonly problems?: readonly Diagnostic[];
}

const OLDEST_NODE = [20, 19] as const;
const PROGRAM_TIMEOUT_MS = 10_000;

/** Looks at one thing after the other; with `repair`, journals with a damaged end are cut before it, and the damaged file is kept. */
export async function* examine(project: Project, repair: boolean): AsyncGenerator<Finding> {
  yield nodeVersion(process.versions.node);
  yield await program(
    'bash',
    'error',
    'steps run in bash unless they say otherwise: install it, or set `defaults: { shell: sh }`',
  );
  yield await program('git', 'warning', 'what asks about the repository (`git` in expressions) will not work');
  yield stateFolder(project.state);
  yield* journals(project, repair);
}

function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  const found = `Node ${version}`;
  return isOld
    ? { check: 'node', state: 'error', found, hint: `giga needs Node ${OLDEST_NODE.join('.')} or later` }
    : { check: 'node', state: 'ok', found };
}

function program(name: string, severity: 'warning' | 'error', hint: string): Promise<Finding> {
  return new Promise((resolve) => {
    execFile(name, ['--version'], { timeout: PROGRAM_TIMEOUT_MS }, (error, stdout) => {
      const [line = ''] = stdout.split('\n');
      resolve(
        error
          ? { check: name, state: severity, found: `no ${name} was found`, hint }
          : { check: name, state: 'ok', found: line },
      );
    });
  });
}

/** Whether runs could be kept: a file can be written and brought to disk where the state is, or would be made. */
function stateFolder(state: string): Finding {
  let folder = state;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const probe = join(folder, `.giga-doctor-${process.pid}`);
  try {
    const fd = openSync(probe, 'wx', 0o600);
    try {
      writeSync(fd, 'probe\n');
      fsyncSync(fd);
    } finally {
      closeSync(fd);
      rmSync(probe, { force: true });
    }
    const made = folder === state ? '' : ' (it will be made by the first run)';
    return { check: 'state', state: 'ok', found: `${state} can be written and synced${made}` };
  } catch (error) {
    const hint = 'mend the permissions or the disk, or name another folder with `--state`';
    return {
      check: 'state',
      state: 'error',
      found: `${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      hint,
    };
  }
}

async function* journals(project: Project, repair: boolean): AsyncGenerator<Finding> {
  const { store } = project;
  const runs = await store.list();
  let healthy = 0;
  for (const run of runs) {
    const read = await store.read(run);
    const problems = read.ok ? read.value.diagnostics : read.diagnostics;
    if (problems.length === 0) {
      healthy += 1;
      continue;
    }
    yield repair ? await mend(project, run) : damaged(run, problems);
  }
  if (healthy > 0 || runs.length === 0)
    yield { check: 'journals', state: 'ok', found: `${healthy} ${healthy === 1 ? 'run reads' : 'runs read'} well` };
}

function damaged(run: string, problems: readonly Diagnostic[]): Finding {
  const isError = problems.some((d) => d.severity === 'error');
  const found = problems[0]?.message ?? 'damaged';
  if (!isError) return { check: `run ${run}`, state: 'warning', found, problems };
  return {
    check: `run ${run}`,
    state: 'error',
    found,
    hint: '`giga doctor --repair` goes back to the last whole record; the damaged file is kept',
    problems,
  };
}

async function mend(project: Project, run: string): Promise<Finding> {
  const mended = await project.store.repair(run);
  if (!mended.ok)
    return {
      check: `run ${run}`,
      state: 'error',
      found: mended.diagnostics[0]?.message ?? 'could not be repaired',
      problems: mended.diagnostics,
    };
  return {
    check: `run ${run}`,
    state: 'warning',
    found: `repaired: ${mended.value.kept} records are whole, the damaged file is kept`,
    problems: mended.value.found,
  };
}
