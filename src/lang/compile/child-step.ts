/** Compiles `workflow` and `include`: the plan of another file as one step of this one. Knows faces of files, not how they are read. */
import type { Range } from '../../core/document.ts';
import {
  type ChildFile,
  type ChildSpec,
  COMPENSATE_HOOK,
  type CompositeNode,
  ON_SUCCESS_HOOK,
  type PlanScope,
  planHash,
} from '../../core/plan/plan.ts';
import { CHILD_SLOTS, ON_FAILURE_SLOT, ON_SUCCESS_SLOT } from '../../core/run/scope.ts';
import { checkedInputs, readWith } from './child-inputs.ts';
import { pathTree } from './children.ts';
import { pathOf, type StepDraft } from './draft.ts';
import type { ChildDraft, Face } from './family.ts';
import { namesIn } from './manner.ts';
import { placeOf } from './place.ts';
import { optionalLimit } from './quantities.ts';
import { literal, textTemplate } from './text.ts';
import { entryOf } from './tree.ts';
import type { Scene } from './world.ts';

/** `secrets` are those that the step and the groups around it name. */
export function compileChild(
  scene: Scene,
  step: StepDraft,
  secrets: readonly string[],
): Pick<CompositeNode, 'bodies' | 'rethrow' | 'timeoutMs'> & { readonly child: ChildSpec } {
  const path = pathTree(step);
  if (path === null) {
    const tree = entryOf(step.tree, step.action ?? '')?.value;
    if (tree !== undefined) scene.malformed(tree.range, `\`${step.action}\` is the path of a file.`);
  }
  const pick = path?.value.includes('${{') ? textTemplate(scene, path, placeOf(step, 'workflow'), 'refuse') : undefined;
  const given = readWith(scene, entryOf(step.tree, 'with')?.value, placeOf(step, 'with'));
  const at = (entryOf(step.tree, 'with') ?? entryOf(step.tree, step.action ?? ''))?.keyRange ?? step.idRange;
  const bodies: (PlanScope | null)[] = [];
  const files: ChildFile[] = [];
  for (const { key, face } of step.children ?? []) {
    if (face === null) continue;
    if (step.action === 'workflow') checkSecrets(scene, step, face, secrets);
    const file = fileOf(
      face,
      given === null ? literal({}) : checkedInputs(scene, at, { ...face, inputs: face.plan.inputs }, given),
    );
    files.push(pick === undefined ? file : { ...file, key });
    checkHooks(scene, step, face);
    for (let slot = 0; slot < CHILD_SLOTS; slot++) bodies.push(face.plan.root.bodies[slot] ?? null);
  }
  checkUnknownSecrets(scene, step);
  const timeoutMs = limitOf(scene, step);
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    bodies,
    rethrow: true,
    child: { ...(step.action === 'include' && { isFragment: true as const }), ...(pick && { pick }), files },
  };
}

/** The smaller one of the limits that the step and the file have. */
function limitOf(scene: Scene, step: StepDraft): number | undefined {
  const own = optionalLimit(scene, step.tree, 'timeout');
  const faces = (step.children ?? []).flatMap(({ face }) => face ?? []);
  const limits = new Set(faces.map(({ plan }) => Math.min(plan.root.timeoutMs ?? Infinity, own ?? Infinity)));
  if (limits.size > 1)
    scene.error(
      'PLAN_NOT_BUILT',
      'A choice among files whose `timeout` differs is not built yet.',
      keyRange(step, step.action ?? ''),
      { hint: 'Use `choose`, with a step for each file, or give all of them the same `timeout`.' },
    );
  const [limit = own] = limits;
  return limit === Infinity ? undefined : limit;
}

function fileOf({ plan, concurrency }: Face, given: ChildFile['with']): ChildFile {
  const { name, file, inputs, secrets, env, vars, outputs, budget } = plan;
  const own = { name, file, hash: planHash(plan), inputs, secrets, env, vars, outputs, with: given };
  return { ...own, ...(concurrency !== undefined && { concurrency }), ...(budget && { budget }) };
}

function keyRange(step: StepDraft, key: string): Range {
  return (entryOf(step.tree, key) ?? entryOf(step.tree, step.action ?? ''))?.keyRange ?? step.idRange;
}

/** A child has no secret that the step does not name. */
function checkSecrets(scene: Scene, step: StepDraft, face: Face, given: readonly string[]): void {
  for (const name of face.plan.secrets) {
    if (given.includes(name)) continue;
    const at = face.placeOf('secrets', name);
    scene.error(
      'PLAN_CHILD_SECRET',
      `"${face.file}" declares the secret \`${name}\`, which this step does not give it.`,
      keyRange(step, 'secrets'),
      {
        hint: `Name it: \`secrets: [${[...given, name].join(', ')}]\`.`,
        ...(at !== null && { related: [{ message: 'declared here', at }] }),
      },
    );
  }
}

/** Of those that the step itself names: what a group names is for any of its steps. */
function checkUnknownSecrets(scene: Scene, step: StepDraft): void {
  const faces = (step.children ?? []).map(({ face }: ChildDraft) => face);
  if (step.action !== 'workflow' || faces.length === 0 || faces.includes(null)) return;
  for (const name of namesIn(scene, entryOf(step.tree, 'secrets'))) {
    if (faces.some((face) => face?.plan.secrets.includes(name))) continue;
    const files = faces.map((face) => `"${face?.file}"`).join(', ');
    scene.error(
      'PLAN_KEY_WITHOUT_EFFECT',
      `${files} declares no secret \`${name}\`, so it does not get it.`,
      keyRange(step, 'secrets'),
      {
        hint: 'Remove the name here, or declare it there at the top level: `secrets: […]`.',
      },
    );
  }
}

/** The hooks of the step have the paths that the ends of its file have, unless it is done many times. */
function checkHooks(scene: Scene, step: StepDraft, { plan, file }: Face): void {
  if (['for-each', 'matrix', 'loop'].some((key) => entryOf(step.tree, key) !== undefined)) return;
  for (const { slot, scope } of step.hooks) {
    if (slot === COMPENSATE_HOOK) continue;
    const end = plan.root.bodies[slot === ON_SUCCESS_HOOK ? ON_SUCCESS_SLOT : ON_FAILURE_SLOT]?.nodes ?? [];
    for (const hook of scope.steps) {
      if (!end.some(({ id }) => id.toLowerCase() === hook.id.toLowerCase())) continue;
      const message = `\`${pathOf(hook)}\` would be two steps: "${file}" has one of this id at its own end.`;
      scene.error('PLAN_DUPLICATE_ID', message, hook.idRange, { hint: 'Give it another `id:`.' });
    }
  }
}
