/** Runs the tests of a file: each in memory, with fakes, in virtual time. Starts none of the steps; knows no terminal. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Diagnostic, hasErrors, problem, type Span } from '../../core/diagnostic/diagnostic.ts';
import { nearest } from '../../core/nearest.ts';
import { checkInputs } from '../../core/plan/inputs.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { barePath, planPaths, staticPath } from '../../core/run/plan-paths.ts';
import { loadDocument } from '../../lang/read/load-document.ts';
import { readTests, type TestFile, type WorkflowTest } from '../../lang/workflow-test/read-tests.ts';
import { simulate } from '../../sim/simulate.ts';
import { loadWorkflow } from '../load.ts';
import type { Project } from '../project.ts';
import { firstFault } from '../wire.ts';
import { slashed } from '../workspace.ts';
import { type Coverage, coverageOf, newCoverage, observeCoverage } from './branch-coverage.ts';
import { tellRun } from './run-history.ts';
import { checkExpectations } from './test-expectations.ts';
import { scriptOf } from './test-script.ts';

export interface TestResult {
  readonly name: string;
  readonly at: Span;
  /** What is not as expected, or why the test could not be run; empty when it passed. */
  readonly problems: readonly Diagnostic[];
  /** Of the run, in virtual time; ms. */
  readonly durationMs: number;
}

export interface TestedFile {
  /** As the user would name it. */
  readonly file: string;
  /** The workflow, as the user would name it; null when it is not known. */
  readonly workflow: string | null;
  readonly results: readonly TestResult[];
  /** Problems of the file or of its workflow: then there are no results. */
  readonly diagnostics: readonly Diagnostic[];
  readonly coverage: Coverage | null;
  /** Files that the tests rest on, absolute, and when each had changed before it was read: ms, 0 for one that is not there. */
  readonly read: readonly (readonly [file: string, changedAt: number])[];
}

/** `file` is absolute; `only` is a part of a test's name. */
export async function testFile(project: Project, file: string, only: string | undefined): Promise<TestedFile> {
  const name = slashed(project.cwd, file);
  const none = { file: name, workflow: null, results: [], coverage: null, read: [[file, changedAt(file)]] as const };
  const read = await readTestFile(file, name);
  if (read.value === null) return { ...none, diagnostics: read.diagnostics };
  const path = resolve(dirname(file), read.value.workflow ?? besideOf(file));
  const ofWorkflow = [path, changedAt(path)] as const;
  const loaded = await loadWorkflow(project, path);
  const others = (loaded.value?.others ?? []).map((other) => [other, changedAt(other)] as const);
  const files = { ...none, workflow: slashed(project.cwd, path), read: [...none.read, ofWorkflow, ...others] };
  const diagnostics = [...read.diagnostics, ...loaded.diagnostics.filter(({ severity }) => severity === 'error')];
  if (loaded.value === null) return { ...files, diagnostics };
  const { plan, hash } = loaded.value;
  const unknown = read.value.tests.flatMap((test) => unknownSteps(plan, test));
  if (unknown.length > 0) return { ...files, diagnostics: [...diagnostics, ...unknown] };
  const coverage = newCoverage(plan);
  const tests = read.value.tests.filter((test) => only === undefined || test.name.includes(only));
  const results = tests.map((test) => runTest(plan, hash, test, coverage));
  return { ...files, results, diagnostics, coverage: coverageOf(coverage) };
}

/** When a file was last changed. */
export function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

export async function readTestFile(
  file: string,
  name: string,
): Promise<{ readonly value: TestFile | null; readonly diagnostics: readonly Diagnostic[] }> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { value: null, diagnostics: [problem('TEST_NOT_FOUND', `There is no file "${name}".`)] };
  }
  const document = await loadDocument(text, name);
  if (document.value === null || hasErrors(document.diagnostics))
    return { value: null, diagnostics: document.diagnostics };
  return readTests(document.value);
}

/** `release.yaml` for `release.test.yaml`. */
function besideOf(file: string): string {
  return file.replace(/\.test(\.ya?ml)$/, '$1');
}

/** Paths of fakes and expectations that no step of the plan can have. */
function unknownSteps(plan: Plan, { fakes, answers, expectations }: WorkflowTest): readonly Diagnostic[] {
  const known = new Set([...planPaths(plan).keys()].flatMap((path) => [path, barePath(path)]));
  const named = [
    ...[...fakes, ...(answers ?? [])].map(([path, { at }]) => ({ path, at })),
    ...expectations.flatMap((one) =>
      one.kind === 'order' ? one.paths.map((path) => ({ path, at: one.at })) : 'path' in one ? [one] : [],
    ),
  ];
  const unknown = named.filter(({ path }) => path !== '*' && !known.has(path) && !known.has(staticPath(path)));
  return unknown.map(({ path, at }) => {
    const similar = nearest(path, known);
    const hint = similar === null ? {} : { hint: `a step with a similar path exists: \`${similar}\`` };
    return problem('TEST_UNKNOWN_STEP', `The workflow has no step \`${path}\`.`, { at, ...hint });
  });
}

function runTest(
  plan: Plan,
  hash: string,
  test: WorkflowTest,
  coverage: Parameters<typeof observeCoverage>[0],
): TestResult {
  const given = Object.entries(test.inputs).map(
    ([name, value]) => [name, { value, form: 'value', origin: `test "${test.name}"` }] as const,
  );
  const inputs = checkInputs(plan.inputs, new Map(given));
  const about = { name: test.name, at: test.at };
  if (!inputs.ok)
    return { ...about, durationMs: 0, problems: inputs.diagnostics.map((one) => ({ ...one, at: test.at })) };
  const { script, asked } = scriptOf(test);
  const { journal, stopped, refused } = simulate({
    plan,
    hash,
    inputs: inputs.value,
    script,
    surroundings: { validate: firstFault },
  });
  observeCoverage(coverage, journal);
  const story = tellRun(journal);
  if (story === null) throw new Error('Bug: a run without a beginning');
  const durationMs = story.lastAt - story.startedAt;
  const unanswered = refused.map((one) => ({ ...one, at: test.at }));
  if (stopped === 'endless' || (stopped === 'waiting' && !isToWait(test)))
    return { ...about, durationMs, problems: [...unanswered, noEnd(test, stopped)] };
  return { ...about, durationMs, problems: [...unanswered, ...checkExpectations(test.expectations, story, asked)] };
}

function isToWait({ expectations }: WorkflowTest): boolean {
  return expectations.some((one) => one.kind === 'verdict' && one.value === 'waiting');
}

function noEnd({ name, at }: WorkflowTest, stopped: 'waiting' | 'endless'): Diagnostic {
  const why = stopped === 'waiting' ? 'still waits when nothing more can happen' : 'goes on without an end';
  return problem('TEST_NO_END', `The run of test "${name}" ${why}.`, { at });
}
