/** Compiles `stdin`: a text goes in as it is, any other value as JSON. */
import type { Tree } from '../../core/document.ts';
import type { Expr, Template } from '../../core/expr/ast.ts';
import { unreachable } from '../../core/json.ts';
import type { Place } from './place.ts';
import { readsOf } from './reads.ts';
import { deepTemplate } from './text.ts';
import type { Scene } from './world.ts';

export function stdinTemplate(scene: Scene, tree: Tree, place: Place): Template {
  const template = deepTemplate(scene, tree, place);
  switch (template.kind) {
    case 'literal':
      return { kind: 'literal', value: asText(template.value) };
    case 'text':
      return template;
    case 'value':
      // A secret is a text, and must not be looked into.
      if (readsOf(template.expression.expr).some((read) => read.kind === 'secret'))
        return calculated(template.expression.source, template.expression.expr);
      return calculated(template.expression.source, textOrJson(template.expression.expr));
    case 'list':
    case 'object':
    case 'argv':
      return calculated('stdin', call('toJSON', exprOf(template)));
    default:
      return unreachable(template);
  }
}

function asText(value: Extract<Template, { kind: 'literal' }>['value']): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
}

function calculated(source: string, expr: Expr): Template {
  return { kind: 'text', parts: [{ source, expr }], nulls: 'empty' };
}

/** Lists and objects as JSON; what else there is has a text of its own. */
function textOrJson(expr: Expr): Expr {
  const isKind = (kind: string): Expr => ({
    kind: 'binary',
    at: 0,
    op: '==',
    left: call('typeof', expr),
    right: { kind: 'literal', at: 0, value: kind },
  });
  const test: Expr = { kind: 'binary', at: 0, op: '||', left: isKind('array'), right: isKind('object') };
  return { kind: 'choice', at: 0, test, yes: call('toJSON', expr), no: expr };
}

/** A template inside a list or object, as an expression. The document bounds its depth. */
function exprOf(template: Template): Expr {
  switch (template.kind) {
    case 'literal':
      return exprOfJson(template.value);
    case 'value':
      return template.expression.expr;
    case 'text': {
      const items = template.parts.map((part): Expr => (typeof part === 'string' ? exprOfJson(part) : part.expr));
      return call('join', { kind: 'list', at: 0, items }, exprOfJson(''));
    }
    case 'list':
    case 'argv':
      return { kind: 'list', at: 0, items: template.items.map(exprOf) };
    case 'object':
      return { kind: 'object', at: 0, entries: template.entries.map(([key, value]) => [key, exprOf(value)] as const) };
    default:
      return unreachable(template);
  }
}

function exprOfJson(value: Extract<Template, { kind: 'literal' }>['value']): Expr {
  // A literal list or object is the value of its own JSON text.
  if (typeof value === 'object' && value !== null) return call('fromJSON', exprOfJson(JSON.stringify(value)));
  return { kind: 'literal', at: 0, value };
}

function call(name: string, ...args: readonly Expr[]): Expr {
  return { kind: 'call', at: 0, name, args };
}
