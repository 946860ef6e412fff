/** Asks an expression of every item of a list, and says what is wrong with lists. Knows no lists of its own. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Expression } from '../expr/ast.ts';
import type { Json } from '../json.ts';
import { type Answer, evaluateFor } from './evaluation.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { type Scene, sceneOf } from './scene.ts';

/** A list from outside may be long by mistake: the journal would hold an event for each item. */
export const MAX_ITEMS = 100_000;

/** What an expression gives for every item. */
export function askEach(run: Run, node: Node, expression: Expression, items: readonly Json[]): Answer<readonly Json[]> {
  const values: Json[] = [];
  for (const [index, value] of items.entries()) {
    const scene: Scene = { ...sceneOf(node), item: { value, index } };
    const answer = evaluateFor(run, node, { kind: 'value', expression }, scene);
    if (answer.kind !== 'value') return answer;
    values.push(answer.value);
  }
  return { kind: 'value', value: values };
}

export function badItems(message: string, hint: string): Diagnostic {
  return problem('STEP_ITEMS_INVALID', message, { hint });
}

export function tooMany(path: string): Diagnostic {
  return badItems(
    `Step \`${path}\` has more than ${MAX_ITEMS} items.`,
    'Do several of them in one step, or take a part with `filter` or `limit`.',
  );
}
