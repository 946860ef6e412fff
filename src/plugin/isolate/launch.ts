/** Starts the process that a plugin runs in: no paths, no processes and no threads are allowed to it, its environment is empty, and its program comes as text. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CHILD_SOURCE, STRICT_BOOT, STRICT_PROGRAM } from '../generated/child.ts';
import { textFrame } from './frames.ts';

export interface ProcessBounds {
  /** What the plugin runs in: Node, or QuickJS inside of it. */
  readonly inside: 'node' | 'quickjs';
  /** Bytes that it may hold in memory. */
  readonly memory: number;
  /** How long it may run without giving up control, where that can be seen from inside. */
  readonly turnMs: number;
}

/** A way to start a program, as a command around its own. */
export type Wrap = (argv: readonly string[]) => readonly string[];

const MIB = 1_048_576;

export function launch({ inside, memory }: ProcessBounds, wrap: Wrap): ChildProcess {
  const source = inside === 'node' ? CHILD_SOURCE : STRICT_BOOT;
  const [file = process.execPath, ...args] = wrap([process.execPath, ...flags(memory), '-e', source]);
  return spawn(file, args, {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // A group of its own, so that it can be ended whole.
    detached: true,
    windowsHide: true,
  });
}

function flags(memory: number): readonly string[] {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  return [permission, '--no-warnings', `--max-old-space-size=${Math.max(16, Math.floor(memory / MIB))}`];
}

let interpreter: Buffer | null = null;

/** What it is told before anything of the plugin: its program, the interpreter, and the bounds that it keeps by itself. */
export function preface({ inside, memory, turnMs }: ProcessBounds): readonly Buffer[] {
  if (inside === 'node') return [];
  interpreter ??= readFileSync(createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm'));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(interpreter.length);
  return [textFrame(STRICT_PROGRAM), head, interpreter, textFrame(JSON.stringify({ memory, turnMs }))];
}
