/** Random documents, from their text to their end: what the compiler and the core make of them is what the text says. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { isJsonObject } from '../../../src/core/json.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import type { Work } from '../../../src/core/run/effect.ts';
import { type Reply, World } from '../../core/run/world.ts';
import { compileFiles, problemsOf } from './compile.ts';
import { endOf } from './naive-workflow.ts';
import { WORKFLOWS, type Workflow, written } from './random-documents.ts';

const RUNS = Number(process.env.GIGA_RUNS ?? 400);

test('a random workflow ends as its text says', () => {
  fc.assert(
    fc.property(WORKFLOWS, (workflow) => {
      const world = new World(planIn(workflow), { reply }).go();
      const { verdict, results } = endOf(workflow);
      expect(world.finished?.verdict).toBe(verdict);
      const found = new Map([...results.keys()].map((path) => [path, world.result(path)]));
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(results));
    }),
    { numRuns: RUNS },
  );
});

function planIn(workflow: Workflow): Plan {
  const children = [...workflow.children].map(([file, child]) => [file, textOf(child)] as const);
  const { plan, diagnostics } = compileFiles({ ...Object.fromEntries(children), 'main.yaml': textOf(workflow) });
  expect(problemsOf(diagnostics.filter(({ severity }) => severity === 'error'))).toEqual([]);
  return plan as Plan; // there is one when there is no error
}

function textOf({ steps, isList, onSuccess, onFailure, finally: last }: Workflow): string {
  return stringify({
    inputs: { n: { type: 'integer', default: 0 } },
    steps: written(steps, isList),
    outputs: { v: '${{ inputs.n }}' },
    ...(onSuccess.length > 0 && { 'on-success': written(onSuccess, true) }),
    ...(onFailure.length > 0 && { 'on-failure': written(onFailure, true) }),
    ...(last.length > 0 && { finally: written(last, true) }),
  });
}

/** Does what a script says; values stand beside it, never in it. */
function reply({ request, attempt }: Extract<Work, { kind: 'attempt' }>): Reply {
  if (!isJsonObject(request) || typeof request.script !== 'string') throw new Error('not a script');
  const [does = '', word = '0'] = request.script.split(' ');
  const values = isJsonObject(request.values) ? Object.values(request.values) : [];
  const value = String(values[0] ?? word);
  const exitCode = does === 'bad' ? Number(value) : 9;
  const failed = does === 'bad' || (does === 'flaky' && attempt <= Number(value)) || (does === 'item' && value === 'b');
  if (!failed) return { outputs: { v: does === 'flaky' || does === 'item' ? 0 : Number(value) } };
  return { outcome: 'failed', error: { code: 'STEP_FAILED', severity: 'error', message: 'no', exitCode } };
}
