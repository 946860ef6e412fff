/** Runs the built command in a folder of its own, as a user would. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const GIGA = resolve('dist/giga.cjs');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

export interface Workplace {
  /** Where the command is given. */
  readonly folder: string;
  /** What its steps write their marks to; beside the folder. Every process that came of it has it as `$MARKS`. */
  readonly marks: string;
  readonly env: NodeJS.ProcessEnv;
  write(name: string, text: string): string;
  start(...args: string[]): Started;
  run(...args: string[]): Promise<Finished>;
  /** Any program, with the surroundings of the command. */
  launch(program: string, args: readonly string[], options?: SpawnOptions): Started;
  remove(): void;
}

export function makeWorkplace(more: NodeJS.ProcessEnv = {}): Workplace {
  const home = mkdtempSync(join(tmpdir(), 'giga-torture-'));
  const folder = join(home, 'work');
  const marks = join(home, 'marks');
  mkdirSync(folder);
  const env: NodeJS.ProcessEnv = { ...process.env, CI: '', NO_COLOR: '1', MARKS: marks, ...more };
  const launch = (program: string, args: readonly string[], options: SpawnOptions = {}): Started => {
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env, ...options });
    return { child, finished: finishedOf(child) };
  };
  const start = (...args: string[]): Started => launch(process.execPath, [GIGA, ...args]);
  return {
    folder,
    marks,
    env,
    write(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    start,
    run: (...args) => start(...args).finished,
    launch,
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

function finishedOf(child: ChildProcess): Promise<Finished> {
  return new Promise<Finished>((done, fail) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk));
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });
}

/** Every whole line of a run's segments, headers and seals included. */
export function journalLines(run: string): string[] {
  const segments = join(run, 'journal');
  const files = readdirSync(segments)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return files.flatMap((file) => readFileSync(join(segments, file), 'utf8').split('\n').slice(0, -1).filter(Boolean));
}

/** A small generator of repeatable chance; its seed is printed by the test that uses it. */
export function makeChance(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Every commit lives the same lives; the torture lives new ones, unless a seed is given. */
export const IS_TORTURE = Boolean(process.env['GIGA_TORTURE']);
export const SEED = Number(process.env['GIGA_SEED'] ?? (IS_TORTURE ? Date.now() % 1_000_000_007 : 20_261_120));
