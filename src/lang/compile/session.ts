/** Compiles `session` of a `claude` step: which conversation goes on, as an edge and a value. Knows steps and loops, no conversations. */
import type { ScalarTree, Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import type { OutputSpec } from '../../core/plan/plan.ts';
import { parseExpression } from '../expr/parse.ts';
import { findStep, isRepeated, pathOf, type ScopeDraft, type StepDraft } from './draft.ts';
import { readStep } from './expressions.ts';
import { placeOf } from './place.ts';
import { literal, objectTemplate } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

const CONTINUE = 'continue:';

/** Marks the steps whose conversation is kept, before anything is said of what they give. */
export function markSessions(scopes: readonly ScopeDraft[]): void {
  for (const { steps } of scopes)
    for (const step of steps) {
      const tree = sessionTree(step);
      if (tree === undefined) continue;
      step.keepsSession = true;
      const named = continuedBy(step);
      if (named?.action === 'claude') named.keepsSession = true;
    }
}

function sessionTree(step: StepDraft): (ScalarTree & { readonly value: string }) | undefined {
  if (step.action !== 'claude') return undefined;
  const tree = valueOf(entryOf(step.tree, 'claude')?.value, 'session');
  return isText(tree) ? tree : undefined;
}

/** The field `continues` of a ClaudeRequest; none where a conversation begins. */
export function sessionOf(scene: Scene, step: StepDraft, claude: Tree): readonly (readonly [string, Template])[] {
  const tree = sessionTree(step);
  if (step.keepsSession && isCli(claude)) refuseCli(scene, step, claude);
  if (tree === undefined || tree.value === 'new') return [];
  const template = tree.value === 'continue' ? ofIteration(scene, step, tree) : ofStep(scene, step, tree);
  return template === null ? [] : [['continues', template]];
}

function isCli(claude: Tree): boolean {
  const runner = valueOf(claude, 'runner');
  return isText(runner) && runner.value === 'cli';
}

function refuseCli(scene: Scene, step: StepDraft, claude: Tree): void {
  const at = entryOf(claude, 'session') ?? entryOf(claude, 'runner');
  scene.error(
    'PLAN_CLAUDE',
    `The command line of Claude keeps its conversations itself: no other step can continue that of \`${step.id}\`.`,
    at?.keyRange ?? claude.range,
    { hint: 'Leave out `runner: cli`.' },
  );
}

/** `continue:STEP`. */
function ofStep(scene: Scene, step: StepDraft, tree: ScalarTree & { readonly value: string }): Template | null {
  const id = tree.value.slice(CONTINUE.length);
  const place = placeOf(step, 'session');
  const at = scene.locator.spanIn(tree, CONTINUE.length, tree.value.length);
  if (!readStep(scene, place, id, at)) return null;
  const named = findStep(step.scope, id);
  if (named === null) return null;
  if (named.action !== 'claude') {
    scene.error('PLAN_CLAUDE', `\`${id}\` is no \`claude\` step: it has no conversation.`, at, {
      related: [{ message: `\`${pathOf(named)}\` stands here`, at: scene.locator.span(named.idRange) }],
    });
    return null;
  }
  if (isFannedOut(named)) {
    scene.error(
      'PLAN_CLAUDE',
      `\`${id}\` has a conversation for each of its items: which one is to go on is not said.`,
      at,
      {
        hint: `Put both steps into a group with the \`for-each\`: there each item has its own \`${id}\`.`,
      },
    );
    return null;
  }
  return objectTemplate([
    ['session', expression(`steps['${named.id}'].outputs.session`)],
    ['step', literal(named.id)],
  ]);
}

/** The model of a step that names none: that of the conversation which it continues. What a run may cost is known by it. */
export function inheritedModel(step: StepDraft): readonly (readonly [string, Template])[] {
  const seen = new Set<StepDraft>();
  for (let at = continuedBy(step); at !== null && !seen.has(at); at = continuedBy(at)) {
    seen.add(at);
    const model = valueOf(entryOf(at.tree, 'claude')?.value, 'model');
    if (!isText(model)) continue;
    const [first = at] = seen;
    const isKnown = !model.value.includes('${{');
    return [['model', isKnown ? literal(model.value) : expression(`steps['${first.id}'].outputs.model`)]];
  }
  return [];
}

function continuedBy(step: StepDraft): StepDraft | null {
  const tree = sessionTree(step);
  return tree?.value.startsWith(CONTINUE) ? findStep(step.scope, tree.value.slice(CONTINUE.length)) : null;
}

function isFannedOut({ tree }: StepDraft): boolean {
  return entryOf(tree, 'for-each') !== undefined || entryOf(tree, 'matrix') !== undefined;
}

/** `continue`: the same step in the iteration before. */
function ofIteration(scene: Scene, step: StepDraft, tree: ScalarTree): Template | null {
  if (entryOf(step.tree, 'loop') !== undefined)
    return objectTemplate([['session', expression('loop.last.outputs.session')]]);
  if (loopedGroup(step) !== null)
    return objectTemplate([['session', expression(`loop.last.outputs['${carriedName(step)}']`)]]);
  scene.error(
    'PLAN_CLAUDE',
    '`session: continue` goes on with the iteration before, and this step stands in no `loop`.',
    tree.range,
    {
      hint: 'Say whose conversation goes on: `continue:STEP`. In a loop it stands in the step that has it, or directly in the group.',
    },
  );
  return null;
}

function loopedGroup({ scope }: StepDraft): StepDraft | null {
  const { owner, part } = scope;
  return owner !== null && part === 'group' && isRepeated(owner) && entryOf(owner.tree, 'loop') !== undefined
    ? owner
    : null;
}

/** No output that a document declares has a blank in its name. */
function carriedName({ id }: StepDraft): string {
  return `session of ${id}`;
}

/** What a group with `loop` hands on to its next iteration: the conversations that its steps go on with. */
export function carriedSessions(step: StepDraft): readonly (readonly [string, OutputSpec])[] {
  if (entryOf(step.tree, 'loop') === undefined) return [];
  const members = step.bodies.flatMap(({ scope }) => (scope.part === 'group' ? scope.steps : []));
  return members
    .filter((member) => sessionTree(member)?.value === 'continue' && entryOf(member.tree, 'loop') === undefined)
    .map((member) => {
      const name = carriedName(member);
      const value = expression(`steps['${member.id}'].outputs.session ?? loop.last.outputs['${name}']`);
      return [name, { value }] as const;
    });
}

/** A text of our own, that names what was looked up before. */
function expression(source: string): Template {
  const parsed = parseExpression(source);
  if (!parsed.ok) throw new Error(`Bug: ${parsed.error.message} in ${source}`);
  return { kind: 'value', expression: parsed.value };
}
