/** `giga eval`: one expression against given contexts, or a batch of them line by line. Knows no streams and no arguments. */
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { type EvaluationEnv, evaluate } from '../../core/expr/evaluate.ts';
import { Budget, Halt } from '../../core/expr/halt.ts';
import { parseJson, toJson } from '../../core/expr/to-json.ts';
import { ANY, type Type } from '../../core/expr/type.ts';
import { kindOf, type Value } from '../../core/expr/value.ts';
import { isJsonObject, type Json, type JsonObject, unreachable } from '../../core/json.ts';
import { checkExpression } from '../../lang/expr/check.ts';
import { type ExpressionProblem, parseExpression } from '../../lang/expr/parse.ts';

/** Characters of one line of a batch. */
const MAX_LINE = 10_000_000;

/** How the conformance cases name the kinds of values. */
const RESULT_KINDS = {
  null: 'Null',
  boolean: 'Boolean',
  number: 'Number',
  string: 'String',
  array: 'Array',
  object: 'Object',
} as const;

/** What GitHub refuses before it evaluates; other findings of the static check may turn out harmless. */
const REFUSED_BEFORE: ReadonlySet<string> = new Set([
  'EXPR_UNKNOWN_CONTEXT',
  'EXPR_UNKNOWN_FUNCTION',
  'EXPR_ARGUMENT_COUNT',
  'EXPR_LAMBDA',
  'EXPR_NOT_BUILT',
]);

/** `problem` has offsets into the text of the expression; `diagnostic` is of its evaluation. */
export type EvalOutcome =
  | { readonly ok: true; readonly value: Json; readonly kind: (typeof RESULT_KINDS)[keyof typeof RESULT_KINDS] }
  | { readonly ok: false; readonly kind: 'parsing'; readonly problem: ExpressionProblem }
  | { readonly ok: false; readonly kind: 'evaluation'; readonly diagnostic: Diagnostic };

/** Evaluates an expression; its contexts are the keys of `contexts`. A blank text is null, as in GitHub's own suite. */
export function evalExpression(text: string, contexts: JsonObject = {}): EvalOutcome {
  if (text.trim() === '') return { ok: true, kind: 'Null', value: null };
  const parsed = parseExpression(text);
  if (!parsed.ok) return { ok: false, kind: 'parsing', problem: parsed.error };
  const { expr } = parsed.value;
  const problems = checkExpression(expr, { contexts: typesOf(contexts), status: true });
  const wrong = problems.find(({ code }) => REFUSED_BEFORE.has(code));
  if (wrong) return { ok: false, kind: 'parsing', problem: { ...wrong, at: wrong.at + parsed.start } };
  return conclude(evaluate(expr, environmentOf(contexts)));
}

/** The contexts that a file gives: the JSON text of an object. */
export function readContexts(text: string): Result<JsonObject> {
  const contexts = parseJson(text, new Budget());
  if (!(contexts instanceof Halt) && isJsonObject(contexts)) return { ok: true, value: contexts };
  const hint = 'Write an object whose keys are the contexts, such as {"inputs": {"name": "x"}}.';
  return { ok: false, diagnostics: [problem('EXPR_CONTEXTS', 'The contexts are no JSON object.', { hint })] };
}

/** One line of a batch: `{"expr": …, "contexts": …}` in, `{"result": {kind, value}}` or `{"err": {kind, message}}` out. */
export function evalBatchLine(line: string): string {
  const request = readRequest(line);
  if (typeof request === 'string') return JSON.stringify({ err: { kind: 'parsing', message: request } });
  const outcome = evalExpression(request.expr, request.contexts);
  if (outcome.ok) return JSON.stringify({ result: { kind: outcome.kind, value: outcome.value } });
  const { message } = outcome.kind === 'parsing' ? outcome.problem : outcome.diagnostic;
  return JSON.stringify({ err: { kind: outcome.kind, message } });
}

function readRequest(line: string): { readonly expr: string; readonly contexts: JsonObject } | string {
  if (line.length > MAX_LINE) return `The line is longer than ${MAX_LINE} characters.`;
  const request = parseJson(line, new Budget());
  if (request instanceof Halt) return 'The line is no JSON, or nests too deep.';
  const { expr, contexts = {} } = isJsonObject(request) ? request : {};
  if (typeof expr !== 'string') return 'The line has no "expr" that is a text.';
  return isJsonObject(contexts) ? { expr, contexts } : 'The "contexts" are no object.';
}

function typesOf(contexts: JsonObject): ReadonlyMap<string, Type> {
  return new Map(Object.keys(contexts).map((name) => [name, ANY]));
}

function environmentOf(contexts: JsonObject): EvaluationEnv {
  const byName = new Map(Object.entries(contexts));
  const lowered = new Map([...byName].map(([name, value]) => [name.toLowerCase(), value]));
  return {
    context: (name) => (byName.has(name) ? byName.get(name) : lowered.get(name)),
    captured: () => undefined,
    status: { success: true, failure: false, cancelled: false },
  };
}

function conclude(evaluated: ReturnType<typeof evaluate>): EvalOutcome {
  switch (evaluated.kind) {
    case 'error':
      return { ok: false, kind: 'evaluation', diagnostic: evaluated.error };
    case 'missing': {
      const kinds = [...new Set(evaluated.captures.map((capture) => capture.kind))].join(', ');
      const message = `The value needs ${kinds} from outside, which \`giga eval\` does not read.`;
      return { ok: false, kind: 'evaluation', diagnostic: problem('EXPR_OUTSIDE', message) };
    }
    case 'value':
      return show(evaluated.value);
    default:
      return unreachable(evaluated);
  }
}

function show(value: Value): EvalOutcome {
  const json = toJson(value, new Budget());
  if (!(json instanceof Halt)) {
    const kind = kindOf(value);
    return { ok: true, kind: kind === 'secret' ? 'String' : RESULT_KINDS[kind], value: json };
  }
  const diagnostic = json.error ?? problem('EXPR_OUTSIDE', 'The value needs something from outside.');
  return { ok: false, kind: 'evaluation', diagnostic };
}
