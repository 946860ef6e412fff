/** The functions on numbers, durations and dates. Dates are always UTC; now is a value given from outside. */

import { parseDuration } from '../../units.ts';
import { formatDate, parseDate } from '../date.ts';
import { Halt, halt } from '../halt.ts';
import { ANY, NUMBER, STRING } from '../type.ts';
import { isList, type Value } from '../value.ts';
import { compareRanks, type Ranks, ranksOf } from './order.ts';
import { type FunctionSpec, list, number, parameter, text } from './spec.ts';

export const NUMBER_FUNCTIONS: readonly FunctionSpec[] = [
  extreme('min', 'The smallest of the numbers, or the first of the texts; null for an empty list.', 1),
  extreme('max', 'The largest of the numbers, or the last of the texts; null for an empty list.', -1),
  {
    name: 'sum',
    group: 'number',
    parameters: [parameter('numbers', ['array'])],
    result: NUMBER,
    doc: 'The sum of a list of numbers; 0 for an empty list.',
    call: ([items], { budget }) => {
      const numbers = list(items);
      if (!numbers.every((item) => typeof item === 'number')) {
        return halt('EXPR_ARGUMENT', '`sum` takes a list of numbers; not every item is one.', NUMBER_HINT);
      }
      return budget.step(numbers.length) ?? numbers.reduce((total, item) => total + item, 0);
    },
  },
  {
    name: 'round',
    group: 'number',
    parameters: [parameter('number', ['number']), parameter('digits', ['number'], { optional: true })],
    result: NUMBER,
    doc: 'The number rounded to so many digits behind the point (default 0, at most 15); halves go up.',
    example: 'round(2.345, 1)',
    call: ([value, digits]) => round(number(value), digits === undefined ? 0 : number(digits)),
  },
  rounding('floor', 'The largest whole number that is not larger.', Math.floor),
  rounding('ceil', 'The smallest whole number that is not smaller.', Math.ceil),
  rounding('abs', 'The number without its sign.', Math.abs),
  {
    name: 'duration',
    group: 'number',
    parameters: [parameter('text', ['string'])],
    result: NUMBER,
    doc: 'The milliseconds of a duration such as `1h30m`.',
    example: "duration('1h30m')",
    call: ([value]) =>
      parseDuration(text(value)) ??
      halt(
        'EXPR_ARGUMENT',
        `${JSON.stringify(text(value).slice(0, 60))} is no duration.`,
        'Write it as in `90s` or `1h30m`.',
      ),
  },
  {
    name: 'date',
    group: 'number',
    parameters: [parameter('date', ['string', 'number']), parameter('pattern', ['string'], { optional: true })],
    result: STRING,
    doc: 'A date (ISO text, or milliseconds since 1970) in UTC, by a pattern of `YYYY MM DD HH mm ss SSS`; default the ISO text.',
    example: "date(now(), 'YYYY-MM-DD')",
    call: ([value, pattern]: readonly [Value, ...Value[]]) => {
      const time = typeof value === 'number' ? value : parseDate(text(value));
      const written = time === null ? null : formatDate(time, pattern === undefined ? undefined : text(pattern));
      return (
        written ??
        halt('EXPR_ARGUMENT', `${JSON.stringify(value)} is no date.`, 'Write it as in `2026-03-01T12:00:00Z`.')
      );
    },
  },
];

const NUMBER_HINT = 'Turn texts into numbers with `map(list, x => float(x))`.';

function rounding(name: string, doc: string, change: (value: number) => number): FunctionSpec {
  return {
    name,
    group: 'number',
    parameters: [parameter('number', ['number'])],
    result: NUMBER,
    doc,
    call: ([value]) => change(number(value)),
  };
}

function extreme(name: string, doc: string, sign: 1 | -1): FunctionSpec {
  return {
    name,
    group: 'number',
    parameters: [parameter('value', ['array', 'number', 'string'], { rest: true })],
    result: ANY,
    doc: `${doc} Takes one list, or the values.`,
    example: `${name}(map(items, x => x.score))`,
    call: (args, { budget }) => {
      const first = args[0] as Value; // there is at least one
      const ranks = ranksOf(args.length === 1 && isList(first) ? first : args);
      if (!ranks) return halt('EXPR_ARGUMENT', `\`${name}\` takes numbers, or texts, not a mixture.`, NUMBER_HINT);
      return budget.step(ranks.length) ?? best(ranks, sign);
    },
  };
}

/** The first of the best. */
function best([first, ...rest]: Ranks, sign: 1 | -1): Value {
  let chosen = first;
  for (const rank of rest) if (chosen !== undefined && compareRanks(rank, chosen) * sign < 0) chosen = rank;
  return chosen ?? null;
}

function round(value: number, digits: number): number | Halt {
  if (!Number.isInteger(digits) || digits < 0 || digits > 15) {
    return halt('EXPR_ARGUMENT', '`round` takes a whole number of digits from 0 to 15.');
  }
  // Shifting the point in the text is exact where a multiplication is not: 1.005 * 100 is 100.49999999999999.
  const shifted = Number(`${value}e${digits}`);
  const rounded = Number(`${Math.round(shifted)}e-${digits}`);
  return Number.isNaN(rounded) ? value : rounded;
}
