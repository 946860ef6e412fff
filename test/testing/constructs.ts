/** Names what a plan holds and what became of a run, so that a table can say that all of it occurs. Knows no rules. */
import { isJsonObject, type Json } from '../../src/core/json.ts';
import { type Plan, type PlanNode, partsOf } from '../../src/core/plan/plan.ts';
import type { Recorded } from '../../src/core/run/event.ts';

/** Keys that stand in every plan, or say nothing. */
const USUAL: readonly string[] = ['id', 'kind', 'at', 'digest', 'bodies', 'needs', 'hooks', 'name'];

/** `race`, `action service`, `join any-succeeded`, `each.max`, `retry.on.errors` … */
export function constructsIn(plan: Plan): ReadonlySet<string> {
  const found = new Set<string>(Object.keys(plan).map((key) => `plan.${key}`));
  const walk = (node: PlanNode): void => {
    found.add(node.kind === 'action' ? `action ${node.action}` : node.kind);
    if (node.join) found.add(`join ${node.join}`);
    for (const [key, value] of Object.entries(node)) if (!USUAL.includes(key)) name(found, key, value as Json); // a Plan is plain JSON
    for (const [slot, { nodes }] of partsOf(node)) {
      if (slot < 0) found.add(`hook ${slot}`);
      nodes.forEach(walk);
    }
  };
  walk(plan.root);
  return found;
}

/** Objects of the plan itself are gone into; expressions and templates are not. */
function name(found: Set<string>, path: string, value: Json): void {
  found.add(path);
  if (typeof value === 'string' && /\.(?:kind|backoff|of)$/.test(path)) found.add(`${path} ${value}`);
  if (path === 'onReject') found.add(isJsonObject(value) ? 'onReject rework' : 'onReject skip');
  const inner = path === 'ensures' || path === 'files' ? value : isJsonObject(value) ? [value] : [];
  for (const one of Array.isArray(inner) ? inner : []) {
    if (!isJsonObject(one) || 'expr' in one || /\.(?:with|items|value)$/.test(path)) continue;
    for (const [key, part] of Object.entries(one)) name(found, `${path}.${key}`, part);
  }
}

/** `settled failed rejected`, `run succeeded`, `attempt timed-out`, `race.won` … */
export function outcomesIn(journal: readonly Recorded[]): ReadonlySet<string> {
  return new Set(
    journal.map((record) => {
      if (record.type === 'step.settled') return `settled ${record.result} ${record.cause.kind}`;
      if (record.type === 'run.finished') return `run ${record.verdict}`;
      if (record.type === 'cancel.requested') return `cancel ${record.cause}`;
      return record.type === 'attempt.ended' ? `attempt ${record.outcome}` : record.type;
    }),
  );
}
