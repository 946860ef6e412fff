/** Finds modifiers that would do nothing beside the action of their step. The shape check knows keys one by one; this one, together. */
import type { Compilation } from '../compile/compilation.ts';

import { type ActionKey, isRepeated, type ScopeDraft, type StepDraft } from '../compile/draft.ts';
import { valueOf } from '../compile/tree.ts';

const OF_PROGRAMS: readonly string[] = [
  'timeout',
  'total-timeout',
  'idle-timeout',
  'grace',
  'clear-env',
  'secrets',
  'cwd',
  'retry',
];
/** Those of them that mean something beside other actions. */
const OF_ACTIONS: Readonly<Partial<Record<ActionKey, readonly string[]>>> = {
  http: ['cwd', 'retry', 'timeout', 'total-timeout', 'idle-timeout'],
  write: ['cwd', 'retry'],
};
/** A group passes on what holds for each of its steps; its `retry` runs it anew, and its limits bound it as a whole. */
const OF_GROUPS: readonly string[] = ['cwd', 'retry', 'timeout', 'total-timeout', 'grace', 'secrets', 'clear-env'];

export function checkKeys(compilation: Compilation, scopes: readonly ScopeDraft[]): void {
  for (const scope of scopes) {
    for (const step of scope.steps)
      if (step.action !== null && step.action !== 'run') checkStep(compilation, step, step.action);
  }
}

/** A wait runs a program only where it probes with one. */
function keysBeside({ tree }: StepDraft, action: ActionKey): readonly string[] {
  if (action !== 'wait') return OF_ACTIONS[action] ?? [];
  const until = valueOf(valueOf(tree, 'wait'), 'until');
  if (valueOf(until, 'run') !== undefined) return ['cwd', 'secrets', 'clear-env', 'grace'];
  return valueOf(valueOf(tree, 'wait'), 'file') === undefined ? [] : ['cwd'];
}

function checkStep(compilation: Compilation, step: StepDraft, action: ActionKey): void {
  const isGroup = step.bodies.length > 0;
  for (const { key, keyRange } of step.tree.entries) {
    if (!OF_PROGRAMS.includes(key) || (isGroup && OF_GROUPS.includes(key))) continue;
    if (keysBeside(step, action).includes(key)) continue;
    // Of a step that is done again it bounds all times together, whatever is done.
    if (key === 'total-timeout' && isRepeated(step)) continue;
    if (isGroup) {
      compilation.error('PLAN_NOT_BUILT', `\`${key}\` on a group is not built yet.`, keyRange, {
        hint: 'Give it to the steps inside that run something.',
      });
    } else {
      compilation.error(
        'PLAN_KEY_WITHOUT_EFFECT',
        `\`${key}\` does nothing beside \`${action}\`, which runs no program.`,
        keyRange,
        { hint: action === 'wait' && key === 'timeout' ? 'Write it inside `wait`.' : 'Remove it.' },
      );
    }
  }
}
