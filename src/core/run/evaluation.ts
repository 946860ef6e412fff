/** Evaluates the texts of a node in a scene: the one place where a run meets the evaluator. Knows no events and no rules. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { type Capture, ENV_RUN_CALL, type Expression, type Template } from '../expr/ast.ts';
import { isTruthy } from '../expr/coerce.ts';
import { captureKey, type EvaluationEnv, evaluateTemplate, explainCondition } from '../expr/evaluate.ts';
import type { Json } from '../json.ts';
import type { Operand } from './event.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';
import { contextOf, type Scene } from './scene.ts';

export type { Scene };
export { isTruthy };

export type Answer<T> =
  | { readonly kind: 'value'; readonly value: T }
  /** These captures must be made first; then the answer is asked for anew. */
  | { readonly kind: 'missing'; readonly captures: readonly Capture[] }
  | { readonly kind: 'error'; readonly diagnostic: Diagnostic };

/** The value of a template as the node sees it in the scene. A failed capture that it needs is its error. */
export function evaluateFor(run: Run, node: Node, template: Template, scene: Scene): Answer<Json> {
  if (template.kind === 'literal') return { kind: 'value', value: template.value };
  const command = envRunCommand(template);
  if (command !== null) return envRun(run, node, command);
  const { trouble } = scene;
  const { error: around } = trouble;
  trouble.error = null;
  const evaluated = evaluateTemplate(template, evaluationEnv(run, scene));
  const { error } = trouble;
  trouble.error = around; // a variable may be evaluated in the middle of a text that reads it
  if (error !== null) return { kind: 'error', diagnostic: error };
  if (evaluated.kind === 'error') return { kind: 'error', diagnostic: evaluated.error };
  return evaluated.kind === 'missing' ? missing(run, node, evaluated.captures) : evaluated;
}

/** The parts of a condition with their values, for whoever asks why it was false. */
export function explain(run: Run, expression: Expression, scene: Scene): readonly Operand[] {
  return explainCondition(expression, evaluationEnv(run, scene)).operands;
}

function evaluationEnv(run: Run, scene: Scene): EvaluationEnv {
  return {
    context: (name) => contextOf(run, scene, name),
    captured: (key) => captured(scene, key),
    ...(scene.status && { status: scene.status }),
  };
}

const NOW = captureKey('now', []);
const STANDING_STILL = new Date(0).toISOString();

/** A value that the node captured for itself. */
export function captured(scene: Scene, key: string): Json | undefined {
  const value = scene.node.captured?.get(key);
  if (value === undefined) return undefined;
  scene.trouble.captured = true;
  if (key !== NOW) return value;
  scene.trouble.readsNow = true;
  return scene.fixedNow ? STANDING_STILL : value;
}

/** What is to be captured; or why it cannot be had, when it was asked for before and refused. */
function missing(run: Run, node: Node, captures: readonly Capture[]): Answer<never> {
  for (const { key } of captures) {
    const refused = run.refused.get(key) ?? node.refused?.get(key);
    if (refused !== undefined) return { kind: 'error', diagnostic: refused };
  }
  return { kind: 'missing', captures };
}

function envRunCommand(template: Template): string | null {
  if (template.kind !== 'value' || template.expression.expr.kind !== 'call') return null;
  const { name, args } = template.expression.expr;
  const [command] = args;
  return name === ENV_RUN_CALL && command?.kind === 'literal' && typeof command.value === 'string'
    ? command.value
    : null;
}

/** The output of a command, which runs once for the whole run. */
function envRun(run: Run, node: Node, command: string): Answer<Json> {
  const key = captureKey('env-run', [command]);
  const value = run.captured.get(key);
  if (value !== undefined) return { kind: 'value', value };
  return missing(run, node, [{ key, kind: 'env-run', args: [command] }]);
}
