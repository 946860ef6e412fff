/**
 * Does a workflow for real in a throw-away copy of its workspace, each step that may be cut off twice in a row, and tells what the
 * second time changed. What reaches beyond the copy on its own account (requests that change something, secrets) is not done.
 */
import { join, relative } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { canonical, digest, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { GivenInput } from '../../core/plan/inputs.ts';
import type { Plan, PlanNode } from '../../core/plan/plan.ts';
import type { Mask, StepAnswer, StepContext, StepType } from '../../core/ports.ts';
import type { AttemptWork } from '../../core/run/effect.ts';
import type { Path } from '../../core/run/event.ts';
import { barePath, planPaths, staticPath } from '../../core/run/plan-paths.ts';
import { createClock } from '../../host/clock.ts';
import { createMask, NO_MASK } from '../../host/mask/mask.ts';
import { createFileStore } from '../../host/store/file/file-store.ts';
import { changesBetween, type FileChange, statesIn } from '../../host/workspace/file-states.ts';
import { type ThrowAway, throwAwayCopy, withoutGit } from '../../host/workspace/throw-away.ts';
import type { RunEnd } from '../live-run.ts';
import type { LoadedPlan } from '../load.ts';
import type { Project } from '../project.ts';
import { madeUpFakes } from './made-up-fakes.ts';
import { callsTool, isDeclared, methodOf } from './repeats.ts';
import { readSecrets, startRun } from './run.ts';

export interface RealOptions {
  readonly given: ReadonlyMap<string, GivenInput>;
  /** Steps with secrets are done, too. */
  readonly allowSecrets: boolean;
  /** Aborting it stops what is under way. */
  readonly signal: AbortSignal;
}

/** What became of a step that was done for real. */
export type RealStep = { readonly step: Path; readonly line: number } & (
  | {
      readonly kind: 'repeated';
      readonly changes: readonly FileChange[];
      /** Outputs that differ, `exit-code` among them. */
      readonly outputs: readonly { readonly name: string; readonly first: Json; readonly second: Json }[];
      readonly outcome: StepAnswer['outcome'];
    }
  /** Not done, and its outputs are made up; or not done a second time. */
  | { readonly kind: 'not-done'; readonly why: string }
);

export interface ProvedForReal {
  readonly steps: readonly RealStep[];
  readonly end: RunEnd;
  readonly without: ThrowAway['without'];
}

export async function proveForReal(
  project: Project,
  loaded: LoadedPlan,
  { given, allowSecrets, signal }: RealOptions,
): Promise<Result<ProvedForReal>> {
  const waits = [...planPaths(loaded.plan)].find(([, node]) => node.kind === 'await' && node.what.kind === 'event');
  if (waits !== undefined)
    return { ok: false, diagnostics: [refuse(`\`${waits[0]}\` waits for an event, which nobody would send`)] };
  let copy: ThrowAway;
  try {
    copy = await throwAwayCopy(project.root);
  } catch (error) {
    return { ok: false, diagnostics: [refuse(error instanceof Error ? error.message : String(error))] };
  }
  try {
    const plan: Plan = { ...loaded.plan, concurrency: 1 }; // what a step changes is its own
    const steps: RealStep[] = [];
    const hidden = allowSecrets ? [] : plan.secrets;
    const there = elsewhere(project, copy, hidden);
    const secrets = readSecrets(there, plan);
    if (!secrets.ok) return secrets;
    const mask = secrets.value.size > hidden.length ? createMask(secrets.value.values()) : NO_MASK;
    const through = (types: ReadonlyMap<string, StepType>) =>
      new Map(
        [...types].map(([name, type]) => [name, twice(type, { plan, root: copy.root, allowSecrets, mask, steps })]),
      );
    const hash = digest(plan as unknown as Json); // plans are plain JSON
    const started = await startRun(there, { ...loaded, plan, hash, remember: () => {} }, given, {
      trigger: 'prove',
      through,
    });
    if (!started.ok) return started;
    const { value: live } = started;
    const stop = (): void => live.pause('SIGINT');
    signal.addEventListener('abort', stop, { once: true });
    const end = await live.ended;
    signal.removeEventListener('abort', stop);
    return { ok: true, value: { steps, end, without: copy.without } };
  } finally {
    copy.remove();
  }
}

/** The same project in the copy. Secrets that are not to be used have another value there. */
function elsewhere(project: Project, { root, beside }: ThrowAway, hidden: readonly string[]): Project {
  const state = join(beside, 'state');
  const stand = Object.fromEntries(hidden.map((name) => [name, `no-${name}-here`]));
  return {
    ...project,
    root,
    cwd: join(root, relative(project.root, project.cwd)),
    state,
    store: createFileStore({ folder: state, clock: createClock() }),
    env: { ...withoutGit(project.env), ...stand },
  };
}

interface Around {
  readonly plan: Plan;
  readonly root: string;
  readonly allowSecrets: boolean;
  readonly mask: Mask;
  readonly steps: RealStep[];
}

function twice(type: StepType, around: Around): StepType {
  const nodes = planPaths(around.plan);
  const fakes = madeUpFakes(around.plan).fakes;
  const told = new Set<Path>();
  return {
    name: type.name,
    async perform(request, context) {
      const { work } = context;
      const step = barePath(work.node);
      const node = nodes.get(staticPath(work.node));
      if (node === undefined) return type.perform(request, context);
      const about = { step, line: node.at.line };
      const why = whyNot(work, around.allowSecrets);
      if (why !== null) {
        if (!told.has(step)) around.steps.push({ ...about, kind: 'not-done', why });
        told.add(step);
        return stand(type.name, context, fakes.get(step)?.attempts[0]?.outputs ?? {});
      }
      const first = await type.perform(request, context);
      if (told.has(step) || first.outcome !== 'succeeded' || !isTried(node, type.name)) return first;
      told.add(step);
      const found = await again(type, request, context, first, around.root);
      if (context.signal.aborted) around.steps.push({ ...about, kind: 'not-done', why: LATE });
      else around.steps.push(masked(around.mask, { ...about, kind: 'repeated', ...found }));
      return first;
    },
  };
}

/** In the place of a step that is not done. A service serves until it is needed no more. */
async function stand(type: string, { serve, signal }: StepContext, outputs: JsonObject): Promise<StepAnswer> {
  if (type === 'service') {
    serve?.(outputs);
    if (!signal.aborted)
      await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  }
  return { outcome: 'succeeded', outputs };
}

/** As the next process would: the world is as the first attempt left it, and only the number of the attempt is another. */
async function again(type: StepType, request: JsonObject, context: StepContext, first: StepAnswer, root: string) {
  const before = statesIn(root);
  const { work } = context;
  const second = await type.perform(request, { ...context, work: { ...work, attempt: work.attempt + 1 } });
  const [a, b] = [first.outputs ?? {}, second.outputs ?? {}];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => name !== 'log');
  const outputs = names.flatMap((name) => {
    const [one, other] = [a[name] ?? null, b[name] ?? null];
    return canonical(one) === canonical(other) ? [] : [{ name, first: one, second: other }];
  });
  return { changes: changesBetween(before, statesIn(root)), outputs, outcome: second.outcome };
}

const LATE = 'its time was over before it had been done a second time';

/** Engine and logs mask what they hear of a step; this is heard before. */
function masked(mask: Mask, step: RealStep): RealStep {
  return mask.active ? (mask.json(step as unknown as Json) as unknown as RealStep) : step; // plain JSON, and masking keeps its shape
}

function isTried(node: PlanNode, type: string): boolean {
  return node.kind === 'action' && type === 'run' && !isDeclared(node);
}

function whyNot({ action, request, env, secrets }: AttemptWork, allowSecrets: boolean): string | null {
  if (action === 'http' && !['GET', 'HEAD'].includes(methodOf(request)))
    return `a ${methodOf(request)} request reaches beyond the copy`;
  if (action === 'mcp' && callsTool(request)) return 'a tool of an MCP server may reach beyond the copy';
  const hasSecret = secrets.length > 0 || holdsSecret(request) || holdsSecret(env as unknown as Json); // texts and SecretTexts
  return hasSecret && !allowSecrets ? 'it gets secrets; --allow-secrets gives them to it' : null;
}

/** As deep as a request is, which the compiler bounds. */
function holdsSecret(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    (isJsonObject(value) && 'secretText' in value) || Object.values(value).some((inner: Json) => holdsSecret(inner))
  );
}

function refuse(why: string): Diagnostic {
  return problem('TEST_NOT_REAL', `The workflow cannot be done for real in a copy: ${why}.`, {
    hint: 'Without --real it is proven with fakes.',
  });
}
