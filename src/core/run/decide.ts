/** Grants or refuses what someone asks of a run. Knows no engine and changes nothing. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { JsonObject } from '../json.ts';
import { nearest } from '../nearest.ts';
import { type Answer, judge } from './answer.ts';
import { type AssumeCommand, assumed, assumeProblem } from './assume.ts';
import { budgetRaised, type RaiseCommand, raiseProblem } from './budget.ts';
import type { CancelCause, Path, RunEvent } from './event.ts';
import { barePath, planPaths, staticPath } from './plan-paths.ts';
import { planOf, type Run } from './run.ts';
import { noRoom, received, type SignalCommand, signalProblem } from './signals.ts';

export type Command =
  | Answer
  | {
      readonly kind: 'start';
      readonly run: string;
      readonly plan: string;
      readonly inputs: JsonObject;
      readonly trigger: string;
      readonly workflow: { readonly name: string; readonly file: string };
    }
  | { readonly kind: 'pause'; readonly cause: 'signal' | 'user' | 'error'; readonly signal?: string }
  /** Goes on; under another plan, or with a choice of steps, as a fresh fold that keeps what still holds. */
  | {
      readonly kind: 'resume';
      readonly plan?: string;
      readonly rerun?: readonly Path[];
      readonly downstream?: boolean;
      readonly only?: readonly Path[];
      readonly strict?: boolean;
    }
  /** `''` is the run. A second cancel of the same node also ends its `finally`. */
  /** An event for the steps that wait for one of its name. */
  | SignalCommand
  | AssumeCommand
  | RaiseCommand
  | { readonly kind: 'cancel'; readonly node: Path; readonly cause?: CancelCause; readonly by?: string };

export type Decision =
  | { readonly ok: true; readonly events: readonly RunEvent[] }
  /** `events`: what is written down of it all the same. */
  | { readonly ok: false; readonly diagnostic: Diagnostic; readonly events?: readonly RunEvent[] };

/** The events that a command comes to, to be appended at once; or why it is refused. Commands may come from outside, as whatever JSON. */
export function decide(run: Run, command: Command): Decision {
  switch (command.kind) {
    case 'start':
      return run.status === 'new' ? grant(created(command)) : refuse('RUN_GOES_ON', 'The run was started before.');
    case 'pause':
      return pause(run, command);
    case 'resume':
      return resume(run, command);
    case 'cancel':
      return cancel(run, command);
    case 'signal':
      return signal(run, command);
    case 'assume':
      return assume(run, command);
    case 'raise-budget':
      return raise(run, command);
    case 'answer':
      return run.status === 'running' ? judge(run, command) : refuseOver();
    default:
      return refuse('RUN_UNKNOWN_COMMAND', 'What the run was sent is not a command that this giga knows.');
  }
}

function created(command: Extract<Command, { readonly kind: 'start' }>): RunEvent {
  const { run, plan, inputs, trigger, workflow } = command;
  return { type: 'run.created', run, plan, inputs, trigger, workflow };
}

function pause(run: Run, command: Extract<Command, { readonly kind: 'pause' }>): Decision {
  if (run.status !== 'running') return refuseOver();
  if (run.paused) return grant();
  return grant({
    type: 'run.paused',
    cause: command.cause,
    ...(command.signal !== undefined && { signal: command.signal }),
  });
}

function resume(run: Run, command: Extract<Command, { readonly kind: 'resume' }>): Decision {
  if (run.status === 'new') return refuse('RUN_UNKNOWN_COMMAND', 'The run was never started.');
  const plan = command.plan ?? run.planHash;
  const chooses = command.rerun !== undefined || command.only !== undefined;
  const isBad = run.verdict === 'failed' || run.verdict === 'cancelled';
  if (run.status === 'running' && plan === run.planHash && !chooses)
    return run.paused ? grant({ type: 'run.resumed' }) : grant();
  const leftOut = run.selection !== null && run.selection.only !== null;
  if (run.status === 'finished' && plan === run.planHash && !chooses && !isBad && !leftOut) {
    return refuse(
      'RUN_NOTHING_TO_RESUME',
      `The run ended with the verdict \`${run.verdict}\`, and nothing changed since.`,
    );
  }
  if (run.memory === null) return refuse('RUN_GOES_ON', 'The run goes on, and takes no other plan while it does.');
  const unknown = unknownStep(run, plan, [...(command.rerun ?? []), ...(command.only ?? [])]);
  if (unknown !== null) return unknown;
  const { rerun, downstream, only, strict } = command;
  return grant({
    type: 'run.replanned',
    plan,
    ...(rerun && { rerun }),
    ...(downstream !== undefined && { downstream }),
    ...(only && { only }),
    ...(strict && { strict }),
  });
}

function unknownStep(run: Run, hash: string, named: readonly Path[]): Decision | null {
  const { plans } = run.surroundings;
  const plan = typeof plans === 'function' ? plans(hash) : plans.get(hash);
  if (plan === undefined) return refuse('RUN_UNKNOWN_COMMAND', 'The plan to go on with is not at hand.');
  if (named.length === 0) return null;
  const paths = planPaths(plan);
  const bare = new Set([...paths.keys()].map(barePath));
  const unknown = named.find((path) => !paths.has(staticPath(path)) && !bare.has(path));
  return unknown === undefined ? null : refuseStep(unknown, [...bare]);
}

function cancel(run: Run, command: Extract<Command, { readonly kind: 'cancel' }>): Decision {
  if (run.status !== 'running') return refuseOver();
  const node = run.byPath.get(command.node);
  if (node === undefined)
    return refuseStep(
      command.node,
      [...run.byPath.keys()].filter((path) => path !== ''),
    );
  if (node.state === 'settled') return refuse('RUN_OVER', `Step \`${node.path}\` has ended: ${node.result}.`);
  const by = command.by === undefined ? {} : { by: command.by };
  return grant({ type: 'cancel.requested', node: node.path, cause: command.cause ?? 'user', ...by });
}

function signal(run: Run, command: SignalCommand): Decision {
  if (run.status !== 'running') return refuseOver();
  const wrong = signalProblem(command);
  if (wrong !== null) return { ok: false, diagnostic: wrong };
  const full = noRoom(run, command.name);
  if (full !== null) return { ok: false, diagnostic: full, events: [received(command, full)] };
  return grant(received(command, null));
}

function assume(run: Run, command: AssumeCommand): Decision {
  if (run.status === 'new') return refuseOver();
  const wrong = assumeProblem(planOf(run), command);
  return wrong === null ? grant(assumed(command)) : { ok: false, diagnostic: wrong };
}

function raise(run: Run, command: RaiseCommand): Decision {
  if (run.status === 'new') return refuseOver();
  const wrong = raiseProblem(planOf(run), run.raised, command);
  return wrong === null ? grant(budgetRaised(command)) : { ok: false, diagnostic: wrong };
}

function refuseStep(path: Path, known: readonly Path[]): Decision {
  const similar = nearest(path, known);
  const hint = similar === null ? {} : { hint: `A step with a similar path exists: \`${similar}\`.` };
  return refuse('RUN_UNKNOWN_STEP', `There is no step \`${path}\`.`, hint);
}

function refuseOver(): Decision {
  return refuse('RUN_OVER', 'The run is not under way.');
}

function grant(...events: readonly RunEvent[]): Decision {
  return { ok: true, events };
}

function refuse(code: Diagnostic['code'], message: string, more: { readonly hint?: string } = {}): Decision {
  return { ok: false, diagnostic: problem(code, message, more) };
}
