/**
 * Step types that do as a script says, in virtual time: they take as long as it says, stop when they are told to, and may be late
 * or say things twice. Knows no engine.
 */
import type { JsonObject } from '../core/json.ts';
import type { StepAnswer, StepContext, StepType } from '../core/ports.ts';
import type { AttemptWork, CheckWork, EnsureWork } from '../core/run/effect.ts';
import type { CheckEnded } from '../core/run/event.ts';
import type { Script, ScriptedEnd } from '../sim/simulate.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

export interface StepScript {
  readonly script: Pick<Script, 'attempt' | 'ensure' | 'verify'>;
  readonly time: VirtualTime;
  /** The process in which they run. */
  readonly owner: Owner;
  /** Asked when an attempt begins. */
  readonly began?: (work: AttemptWork, signal: AbortSignal) => void;
  /** What it answers. */
  readonly ended?: (work: AttemptWork, answer: StepAnswer) => void;
  /** How long something goes on that was told to stop, in ms. Without it: not at all. */
  readonly lateMs?: () => number;
  /** Whether something is said twice where the contract of step types does not forbid it. */
  readonly twice?: () => boolean;
}

/** The names of the step types of giga. */
const NAMES = ['run', 'http', 'mcp', 'uses', 'service', 'write'];

/** All step types that giga has; others by name. */
export function scriptedSteps(parts: StepScript, names: readonly string[] = NAMES): ReadonlyMap<string, StepType> {
  return new Map(names.map((name) => [name, { name, perform: (_request, context) => perform(parts, context) }]));
}

function perform(parts: StepScript, context: StepContext): Promise<StepAnswer> {
  const { work } = context;
  parts.began?.(work, context.signal);
  const { takesMs, ...said } = endOf(parts.script, work);
  const isServer = work.action === 'service' && said.outcome === 'succeeded' && !isProbe(work);
  return new Promise((resolve) => {
    const { time, owner, lateMs = () => 0, twice = () => false } = parts;
    let takeBack = (): void => {};
    const end = (answer: StepAnswer): void => {
      context.signal.removeEventListener('abort', stop);
      parts.ended?.(work, answer);
      resolve(answer);
      if (twice()) sayMore(context, isServer ? (said.outputs ?? {}) : null);
    };
    const stop = (): void => {
      takeBack();
      const answer: StepAnswer = wasReleased(context) ? { outcome: 'succeeded' } : { outcome: 'cancelled' };
      takeBack = time.after(owner, lateMs(), () => end(answer), 'world');
    };
    if (context.signal.aborted) return stop();
    context.signal.addEventListener('abort', stop, { once: true });
    if (isServer) serve(context, said.outputs ?? {}, twice());
    else takeBack = time.after(owner, takesMs, () => end(said), 'world');
    if (work.idleTimeoutMs !== undefined) giveSigns(parts, context, takesMs);
    return undefined;
  });
}

function wasReleased({ signal }: StepContext): boolean {
  return signal.reason === 'released';
}

function serve(context: StepContext, outputs: JsonObject, twice: boolean): void {
  context.serve?.(outputs);
  if (twice) context.serve?.(outputs);
}

/** News that come when it has ended: nobody may mind them. */
function sayMore(context: StepContext, serving: JsonObject | null): void {
  context.progress('late');
  context.alive?.();
  if (serving !== null) context.serve?.(serving);
}

/** Probes are attempts beside a step; their path says what they are about. */
const BESIDE = /^(.*)\/~(ensures|verify)$/;

export function isProbe({ node }: AttemptWork): boolean {
  return BESIDE.test(node);
}

function endOf(script: StepScript['script'], work: AttemptWork): ScriptedEnd {
  const [, node = '', about] = BESIDE.exec(work.node) ?? [];
  if (about === undefined) return script.attempt(work);
  const said = about === 'verify' ? askVerify(script, { ...work, node }) : askEnsured(script, work, node);
  const { holds, error, outputs = { 'exit-code': holds ? 0 : 1 } } = said;
  return { outcome: holds ? 'succeeded' : 'failed', outputs, takesMs: 0, ...(error && { error }) };
}

type Look = Pick<CheckEnded, 'holds' | 'outputs' | 'error'>;

function askVerify(script: StepScript['script'], work: AttemptWork): Look {
  const check: CheckWork = { ...work, kind: 'check', about: 'verify' };
  return script.verify?.(check) ?? { holds: false };
}

function askEnsured(script: StepScript['script'], work: AttemptWork, node: string): Look {
  return script.ensure?.(ensureWork(work, node)) ?? { holds: true };
}

/** What a look asks of a script; it is answered for all that is ensured at once. */
export function ensureWork(
  { op, env, stepKey }: Pick<AttemptWork, 'op' | 'env' | 'stepKey'>,
  node: string,
): EnsureWork {
  return { kind: 'ensure', node, op, env, stepKey, asked: [] };
}

/** There is output now and then, so that nobody takes it for dead. */
function giveSigns({ time, owner }: StepScript, context: StepContext, takesMs: number): void {
  const everyMs = Math.max(1, Math.ceil((context.work.idleTimeoutMs ?? 0) / 2));
  const next = (atMs: number): void => {
    if (atMs >= takesMs || context.signal.aborted) return;
    const sign = (): void => {
      context.alive?.();
      next(atMs + everyMs);
    };
    time.after(owner, everyMs, sign, 'world');
  };
  next(everyMs);
}
