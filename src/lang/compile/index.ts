/** Document to Plan: runs the passes in order and gives the plan, or every problem of the document at once. Pure. */
import { hasErrors, type Reading } from '../../core/diagnostic/diagnostic.ts';
import type { Document, MapTree, Tree } from '../../core/document.ts';
import { bareObject } from '../../core/json.ts';
import { nodeDigest } from '../../core/plan/hash.ts';
import {
  type Claim,
  type CompositeNode,
  DEFAULT_GRACE_MS,
  type OutputSpec,
  PLAN_VERSION,
  type Plan,
  type Rework,
} from '../../core/plan/plan.ts';
import type { Ensure } from '../../core/plan/proof.ts';
import type { Isolation } from '../../core/plugin.ts';
import { checkBudgets } from '../check/budgets.ts';
import { checkCycles } from '../check/cycles.ts';
import { checkIds } from '../check/ids.ts';
import { checkKeys } from '../check/keys.ts';
import { checkReachable } from '../check/reachable.ts';
import { makeLocator } from '../read/locator.ts';
import { checkShape } from '../schema/check-shape.ts';
import { checkTaint, type FileFlows, type FoundEnd } from '../taint/check.ts';
import type { FlowFile } from '../taint/contexts.ts';
import { isSource } from '../taint/steps.ts';
import { checkReworks } from './approve-step.ts';
import { assembleScope } from './assemble.ts';
import { budgetOf, limitWithin } from './budget.ts';
import { checkPermissions } from './check-permissions.ts';
import { resolveChildren } from './children.ts';
import { collectScopes, type Scopes } from './collect.ts';
import { type Compilation, type CompileOptions, makeCompilation } from './compilation.ts';
import { type Defaults, readDefaults } from './defaults.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import { workflowEnsures } from './ensures.ts';
import { compileWorkflowEnv, type EnvTemplates, profileTree, workflowEnvNames } from './environment.ts';
import { checkFragment, declarations, outputTypes, sizeOf } from './face.ts';
import { type Face, type Family, makeFamily, type Role, type SourceFile } from './family.ts';
import { concurrencyOf, nameOf, secretNames, varsOf, workspaceOf } from './head.ts';
import { compileInputs } from './inputs.ts';
import { readNeeds } from './needs.ts';
import { compileOutputs } from './outputs.ts';
import { OPEN } from './permissions.ts';
import { workflowPlace } from './place.ts';
import { resolvePlugins } from './plugins.ts';
import { askForPrompts } from './prompt-file.ts';
import { flagOf } from './quantities.ts';
import { stepsOfSections } from './sections.ts';
import { markSessions } from './session.ts';
import { compileStep, type LoneNode } from './step.ts';
import { keyExpression, textTemplate } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import { checkUndoings } from './undoing.ts';
import { makeWorld, type Scene } from './world.ts';

export type { FoundEnd } from '../taint/check.ts';
export type { CompileOptions } from './compilation.ts';
export type { PluginSource, SourceFile } from './family.ts';

/** Steps at once when neither the workflow nor the configuration says. */
const DEFAULT_CONCURRENCY = 8;

/** `missing` are files that must be read before there is an answer: it is asked for again with them among `options.files`. */
export interface Compiled extends Reading<Plan> {
  readonly missing: readonly string[];
  /** The same for plugins, and `options.plugins`. */
  readonly missingPlugins: readonly (readonly [path: string, isolation: Isolation])[];
  /** Where text of models, servers and the web comes to, in all files. */
  ends(): readonly FoundEnd[];
}

/**
 * The plan of a workflow with all the files that it names, and every problem of its document in the order of the text, then those of
 * the files. The plan is null when one of them is an error.
 */
export function compileWorkflow(document: Document, options: CompileOptions = {}): Compiled {
  const file = options.file ?? document.file;
  const known = { files: options.files ?? new Map(), plugins: options.plugins ?? new Map() };
  const family = makeFamily(known, (...child) => compileFile(options, ...child));
  family.chain.push(file);
  const { envFiles } = options;
  const source = { document, diagnostics: [], ...(envFiles && { envFiles }) };
  const face = compileFile(options, source, file, family, { kind: 'root', permitted: OPEN });
  const [missing, missingPlugins] = [[...family.missing], [...family.missingPlugins]];
  if (missing.length + missingPlugins.length > 0)
    return { value: null, diagnostics: [], missing, missingPlugins, ends: () => [] };
  const diagnostics = oncePerText(family.diagnostics);
  return {
    value: hasErrors(diagnostics) ? null : (face?.plan ?? null),
    diagnostics,
    missing,
    missingPlugins,
    ends: () => oncePerText(family.flows.flatMap((flows) => flows.ends())),
  };
}

/** A file that is named in several ways is compiled for each, and says the same each time. */
function oncePerText<T>(told: readonly T[]): readonly T[] {
  return [...new Map(told.map((one) => [JSON.stringify(one), one] as const)).values()];
}

/** One file as what it is to the others. Its problems stand before those of the files that it names. */
function compileFile(given: CompileOptions, source: SourceFile, file: string, family: Family, role: Role): Face | null {
  const { document, diagnostics, envFiles } = source;
  family.diagnostics.push(...diagnostics);
  if (document === null) return null;
  const { envFiles: _others, ...options } = given;
  const compilation = makeCompilation(
    {
      document,
      locator: makeLocator(document.text, document.file),
      options: { ...options, ...(envFiles && { envFiles }) },
      file,
      family,
      role,
    },
    checkShape(document),
  );
  const before = family.diagnostics.length;
  const face = document.root === null ? null : compileRoot(compilation, document.root);
  if (document.root === null && !hasErrors(diagnostics))
    compilation.error('PLAN_NO_STEPS', 'The file has no frontmatter, so it is no workflow.', [0, 0], {
      hint: 'Begin it with `---`, `kind: workflow`, `---`.',
    });
  family.diagnostics.splice(before, 0, ...compilation.problems());
  return face;
}

/** Null when a file that it names is still to be read, or all of them together are too large to go on. */
function compileRoot(compilation: Compilation, root: MapTree): Face | null {
  const steps = stepsOfSections(compilation, compilation.document);
  const scopes = collectScopes(compilation, root, steps);
  if (scopes.main.steps.length === 0) reportEmpty(compilation, root, steps);
  checkIds(compilation, scopes.all);
  checkKeys(compilation, scopes.all);
  checkBudgets(compilation, scopes.all);
  checkPermissions(compilation, root, scopes.all);
  checkFragment(compilation, root);
  const profile = profileTree(compilation, root);
  const inputs = compileInputs(compilation, root, profile);
  const secrets = secretNames(compilation, root);
  const vars = varsOf(compilation, root);
  const env = workflowEnvNames(compilation, root, profile);
  const world = makeWorld({ inputs, secrets, vars: Object.keys(vars), env, scopes: scopes.all });
  const scene: Scene = { ...compilation, world };
  const { role } = compilation;
  const defaults =
    role.kind === 'fragment'
      ? role.defaults
      : readDefaults(scene, root, (tree, key) =>
          keyExpression(scene, tree, workflowPlace(scopes.main, key, { self: true, steps: false })),
        );
  resolveChildren(scene, scopes.all, { vars, defaults });
  askForPrompts(scene, scopes.all);
  markSessions(scopes.all);
  resolvePlugins(scene, scopes.all);
  if (compilation.family.missing.size + compilation.family.missingPlugins.size > 0) return null;
  const size = sizeOf(compilation, scopes);
  if (size === null) return null;
  const { role: as, options, uses } = compilation;
  uses.isKept =
    as.kind !== 'root' || options.security === true || scopes.all.some(({ steps: all }) => all.some(isSource));
  const parts = compileParts(scene, root, inputs, profile, scopes, defaults);
  const description = valueOf(root, 'description');
  const concurrency = concurrencyOf(compilation, root);
  const budget = budgetOf(compilation, root);
  const plan: Plan = {
    v: PLAN_VERSION,
    name: nameOf(compilation, root),
    ...(isText(description) ? { description: description.value } : {}),
    file: compilation.file,
    inputs,
    secrets,
    env: parts.env,
    vars,
    concurrency:
      compilation.options.concurrency ?? concurrency ?? compilation.options.config?.concurrency ?? DEFAULT_CONCURRENCY,
    root: parts.root,
    outputs: parts.outputs,
    ...(flagOf(compilation, valueOf(valueOf(root, 'finally'), 'on-interrupt'), 'on-interrupt')
      ? { finallyOnInterruptMs: parts.graceMs }
      : {}),
    ...workspaceOf(compilation, root),
    ...(budget === undefined ? {} : { budget }),
  };
  return {
    file: compilation.document.file,
    plan,
    concurrency,
    outputs: outputTypes(scene, scopes.main, parts.outputs),
    flows: parts.flows,
    placeOf: declarations(compilation, root),
    ...size,
  };
}

interface Parts {
  readonly flows: FileFlows;
  readonly env: EnvTemplates;
  readonly root: CompositeNode;
  readonly outputs: Readonly<Record<string, OutputSpec>>;
  readonly graceMs: number;
}

/** Everything that holds expressions, then what follows from the edges that they made. */
function compileParts(
  scene: Scene,
  root: MapTree,
  inputs: Plan['inputs'],
  profile: Tree | undefined,
  scopes: Scopes,
  defaults: Defaults,
): Parts {
  const env = compileWorkflowEnv(
    scene,
    root,
    profile,
    workflowPlace(scopes.main, 'env', { secrets: true, steps: false }),
  );
  const outputs =
    compileOutputs(scene, valueOf(root, 'outputs'), workflowPlace(scopes.main, 'outputs', { wholeSteps: true })) ??
    bareObject<OutputSpec>();
  const compiled = new Map<StepDraft, LoneNode>();
  for (const scope of scopes.all) {
    for (const step of scope.steps) {
      const join = readNeeds(scene, step);
      const node = compileStep(scene, step, defaults, join);
      if (node !== null) compiled.set(step, node);
    }
  }
  checkCycles(scene, scopes.all);
  checkReachable(scene, scopes.all, compiled);
  for (const scope of scopes.all) checkReworks(scene, scope, (step) => reworkOf(compiled.get(step)));
  const whole = rootNode(scopes, compiled, {
    timeoutMs: limitWithin(scene, root, 'timeout'),
    claim: groupOf(scene, root, scopes.main),
    ensures: workflowEnsures(scene, root, scopes.main, defaults),
  });
  checkUndoings(scene, scopes, whole);
  const flows = checkTaint(flowFile(scene, scopes, { inputs, env, compiled }), outputs);
  scene.family.flows.push(flows);
  return { env, outputs, flows, root: whole, graceMs: defaults.graceMs ?? DEFAULT_GRACE_MS };
}

function flowFile(scene: Scene, scopes: Scopes, parts: Pick<FlowFile, 'inputs' | 'env' | 'compiled'>): FlowFile {
  return { scene, main: scopes.main, scopes: scopes.all.filter(({ owner }) => owner === null), ...parts };
}

function reworkOf(node: LoneNode | undefined): Rework | null {
  return node?.kind === 'approve' && typeof node.onReject === 'object' ? node.onReject : null;
}

/** What the workflow says of its run as a whole. */
interface WorkflowKeys {
  readonly timeoutMs: number | undefined;
  readonly claim: Claim | null;
  readonly ensures: readonly Ensure[] | undefined;
}

function rootNode(
  scopes: Scopes,
  compiled: ReadonlyMap<StepDraft, LoneNode>,
  { timeoutMs, claim, ensures }: WorkflowKeys,
): CompositeNode {
  const { main, onFailure, finally: last, onSuccess } = scopes;
  const parts = onSuccess === null ? [main, onFailure, last] : [main, onFailure, last, onSuccess];
  const bodies = parts.map((scope) => (scope === null ? null : assembleScope(scope, compiled)));
  const limit = { ...(timeoutMs !== undefined && { timeoutMs }), ...(ensures && { ensures }) };
  const at = { line: 1, column: 1 };
  const node = { kind: 'try' as const, id: '', at, needs: [], bodies, rethrow: true as const, ...limit };
  return { ...node, digest: nodeDigest(node, []), ...(claim && { claim }) };
}

/** `concurrency: { group, on-conflict }`: what the run as a whole holds. */
function groupOf(scene: Scene, root: MapTree, scope: ScopeDraft): Claim | null {
  const concurrency = valueOf(root, 'concurrency');
  const group = valueOf(concurrency, 'group');
  const onConflict = valueOf(concurrency, 'on-conflict');
  if (group === undefined) {
    if (onConflict !== undefined)
      scene.malformed(onConflict.range, '`on-conflict` says what a run does whose `group` is held, and there is none.');
    return null;
  }
  if (scene.role.kind === 'child') {
    // To pass over it would let two runs do what the file says only one may do.
    scene.error('PLAN_NOT_BUILT', 'A `group` of runs in a workflow that a step runs is not built yet.', group.range, {
      hint: 'Put its steps into a group with a `lock`: that holds when the file is run by itself, and when a step runs it.',
    });
    return null;
  }
  const place = workflowPlace(scope, 'group', { steps: false });
  const name = textTemplate(scene, group, place, 'refuse');
  const how = isText(onConflict) ? onConflict.value : 'queue';
  return { of: 'group', name, ...((how === 'fail' || how === 'cancel-running') && { onConflict: how }) };
}

function reportEmpty(compilation: Compilation, root: MapTree, steps: Tree | undefined): void {
  // Sections and steps that could not be read have problems of their own.
  if (compilation.problems().some(({ severity }) => severity === 'error')) return;
  compilation.error(
    'PLAN_NO_STEPS',
    'The workflow has no steps.',
    steps?.range ?? entryOf(root, 'steps')?.keyRange ?? root.entries[0]?.keyRange ?? root.range,
    {
      hint:
        compilation.document.body === undefined
          ? 'Write at least one under `steps:`.'
          : 'A step is a heading `## id` with one fenced block below it.',
    },
  );
}
