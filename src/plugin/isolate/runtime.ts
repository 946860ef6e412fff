/**
 * What runs beside the code of a plugin, at every level of isolation: loads its module, calls its steps, and asks giga for what they want of the world.
 * Uses nothing but the language itself: it runs where there is no Node. Nothing of it is trusted by the other side.
 */
import type { FetchAnswer, FetchOptions, PluginContext, PluginDefinition } from '../api/index.ts';
import type { FromPlugin, Thrown, ToPlugin } from './messages.ts';

export interface RuntimePorts {
  /** Evaluates a bundle, as CommonJS, and gives its exports. */
  evaluate(code: string, file: string): unknown;
  send(message: FromPlugin): void;
}

type Plain = FromPlugin extends infer M ? (M extends { readonly value: infer V } ? V : never) : never;

/** Takes what giga says. */
export function createRuntime({ evaluate, send }: RuntimePorts): (message: ToPlugin) => void {
  let definition: PluginDefinition = {};
  let asked = 0;
  const asks = new Map<number, { resolve(value: Plain): void; reject(error: Error): void }>();
  const calls = new Map<number, AbortController>();

  const ask = (call: number, what: string, args: readonly unknown[]): Promise<Plain> =>
    new Promise((resolve, reject) => {
      asked += 1;
      asks.set(asked, { resolve, reject });
      send({ kind: 'ask', call, ask: asked, what, args: plain(args) as readonly Plain[] });
    });

  const load = (code: string, file: string): void => {
    try {
      const exports = evaluate(code, file);
      const module = isRecord(exports) && 'default' in exports ? exports['default'] : exports;
      definition = isRecord(module) ? module : {}; // giga checks what it says of itself
      send({ kind: 'loaded', manifest: manifestOf(module) as Plain });
    } catch (error) {
      send({ kind: 'unusable', error: thrown(error) });
    }
  };

  const run = async ({ call, step, input, config }: Extract<ToPlugin, { kind: 'call' }>): Promise<void> => {
    const controller = new AbortController();
    calls.set(call, controller);
    try {
      const found = Object.hasOwn(definition.steps ?? {}, step) ? definition.steps?.[step] : undefined;
      if (found === undefined) throw new Error(`The plugin has no step ${step}.`);
      const context = contextOf(call, config, controller.signal, ask, send);
      const value = await found.run(input as never, context); // giga has held it against the schema
      send({ kind: 'done', call, value: plain(value ?? null) as Plain });
    } catch (error) {
      send({ kind: 'threw', call, error: thrown(error) });
    } finally {
      calls.delete(call);
    }
  };

  return (message) => {
    switch (message.kind) {
      case 'load':
        return load(message.code, message.file);
      case 'call':
        return void run(message);
      case 'stop':
        return calls.get(message.call)?.abort();
      case 'answer':
        asks.get(message.ask)?.resolve(message.value);
        return void asks.delete(message.ask);
      case 'refusal':
        asks.get(message.ask)?.reject(new Error(message.message));
        return void asks.delete(message.ask);
      default:
        return message satisfies never;
    }
  };
}

type Ask = (call: number, what: string, args: readonly unknown[]) => Promise<Plain>;

/** The casts hold as far as giga answers what it was asked: this side has no reason to doubt it. */
function contextOf(
  call: number,
  config: PluginContext['config'],
  signal: AbortSignal,
  ask: Ask,
  send: RuntimePorts['send'],
): PluginContext {
  return {
    config,
    signal,
    progress: (line: unknown) => send({ kind: 'progress', call, line: String(line) }),
    fs: {
      read: (path) => ask(call, 'fs.read', [path]) as Promise<string>,
      write: async (path, text) => void (await ask(call, 'fs.write', [path, text])),
      list: (pattern) => ask(call, 'fs.list', [pattern]) as Promise<readonly string[]>,
    },
    fetch: (url, options: FetchOptions = {}) =>
      ask(call, 'fetch', [url, { ...options }]) as unknown as Promise<FetchAnswer>,
    env: (name) => ask(call, 'env', [name]) as Promise<string | null>,
  };
}

/** What a module says of itself, without its functions. */
function manifestOf(module: unknown): unknown {
  if (!isRecord(module)) return null;
  const steps = module['steps'];
  return plain({
    ...module,
    ...(isRecord(steps)
      ? {
          steps: Object.fromEntries(
            Object.entries(steps).map(([name, step]) => [
              name,
              isRecord(step) ? { ...step, run: typeof step['run'] === 'function' } : step,
            ]),
          ),
        }
      : {}),
  });
}

/** As JSON has it: functions and what else is no data are left out. Throws for what has no end. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text === undefined ? null : JSON.parse(text);
}

function thrown(error: unknown): Thrown {
  const { message, stack, retryable } = isRecord(error) ? error : {};
  return {
    message: typeof message === 'string' ? message : String(error),
    stack: typeof stack === 'string' ? stack : '',
    ...(typeof retryable === 'boolean' ? { retryable } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
