/** What the tests of processes have in common: a folder, an environment, and specs with defaults. */
import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Environment, ProcessEnd, ProcessSpec, StopSignals } from '../../../src/core/process.ts';

/** One object, as the steps of a run share one. */
export const ENVIRONMENT: Environment = Object.freeze({
  PATH: process.env['PATH'] ?? '',
  HOME: '/',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
});

/** Never aborted; many steps listen to it at once. */
export const NEVER: StopSignals = { stop: new AbortController().signal };
setMaxListeners(0, NEVER.stop);

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'giga-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

let count = 0;

/** A spec of a bash script in `folder`. */
export function scriptSpec(folder: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    program: { kind: 'script', shell: 'bash', script, worker: true },
    environment: ENVIRONMENT,
    variables: {},
    cwd: folder,
    log: { folder: join(folder, 'logs'), name: `step-${++count}` },
    maxOutput: 1 << 20,
    graceMs: 1_000,
    ...more,
  };
}

export function argvSpec(folder: string, argv: readonly string[], more: Partial<ProcessSpec> = {}): ProcessSpec {
  return scriptSpec(folder, '', { program: { kind: 'argv', argv }, ...more });
}

/** What can be said of an end in one line, for comparisons. */
export function summary(end: ProcessEnd): Record<string, unknown> {
  if (end.kind === 'refused') return { refused: end.diagnostic.code };
  const { stdout, stderr, leftovers } = end;
  return {
    code: end.kind === 'lost' ? 'lost' : end.code,
    stdout: stdout.text,
    stderr: stderr.text,
    bytes: stdout.bytes,
    leftovers: leftovers.length,
  };
}
