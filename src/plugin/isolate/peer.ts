/** Giga's side of the talk with one plugin: sends calls, answers what they ask, and ends them when they must end. Knows no processes and no modules. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { PluginEnd } from '../../core/plugin.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { type FromPlugin, readMessage, type Thrown, type ToPlugin } from './messages.ts';

/** The line to where a plugin runs. */
export interface Line {
  send(message: ToPlugin): void;
  /** What it says, as values nobody has looked at. */
  onMessage(hear: (message: unknown) => void): void;
  /** Called once: nothing more comes, for this reason. */
  onEnd(hear: (why: AttemptError) => void): void;
  /** Ends it at once. False where that cannot be done. */
  kill(why: AttemptError): boolean;
}

/** What a call may want of the world. Never rejects. */
export type Capability = (what: string, args: readonly Json[]) => Promise<Answer>;
export type Answer = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

export interface PeerCall {
  readonly step: string;
  readonly input: JsonObject;
  readonly config: JsonObject;
  readonly signal: AbortSignal;
  readonly answer: Capability;
  progress(line: string): void;
}

export interface Peer {
  /** What the module says of itself. */
  load(code: string, file: string): Promise<Loaded>;
  call(call: PeerCall): Promise<PluginEnd>;
  /** Why it ended; null while it runs. */
  readonly ended: AttemptError | null;
}
export type Loaded =
  | { readonly ok: true; readonly manifest: Json }
  | { readonly ok: false; readonly error: AttemptError };

interface Open {
  readonly call: PeerCall;
  /** Numbers that it has asked with: none counts twice. */
  readonly asked: Set<number>;
  end(end: PluginEnd): void;
}

/** What one call may ask for at the same time. */
const MOST_ASKS = 64;

/** `explain` makes the failure of what a plugin threw: it knows where its source stands. `over` is told when nothing more comes. */
export function createPeer(line: Line, explain: (thrown: Thrown) => AttemptError, over: () => void = () => {}): Peer {
  const open = new Map<number, Open>();
  let calls = 0;
  let ended: AttemptError | null = null;
  let loading: ((loaded: Loaded) => void) | null = null;

  const finish = (call: number, end: PluginEnd): void => {
    const known = open.get(call);
    open.delete(call);
    known?.end(end);
  };
  line.onEnd((why) => {
    ended = why;
    over();
    loading?.({ ok: false, error: why });
    for (const call of open.keys()) finish(call, { ok: false, error: why });
  });
  line.onMessage((said) => {
    const message = readMessage(said);
    const fault = message === null ? 'something that no plugin says' : hear(message);
    if (fault !== null) line.kill(problem('STEP_PLUGIN_PROTOCOL', `The plugin said ${fault}, and was ended.`));
  });

  /** What is wrong with a message; null for nothing. */
  const hear = (message: FromPlugin): string | null => {
    if (message.kind === 'loaded' || message.kind === 'unusable') {
      if (loading === null) return 'twice what it is';
      loading(
        message.kind === 'loaded'
          ? { ok: true, manifest: message.manifest }
          : { ok: false, error: explain(message.error) },
      );
      loading = null;
      return null;
    }
    const known = open.get(message.call);
    if (known === undefined)
      return message.call > calls || message.call < 1 ? 'something of a call that was not made' : null;
    switch (message.kind) {
      case 'done':
        finish(message.call, { ok: true, value: message.value });
        return null;
      case 'threw':
        finish(message.call, { ok: false, error: explain(message.error) });
        return null;
      case 'progress':
        known.call.progress(message.line.slice(0, 200));
        return null;
      case 'ask':
        return hearAsk(known, message);
      default:
        return message satisfies never;
    }
  };
  const hearAsk = (known: Open, { ask, what, args }: Extract<FromPlugin, { kind: 'ask' }>): string | null => {
    if (known.asked.has(ask)) return 'one number for two questions';
    if (known.asked.size >= MOST_ASKS) return `more than ${MOST_ASKS} questions at once`;
    known.asked.add(ask);
    void known.call.answer(what, args).then((answer) => {
      known.asked.delete(ask);
      if (ended !== null) return;
      if (answer.ok) line.send({ kind: 'answer', ask, value: answer.value });
      else line.send({ kind: 'refusal', ask, message: answer.message });
    });
    return null;
  };

  return {
    get ended() {
      return ended;
    },
    load(code, file) {
      return new Promise((resolve) => {
        if (ended !== null) return resolve({ ok: false, error: ended });
        loading = resolve;
        line.send({ kind: 'load', code, file });
      });
    },
    call(call) {
      return new Promise((resolve) => {
        if (ended !== null) return resolve({ ok: false, error: ended });
        calls += 1;
        const number = calls;
        const stop = (): void => line.send({ kind: 'stop', call: number });
        open.set(number, {
          call,
          asked: new Set(),
          end(end) {
            call.signal.removeEventListener('abort', stop);
            resolve(end);
          },
        });
        call.signal.addEventListener('abort', stop, { once: true });
        line.send({ kind: 'call', call: number, step: call.step, input: call.input, config: call.config });
      });
    },
  };
}
