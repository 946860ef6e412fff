/** The terminal and the pipes of this process, as commands use them. Knows a closed pipe, a width and colours; no commands. */
import { isatty } from 'node:tty';

/** One of stdout and stderr. */
export interface Sink {
  write(text: string): void;
  /** Writes and waits until the reader keeps up; for large data. */
  writeAll(data: string | Uint8Array): Promise<void>;
  /** Nothing can be written any more: the reader is gone (`| head -1`), or the disk is full. Long output may end early. */
  readonly closed: boolean;
  /** Why nothing can be written, unless it is that the reader is gone: that is its right. A code such as `ENOSPC`. */
  readonly failure: string | undefined;
  readonly isTerminal: boolean;
  /** Size in cells; 80 by 24 where there is no terminal. */
  size(): { readonly columns: number; readonly rows: number };
  onResize(listener: () => void): void;
}

export interface Io {
  /** Data: what a program may read. */
  readonly out: Sink;
  /** What people read. */
  readonly err: Sink;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** The streams of this process. After an error of a stream, what is written to it is dropped. */
export function processIo(): Io {
  return {
    out: sinkOf(isatty(1), () => process.stdout),
    err: sinkOf(isatty(2), () => process.stderr),
    canAsk: isatty(0) && isatty(2),
    env: process.env,
    cwd: process.cwd(),
  };
}

/** A stream of this process takes a while to make: `open` is called when it is first needed. */
function sinkOf(isTerminal: boolean, open: () => NodeJS.WriteStream): Sink {
  let closed = false;
  let failure: string | undefined;
  let opened: NodeJS.WriteStream | undefined;
  const stream = (): NodeJS.WriteStream => {
    opened ??= open().on('error', (error: NodeJS.ErrnoException) => {
      if (!closed && error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED')
        failure = error.code ?? error.message;
      closed = true;
    });
    return opened;
  };
  return {
    write(text) {
      if (!closed) stream().write(text);
    },
    writeAll: (data) =>
      new Promise((resolve) => {
        if (closed || (data === '' && !opened)) resolve();
        else stream().write(data, () => resolve()); // an error is told to the listener above as well
      }),
    get closed() {
      return closed;
    },
    get failure() {
      return failure;
    },
    isTerminal,
    size: () => ({ columns: stream().columns || 80, rows: stream().rows || 24 }),
    onResize: (listener) => void stream().on('resize', listener),
  };
}

/** Whether to colour: flag > `NO_COLOR` > `FORCE_COLOR` > terminal. */
export function wantsColor(flag: boolean | undefined, env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (flag !== undefined) return flag;
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}
