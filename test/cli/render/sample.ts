/** A small plan and a journal for it, for tests of what people see. */
import type { Diagnostic } from '../../../src/core/diagnostic/diagnostic.ts';
import type { ActionNode, CompositeNode, Plan, PlanNode } from '../../../src/core/plan/plan.ts';
import type { AttemptEnded, Cause, Recorded, RunEvent, StepResult } from '../../../src/core/run/event.ts';

export function action(id: string, more: Partial<ActionNode> = {}): ActionNode {
  const line = 10 + id.length;
  return {
    kind: 'action',
    action: 'run',
    id,
    with: { kind: 'literal', value: {} },
    needs: [],
    at: { line, column: 3 },
    digest: '',
    ...more,
  };
}

export function group(id: string, nodes: readonly PlanNode[], more: Partial<CompositeNode> = {}): CompositeNode {
  return { kind: 'group', id, needs: [], at: { line: 1, column: 1 }, digest: '', bodies: [{ nodes }], ...more };
}

export function planOf(nodes: readonly PlanNode[], more: Partial<Plan> = {}): Plan {
  const root: CompositeNode = {
    kind: 'try',
    id: '',
    needs: [],
    at: { line: 1, column: 1 },
    digest: '',
    rethrow: true,
    bodies: [{ nodes }, null, null],
  };
  return {
    v: 1,
    name: 'Release',
    file: 'workflows/release.yaml',
    inputs: {},
    secrets: [],
    env: {},
    vars: {},
    concurrency: 8,
    root,
    outputs: {},
    ...more,
  };
}

/** Numbers events as a journal does; `at` goes on by a second each. */
export function recordsOf(events: readonly RunEvent[]): Recorded[] {
  return events.map((event, seq) => ({
    ...event,
    seq,
    epoch: 1,
    at: Date.UTC(2026, 2, 9, 12, 0, seq),
    durableUpTo: seq - 1,
  }));
}

export const CREATED: RunEvent = {
  type: 'run.created',
  run: '7f3c',
  plan: 'p1',
  inputs: { n: 2 },
  trigger: 'cli',
  workflow: { name: 'Release', file: 'workflows/release.yaml' },
};
export const OPENED: RunEvent = { type: 'run.opened', host: 'h', giga: '1', pid: 1 };

export function started(node: string, op: number, attempt = 1, parts?: Readonly<Record<string, string>>): RunEvent {
  return { type: 'attempt.started', node, op, attempt, fingerprint: `f${op}`, ...(parts ? { parts } : {}) };
}

export function ended(node: string, op: number, more: Partial<AttemptEnded> = {}): RunEvent {
  return { type: 'attempt.ended', node, op, outcome: 'succeeded', durationMs: 1234, ...more };
}

export function failed(node: string, op: number, code: number, stderr: string): RunEvent {
  const error: Diagnostic & { exitCode: number } = {
    code: 'STEP_FAILED',
    severity: 'error',
    message: `It ended with exit code ${code}.`,
    exitCode: code,
  };
  return ended(node, op, {
    outcome: 'failed',
    error,
    outputs: { 'exit-code': code, stdout: 'out', stderr },
    log: `/s/.giga/runs/7f3c/logs/${node}-1.out`,
  });
}

export function settled(
  node: string,
  result: StepResult,
  cause: Cause = { kind: 'attempt' },
  error?: Diagnostic,
): RunEvent {
  return { type: 'step.settled', node, result, cause, ...(error ? { error } : {}) };
}
