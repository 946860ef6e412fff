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

export function logPrinter(sink: Sink, facts: LogFacts, json: boolean): LogPrinter {
  if (!json && !sink.isTerminal) return { push: (bytes) => sink.writeAll(bytes), end: () => Promise.resolve() };
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
