/** Folders for end-to-end tests that run side by side, and processes that a test stops in the middle. Knows no workflow. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Outcome, openWorkplace, type Workplace } from '../cli/giga.ts';

/** Gives a test a folder of its own, and removes it afterwards. */
export async function inPlace(use: (place: Workplace) => Promise<void>, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const place = openWorkplace(env);
  try {
    await use(place);
  } finally {
    place.remove();
  }
}

/** Neither a stack nor a word of giga's own insides. */
export function isClear({ out, err }: Pick<Outcome, 'out' | 'err'>): void {
  expect(`${out}${err}`).not.toMatch(
    /\n\s+at .*\(?(file:|node:|\/)|TypeError|RangeError|undefined is not|\[object Object\]|CLI_BUG/,
  );
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
}

/** Starts giga without waiting for it; signals go to its own process. */
export function start(place: Workplace, ...args: string[]): Running {
  const child = spawn(process.execPath, [place.program, ...args], {
    cwd: place.folder,
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<Outcome>((done, fail) => {
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', fail);
    child.on('close', (code) => done({ code, out, err }));
  });
  return { child, ended };
}

/** Waits until something holds; fails after 30 s. */
export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    if (i > 1500) throw new Error('what the test waits for did not come');
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Waits for a file that a step makes. */
export const appears = (place: Workplace, file: string): Promise<void> =>
  until(() => existsSync(join(place.folder, file)));

/** The words in a file that steps append to; empty when there is none. */
export function marks(place: Workplace, file = 'marks'): string[] {
  const path = join(place.folder, file);
  return existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
}

/** The events that `--json` printed. */
export function eventsOf({ out }: Outcome): Record<string, unknown>[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => JSON.parse(line));
}

/** The outputs of the run that `--json` printed. */
export function outputsOf(outcome: Outcome): Record<string, unknown> {
  const finished = eventsOf(outcome).findLast((event) => event['type'] === 'run.finished');
  return (finished?.['outputs'] ?? {}) as Record<string, unknown>; // as the published schema says
}

/** Every file below a folder, as bytes, by its path. */
export function filesBelow(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(path).isFile()) files.set(name, readFileSync(path));
  }
  return files;
}

/** Whether a process is there and more than an entry that nobody has read. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Processes that one has started, and those that they have. */
export function descendantsOf(pid: number): readonly number[] {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  return own.flatMap((child) => [child, ...descendantsOf(child)]);
}
