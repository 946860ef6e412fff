/** Runs the built command in folders of its own, as a user would. Builds it once for each test process, beside the working tree. */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let built: string | undefined;

/** The path of `giga.cjs`, built from the sources of today; `dist` of the working tree is left alone. */
export function buildOnce(): string {
  if (built !== undefined) return built;
  const folder = mkdtempSync(join(tmpdir(), 'giga-build-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  copyFileSync('package.json', join(folder, 'package.json'));
  for (const name of ['src', 'node_modules', 'schemas', 'templates']) symlinkSync(resolve(name), join(folder, name));
  execFileSync(process.execPath, [resolve('scripts/build.mjs'), '--no-types'], { cwd: folder, stdio: 'inherit' });
  built = join(folder, 'dist', 'giga.cjs');
  return built;
}

export interface Workplace {
  readonly folder: string;
  /** The path of the built command, and the environment that it gets. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  put(file: string, text: string): void;
  giga(...args: string[]): Promise<Outcome>;
  /** A line of bash in which `giga` is the command. */
  bash(line: string): Promise<Outcome>;
  remove(): void;
}

/** A folder without a home, a terminal or a CI around it. */
export function openWorkplace(env: NodeJS.ProcessEnv = {}): Workplace {
  const program = buildOnce();
  const folder = mkdtempSync(join(tmpdir(), 'giga-'));
  const work = join(folder, 'work');
  mkdirSync(join(work, '.git'), { recursive: true });
  const clean: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: join(folder, 'home'),
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    ...env,
  };
  const start = (command: string, args: readonly string[]): Promise<Outcome> =>
    new Promise((done, fail) => {
      const child = spawn(command, args, { cwd: work, env: clean, stdio: ['ignore', 'pipe', 'pipe'] });
      let [out, err] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
      child.on('error', fail);
      child.on('close', (code) => done({ code, out, err }));
    });
  return {
    folder: work,
    program,
    env: clean,
    put(file, text) {
      mkdirSync(dirname(join(work, file)), { recursive: true });
      writeFileSync(join(work, file), text);
    },
    giga: (...args) => start(process.execPath, [program, ...args]),
    bash: (line) =>
      start('bash', ['-c', `set -o pipefail; giga() { '${process.execPath}' '${program}' "$@"; }; ${line}`]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
