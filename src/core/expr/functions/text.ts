/** The functions on texts. Characters are Unicode code points; nothing depends on a locale. */
import { known } from '../../known.ts';
import { toText } from '../coerce.ts';
import { halt } from '../halt.ts';
import { findPattern } from '../regex.ts';
import { BOOLEAN, LIST, listOf, NUMBER, STRING, unionOf } from '../type.ts';
import { isList, LookupObject, type ObjectValue, type Value } from '../value.ts';
import { type FunctionSpec, number, parameter, text } from './spec.ts';

export const TEXT_FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'length',
    group: 'text',
    parameters: [parameter('value', ['string', 'array', 'object'])],
    result: NUMBER,
    doc: 'The number of characters of a text, of items of a list, or of keys of an object.',
    example: 'length(self.outputs.body) > 40',
    call: ([value]: readonly [Value]) => lengthOf(value),
  },
  simple('trim', 'The text without blanks at its ends.', (value) => value.trim()),
  simple('lower', 'The text in lower case.', (value) => value.toLowerCase()),
  simple('upper', 'The text in upper case.', (value) => value.toUpperCase()),
  {
    name: 'split',
    group: 'text',
    parameters: [parameter('text', ['string']), parameter('separator', ['string'])],
    result: listOf(STRING),
    doc: 'The parts of a text between the separators; its characters if the separator is empty.',
    example: "split(inputs.tags, ',')",
    call: ([value, separator], { budget }) => {
      const parts = text(separator) === '' ? Array.from(text(value)) : text(value).split(text(separator));
      return budget.step(parts.length) ?? budget.make(text(value).length) ?? parts;
    },
  },
  {
    name: 'replace',
    group: 'text',
    parameters: [parameter('text', ['string']), parameter('old', ['string']), parameter('new', ['string'])],
    result: STRING,
    doc: 'The text with every occurrence of `old` (case matters) replaced by `new`.',
    example: "replace(git.branch, '/', '-')",
    call: ([value, old, replacement], { budget }) => {
      if (text(old) === '') return text(value);
      const parts = text(value).split(text(old));
      const size = text(value).length + (parts.length - 1) * (text(replacement).length - text(old).length);
      return budget.make(size) ?? parts.join(text(replacement));
    },
  },
  {
    name: 'slice',
    group: 'text',
    parameters: [
      parameter('value', ['string', 'array']),
      parameter('start', ['number']),
      parameter('end', ['number'], { optional: true }),
    ],
    result: unionOf(STRING, LIST),
    doc: 'The part from `start` (counted from 0) up to but without `end`; negative numbers count from the end.',
    example: 'slice(git.sha, 0, 7)',
    call: ([value, start, end]: readonly [Value, ...Value[]], { budget }) => {
      const cut = <T>(items: readonly T[]): readonly T[] =>
        items.slice(number(start), end === undefined ? undefined : number(end));
      if (isList(value)) return budget.step(value.length) ?? cut(value);
      return budget.make(text(value).length) ?? cut(Array.from(text(value))).join('');
    },
  },
  {
    name: 'reverse',
    group: 'text',
    parameters: [parameter('value', ['string', 'array'])],
    result: unionOf(STRING, LIST),
    doc: 'The characters of a text or the items of a list in reverse order.',
    call: ([value]: readonly [Value], { budget }) => {
      if (isList(value)) return budget.step(value.length) ?? value.toReversed();
      return budget.make(text(value).length) ?? Array.from(text(value)).toReversed().join('');
    },
  },
  {
    name: 'matches',
    group: 'text',
    parameters: [parameter('text', ['string']), parameter('pattern', ['string'])],
    result: BOOLEAN,
    doc: 'Whether the pattern (RE2 syntax, linear time) matches anywhere in the text; `^` and `$` anchor it.',
    example: "matches(inputs.version, '^\\d+\\.\\d+$')",
    call: ([value, pattern], { budget }) => findPattern(text(pattern), text(value), budget),
  },
  {
    name: 'urlEncode',
    group: 'text',
    parameters: [parameter('text', ['string', 'number', 'boolean'])],
    result: STRING,
    doc: "The text as it stands in one part of a URL: all but `A-Z a-z 0-9 - _ . ! ~ * ' ( )` percent-encoded.",
    call: ([value]: readonly [Value], { budget }) => {
      const raw = toText(value);
      if (/\p{Surrogate}/u.test(raw))
        return halt('EXPR_ARGUMENT', '`urlEncode` was given a text with half a character in it.');
      return budget.make(raw.length * 3) ?? encodeURIComponent(raw);
    },
  },
];

function simple(name: string, doc: string, change: (value: string) => string): FunctionSpec {
  return {
    name,
    group: 'text',
    parameters: [parameter('text', ['string'])],
    result: STRING,
    doc,
    call: ([value], { budget }) => budget.make(text(value).length) ?? change(text(value)),
  };
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return characterCount(value);
  if (isList(value)) return value.length;
  if (value instanceof LookupObject) return [...value.keys()].length;
  return Object.keys(value as ObjectValue).length; // nothing else has a length
}

function characterCount(value: string): number {
  let count = 0;
  for (let i = 0; i < value.length; i++) {
    if (known(value.codePointAt(i)) > 0xffff) i++;
    count++;
  }
  return count;
}
