/** Prints the bytes of one log: as they are into a pipe, made harmless line by line at a terminal, as NDJSON for programs. Holds one line at most. */
import type { Sink } from '../io.ts';
import { harmless } from './text.ts';

export interface LogPrinter {
  push(bytes: Uint8Array): Promise<void>;
  /** A last line without its newline. */
  end(): Promise<void>;
}

export interface LogFacts {
  readonly step: string;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
}

/** A line longer than this is cut into several. */
const MAX_LINE = 256 * 1024;
const NEWLINE = 10;

/** `isTitled`: there is a title between logs, which has to begin a line of its own. */
export function logPrinter(sink: Sink, facts: LogFacts, json: boolean, isTitled = false): LogPrinter {
  if (!json && !sink.isTerminal) return rawPrinter(sink, isTitled);
  const decoder = new TextDecoder();
  let rest = '';
  const show = (line: string): string => (json ? JSON.stringify({ type: 'log', ...facts, line }) : harmless(line));
  const print = (lines: readonly string[]): Promise<void> => {
    return lines.length === 0 ? Promise.resolve() : sink.writeAll(lines.map((line) => `${show(line)}\n`).join(''));
  };
  return {
    push(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE) {
        lines.push(rest);
        rest = '';
      }
      return print(lines);
    },
    end() {
      const last = rest + decoder.decode();
      rest = '';
      return print(last === '' ? [] : [last]);
    },
  };
}

/** Bytes as they are, but for a last line break that `endsLines` adds where it is missing. */
function rawPrinter(sink: Sink, endsLines: boolean): LogPrinter {
  let last = NEWLINE;
  return {
    push(bytes) {
      last = bytes.at(-1) ?? last;
      return sink.writeAll(bytes);
    },
    end() {
      const open = endsLines && last !== NEWLINE;
      last = NEWLINE;
      return open ? sink.writeAll('\n') : Promise.resolve();
    },
  };
}
