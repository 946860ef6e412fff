/** Compiles how a step is run: its limits of time, its grace, its secrets, and what it has of the environment around it. Knows no action. */
import type { MapEntry } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import type { CacheSpec, Manner } from '../../core/plan/plan.ts';
import { compileArtifacts } from './artifacts.ts';
import { limitWithin } from './budget.ts';
import { compileCache } from './cache.ts';
import type { Defaults } from './defaults.ts';
import { isRepeated, type StepDraft } from './draft.ts';
import { reportUndeclared } from './expressions.ts';
import { compileFiles } from './files.ts';
import { placeOf } from './place.ts';
import { flagOf, optionalDuration, optionalLimit } from './quantities.ts';
import { textTemplate } from './text.ts';
import { entryOf, isText } from './tree.ts';
import type { Scene } from './world.ts';

export type { Manner };

interface ActionKeys extends Manner {
  readonly timeoutMs?: number;
  readonly totalTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly artifacts?: Template;
  readonly once?: Template;
  readonly files?: Template;
  readonly cache?: CacheSpec;
}

export function actionKeys(
  scene: Scene,
  step: StepDraft,
  defaults: Pick<Defaults, 'timeoutMs' | 'graceMs'>,
): ActionKeys {
  const timeoutMs = optionalLimit(scene, step.tree, 'timeout') ?? defaults.timeoutMs;
  const artifacts = compileArtifacts(scene, step);
  const files = compileFiles(scene, step);
  const cache = compileCache(scene, step);
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...totalKey(scene, step),
    ...idleKey(scene, step),
    ...mannerKeys(scene, step, defaults),
    ...(artifacts !== undefined && { artifacts }),
    ...onceKey(scene, step),
    ...(files !== undefined && { files }),
    ...(cache !== undefined && { cache }),
  };
}

/** Of what runs a program: with what the groups around it say of all their steps. */
export function mannerKeys(scene: Scene, step: StepDraft, defaults: Pick<Defaults, 'graceMs'>): Manner {
  const graceMs = graceOf(scene, step) ?? defaults.graceMs;
  const clearEnv = clearEnvOf(scene, step);
  const secrets = secretsOf(scene, step);
  return {
    ...(graceMs !== undefined && { graceMs }),
    ...(secrets !== null && { secrets }),
    ...(clearEnv !== null && { clearEnv }),
  };
}

interface GroupLimits {
  readonly timeoutMs?: number;
  readonly totalTimeoutMs?: number;
  readonly clearEnv?: true;
}

/** Of a group: what is its own affair. Its grace and secrets reach its steps, and are read there. */
export function groupLimits(scene: Scene, step: StepDraft): GroupLimits {
  const timeoutMs = optionalLimit(scene, step.tree, 'timeout');
  optionalDuration(scene, step.tree, 'grace');
  namesIn(scene, entryOf(step.tree, 'secrets'));
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...totalKey(scene, step),
    ...(clears(scene, step) && { clearEnv: true as const }),
  };
}

/** Of a step that is done again it belongs to the node around all times that it is done. */
function totalKey(scene: Scene, step: StepDraft): { readonly totalTimeoutMs?: number } {
  if (isRepeated(step)) return {};
  const totalTimeoutMs = limitWithin(scene, step.tree, 'total-timeout');
  return totalTimeoutMs === undefined ? {} : { totalTimeoutMs };
}

function idleKey(scene: Scene, step: StepDraft): { readonly idleTimeoutMs?: number } {
  const idleTimeoutMs = optionalLimit(scene, step.tree, 'idle-timeout');
  return idleTimeoutMs === undefined ? {} : { idleTimeoutMs };
}

/** What the steps of a file have of the step that names it, and of the groups around that. A workflow declares its secrets itself. */
export function mannerAround(scene: Scene, step: StepDraft): Manner {
  const { secrets, clearEnv, ...others } = mannerKeys(scene, step, {});
  return {
    ...others,
    ...(clearEnv !== undefined && { clearEnv: 'around' as const }),
    ...(step.action === 'include' && secrets !== undefined && { secrets }),
  };
}

/** The nearest wins. */
function graceOf(scene: Scene, step: StepDraft): number | undefined {
  for (const at of outwards(step))
    if (entryOf(at.tree, 'grace') !== undefined) return optionalDuration(scene, at.tree, 'grace');
  return aroundFile(scene).graceMs;
}

/** Its own, or that of a group around it, whose `env` still reaches it. */
function clearEnvOf(scene: Scene, step: StepDraft): true | 'around' | null {
  if (clears(scene, step)) return true;
  for (const at of outwards(step)) if (clears(scene, at)) return 'around';
  return aroundFile(scene).clearEnv ?? null;
}

function clears(scene: Scene, step: StepDraft): boolean {
  return flagOf(scene, entryOf(step.tree, 'clear-env')?.value, 'clear-env');
}

/** Those of the groups around it, and its own; null where none of them names any. */
export function secretsOf(scene: Scene, step: StepDraft): readonly string[] | null {
  const around = aroundFile(scene).secrets;
  const own = [...outwards(step)].toReversed().flatMap((at) => {
    const entry = entryOf(at.tree, 'secrets');
    return entry === undefined ? [] : [namesIn(scene, entry)];
  });
  const names = around === undefined ? own : [around, ...own];
  return names.length === 0 ? null : [...new Set(names.flat())];
}

function aroundFile({ role }: Scene): Manner {
  return role.kind === 'root' ? {} : role.around;
}

/** The key of what is done once: a value, never a null. */
function onceKey(scene: Scene, step: StepDraft): { readonly once?: Template } {
  const tree = entryOf(step.tree, 'once')?.value;
  return tree === undefined ? {} : { once: textTemplate(scene, tree, placeOf(step, 'once'), 'refuse') };
}

export function namesIn(scene: Scene, entry: MapEntry | undefined): readonly string[] {
  if (entry === undefined) return [];
  const items = entry.value.kind === 'list' ? entry.value.items : [entry.value];
  return items.flatMap((item) => {
    if (!isText(item)) scene.malformed(item.range, '`secrets` is a list of names.');
    else if (!scene.world.secrets.includes(item.value))
      reportUndeclared(scene, item.value, scene.locator.span(item.range));
    return isText(item) ? [item.value] : [];
  });
}

function* outwards(step: StepDraft): Iterable<StepDraft> {
  for (let at: StepDraft | null = step; at !== null; at = at.scope.owner) yield at;
}
