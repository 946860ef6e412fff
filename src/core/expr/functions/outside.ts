/** The functions whose values come from outside: asked for once, journaled, and the same on every evaluation. */

import { member } from '../access.ts';
import { Halt, halt } from '../halt.ts';
import { ANY, listOf, NULL, STRING, unionOf } from '../type.ts';
import type { Value } from '../value.ts';
import { type FunctionSpec, parameter, text } from './spec.ts';

export const OUTSIDE_FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'hashFiles',
    group: 'outside',
    parameters: [parameter('glob', ['string'], { rest: true })],
    result: STRING,
    doc: 'One digest of the contents of all files that match the globs, relative to the workspace root; empty if none does.',
    example: "hashFiles('package-lock.json')",
    call: (globs, context) => context.capture('hashFiles', globs.map(text)),
  },
  {
    name: 'glob',
    group: 'outside',
    parameters: [parameter('glob', ['string'], { rest: true })],
    result: listOf(STRING),
    doc: "The paths of the files that match the globs, sorted, relative to the step's `cwd`.",
    example: "glob('docs/**/*.md')",
    call: (globs, context) => context.capture('glob', globs.map(text)),
  },
  {
    name: 'readFile',
    group: 'outside',
    parameters: [parameter('path', ['string'])],
    result: STRING,
    doc: 'The text of a file.',
    example: "trim(readFile('.nvmrc'))",
    call: ([path], context) => context.capture('readFile', [text(path)]),
  },
  {
    name: 'now',
    group: 'outside',
    parameters: [],
    result: STRING,
    doc: 'The time as an ISO text in UTC, taken once per step.',
    example: "date(now(), 'YYYY-MM-DD')",
    call: (_, context) => context.capture('now', []),
  },
  {
    name: 'env',
    group: 'outside',
    parameters: [parameter('name', ['string'])],
    result: unionOf(STRING, NULL),
    takesSecrets: true,
    doc: 'A declared variable of the environment, by a name that is computed; `env.NAME` where it is known.',
    call: ([name]: readonly [Value], context): Value | Halt => {
      const variables = context.context('env');
      return variables instanceof Halt ? variables : member(variables, text(name), context.budget);
    },
  },
  {
    name: 'raw',
    group: 'outside',
    special: 'not-built',
    parameters: [parameter('value', 'any')],
    result: ANY,
    doc: 'Not built yet: the value without the quoting that keeps it data in a script.',
    call: () => halt('EXPR_NOT_BUILT', '`raw` is not built yet.'),
  },
];
