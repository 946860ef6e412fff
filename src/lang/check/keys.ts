/** Finds modifiers that would do nothing beside the action of their step. The shape check knows keys one by one; this one, together. */
import type { Range } from '../../core/document.ts';
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
  'artifacts',
  'ensures',
  'idempotent',
  'verify',
  'files',
];
const OF_EFFECTS: readonly string[] = ['artifacts', 'ensures', 'idempotent', 'verify', 'files'];
/** Those of them that mean something beside other actions. */
const OF_ACTIONS: Readonly<Partial<Record<ActionKey, readonly string[]>>> = {
  http: ['cwd', 'retry', 'timeout', 'total-timeout', 'idle-timeout', ...OF_EFFECTS],
  claude: ['cwd', 'retry', 'timeout', 'total-timeout', 'idle-timeout', ...OF_EFFECTS],
  mcp: ['retry', 'timeout', 'total-timeout', 'idle-timeout', ...OF_EFFECTS],
  uses: ['retry', 'timeout', 'total-timeout', 'idle-timeout', ...OF_EFFECTS],
  write: ['cwd', 'retry', ...OF_EFFECTS],
  service: ['cwd', 'retry', 'timeout', 'grace', 'clear-env', 'secrets'],
};
/** A service gives `pid` and `port`, and serves the steps beside it. */
const NOT_OF_SERVICES: readonly string[] = [
  'outputs',
  'annotations',
  ...OF_EFFECTS,
  'total-timeout',
  'idle-timeout',
  'for-each',
  'matrix',
  'loop',
];
/** What is undone, and how, is said by the steps that are undone. */
const NOT_OF_COMPENSATION: readonly string[] = ['outputs', 'annotations', 'env', 'for-each', 'matrix', 'loop'];
const SERVICE_HINT = 'Give it to the steps that use the service, or to a group around them and the service.';

/** Another file says these itself. */
const OF_FILES: Readonly<Partial<Record<ActionKey, readonly string[]>>> = {
  workflow: ['outputs', 'annotations', 'env', 'cwd'],
  include: ['outputs', 'annotations', 'cwd', 'secrets'],
};
/** A group passes on what holds for each of its steps; its `retry` runs it anew, and its limits bound it as a whole. */
const OF_GROUPS: readonly string[] = [
  'cwd',
  'retry',
  'timeout',
  'total-timeout',
  'grace',
  'secrets',
  'clear-env',
  'ensures',
];

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
  const isChild = action === 'workflow' || action === 'include';
  const isGroup = step.bodies.length > 0 || isChild;
  for (const { key, keyRange } of step.tree.entries) {
    if (action === 'service' && NOT_OF_SERVICES.includes(key)) {
      compilation.error('PLAN_KEY_WITHOUT_EFFECT', `\`${key}\` means nothing beside \`service\`.`, keyRange, {
        hint: SERVICE_HINT,
      });
      continue;
    }
    if (action === 'compensate' && NOT_OF_COMPENSATION.includes(key)) {
      compilation.error('PLAN_KEY_WITHOUT_EFFECT', `\`${key}\` means nothing beside \`compensate\`.`, keyRange, {
        hint: 'Write it in what undoes a step, which is said with the step.',
      });
      continue;
    }
    if (OF_FILES[action]?.includes(key)) {
      reportOfFile(compilation, action, key, keyRange);
      continue;
    }
    if (isChild && key === 'secrets') continue;
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

function reportOfFile(compilation: Compilation, action: ActionKey, key: string, at: Range): void {
  const why =
    key === 'secrets'
      ? 'its steps have the secrets of this workflow.'
      : `the file says it itself${key === 'outputs' ? '' : ', or gets what it needs in `with`'}.`;
  compilation.error('PLAN_KEY_WITHOUT_EFFECT', `\`${key}\` does nothing beside \`${action}\`: ${why}`, at, {
    hint: key === 'outputs' ? 'Declare `outputs` at the top level of the file.' : 'Remove it.',
  });
}
