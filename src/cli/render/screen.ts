/** Paints a log with a footer below it: the log scrolls, the footer is redrawn. Knows a terminal's size and a clock, no runs. */
import type { Sink } from '../io.ts';
import { widthOf } from './text.ts';

/** The time that presenters need; tests hand in a virtual one. */
export interface Ticker {
  /** Monotonic ms. */
  now(): number;
  /** Wall clock, ms since 1970. */
  wall(): number;
  /** Calls back once after so many ms, without keeping the process alive; the returned function takes it back. */
  after(delayMs: number, then: () => void): () => void;
}

export interface Screen {
  /** Adds lines to the log; they appear with the next frame. */
  log(lines: readonly string[]): void;
  /** Paints what is left without a footer, and leaves the terminal to somebody else until it is called back. */
  hold(): () => void;
  /** Paints what is left without a footer, and stops. */
  close(): void;
}

const FRAME_MS = 100;

/** `footer(frame)` gives the lines below the log; each frame asks anew. Ten frames a second at most, and none while nothing is to be seen. */
export function openScreen(sink: Sink, ticker: Ticker, footer: (frame: number) => readonly string[]): Screen {
  let pending: string[] = [];
  let painted: readonly string[] = [];
  let frame = 0;
  let closed = false;
  let held = 0;
  const erase = (): string => {
    const { columns } = sink.size();
    // After a resize to fewer columns a painted line takes several rows.
    const rows = painted.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(withoutColor(line)) / columns)), 0);
    return rows === 0 ? '' : `\u001B[${rows}A\r\u001B[J`;
  };
  const paint = (lines: readonly string[]): void => {
    const text = [...pending, ...lines].map((line) => `${line}\n`).join('');
    sink.write(erase() + text);
    pending = [];
    painted = lines;
  };
  let cancelTick: (() => void) | undefined;
  const tick = (): void => {
    if (closed) return;
    if (held === 0) paint(footer(frame++));
    cancelTick = ticker.after(FRAME_MS, tick);
  };
  cancelTick = ticker.after(FRAME_MS, tick);
  return {
    log: (lines) => void pending.push(...lines),
    hold() {
      if (!closed && held === 0) paint([]);
      held += 1;
      return () => {
        held -= 1;
      };
    },
    close() {
      if (closed) return;
      closed = true;
      cancelTick?.();
      paint([]);
    },
  };
}

function withoutColor(line: string): string {
  // oxlint-disable-next-line no-control-regex -- an escape is what is looked for
  return line.replace(/\u001B\[[0-9;]*m/g, '');
}

/** The time of this process. */
export function processTicker(): Ticker {
  return {
    now: () => {
      const [seconds, nanoseconds] = process.hrtime(); // `performance` would load a large module first
      return seconds * 1000 + nanoseconds / 1_000_000;
    },
    wall: () => Date.now(),
    after(delayMs, then) {
      const timer = setTimeout(then, delayMs);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
