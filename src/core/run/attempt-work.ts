/** The work of one attempt or probe, as its performer gets it. Knows no performer. */
import { type ActionNode, DEFAULT_GRACE_MS, isGuarded, type Manner } from '../plan/plan.ts';
import type { AttemptWork, CheckWork } from './effect.ts';
import type { Node } from './node.ts';
import { probeOf, resolve } from './resolve.ts';
import { generationOf } from './rework-cause.ts';
import type { Run } from './run.ts';
import { limitsOf } from './time-limits.ts';

/** A probe that says nothing for so long does not hold. */
const PROBE_TIMEOUT_MS = 60_000;

export function attemptWork(run: Run, node: Node, op: number): AttemptWork {
  const plan = node.plan as ActionNode; // only actions have attempts
  return {
    kind: 'attempt',
    attempt: node.attempts,
    action: plan.action,
    ...workOf(run, node, op, plan),
    ...limitsOf(run, node, plan),
    ...(node.news !== null && { news: node.news }),
    ...((plan.once !== undefined || isGuarded(plan)) && { guarded: true as const }),
  };
}

/** Its log is that of the last one: all are the first attempt. */
export function checkWork(run: Run, node: Node, op: number): CheckWork {
  const { action } = probeOf(node.plan);
  const manner = node.plan as Manner; // what waits has one
  return { kind: 'check', attempt: 1, action, ...workOf(run, node, op, manner), timeoutMs: PROBE_TIMEOUT_MS };
}

function workOf(run: Run, node: Node, op: number, { graceMs, secrets = [], clearEnv }: Manner) {
  const resolved = resolve(run, node);
  if (resolved.kind !== 'value') throw new Error(`Bug: \`${node.path}\` started without a request`);
  const { request, env, artifacts } = resolved.value;
  return {
    node: node.path,
    op,
    request,
    env,
    secrets,
    clearEnv: clearEnv !== undefined,
    ...(artifacts && { artifacts }),
    graceMs: graceMs ?? DEFAULT_GRACE_MS,
    stepKey: `${run.id}/${node.path}/${generationOf(run, node)}`,
  };
}
