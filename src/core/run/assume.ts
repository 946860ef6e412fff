/** What people say of effects that are in doubt: granted, kept until a step asks, and gone with the writer. Knows no steps that ask. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { isGuarded, type Plan } from '../plan/plan.ts';
import type { Path, RunEvent } from './event.ts';
import { nodesAt } from './plan-paths.ts';
import { type Run, touch } from './run.ts';

/** Someone knows that the effect of a step has happened (`done`), or wants it to be done again. */
export interface AssumeCommand {
  readonly kind: 'assume';
  readonly node: Path;
  readonly how: 'done' | 'retry';
  readonly by: string;
}

/** Why nothing can be assumed of a step of a plan; null when it can. */
export function assumeProblem(whole: Plan, { node, how }: Pick<AssumeCommand, 'node' | 'how'>): Diagnostic | null {
  if (how !== 'done' && how !== 'retry')
    return problem('RUN_ASSUME', `\`${String(how)}\` cannot be assumed of a step: it is \`done\` or \`retry\`.`);
  const steps = nodesAt(whole, node);
  if (steps.length === 0) return problem('RUN_UNKNOWN_STEP', `There is no step \`${node}\`.`);
  if (steps.some(isGuarded)) return null;
  return problem('RUN_ASSUME', `Step \`${node}\` is never in doubt: it may simply run again.`, {
    hint: 'Only a step with `idempotent: false` is asked about.',
  });
}

export function assumed({ node, how, by }: AssumeCommand): RunEvent {
  return { type: 'command.received', command: 'assume', by, accepted: true, data: { node, how } };
}

/** Keeps it, and asks the step that waits for it. */
export function receiveAssumption(run: Run, event: Extract<RunEvent, { readonly type: 'command.received' }>): void {
  if (event.command !== 'assume' || !event.accepted) return;
  const { node, how } = event.data as unknown as Pick<AssumeCommand, 'node' | 'how'>; // as `assumed` wrote it
  run.assumed.set(node, { how, by: event.by });
  const waiting = run.byPath.get(node);
  if (waiting !== undefined) touch(run, waiting);
}
