/** The level `none`: the code of a plugin in the process of giga, with all that giga can do. Keeps nothing from it. */
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { Line } from './peer.ts';
import { createRuntime } from './runtime.ts';

export function inProcess(): Line {
  let hear: (message: unknown) => void = () => {};
  // In turns, so that neither side is called in the middle of its own work.
  const receive = createRuntime({ evaluate, send: (message) => queueMicrotask(() => hear(message)) });
  return {
    send: (message) => queueMicrotask(() => receive(message)),
    onMessage: (hears) => void (hear = hears),
    onEnd: () => {},
    kill: () => false,
  };
}

/** `file` is absolute: what the module asks for by `require` is looked up from there. */
function evaluate(code: string, file: string): unknown {
  const module = { exports: {} as unknown };
  const whole = compileFunction(code, ['require', 'module', 'exports'], { filename: file });
  whole.call(module.exports, createRequire(file), module, module.exports);
  return module.exports;
}
