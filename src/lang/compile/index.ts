/** Document to Plan: runs the passes in order and gives the plan, or every problem of the document at once. Pure. */
import { hasErrors, type Reading } from '../../core/diagnostic/diagnostic.ts';
import type { Document, MapTree, Tree } from '../../core/document.ts';
import { bareObject, type Json, type JsonObject } from '../../core/json.ts';
import { nodeDigest } from '../../core/plan/hash.ts';
import {
  type Claim,
  type CompositeNode,
  DEFAULT_GRACE_MS,
  type OutputSpec,
  PLAN_VERSION,
  type Plan,
} from '../../core/plan/plan.ts';
import { checkCycles } from '../check/cycles.ts';
import { checkIds } from '../check/ids.ts';
import { checkKeys } from '../check/keys.ts';
import { checkReachable } from '../check/reachable.ts';
import { makeLocator } from '../read/locator.ts';
import { checkShape } from '../schema/check-shape.ts';
import { assembleScope } from './assemble.ts';
import { collectScopes, type Scopes } from './collect.ts';
import { type Compilation, type CompileOptions, makeCompilation } from './compilation.ts';
import { readDefaults } from './defaults.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import { compileWorkflowEnv, type EnvTemplates, profileTree, workflowEnvNames } from './environment.ts';
import { compileInputs } from './inputs.ts';
import { readNeeds } from './needs.ts';
import { compileOutputs } from './outputs.ts';
import { checkPermissions } from './permissions.ts';
import { workflowPlace } from './place.ts';
import { flagOf, wholeOf } from './quantities.ts';
import { stepsOfSections } from './sections.ts';
import { compileStep, type LoneNode } from './step.ts';
import { textTemplate } from './text.ts';
import { entryOf, isText, jsonOf, valueOf } from './tree.ts';
import { makeWorld, type Scene } from './world.ts';

export type { CompileOptions } from './compilation.ts';

/** Steps at once when neither the workflow nor the configuration says. */
const DEFAULT_CONCURRENCY = 8;
const MAX_CONCURRENCY = 10_000;

/** The plan of a workflow, and every problem of its document in the order of the text. The plan is null when one of them is an error. */
export function compileWorkflow(document: Document, options: CompileOptions = {}): Reading<Plan> {
  const compilation = makeCompilation(
    document,
    makeLocator(document.text, document.file),
    options,
    checkShape(document),
  );
  const plan = document.root === null ? null : compileRoot(compilation, document.root);
  if (document.root === null)
    compilation.error('PLAN_NO_STEPS', 'The file has no frontmatter, so it is no workflow.', [0, 0], {
      hint: 'Begin it with `---`, `kind: workflow`, `---`.',
    });
  const diagnostics = compilation.problems();
  return { value: hasErrors(diagnostics) ? null : plan, diagnostics };
}

function compileRoot(compilation: Compilation, root: MapTree): Plan {
  const steps = stepsOfSections(compilation, compilation.document);
  const scopes = collectScopes(compilation, root, steps);
  if (scopes.main.steps.length === 0) reportEmpty(compilation, root, steps);
  checkIds(compilation, scopes.all);
  checkKeys(compilation, scopes.all);
  checkPermissions(compilation, root, scopes.all);
  const profile = profileTree(compilation, root);
  const inputs = compileInputs(compilation, root, profile);
  const secrets = secretNames(compilation, root);
  const vars = varsOf(compilation, root);
  const env = workflowEnvNames(compilation, root, profile);
  const world = makeWorld({ inputs, secrets, vars: Object.keys(vars), env, scopes: scopes.all });
  const scene: Scene = { ...compilation, world };
  const parts = compileParts(scene, root, profile, scopes);
  const description = valueOf(root, 'description');
  return {
    v: PLAN_VERSION,
    name: nameOf(compilation, root),
    ...(isText(description) ? { description: description.value } : {}),
    file: compilation.options.file ?? compilation.document.file,
    inputs,
    secrets,
    env: parts.env,
    vars,
    concurrency: concurrencyOf(compilation, root),
    root: parts.root,
    outputs: parts.outputs,
    ...(flagOf(compilation, valueOf(valueOf(root, 'finally'), 'on-interrupt'), 'on-interrupt')
      ? { finallyOnInterruptMs: parts.graceMs }
      : {}),
  };
}

interface Parts {
  readonly env: EnvTemplates;
  readonly root: CompositeNode;
  readonly outputs: Readonly<Record<string, OutputSpec>>;
  readonly graceMs: number;
}

/** Everything that holds expressions, then what follows from the edges that they made. */
function compileParts(scene: Scene, root: MapTree, profile: Tree | undefined, scopes: Scopes): Parts {
  const env = compileWorkflowEnv(
    scene,
    root,
    profile,
    workflowPlace(scopes.main, 'env', { secrets: true, steps: false }),
  );
  const outputs =
    compileOutputs(scene, valueOf(root, 'outputs'), workflowPlace(scopes.main, 'outputs', { wholeSteps: true })) ??
    bareObject<OutputSpec>();
  const defaults = readDefaults(scene, root);
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
  const graceMs = defaults.graceMs ?? DEFAULT_GRACE_MS;
  return { env, outputs, root: rootNode(scopes, compiled, groupOf(scene, root, scopes.main)), graceMs };
}

function rootNode(scopes: Scopes, compiled: ReadonlyMap<StepDraft, LoneNode>, claim: Claim | null): CompositeNode {
  const { main, onFailure, finally: last, onSuccess } = scopes;
  const parts = onSuccess === null ? [main, onFailure, last] : [main, onFailure, last, onSuccess];
  const bodies = parts.map((scope) => (scope === null ? null : assembleScope(scope, compiled)));
  const node = { kind: 'try' as const, id: '', at: { line: 1, column: 1 }, needs: [], bodies, rethrow: true as const };
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

function nameOf({ document }: Compilation, root: MapTree): string {
  const name = valueOf(root, 'name');
  if (isText(name) && name.value !== '') return name.value;
  const file = document.file.split(/[\\/]/).at(-1) ?? '';
  return file.replace(/\.(?:ya?ml|md)$/i, '') || 'workflow';
}

function secretNames(compilation: Compilation, root: MapTree): readonly string[] {
  const tree = valueOf(root, 'secrets');
  if (tree === undefined) return [];
  if (tree.kind === 'list') return [...new Set(tree.items.flatMap((item) => (isText(item) ? [item.value] : [])))];
  compilation.malformed(tree.range, '`secrets` is a list of names.');
  return [];
}

/** Plain values: the configuration's, over them the workflow's, over them those of the command line. */
function varsOf(compilation: Compilation, root: MapTree): JsonObject {
  const tree = valueOf(root, 'vars');
  if (tree !== undefined && tree.kind !== 'map')
    compilation.malformed(tree.range, '`vars` is a map of names and values.');
  const own = tree?.kind === 'map' ? tree.entries.map((entry) => [entry.key, jsonOf(entry.value)] as const) : [];
  const { config, vars } = compilation.options;
  const declared = [...Object.entries(config?.vars ?? {}), ...own];
  const names = declared.map(([name]) => name);
  const given = Object.entries(vars ?? {}).map(([name, value]) => [declaredName(name, names), value] as const);
  return bareObject<Json>([...declared, ...given]);
}

/** The name that is meant: variables of the environment are written in capitals, so that `GIGA_VAR_BASE_URL` is `base-url`. */
function declaredName(given: string, names: readonly string[]): string {
  if (names.includes(given)) return given;
  return names.find((name) => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_') === given) ?? given;
}

function concurrencyOf(compilation: Compilation, root: MapTree): number {
  const tree = valueOf(root, 'concurrency');
  const max = tree?.kind === 'map' ? valueOf(tree, 'max') : tree;
  const own = max === undefined ? undefined : wholeOf(compilation, max, 'concurrency', 1, MAX_CONCURRENCY);
  const { concurrency, config } = compilation.options;
  return concurrency ?? own ?? config?.concurrency ?? DEFAULT_CONCURRENCY;
}
