/** Calls in the static check: functions, arity, arguments, lambdas. Knows functions only by their specs. */
import type { Expr } from '../../core/expr/ast.ts';
import { describeArity, describeTakes, wantsLambda } from '../../core/expr/call.ts';
import { type FunctionSpec, parameterAt } from '../../core/expr/functions/spec.ts';
import { FUNCTIONS, findFunction } from '../../core/expr/functions/table.ts';
import {
  ANY,
  alternatives,
  describeType,
  listOf,
  NULL,
  NUMBER,
  STRING,
  type Type,
  unionOf,
} from '../../core/expr/type.ts';
import type { ValueKind } from '../../core/expr/value.ts';
import { similarHint } from '../../core/nearest.ts';
import { type Bound, type Check, infer, report } from './infer.ts';

/** The type of a call; checks the function, its arguments and their number. */
export function inferCall(node: Expr & { kind: 'call' }, check: Check, bound: Bound): Type {
  const spec = findFunction(node.name);
  if (!spec) {
    const names = FUNCTIONS.map(({ name }) => name);
    const { hint } = similarHint('a function', node.name, names);
    report(check, 'EXPR_UNKNOWN_FUNCTION', node, `There is no function "${node.name}".`, hint);
  } else if (spec.special === 'not-built') {
    report(check, 'EXPR_NOT_BUILT', node, `\`${spec.name}\` is not built yet.`);
  } else if (spec.special === 'status' && !check.types.status) {
    report(check, 'EXPR_STATUS_FUNCTION', node, `\`${spec.name}()\` has no meaning here: it stands in \`if\`.`);
  }
  const wrongCount = spec && describeArity(spec, node.args.length);
  if (wrongCount) report(check, 'EXPR_ARGUMENT_COUNT', node, wrongCount);
  const args = inferArguments(node, spec, check, bound);
  return spec ? resultOf(spec, args) : ANY;
}

interface Arguments {
  readonly values: readonly Type[];
  /** What the lambda gives; null if there is none. */
  readonly lambda: Type | null;
}

function inferArguments(
  node: Expr & { kind: 'call' },
  spec: FunctionSpec | undefined,
  check: Check,
  bound: Bound,
): Arguments {
  const values: Type[] = [];
  let lambda: Type | null = null;
  for (const [i, argument] of node.args.entries()) {
    const takes = spec && parameterAt(spec, i)?.takes;
    if (argument.kind === 'lambda' && (takes === 'lambda' || !spec)) {
      const item = values[0]?.kind === 'list' ? values[0].of : ANY;
      const given = argument.params.map((name, at): [string, Type] => [name, at === 0 ? item : NUMBER]);
      lambda = infer(argument.body, check, new Map([...bound, ...given]));
    } else if (takes === 'lambda' && spec) {
      report(check, 'EXPR_LAMBDA', argument, wantsLambda(spec));
    } else {
      const type = infer(argument, check, bound);
      values.push(type);
      if (spec) checkArgument(spec, i, argument, type, check);
    }
  }
  return { values, lambda };
}

const KIND_OF_TYPE: Readonly<Partial<Record<Type['kind'], ValueKind>>> = {
  null: 'null',
  boolean: 'boolean',
  number: 'number',
  string: 'string',
  list: 'array',
  object: 'object',
};

function checkArgument(spec: FunctionSpec, i: number, node: Expr, type: Type, check: Check): void {
  const parameter = parameterAt(spec, i);
  if (type.kind === 'secret' && !spec.takesSecrets) {
    report(check, 'EXPR_SECRET', node, `\`${spec.name}\` cannot be given a secret.`);
    return;
  }
  if (!parameter || typeof parameter.takes === 'string') return;
  const { takes } = parameter;
  const fits = alternatives(type).some(({ kind }) => {
    const valueKind = KIND_OF_TYPE[kind];
    return valueKind === undefined || takes.includes(valueKind);
  });
  if (fits) return;
  const message = `\`${spec.name}\` takes ${describeTakes(parameter.takes)} as its ${parameter.name}, not ${describeType(type)}.`;
  report(check, 'EXPR_ARGUMENT', node, message);
}

/** The type of a call, closer than the table says where the arguments tell more. */
function resultOf(spec: FunctionSpec, { values, lambda }: Arguments): Type {
  const [first] = values;
  const item = first?.kind === 'list' ? first.of : ANY;
  if (spec.takesSecrets && values.some((type) => type.kind === 'secret')) return { kind: 'secret' };
  switch (spec.name) {
    case 'filter':
    case 'sortBy':
    case 'sort':
    case 'unique':
      return listOf(item);
    case 'map':
      return listOf(lambda ?? ANY);
    case 'first':
    case 'last':
    case 'find':
      return unionOf(item, NULL);
    case 'slice':
    case 'reverse':
      return first?.kind === 'string' ? STRING : first?.kind === 'list' ? first : spec.result;
    default:
      return spec.result;
  }
}
