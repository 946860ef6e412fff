/** Proves a workflow: with the fakes of its tests, or made-up ones, it comes to the same end wherever a process is killed. Starts none of the steps. */
import { existsSync } from 'node:fs';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import { checkInputs, type GivenInput } from '../../core/plan/inputs.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { AttemptWork } from '../../core/run/effect.ts';
import type { Path, Recorded } from '../../core/run/event.ts';
import type { WorkflowTest } from '../../lang/workflow-test/read-tests.ts';
import type { KillPoint } from '../../sim/kill-points.ts';
import { type Effort, type Proof, prove, proveAt, type Subject } from '../../sim/prove.ts';
import type { Script } from '../../sim/simulate.ts';
import type { LoadedPlan } from '../load.ts';
import type { Project } from '../project.ts';
import { firstFault } from '../wire.ts';
import { slashed } from '../workspace.ts';
import { madeUpFakes } from './made-up-fakes.ts';
import { type Repeat, repeatsOf } from './repeats.ts';
import { sampleOf } from './sample.ts';
import { type Fakes, scriptOf } from './test-script.ts';
import { readTestFile } from './test-workflows.ts';

export type { Difference, Failure } from '../../sim/prove.ts';

export interface ProveOptions extends Effort {
  /** Stronger than the inputs of tests. */
  readonly given: ReadonlyMap<string, GivenInput>;
  /** Only tests with this in their name. */
  readonly only?: string;
  /** Only this kill point. */
  readonly at?: KillPoint;
  /** How long a run lies there before another process goes on; ms. */
  readonly downMs: number;
}

/** One world in which the workflow was tried. */
export interface ProvedCase {
  /** The test whose fakes they are; null: made up. */
  readonly test: string | null;
  readonly inputs: JsonObject;
  /** Names of inputs that nobody gave. */
  readonly madeUp: readonly string[];
  readonly proof: Proof;
}

export interface ProvedWorkflow {
  /** The file of the fakes, as the user would name it; null: they are made up. */
  readonly tests: string | null;
  readonly cases: readonly ProvedCase[];
  readonly repeats: readonly Repeat[];
}

/** `file` is the workflow's; absolute. */
export async function proveWorkflow(
  project: Project,
  file: string,
  { plan, hash }: LoadedPlan,
  options: ProveOptions,
): Promise<Result<ProvedWorkflow>> {
  const found = await worldsOf(project, file, plan, options);
  if (!found.ok) return found;
  const cases: ProvedCase[] = [];
  const repeats = new Map<Path, Repeat>();
  for (const { test, fakes, given, madeUp } of found.value.worlds) {
    const inputs = checkInputs(plan.inputs, new Map([...given, ...options.given]));
    if (!inputs.ok) return inputs;
    const works = new Map<Path, AttemptWork>();
    const subject: Subject = {
      plan,
      hash,
      inputs: inputs.value,
      surroundings: { validate: firstFault },
      downMs: options.downMs,
      // What is in doubt after a kill has not happened, so that the fakes say what it gives.
      script: (before) => ({ ...noting(scriptOf(fakes, before).script, before, works), assume: () => 'retry' }),
    };
    const proof = options.at === undefined ? prove(subject, options) : proveAt(subject, options.at);
    if (proof === null) continue;
    if (proof.whole.stopped === 'endless') return { ok: false, diagnostics: [noEnd(test)] };
    cases.push({ test, inputs: inputs.value, madeUp, proof });
    for (const repeat of repeatsOf({ plan, journal: proof.whole.journal, works }))
      if (!repeats.has(repeat.step)) repeats.set(repeat.step, repeat);
  }
  if (cases.length === 0) return { ok: false, diagnostics: [noPoint(options.at ?? [])] };
  return { ok: true, value: { tests: found.value.tests, cases, repeats: [...repeats.values()] } };
}

/** A script that notes what the steps of an undisturbed run are asked to do. */
function noting(script: Script, before: readonly Recorded[], works: Map<Path, AttemptWork>): Script {
  if (before.length > 0) return script;
  return {
    ...script,
    attempt(work) {
      works.set(work.node, work);
      return script.attempt(work);
    },
  };
}

interface World extends Pick<ProvedCase, 'test' | 'madeUp'> {
  readonly fakes: Fakes;
  readonly given: ReadonlyMap<string, GivenInput>;
}

async function worldsOf(
  project: Project,
  file: string,
  plan: Plan,
  { given, only }: ProveOptions,
): Promise<Result<{ readonly tests: string | null; readonly worlds: readonly World[] }>> {
  const path = file.replace(/(?:\.(ya?ml|md))$/, (ending) => `.test${ending === '.yml' ? '.yml' : '.yaml'}`);
  if (!existsSync(path)) {
    if (only !== undefined) return { ok: false, diagnostics: [noTest(only)] };
    const needed = Object.entries(plan.inputs).filter(([name, { required }]) => required && !given.has(name));
    const filled = needed.map(
      ([name, { schema }]) => [name, { value: sampleOf(schema), form: 'value', origin: 'made up' }] as const,
    );
    const world = {
      test: null,
      fakes: madeUpFakes(plan),
      given: new Map(filled),
      madeUp: needed.map(([name]) => name),
    };
    return { ok: true, value: { tests: null, worlds: [world] } };
  }
  const tests = slashed(project.cwd, path);
  const read = await readTestFile(path, tests);
  if (read.value === null) return { ok: false, diagnostics: read.diagnostics };
  const chosen = read.value.tests.filter(({ name }) => only === undefined || name.includes(only));
  if (chosen.length === 0) return { ok: false, diagnostics: [noTest(only ?? '')] };
  return { ok: true, value: { tests, worlds: chosen.map(worldOf) } };
}

function worldOf(test: WorkflowTest): World {
  const given = Object.entries(test.inputs).map(
    ([name, value]) => [name, { value, form: 'value', origin: `test "${test.name}"` }] as const,
  );
  return { test: test.name, fakes: test, given: new Map(given), madeUp: [] };
}

function noTest(only: string): Diagnostic {
  return problem('TEST_NOT_FOUND', `No test has "${only}" in its name.`);
}

function noEnd(test: string | null): Diagnostic {
  return problem('TEST_NO_END', `The run${test === null ? '' : ` of test "${test}"`} goes on without an end.`, {
    hint: test === null ? 'Give its steps fakes, in `NAME.test.yaml`.' : 'Give its steps other fakes.',
  });
}

function noPoint(at: KillPoint): Diagnostic {
  return problem('CLI_USAGE', `No process can be killed after record ${at.join(', and another after record ')}.`, {
    hint: '--at takes the numbers that `giga prove` shows: of a record that is written, and is not the last.',
  });
}
