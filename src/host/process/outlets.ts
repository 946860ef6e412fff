/** Where the two output streams of a program go: straight to its logs, or through giga where they must be masked or cut. */
import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Mask } from '../../core/ports.ts';
import type { Fifos } from './fifos.ts';
import type { LogPair } from './logs.ts';
import { createSink, type Sink } from './sink.ts';
import type { Stream } from './start.ts';

export interface Outlets {
  /** What the program gets as standard output and standard error. */
  readonly stdio: readonly [Stream, Stream];
  /** To be called once, when the program has started, or with null when it has not. */
  begin(child: ChildProcess | null): void;
  /** After the exit: waits until all is in the logs, and gives the first error of the disk. */
  drain(): Promise<NodeJS.ErrnoException | null>;
}

export interface OutletTools {
  readonly mask: Mask;
  /** Bytes of each log; more is dropped. Infinity: all is kept. */
  readonly maxLogBytes: number;
  readonly fifos: Fifos;
}

/** A process that left the group may hold the pipes open for ever; after the exit they are read for this long. */
const DRAIN_MS = 2_000;

/**
 * Opening a regular file anew cuts it (`echo oops > /dev/stderr` would wipe the log), and opening a pipe does not: a program
 * that names its streams gets pipes.
 */
const NAMES_STREAMS = /\/dev\/(?:stdout|stderr|fd\/)|\/proc\/self\/fd/;

/** The streams for a program whose text is `text`. */
export function openOutlets(logs: LogPair, text: string, tools: OutletTools): Outlets {
  const mayGoStraight =
    !tools.mask.active && tools.maxLogBytes === Number.POSITIVE_INFINITY && !NAMES_STREAMS.test(text);
  if (mayGoStraight) return directOutlets(logs);
  const out = openOutlet(logs.out.fd, tools);
  const err = openOutlet(logs.err.fd, tools);
  return {
    stdio: [out.stdio, err.stdio],
    begin(child) {
      out.begin(child === null ? null : child.stdout, child !== null);
      err.begin(child === null ? null : child.stderr, child !== null);
    },
    async drain() {
      await Promise.all([out.drain(), err.drain()]);
      return out.sink.failure() ?? err.sink.failure();
    },
  };
}

function directOutlets(logs: LogPair): Outlets {
  return { stdio: [logs.out.fd, logs.err.fd], begin: () => {}, drain: () => Promise.resolve(null) };
}

interface Outlet {
  readonly stdio: Stream;
  readonly sink: Sink;
  begin(socket: Readable | null, isStarted: boolean): void;
  drain(): Promise<void>;
}

function openOutlet(log: number, tools: OutletTools): Outlet {
  const sink = createSink(log, tools.mask.stream(), tools.maxLogBytes);
  const fifo = tools.fifos.open();
  let stream: Readable | null = fifo?.stream ?? null;
  return {
    stdio: fifo?.writeFd ?? 'pipe',
    sink,
    begin(socket, isStarted) {
      if (fifo !== null) closeSync(fifo.writeFd);
      stream ??= socket;
      stream?.on('error', () => {}); // the other end is gone: the same as its end
      if (isStarted) stream?.on('data', (chunk: Buffer) => sink.push(chunk));
      else stream?.destroy();
    },
    async drain() {
      if (stream !== null && !stream.closed) await closed(stream);
      stream?.destroy();
      sink.end();
    },
  };
}

/** Waits for the end of a stream, but not for ever. */
function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DRAIN_MS);
    stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
