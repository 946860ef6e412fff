/** The level `limited`: the code of a plugin in a process of its own, without files, without environment, within bounds of memory. Starts and ends it. */
import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { CHILD_SOURCE } from '../generated/child.ts';
import { encodeFrame, frameReader } from './frames.ts';
import type { Line } from './peer.ts';

export interface ProcessBounds {
  /** Bytes that it may hold in memory. */
  readonly memory: number;
  /** Bytes that a process holds; null where nobody knows. */
  memoryOf(pid: number): number | null;
}

const WATCH_MS = 100;
/** Of what it says on its standard error: shown when it dies. */
const MAX_SAID = 4_000;
const MIB = 1_048_576;
/** Node's own share, beside the heap of the plugin. */
const OVERHEAD = 96 * MIB;

export function childProcess({ memory, memoryOf }: ProcessBounds): Line {
  const child = spawn(process.execPath, [...flags(memory), '-e', CHILD_SOURCE], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });
  const line = child.stdio[3] as unknown as Duplex; // 'pipe' makes a stream of both directions
  let hear: (message: unknown) => void = () => {};
  let hearEnd: (why: AttemptError) => void = () => {};
  let said = '';
  let isOver = false;
  const over = (why: AttemptError): void => {
    if (isOver) return;
    isOver = true;
    clearInterval(watch);
    line.destroy();
    hearEnd(why);
  };
  /** It counts as ended from here on, although the system takes a moment: nobody is to wait for what it says now. */
  const kill = (why: AttemptError): boolean => {
    endGroup(child.pid);
    over(why);
    return true;
  };
  const read = frameReader((message) => {
    if (!isOver) hear(message);
  });
  line.on('data', (bytes: Buffer) => {
    try {
      if (!isOver) read(bytes);
    } catch (error) {
      kill(problem('STEP_PLUGIN_PROTOCOL', `The plugin said what cannot be read (${String(error)}), and was ended.`));
    }
  });
  line.on('error', () => {}); // it died: its exit says how
  child.stderr?.on('data', (bytes: Buffer) => {
    said = `${said}${bytes.toString('utf8')}`.slice(-MAX_SAID);
  });
  const watch = setInterval(() => {
    const held = child.pid === undefined ? null : memoryOf(child.pid);
    if (held !== null && held > memory + OVERHEAD)
      kill(problem('STEP_PLUGIN_MEMORY', `The plugin held more than ${Math.round(memory / MIB)} MiB, and was ended.`));
  }, WATCH_MS);
  watch.unref();
  child.once('error', (error) =>
    over(problem('STEP_PLUGIN_LOST', `The process of the plugin could not be started: ${error.message}.`)),
  );
  child.once('exit', (code, signal) => over(died(code, signal, said)));
  return {
    send: (message) => void (isOver || line.write(encodeFrame(message))),
    onMessage: (hears) => void (hear = hears),
    onEnd: (hears) => void (hearEnd = hears),
    kill,
  };
}

/** No paths are allowed, no processes and no threads; the code comes over descriptor 3. */
function flags(memory: number): readonly string[] {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  return [permission, '--no-warnings', `--max-old-space-size=${Math.max(16, Math.floor(memory / MIB))}`];
}

function died(code: number | null, signal: NodeJS.Signals | null, said: string): AttemptError {
  if (/heap out of memory|allocation failed/i.test(said))
    return problem('STEP_PLUGIN_MEMORY', 'The plugin used up its memory, and was ended.', {
      hint: 'Raise `limits: { memory }` of the plugin.',
    });
  const how = signal === null ? `with exit code ${code ?? 0}` : `by ${signal}`;
  const last = /^\w*Error\b.*$/m.exec(said)?.[0] ?? said.trim().split('\n').at(-1) ?? '';
  return {
    ...problem(
      'STEP_PLUGIN_LOST',
      `The process of the plugin ended ${how}.`,
      last === '' ? {} : { hint: `It said: ${last.slice(0, 300)}` },
    ),
    retryable: true,
  };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
