/** The work of one attempt, as its performer gets it. Knows no performer. */
import { type ActionNode, DEFAULT_GRACE_MS } from '../plan/plan.ts';
import type { AttemptWork } from './effect.ts';
import type { Node } from './node.ts';
import { resolve } from './resolve.ts';
import type { Run } from './run.ts';
import { limitsOf } from './time-limits.ts';

/** A rewind raises it; retries, crashes and resumes do not. */
const GENERATION = 1;

export function attemptWork(run: Run, node: Node, op: number): AttemptWork {
  const plan = node.plan as ActionNode; // only actions have attempts
  const resolved = resolve(run, node);
  if (resolved.kind !== 'value') throw new Error(`Bug: \`${node.path}\` started without a request`);
  const { request, env, artifacts } = resolved.value;
  return {
    kind: 'attempt',
    node: node.path,
    op,
    attempt: node.attempts,
    action: plan.action,
    request,
    env,
    secrets: plan.secrets ?? [],
    clearEnv: plan.clearEnv === true,
    ...(artifacts && { artifacts }),
    ...limitsOf(run, node, plan),
    graceMs: plan.graceMs ?? DEFAULT_GRACE_MS,
    stepKey: `${run.id}/${node.path}/${GENERATION}`,
  };
}
