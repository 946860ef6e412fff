/** The functions of GitHub's expressions, with GitHub's meaning. */
import { isPrimitive, looselyEqual, toText, upper } from '../coerce.ts';
import { type Budget, Halt, halt } from '../halt.ts';
import { parseJson, toJson, writeJson } from '../to-json.ts';
import { ANY, BOOLEAN, STRING } from '../type.ts';
import { concatenate, isList, SecretValue, type Value } from '../value.ts';
import { type FunctionSpec, parameter } from './spec.ts';

const anything = 'any';

export const GITHUB_FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'contains',
    group: 'github',
    parameters: [parameter('search', anything), parameter('item', anything)],
    result: BOOLEAN,
    doc: 'Whether a text contains another, without regard to case, or a list an item that is `==`.',
    example: "contains(inputs.labels, 'bug')",
    call: ([search, item]: readonly [Value, Value], { budget }) => contains(search, item, budget),
  },
  {
    name: 'startsWith',
    group: 'github',
    parameters: [parameter('text', anything), parameter('start', anything)],
    result: BOOLEAN,
    doc: 'Whether a text starts with another, without regard to case.',
    example: "startsWith(git.branch, 'release/')",
    call: ([whole, part]: readonly [Value, Value]) =>
      isPrimitive(whole) && isPrimitive(part) && upper(toText(whole)).startsWith(upper(toText(part))),
  },
  {
    name: 'endsWith',
    group: 'github',
    parameters: [parameter('text', anything), parameter('end', anything)],
    result: BOOLEAN,
    doc: 'Whether a text ends with another, without regard to case.',
    example: "endsWith(item, '.md')",
    call: ([whole, part]: readonly [Value, Value]) =>
      isPrimitive(whole) && isPrimitive(part) && upper(toText(whole)).endsWith(upper(toText(part))),
  },
  {
    name: 'format',
    group: 'github',
    parameters: [parameter('template', anything), parameter('value', anything, { rest: true, optional: true })],
    result: STRING,
    takesSecrets: true,
    doc: 'The template with `{0}`, `{1}` … replaced by the values; `{{` and `}}` are braces.',
    example: "format('{0}-{1}', inputs.name, inputs.version)",
    call: ([template, ...values]: readonly [Value, ...Value[]], { budget }) => format(template, values, budget),
  },
  {
    name: 'join',
    group: 'github',
    parameters: [parameter('list', anything), parameter('separator', anything, { optional: true })],
    result: STRING,
    takesSecrets: true,
    doc: 'The items of a list as one text, with a separator (default `,`) between them.',
    example: "join(steps.build.outputs.files, ' ')",
    call: ([items, separator]: readonly [Value, ...Value[]], { budget }) => join(items, separator, budget),
  },
  {
    name: 'toJSON',
    group: 'github',
    parameters: [parameter('value', anything)],
    result: STRING,
    doc: 'The value as JSON text, indented by two blanks.',
    example: 'toJSON(inputs)',
    call: ([value]: readonly [Value], { budget }) => {
      const json = toJson(value, budget);
      return json instanceof Halt ? json : writeJson(json, budget);
    },
  },
  {
    name: 'fromJSON',
    group: 'github',
    parameters: [parameter('text', anything)],
    result: ANY,
    doc: 'The value of a JSON text.',
    example: 'fromJSON(steps.list.outputs.stdout)',
    call: ([value]: readonly [Value], { budget }) => parseJson(toText(value), budget),
  },
  {
    name: 'case',
    group: 'github',
    special: 'case',
    parameters: [
      parameter('condition', anything),
      parameter('value', anything),
      parameter('default', anything, { rest: true }),
    ],
    result: ANY,
    doc: 'The value behind the first condition that is true, else the last argument. Conditions are booleans.',
    example: "case(inputs.dry-run, 'dry', 'wet')",
    call: () => null,
  },
  status('success', 'Whether the steps before it allow this step to run: the default condition of every step.'),
  status('failure', 'Whether a step that this one depends on failed.'),
  status('cancelled', 'Whether the run is being cancelled.'),
  {
    name: 'always',
    group: 'github',
    special: 'status',
    parameters: [],
    result: BOOLEAN,
    doc: 'True: the step runs however the steps before it ended.',
    call: () => true,
  },
];

function status(name: 'success' | 'failure' | 'cancelled', doc: string): FunctionSpec {
  return {
    name,
    group: 'github',
    special: 'status',
    parameters: [],
    result: BOOLEAN,
    doc,
    call: (_, context) => context.status(name),
  };
}

function contains(search: Value, item: Value, budget: Budget): Value | Halt {
  if (isPrimitive(search)) return isPrimitive(item) && upper(toText(search)).includes(upper(toText(item)));
  if (!isList(search)) return false;
  const size = search.reduce<number>(
    (total, candidate) => total + (typeof candidate === 'string' ? candidate.length : 0),
    0,
  );
  return budget.step(search.length) ?? budget.make(size) ?? search.some((candidate) => looselyEqual(candidate, item));
}

function join(items: Value, separator: Value | undefined, budget: Budget): Value | Halt {
  if (!isList(items)) return items instanceof SecretValue ? items : isPrimitive(items) ? toText(items) : '';
  const between = separator !== undefined && isPrimitive(separator) ? toText(separator) : ',';
  const pieces: (string | SecretValue)[] = [];
  let size = 0;
  for (const [i, item] of items.entries()) {
    const piece = item instanceof SecretValue ? item : toText(item);
    size += between.length + (typeof piece === 'string' ? piece.length : 0);
    if (i > 0) pieces.push(between);
    pieces.push(piece);
  }
  return budget.step(items.length) ?? budget.make(size) ?? concatenate(pieces);
}

function format(template: Value, values: readonly Value[], budget: Budget): Value | Halt {
  if (template instanceof SecretValue) return halt('EXPR_SECRET', 'The template of `format` is a secret.');
  const source = toText(template);
  const invalid = (): Halt =>
    halt(
      'EXPR_FORMAT',
      `The template of \`format\` is not valid: ${source.slice(0, 200)}`,
      'A brace is written twice: `{{`, `}}`.',
    );
  const texts = values.map((value) => (value instanceof SecretValue ? value : toText(value)));
  const pieces: (string | SecretValue)[] = [];
  let size = source.length;
  let from = 0;
  for (const found of source.matchAll(/\{\{|\}\}|\{(\d{1,3})\}|[{}]/g)) {
    pieces.push(source.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[0] === '{{' || found[0] === '}}') pieces.push(found[0].charAt(0));
    else if (found[1] === undefined) return invalid();
    else {
      const value = texts[Number(found[1])];
      if (value === undefined) return halt('EXPR_FORMAT', `\`format\` has no value for {${found[1]}}.`);
      pieces.push(value);
      size += typeof value === 'string' ? value.length : 0;
    }
  }
  pieces.push(source.slice(from));
  return budget.step(pieces.length) ?? budget.make(size) ?? concatenate(pieces);
}
