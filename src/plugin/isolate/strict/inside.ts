/** What is evaluated inside of QuickJS before the code of a plugin (level `strict`): the runtime, and the little that it and plugins expect to find. Knows the language alone. */
import { absentModule } from '../absent-module.ts';
import { createRuntime } from '../runtime.ts';
import { TinyAbortController, TinyAbortSignal } from './abort.ts';

/** All that is handed in. What crosses is text and functions. */
export interface Outside {
  /** A whole message of JSON. */
  send(text: string): void;
  /** Evaluates a script under the name of a file. */
  evaluate(code: string, file: string): unknown;
  /** Calls back, once, after a time in milliseconds. */
  after(ms: number, number: number): void;
}

/** Takes messages as JSON, and the numbers of times that are over. */
export interface Inside {
  receive(text: string): void;
  ring(number: number): void;
}

type Whole = (require: unknown, module: { exports: unknown }, exports: unknown) => void;

/** Taken before any code of a plugin is there: what that changes in its own world changes none of this. */
const { parse, stringify } = JSON;
const silent = (): void => {};

export function open({ send, evaluate, after }: Outside): Inside {
  const timers = new Map<number, () => void>();
  let timed = 0;
  Object.assign(globalThis, {
    AbortController: TinyAbortController,
    AbortSignal: TinyAbortSignal,
    // What it prints is read by nobody, as at the other levels.
    console: { debug: silent, error: silent, info: silent, log: silent, warn: silent },
    setTimeout(run: (...given: readonly unknown[]) => void, ms: unknown = 0, ...given: readonly unknown[]): number {
      timed += 1;
      timers.set(timed, () => run(...given));
      after(Number(ms), timed);
      return timed;
    },
    clearTimeout: (number: number) => void timers.delete(number),
  });
  const receive = createRuntime({
    send: (message) => send(stringify(message)),
    evaluate(code, file) {
      const module = { exports: {} as unknown };
      const whole = evaluate(`(function (require, module, exports) {${code}\n})`, file) as Whole; // as it was just written
      whole(absentModule, module, module.exports);
      return module.exports;
    },
  });
  return {
    receive: (text) => receive(parse(text)),
    ring(number) {
      const run = timers.get(number);
      timers.delete(number);
      run?.();
    },
  };
}
