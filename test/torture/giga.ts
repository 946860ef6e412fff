/** Runs the built command in a folder of its own, as a user would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const GIGA = resolve('dist/giga.cjs');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workplace {
  readonly folder: string;
  write(name: string, text: string): string;
  start(...args: string[]): { readonly child: ChildProcess; readonly finished: Promise<Finished> };
  run(...args: string[]): Promise<Finished>;
  /** The records of the newest run, as the segments hold them, one line each. */
  journal(): string[];
  remove(): void;
}

export function makeWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'giga-torture-'));
  const start = (...args: string[]): ReturnType<Workplace['start']> => {
    const child = spawn(process.execPath, [GIGA, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: '', NO_COLOR: '1' },
    });
    const finished = new Promise<Finished>((done, fail) => {
      let stdout = '';
      let stderr = '';
      child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk));
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk));
      child.on('error', fail);
      child.on('close', (code, signal) => done({ code, signal, stdout, stderr }));
    });
    return { child, finished };
  };
  return {
    folder,
    write(name, text) {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    start,
    run: (...args) => start(...args).finished,
    journal() {
      const runs = join(folder, '.giga', 'runs');
      const [newest] = readdirSync(runs).toSorted().toReversed();
      const segments = join(runs, newest ?? '', 'journal');
      const files = readdirSync(segments).toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
      return files.flatMap((file) => readFileSync(join(segments, file), 'utf8').split('\n').filter(Boolean));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
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
