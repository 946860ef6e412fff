/** Compiles `idempotent` and `verify`: what may not be done twice, and how giga finds out whether it was done. Knows forms, not what follows. */
import type { ActionNode } from '../../core/plan/plan.ts';
import type { Verify } from '../../core/plan/proof.ts';
import type { Defaults } from './defaults.ts';
import { isInHook, type StepDraft } from './draft.ts';
import { placeOf } from './place.ts';
import { runProbe } from './probe.ts';
import { flagOf } from './quantities.ts';
import { keyExpression } from './text.ts';
import { entryOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

export function guardKeys(
  scene: Scene,
  step: StepDraft,
  defaults: Defaults,
): Pick<ActionNode, 'idempotent' | 'verify'> {
  const entry = entryOf(step.tree, 'idempotent');
  const asked = entryOf(step.tree, 'verify');
  const idempotent = entry === undefined ? undefined : flagOf(scene, entry.value, 'idempotent');
  if (idempotent !== false) {
    if (asked !== undefined)
      scene.error(
        'PLAN_IDEMPOTENT',
        '`verify` means nothing beside a step that may simply run again.',
        asked.keyRange,
        {
          hint: 'Write `idempotent: false` beside it, if doing the step twice would do harm.',
        },
      );
    return idempotent === undefined ? {} : { idempotent };
  }
  checkGuard(scene, step);
  const verify = asked === undefined ? null : verifyOf(scene, step, asked.value, defaults);
  return { idempotent, ...(verify !== null && { verify }) };
}

export function isGuardedDraft(step: StepDraft): boolean {
  const tree = valueOf(step.tree, 'idempotent');
  return tree?.kind === 'scalar' && tree.value === false;
}

function verifyOf(
  scene: Scene,
  step: StepDraft,
  tree: Parameters<typeof runProbe>[2],
  defaults: Defaults,
): Verify | null {
  if (tree.kind !== 'map') {
    const holds = keyExpression(scene, tree, placeOf(step, 'verify', { self: true }));
    return holds === null ? null : { kind: 'condition', holds };
  }
  const run = valueOf(tree, 'run');
  if (run === undefined || tree.entries.length > 1) {
    scene.malformed(tree.range, '`verify` is an expression or `{ run: … }`.');
    return null;
  }
  return runProbe(scene, step, run, defaults, { self: true });
}

/** What would do it twice without a word. */
function checkGuard(scene: Scene, step: StepDraft): void {
  const at = entryOf(step.tree, 'idempotent')?.keyRange ?? step.idRange;
  const refuse = (message: string, hint: string): void => scene.error('PLAN_IDEMPOTENT', message, at, { hint });
  const nameless = nearest(step, ({ anonymous }) => anonymous);
  if (nameless !== null)
    refuse(
      `A step that must not be done twice needs ${nameless === step ? 'an id' : 'ids around it'}, by which it is found again.`,
      nameless === step ? 'Write `id:` into it.' : `Give \`${nameless.id}\` an \`id\`.`,
    );
  if (entryOf(step.tree, 'retry') !== undefined && entryOf(step.tree, 'verify') === undefined)
    refuse(
      `\`${step.id}\` is tried again after a failure, and nothing says whether it has happened then.`,
      'Say with `verify` how giga can tell, or take `retry` away.',
    );
  const again = nearest(step, (one) => one !== step && entryOf(one.tree, 'retry') !== undefined);
  if (again !== null)
    refuse(
      `The \`retry\` of \`${again.id}\` does all of it anew, also \`${step.id}\`.`,
      'Give `retry` to the other steps inside, or take this one out of the group.',
    );
  if (entryOf(step.tree, 'cache') !== undefined)
    refuse(
      'A result that is used again is no effect: with `cache` the step would count as done and have done nothing.',
      'Remove `cache`.',
    );
  if (isInHook(step.scope))
    refuse('What follows a step is done again whenever the step is.', 'Make it a step of its own, with `needs`.');
}

function nearest(step: StepDraft, holds: (step: StepDraft) => boolean): StepDraft | null {
  for (let at: StepDraft | null = step; at !== null; at = at.scope.owner) if (holds(at)) return at;
  return null;
}
