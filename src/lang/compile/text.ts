/** Texts and values with `${{ }}` to templates and expressions. Knows the forms, not what names mean. */

import type { ScalarTree, Tree } from '../../core/document.ts';
import type { Expression, Template } from '../../core/expr/ast.ts';
import type { Json } from '../../core/json.ts';
import { jsonObject } from '../../core/json.ts';
import { type EmbeddedExpression, parseExpressionKey, parseTemplate } from '../expr/parse.ts';
import { resolveExpression } from './expressions.ts';
import type { Place } from './place.ts';
import { reportIn } from './report-in.ts';
import { isText, textOf } from './tree.ts';
import type { Scene } from './world.ts';

/** What stands for a text that could not be read; its problem is reported, so no plan comes of it. */
const UNREAD: Template = { kind: 'literal', value: null };

/** A text where a text is wanted: numbers keep their source text, and the result is always a text. */
export function textTemplate(scene: Scene, tree: Tree, place: Place, nulls: 'empty' | 'refuse'): Template {
  if (tree.kind !== 'scalar') {
    scene.malformed(tree.range, `\`${place.key}\` is a text here.`);
    return UNREAD;
  }
  const parts = partsOf(scene, tree, place);
  if (parts === null) return UNREAD;
  if (parts.every((part) => typeof part === 'string')) return { kind: 'literal', value: parts.join('') };
  return { kind: 'text', parts: parts.map(plain), nulls };
}

/** A text that keeps the type of its value when it is exactly one `${{ }}`; other scalars stand for themselves. */
export function valueTemplate(
  scene: Scene,
  tree: ScalarTree,
  place: Place,
  nulls: 'empty' | 'refuse' = 'empty',
): Template {
  if (!isText(tree)) return { kind: 'literal', value: tree.value };
  const parts = partsOf(scene, tree, place);
  if (parts === null) return UNREAD;
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string')
    return { kind: 'value', expression: expressionOf(only) };
  if (parts.every((part) => typeof part === 'string')) return { kind: 'literal', value: parts.join('') };
  return { kind: 'text', parts: parts.map(plain), nulls };
}

/** A value of any form, with templates anywhere inside. */
export function deepTemplate(scene: Scene, tree: Tree, place: Place): Template {
  if (tree.kind === 'scalar') return valueTemplate(scene, tree, place);
  if (tree.kind === 'list') {
    const items = tree.items.map((item) => deepTemplate(scene, item, place));
    return listTemplate(items);
  }
  return objectTemplate(tree.entries.map((entry) => [entry.key, deepTemplate(scene, entry.value, place)] as const));
}

export function listTemplate(items: readonly Template[]): Template {
  const values = literalsOf(items);
  return values === null ? { kind: 'list', items } : { kind: 'literal', value: values };
}

/** An object that is known already is one literal: nothing is left to evaluate. */
export function objectTemplate(entries: readonly (readonly [string, Template])[]): Template {
  const values = literalsOf(entries.map(([, value]) => value));
  if (values === null) return { kind: 'object', entries };
  return { kind: 'literal', value: jsonObject(entries.map(([key], index) => [key, values[index] ?? null] as const)) };
}

export function literal(value: Json): Template {
  return { kind: 'literal', value };
}

/** The expression of a key that always is one; null when it cannot be read. */
export function keyExpression(scene: Scene, tree: Tree, place: Place): Expression | null {
  if (tree.kind !== 'scalar' || tree.value === null) {
    scene.malformed(tree.range, `\`${place.key}\` is an expression.`);
    return null;
  }
  const parsed = parseExpressionKey(textOf(tree));
  if (!parsed.ok) {
    reportIn(scene, tree, parsed.error);
    return null;
  }
  resolveExpression(scene, place, parsed.value, tree, parsed.start);
  return parsed.value;
}

/** The pieces of a scalar's text, checked; null after a problem. */
function partsOf(scene: Scene, tree: ScalarTree, place: Place): readonly (string | EmbeddedExpression)[] | null {
  const text = textOf(tree);
  // Most texts have no expression at all.
  if (!text.includes('${{')) return [text];
  const parsed = parseTemplate(text);
  if (!parsed.ok) {
    for (const error of parsed.errors) reportIn(scene, tree, error);
    return null;
  }
  for (const part of parsed.parts) {
    if (typeof part !== 'string') resolveExpression(scene, place, part, tree, part.start);
  }
  return parsed.parts;
}

function plain(part: string | EmbeddedExpression): string | Expression {
  return typeof part === 'string' ? part : expressionOf(part);
}

/** Without its place in the text, which is no part of a plan. */
function expressionOf({ source, expr }: EmbeddedExpression): Expression {
  return { source, expr };
}

function literalsOf(templates: readonly Template[]): readonly Json[] | null {
  const values: Json[] = [];
  for (const template of templates) {
    if (template.kind !== 'literal') return null;
    values.push(template.value);
  }
  return values;
}

const LOOKS_LIKE_REFERENCE = /^\s*(?:self|steps|needs|inputs)(?:\.[A-Za-z_][\w-]*|\[[^\]]*\])+\s*$/;

/** Warns of a text that would be taken as it stands, where a value was surely meant. */
export function warnOfBareReference(scene: Scene, tree: Tree): void {
  if (!isText(tree) || !LOOKS_LIKE_REFERENCE.test(tree.value)) return;
  scene.warn('PLAN_BARE_EXPRESSION', `\`${tree.value.trim()}\` is taken as a text, not as a reference.`, tree.range, {
    hint: `Write \`\${{ ${tree.value.trim()} }}\`, or put the text in an expression: \`\${{ '${tree.value.trim().replaceAll("'", "''")}' }}\`.`,
  });
}
