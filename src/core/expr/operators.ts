/** What the operators compute from values that are known. `&&`, `||`, `??` and `?:`, which choose, are the evaluator's. */
import { unreachable } from '../json.ts';
import type { BinaryOperator } from './ast.ts';
import { isGreater, isTruthy, looselyEqual } from './coerce.ts';
import { type Budget, type Halt, halt } from './halt.ts';
import { concatenate, kindOf, SecretValue, type Value } from './value.ts';

export type StrictOperator = Exclude<BinaryOperator, '&&' | '||' | '??'>;

export function applyUnary(op: '!' | '-' | '+', of: Value): Value | Halt {
  if (op === '!') return !isTruthy(of);
  if (typeof of !== 'number') return noNumber(op, of);
  return op === '-' ? -of : of;
}

export function applyBinary(op: StrictOperator, left: Value, right: Value, budget: Budget): Value | Halt {
  const stop = budget.make(sizeOf(left) + sizeOf(right));
  if (stop) return stop;
  if (op === '==' || op === '!=') {
    const equal = compareSecret(left, right) ?? looselyEqual(left, right);
    return typeof equal === 'boolean' ? equal === (op === '==') : equal;
  }
  if (op === '+') return add(left, right);
  if (left instanceof SecretValue || right instanceof SecretValue) return secretOperand(op);
  switch (op) {
    case '>':
      return isGreater(left, right);
    case '<':
      return isGreater(right, left);
    case '>=':
      return isGreater(left, right) || looselyEqual(left, right);
    case '<=':
      return isGreater(right, left) || looselyEqual(left, right);
    case '-':
    case '*':
    case '/':
    case '%':
      return calculate(op, left, right);
    default:
      return unreachable(op);
  }
}

function calculate(op: '-' | '*' | '/' | '%', left: Value, right: Value): Value | Halt {
  if (typeof left !== 'number') return noNumber(op, left);
  if (typeof right !== 'number') return noNumber(op, right);
  if (op === '-') return left - right;
  if (op === '*') return left * right;
  if (right === 0) return halt('EXPR_OPERANDS', `\`${op}\` has 0 as its divisor.`);
  return op === '/' ? left / right : left % right;
}

function isText(value: Value): value is string | SecretValue {
  return typeof value === 'string' || value instanceof SecretValue;
}

function add(left: Value, right: Value): Value | Halt {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (isText(left) && isText(right)) return concatenate([left, right]);
  return halt(
    'EXPR_OPERANDS',
    `\`+\` joins two texts or adds two numbers; here are ${nameOf(left)} and ${nameOf(right)}.`,
    "Use `format('{0}{1}', a, b)`, `string(a)` or `float(a)`.",
  );
}

/** A secret may only be compared with the empty text, which it never is. Null if no secret is compared. */
function compareSecret(left: Value, right: Value): false | Halt | null {
  const isSecret = left instanceof SecretValue || right instanceof SecretValue;
  if (!isSecret) return null;
  return left === '' || right === '' ? false : secretOperand('==');
}

function secretOperand(op: string): Halt {
  return halt(
    'EXPR_SECRET',
    `\`${op}\` cannot be used on a secret.`,
    "A secret can be joined to a text, and compared with ''.",
  );
}

function noNumber(op: string, value: Value): Halt {
  if (value instanceof SecretValue) return secretOperand(op);
  return halt(
    'EXPR_OPERANDS',
    `\`${op}\` takes numbers; here is ${nameOf(value)}.`,
    'Turn a text into a number with `float(a)` or `int(a)`.',
  );
}

/** A kind of value as messages name it. */
export function nameOf(value: Value): string {
  return KIND_NAMES[kindOf(value)];
}

export const KIND_NAMES = {
  null: 'null',
  boolean: 'a boolean',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
  secret: 'a secret',
} as const;

function sizeOf(value: Value): number {
  return typeof value === 'string' ? value.length : 0;
}
