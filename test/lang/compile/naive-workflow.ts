/**
 * What a workflow comes to, found by reading its text from top to bottom as a person would: no events, no scheduler, no plan.
 * Steps are done in the order of the text, each at once.
 */
import { type Member, read, type Step, type Workflow } from './random-documents.ts';

type Result = 'succeeded' | 'failed' | 'skipped';
interface Done {
  readonly result: Result;
  /** Skipped because something before it failed. */
  readonly isLost: boolean;
  readonly v: number | null;
  readonly exitCode: number | null;
  /** Something in it succeeded; a failure in it was allowed. */
  readonly worked: boolean;
  readonly allowed: boolean;
}
export interface End {
  readonly verdict: string;
  /** By path: what each step came to. */
  readonly results: ReadonlyMap<string, Result>;
}

const SKIPPED: Done = { result: 'skipped', isLost: false, v: null, exitCode: null, worked: false, allowed: false };
const WORKED: Done = { ...SKIPPED, result: 'succeeded', worked: true };
const FAILED: Done = { ...SKIPPED, result: 'failed' };

/** The steps of a scope that are done, over those around. */
interface Scope {
  readonly done: Map<string, Done>;
  readonly outer: Scope | null;
  /** Who depends on whom, directly. */
  readonly edges: Map<string, readonly string[]>;
  readonly steps: Map<string, Step>;
}

/** What steps came to, beside the workflows that steps may run. */
class Results extends Map<string, Result> {
  readonly children: ReadonlyMap<string, Workflow>;
  constructor(children: ReadonlyMap<string, Workflow>) {
    super();
    this.children = children;
  }
}

export function endOf(workflow: Workflow): End {
  const results = new Results(workflow.children);
  const { body, all, failed } = doWorkflow(workflow, '', results);
  return { results, verdict: verdictOf(failed, body, all) };
}

function doWorkflow(workflow: Workflow, prefix: string, results: Map<string, Result>) {
  const body = doMembers(workflow.steps, workflow.isList, prefix, null, results);
  const succeeds = body.result === 'succeeded' && workflow.onSuccess.length > 0;
  const after = succeeds ? doMembers(workflow.onSuccess, true, `${prefix}on-success/`, null, results) : null;
  const answers = body.result === 'failed' && workflow.onFailure.length > 0;
  const failure = answers ? doMembers(workflow.onFailure, 'always', `${prefix}on-failure/`, null, results) : null;
  const ends = workflow.finally.length > 0;
  const last = ends ? doMembers(workflow.finally, 'always', `${prefix}finally/`, null, results) : null;
  const all = [body, after, failure, last].filter((one) => one !== null);
  return { body, all, failed: [body, after, last].some((one) => one?.result === 'failed') };
}

function verdictOf(failed: boolean, body: Done, all: readonly Done[]): string {
  if (failed) return 'failed';
  if (all.some(({ allowed }) => allowed)) return 'succeeded with allowed failures';
  return body.result === 'skipped' || !all.some(({ worked }) => worked) ? 'nothing ran' : 'succeeded';
}

function doMembers(
  members: readonly Member[],
  order: boolean | 'always',
  prefix: string,
  outer: Scope | null,
  results: Map<string, Result>,
): Done {
  const scope: Scope = { done: new Map(), outer, edges: new Map(), steps: new Map() };
  for (const [index, { id, step }] of members.entries()) {
    scope.steps.set(id, step);
    const before = order === true ? members.slice(0, index).map((one) => one.id) : [];
    const done = admit(scope, id, step, before) ?? doWhole(step, prefix + id, scope, results);
    scope.done.set(id, done);
    results.set(prefix + id, done.result);
  }
  const all = [...scope.done].map(([id, done]) => ({ done, step: scope.steps.get(id) ?? {} }));
  const bad = all.find(
    ({ done, step }) => done.result === 'failed' && !step['continue-on-error'] && !step['allow-failure'],
  );
  const skipped = all.every(({ done }) => done.result === 'skipped');
  return {
    result: bad ? 'failed' : skipped ? 'skipped' : 'succeeded',
    isLost: false,
    v: null,
    exitCode: bad?.done.exitCode ?? null,
    worked: all.some(({ done }) => done.worked),
    allowed: all.some(({ done }) => done.allowed),
  };
}

// ------------------------------------------------------------------ when a step starts
function admit(scope: Scope, id: string, step: Step, earlier: readonly string[]): Done | null {
  const named = step['needs'] as readonly string[] | { steps: readonly string[]; when: string } | undefined;
  const needs = named === undefined ? [] : 'when' in named ? named.steps : named;
  const test = (step['if'] as string | undefined) ?? '';
  const reads = [test, JSON.stringify(step['choose'] ?? ''), JSON.stringify(step['with'] ?? '')]
    .flatMap((text) => stepsIn(text))
    .filter((one) => scope.done.has(one));
  const before = named === undefined ? earlier : [];
  const edges = [...new Set([...needs, ...reads])];
  scope.edges.set(id, [...edges, ...before]);
  const rule = named !== undefined && 'when' in named ? named.when : 'all-succeeded';
  const join = joinOf(scope, edges, rule, before);
  if (test === '') return join === 'go' ? null : { ...SKIPPED, isLost: join === 'lost' };
  if (test.includes('always()')) return !test.includes('==') || holds(scope, test) ? null : SKIPPED;
  if (test === 'failure()') return failedBefore(scope, id) ? null : SKIPPED;
  if (join !== 'go') return { ...SKIPPED, isLost: join === 'lost' };
  return holds(scope, test) ? null : SKIPPED;
}

/** `steps.s1` in a text, but not those of members inside. */
function stepsIn(text: string): readonly string[] {
  return [...text.matchAll(/steps\.(s\d+)/g)].map((match) => match[1] ?? '');
}

function holds(scope: Scope, test: string): boolean {
  const [, id = '', value] = /steps\.(s\d+)\.outputs\.v == (\d)/.exec(test) ?? [];
  // A script that has failed gave something all the same; null equals 0, as in GitHub Actions.
  return (doneAround(scope, id).v ?? 0) === Number(value);
}

function doneAround(scope: Scope, id: string): Done {
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const done = at.done.get(id);
    if (done) return done;
  }
  throw new Error(`${id} is read and not done`);
}

function joinOf(
  scope: Scope,
  edges: readonly string[],
  rule: string,
  before: readonly string[],
): 'go' | 'lost' | 'skipped' {
  const isGood = (id: string): boolean =>
    scope.done.get(id)?.result === 'succeeded' ||
    (scope.done.get(id)?.result === 'failed' && scope.steps.get(id)?.['continue-on-error'] === true);
  const isBad = (id: string): boolean =>
    !isGood(id) && (scope.done.get(id)?.result === 'failed' || scope.done.get(id)?.isLost === true);
  const goes =
    edges.length === 0 ||
    rule === 'all-done' ||
    (rule === 'any-succeeded' ? edges.some(isGood) : rule === 'none-failed' ? !edges.some(isBad) : edges.every(isGood));
  if (!goes && edges.some(isBad)) return 'lost';
  if (before.some(isBad)) return 'lost';
  return goes ? 'go' : 'skipped';
}

function failedBefore(scope: Scope, id: string): boolean {
  return (scope.edges.get(id) ?? []).some(
    (edge) =>
      (scope.done.get(edge)?.result === 'failed' && !scope.steps.get(edge)?.['continue-on-error']) ||
      failedBefore(scope, edge),
  );
}

// ------------------------------------------------------------------ what it does
/** A step with all its items and iterations, its hooks, and what a failure of it means. */
function doWhole(step: Step, path: string, scope: Scope, results: Map<string, Result>): Done {
  const own =
    'for-each' in step
      ? doItems(step, path, scope, results)
      : 'loop' in step
        ? doLoop(step, path, results)
        : doTries(step, path, scope, results, '');
  const done = withHook(step, path, own, results);
  if (done.result !== 'failed' || (!step['continue-on-error'] && !step['allow-failure'])) return done;
  return { ...done, allowed: true };
}

function withHook(step: Step, path: string, own: Done, results: Map<string, Result>): Done {
  const key = own.result === 'succeeded' ? 'on-success' : 'on-failure';
  if (own.result === 'skipped' || !(key in step)) return own;
  const hook = doMembers(
    read(step[key]).members,
    key === 'on-failure' ? 'always' : true,
    `${path}/${key}/`,
    null,
    results,
  );
  const both = { ...own, worked: own.worked || hook.worked, allowed: own.allowed || hook.allowed };
  return own.result === 'succeeded' && hook.result === 'failed'
    ? { ...both, result: 'failed', exitCode: hook.exitCode, ...('workflow' in step && { v: null }) } // one that failed gives nothing
    : both;
}

function doItems(step: Step, path: string, scope: Scope, results: Map<string, Result>): Done {
  const { items, 'max-failures': most } = step['for-each'] as { items: readonly string[]; 'max-failures': number };
  if (items.length === 0) return SKIPPED;
  const all = items.map((item) => {
    const done = doTries(step, `${path}[${item}]`, scope, results, item);
    results.set(`${path}[${item}]`, done.result);
    return done;
  });
  const failed = all.filter(({ result }) => result === 'failed').length;
  const worked = all.some((one) => one.worked);
  if (failed > most)
    return { ...FAILED, worked, exitCode: all.find(({ result }) => result === 'failed')?.exitCode ?? null };
  return { ...WORKED, worked, allowed: failed > 0 };
}

/** Its script gives the number of the iteration. */
function doLoop(step: Step, path: string, results: Map<string, Result>): Done {
  const { max, until } = step['loop'] as { max: number; until: string };
  const wanted = Number(until.at(-1));
  const count = Math.min(max, wanted);
  for (let turn = 1; turn <= count; turn++) results.set(`${path}#${turn}`, 'succeeded');
  return wanted <= max ? { ...WORKED, v: wanted } : { ...FAILED, worked: true };
}

/** A step as it is done once, as often as its `retry` says. */
function doTries(step: Step, path: string, scope: Scope, results: Map<string, Result>, item: string): Done {
  const { attempts = 1 } = (step['retry'] as { attempts?: number } | undefined) ?? {};
  for (let attempt = 1; ; attempt++) {
    const done = doOnce(step, path, scope, results, item, attempt);
    if (done.result !== 'failed' || attempt >= attempts) return done;
    for (const inner of results.keys()) if (inner.startsWith(`${path}/`)) results.delete(inner);
  }
}

function doOnce(
  step: Step,
  path: string,
  scope: Scope,
  results: Map<string, Result>,
  item: string,
  attempt: number,
): Done {
  const inside = (steps: unknown, part = ''): Done => {
    const { members, isList } = read(steps);
    return doMembers(members, part === '' ? isList : 'always', `${path}/${part}`, scope, results);
  };
  if ('run' in step) return doScript(step['run'] as string, item, attempt);
  if ('set' in step) return { ...WORKED, v: item === '' ? (step['set'] as { v: number }).v : null };
  if ('fail' in step) return FAILED;
  if ('wait' in step) return WORKED;
  if ('steps' in step) return inside(step['steps']);
  if ('parallel' in step) return inside(step['parallel']);
  if ('choose' in step) return doChoose(step['choose'] as readonly Step[], scope, inside);
  if ('workflow' in step) return doChild(step, path, scope, results as Results); // it is the one of `endOf`
  if ('try' in step) return doTry(step, path, scope, results, inside);
  return doRace(read(step['race']).members);
}

function doScript(run: string, item: string, attempt: number): Done {
  const [does = '', value = '0'] = run.split(' ');
  const failed = does === 'bad' || (does === 'flaky' && attempt <= Number(value)) || (does === 'item' && item === 'b');
  const exitCode = does === 'bad' ? Number(value) : 9;
  return failed ? { ...FAILED, exitCode } : { ...WORKED, v: does === 'ok' ? Number(value) : 0 };
}

function doChoose(branches: readonly Step[], scope: Scope, inside: (steps: unknown) => Done): Done {
  for (const branch of branches) {
    const test = branch['if'] as string | undefined;
    if (test === undefined) return inside(branch['else']);
    if (test === 'true' || (test !== 'false' && holds(scope, test))) return inside(branch['steps']);
  }
  return SKIPPED;
}

function doTry(
  step: Step,
  path: string,
  scope: Scope,
  results: Map<string, Result>,
  inside: (steps: unknown, part?: string) => Done,
): Done {
  const body = doMembers(read(step['try']).members, true, `${path}/`, scope, results);
  const [{ when, steps }] = step['catch'] as [{ when: string; steps: unknown }];
  const isCaught = body.result === 'failed' && body.exitCode === Number(when.at(-1));
  const caught = isCaught ? inside(steps, 'catch/') : null;
  const last = 'finally' in step ? inside(step['finally'], 'finally/') : null;
  const parts = [body, ...(caught ? [caught] : []), ...(last ? [last] : [])];
  const worked = parts.some((part) => part.worked);
  const failed =
    last?.result === 'failed'
      ? last
      : caught?.result === 'failed'
        ? caught
        : body.result === 'failed' && !caught
          ? body
          : null;
  if (failed) return { ...FAILED, worked, exitCode: failed.exitCode };
  return { ...WORKED, worked };
}

/** Another file, which sees nothing of what is around it but `n`. */
function doChild(step: Step, path: string, scope: Scope, results: Results): Done {
  const child = results.children.get(step['workflow'] as string);
  const { n: given } = step['with'] as { readonly n: number | string };
  const [, id] = /steps\.(s\d+)/.exec(String(given)) ?? [];
  const n = id === undefined ? Number(given) : (doneAround(scope, id).v ?? 0);
  const text = JSON.stringify(child).replaceAll('${{ inputs.n }}', String(n));
  const { body, all, failed } = doWorkflow(JSON.parse(text) as Workflow, `${path}/`, results); // the same with `n` in it
  const worked = all.some((one) => one.worked);
  const allowed = all.some((one) => one.allowed);
  if (failed) return { ...FAILED, worked, allowed };
  return { ...SKIPPED, result: body.result, worked, allowed, v: body.result === 'succeeded' ? n : null };
}

/** The first that succeeds wins; what became of the others is chance. */
function doRace(members: readonly Member[]): Done {
  const all = members.map(({ step }) => doScript(step['run'] as string, '', 1));
  return all.find(({ result }) => result === 'succeeded') ? WORKED : { ...FAILED, exitCode: all[0]?.exitCode ?? null };
}
