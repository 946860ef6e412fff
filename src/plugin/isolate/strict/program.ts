/** The program around QuickJS: makes the interpreter, carries messages in and out as text, and holds it to its bounds. Nothing of Node is handed in but four functions. */
import type { Socket } from 'node:net';
import { type JSException, type JSValueHandle, QuickJS } from 'quickjs-wasi';
import { textFrame } from '../frames.ts';

/** The script of `inside.ts`, put here by the build. */
declare const INSIDE: string;

export interface Bounds {
  /** Bytes that the plugin may hold. */
  readonly memory: number;
  /** How long it may run without giving up control. */
  readonly turnMs: number;
}

const MAX_STACK = 256 * 1_024;
const MAX_TEXT = 16 * 1_048_576;
/** Times that a plugin waits for at once. */
const MAX_TIMERS = 1_000;
const MAX_WAIT_MS = 2 ** 31 - 1;

/** Takes frames. */
export function start(line: Socket, interpreter: Buffer, bounds: Bounds): (frame: Buffer) => void {
  const made = open(line, interpreter, bounds).catch(fail);
  return (frame) => void made.then((receive) => receive(frame.toString('utf8'))).catch(fail);
}

async function open(line: Socket, interpreter: Buffer, bounds: Bounds): Promise<(text: string) => void> {
  let began = 0;
  const vm = await QuickJS.create({
    wasm: new Uint8Array(interpreter),
    memoryLimit: bounds.memory,
    maxStackSize: MAX_STACK,
    timezoneOffset: 0,
    interruptHandler: () => performance.now() - began > bounds.turnMs,
    // What the interpreter itself would print is printed by nobody.
    wasi: () => ({ fd_write: () => 8 }),
  });
  let timers = 0;
  const turn = (name: 'receive' | 'ring', given: () => JSValueHandle): void => {
    began = performance.now();
    try {
      vm.withScope(() => vm.callFunction(inside.getProp(name), vm.undefined, given()));
      vm.executePendingJobs();
    } catch (error) {
      fail(error);
    }
  };
  const outside = vm.newObject();
  const offer = (name: string, run: (...given: readonly JSValueHandle[]) => JSValueHandle): void =>
    vm.setProp(outside, name, vm.newFunction(name, run));
  offer('send', (text) => {
    const said = text?.isString ? text.toString() : '';
    if (said.length > MAX_TEXT) fail(new Error('it said more than a message holds'));
    line.write(textFrame(said));
    return vm.undefined;
  });
  offer('evaluate', (code, file) => vm.evalCode(code?.toString() ?? '', file?.toString()));
  offer('after', (ms, number) => {
    timers += 1;
    if (timers > MAX_TIMERS) fail(new Error('it waits for too many times at once'));
    const wait = Math.min(Math.max(ms?.toNumber() || 0, 0), MAX_WAIT_MS);
    const which = number?.toNumber() ?? 0;
    setTimeout(() => {
      timers -= 1;
      turn('ring', () => vm.newNumber(which));
    }, wait);
    return vm.undefined;
  });
  const inside = vm.callFunction(vm.evalCode(INSIDE, 'giga'), vm.undefined, outside);
  return (text) => turn('receive', () => vm.newString(text));
}

/** What breaks the interpreter, or stops it, ends the process: nobody knows what is left of it. */
function fail(error: unknown): never {
  const { name, message } = error as Partial<JSException>; // anything may be thrown: what it lacks is not said
  process.stderr.write(`${name ?? 'Error'}: ${message ?? String(error)}\n`);
  process.exit(70);
}
