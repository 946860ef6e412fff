/** The levels `limited` and `strict`: the code of a plugin in a process of its own, within bounds of memory. Starts it, carries what is said, and ends it. */
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject } from '../../core/json.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { MORE_MEMORY } from '../explain-thrown.ts';
import { encodeFrame, frameReader } from './frames.ts';
import { launch, type ProcessBounds, preface, type Wrap } from './launch.ts';
import type { Line } from './peer.ts';

export interface ProcessOptions extends ProcessBounds {
  /** Bytes that a process holds with all that it started; null where nobody knows. */
  memoryOf(pid: number): number | null;
  /** Ways to start it, the one that keeps it from most first. One that does not work is left out from then on. */
  readonly wraps: Wrap[];
}

const WATCH_MS = 100;
/** Of what it says on its standard error: shown when it dies. */
const MAX_SAID = 4_000;
const MIB = 1_048_576;
/** Node's own share, beside what the plugin holds. */
const OVERHEAD = 96 * MIB;
const AS_IT_IS: Wrap = (argv) => argv;

export function childProcess(options: ProcessOptions): Line {
  let hear: (message: unknown) => void = () => {};
  let hearEnd: (why: AttemptError) => void = () => {};
  let isOver = false;
  /** What waits until the process has said that it is there; null from then on. */
  let waiting: Buffer[] | null = [];
  let running: Running | null = null;

  const over = (why: AttemptError): void => {
    if (isOver) return;
    isOver = true;
    hearEnd(why);
  };
  /** It counts as ended from here on, although the system takes a moment: nobody is to wait for what it says now. */
  const kill = (why: AttemptError): boolean => {
    running?.end();
    over(why);
    return true;
  };
  const hearFirst = (message: unknown): void => {
    if (!isJsonObject(message) || message['kind'] !== 'ready') {
      kill(unreadable('something before it was there'));
      return;
    }
    for (const frame of waiting ?? []) running?.write(frame);
    waiting = null;
  };
  const start = (): void => {
    const wrap = options.wraps[0] ?? AS_IT_IS;
    running = runOne(options, wrap, {
      said(message) {
        if (isOver) return;
        if (waiting === null) hear(message);
        else hearFirst(message);
      },
      faulty: (why) => void kill(why),
      // Nothing of the plugin was there yet: it was not the plugin that ended it, so that this is no way out for one.
      ended(why) {
        if (isOver || waiting === null || wrap === AS_IT_IS) return over(why);
        const at = options.wraps.indexOf(wrap);
        if (at >= 0) options.wraps.splice(at, 1);
        start();
      },
    });
  };
  start();
  return {
    send(message) {
      if (isOver) return;
      const frame = encodeFrame(message);
      if (waiting === null) running?.write(frame);
      else waiting.push(frame);
    },
    onMessage: (hears) => void (hear = hears),
    onEnd: (hears) => void (hearEnd = hears),
    kill,
  };
}

interface Hearing {
  said(message: unknown): void;
  /** It is to be ended. */
  faulty(why: AttemptError): void;
  /** Once. */
  ended(why: AttemptError): void;
}

interface Running {
  write(frame: Buffer): void;
  end(): void;
}

function runOne(options: ProcessOptions, wrap: Wrap, hearing: Hearing): Running {
  const child = launch(options, wrap);
  const line = child.stdio[3] as unknown as Duplex; // 'pipe' makes a stream of both directions
  let said = '';
  const read = frameReader((message) => hearing.said(message));
  line.on('data', (bytes: Buffer) => {
    try {
      read(bytes);
    } catch (error) {
      line.destroy();
      hearing.faulty(unreadable(String(error)));
    }
  });
  line.on('error', () => {}); // it died: its exit says how
  child.stderr?.on('data', (bytes: Buffer) => {
    said = `${said}${bytes.toString('utf8')}`.slice(-MAX_SAID);
  });
  const watch = setInterval(() => {
    const held = child.pid === undefined ? null : options.memoryOf(child.pid);
    if (held !== null && held > options.memory + OVERHEAD) hearing.faulty(tooLarge(options.memory));
  }, WATCH_MS);
  watch.unref();
  let isOver = false;
  const ended = (why: AttemptError): void => {
    if (isOver) return;
    isOver = true;
    clearInterval(watch);
    line.destroy();
    hearing.ended(why);
  };
  child.once('error', ({ message }) =>
    ended(problem('STEP_PLUGIN_LOST', `The process of the plugin could not be started: ${message}.`)),
  );
  // What it said last is there only when its streams are closed.
  child.once('close', (code, signal) => ended(died(code, signal, said)));
  for (const frame of preface(options)) line.write(frame);
  return { write: (frame) => void line.write(frame), end: () => endGroup(child) };
}

function died(code: number | null, signal: NodeJS.Signals | null, said: string): AttemptError {
  if (/out of memory|allocation failed/i.test(said))
    return problem('STEP_PLUGIN_MEMORY', 'The plugin used up its memory, and was ended.', { hint: MORE_MEMORY });
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

function tooLarge(memory: number): AttemptError {
  const message = `The plugin held more than ${Math.round(memory / MIB)} MiB, and was ended.`;
  return problem('STEP_PLUGIN_MEMORY', message, { hint: MORE_MEMORY });
}

function unreadable(why: string): AttemptError {
  return problem('STEP_PLUGIN_PROTOCOL', `The plugin said what cannot be read (${why}), and was ended.`);
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
