import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessSpec } from '../../../src/core/process.ts';
import type { Tick } from '../../../src/host/process/tails.ts';
import { openJobLogs } from '../../../src/host/shell/job-logs.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giga-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const specOf = (name: string): ProcessSpec => ({
  program: { kind: 'script', shell: 'bash', script: 'true', worker: true },
  environment: {},
  variables: {},
  cwd: folder,
  log: { folder, name },
  files: [],
  maxOutput: 1000,
  graceMs: 0,
});

describe('the output of jobs that follow each other in one worker', () => {
  /** What the worker has: two files that it keeps open as long as nothing is in them. */
  const scratch = (): string => join(folder, 'worker');
  const openFiles = (): void => {
    for (const stream of ['out', 'err']) writeFileSync(`${scratch()}.${stream}`, '');
  };
  const open = (name: string): { readonly tick: Tick; readonly logs: ReturnType<typeof openJobLogs> } => {
    let tick: Tick = () => {};
    const tails = {
      watch(watched: Tick) {
        tick = watched;
        return () => {};
      },
    };
    const logs = openJobLogs(scratch(), specOf(name), tails);
    return { tick: () => tick(), logs };
  };

  it('is not lost where a file was moved after the worker had found it empty', () => {
    openFiles();
    const first = open('first');
    first.tick(); // the files are moved while the report of the worker is under way
    expect(first.logs.take({ out: false, err: false }).stdout.bytes).toBe(0);
    appendFileSync(`${scratch()}.out`, 'of the second\n');
    expect(readFileSync(`${scratch()}.err`, 'utf8')).toBe('');
    const second = open('second').logs.take({ out: true, err: false });
    expect(second.stdout.text).toBe('of the second\n');
    expect(existsSync(join(folder, 'first.out'))).toBe(false);
  });

  it('is where the logs belong as soon as a job has run for a moment', () => {
    openFiles();
    appendFileSync(`${scratch()}.out`, 'early\n');
    const { tick, logs } = open('first');
    tick();
    expect(readFileSync(join(folder, 'first.out'), 'utf8')).toBe('early\n');
    expect(logs.take({ out: true, err: true })).toMatchObject({ stdout: { text: 'early\n' }, stderr: { bytes: 0 } });
    expect(existsSync(join(folder, 'first.err'))).toBe(false);
  });
});
