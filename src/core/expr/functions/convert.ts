/** The functions that turn a value into one of another kind, or into a digest. */
import { createHash } from 'node:crypto';
import { sha256 } from '../../json.ts';
import { toText } from '../coerce.ts';
import { type Halt, halt } from '../halt.ts';
import { ANY, BOOLEAN, NUMBER, STRING, type Type, wordOf } from '../type.ts';
import { kindOf, type Value, type ValueKind } from '../value.ts';
import { type FunctionSpec, parameter, text } from './spec.ts';

const PRIMITIVES: readonly ValueKind[] = ['null', 'boolean', 'number', 'string'];

export const CONVERT_FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'default',
    group: 'convert',
    parameters: [parameter('value', 'any'), parameter('instead', 'any')],
    result: ANY,
    doc: 'The value, or `instead` where it is null or an empty text (`??` looks only for null).',
    example: "default(env.NAME, 'world')",
    call: ([value, instead]: readonly [Value, Value]) => (value === null || value === '' ? instead : value),
  },
  convert(
    'typeof',
    'any',
    wordOf('null', 'boolean', 'number', 'string', 'array', 'object'),
    'The kind of a value, as a word.',
    kindOf,
  ),
  convert(
    'int',
    PRIMITIVES,
    NUMBER,
    'The whole number of a number or text; what stands behind the point is cut off.',
    (value) => {
      const converted = readNumber(value);
      return converted === null ? notA('int', value, 'number') : Math.trunc(converted);
    },
  ),
  convert(
    'float',
    PRIMITIVES,
    NUMBER,
    'The number of a text.',
    (value) => readNumber(value) ?? notA('float', value, 'number'),
  ),
  convert('string', PRIMITIVES, STRING, 'The text of a value; for lists and objects there is `toJSON`.', toText),
  convert(
    'bool',
    PRIMITIVES,
    BOOLEAN,
    "The boolean of `'true'`, `'false'`, a number (0 is false) or null (false).",
    (value) => {
      if (value === 'true' || value === 'false') return value === 'true';
      return typeof value === 'string' ? notA('bool', value, 'boolean') : Boolean(value);
    },
  ),
  {
    name: 'uuid5',
    group: 'convert',
    parameters: [parameter('namespace', ['string']), parameter('name', ['string'])],
    result: STRING,
    doc: 'The UUID (version 5) of a name in a namespace, which is a UUID: always the same for the same name.',
    call: ([namespace, name]) => uuid5(text(namespace), text(name)),
  },
  convert('sha256', ['string'], STRING, 'The SHA-256 of a text in hexadecimal digits.', (value) => sha256(text(value))),
  convert('base64', ['string'], STRING, 'A text (as UTF-8) in Base64.', (value) =>
    Buffer.from(text(value), 'utf8').toString('base64'),
  ),
];

function convert(
  name: string,
  takes: readonly ValueKind[] | 'any',
  result: Type,
  doc: string,
  change: (value: Value) => Value | Halt,
): FunctionSpec {
  return {
    name,
    group: 'convert',
    parameters: [parameter('value', takes)],
    result,
    doc,
    call: ([value]: readonly [Value], { budget }) =>
      budget.make(typeof value === 'string' ? value.length : 0) ?? change(value),
  };
}

/** The number of a primitive; null where a text holds none. Stricter than the coercion of `==`: an empty text is none. */
function readNumber(value: Value): number | null {
  if (typeof value !== 'string') return Number(value); // no list and no object comes here
  const read = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isNaN(read) ? null : read;
}

function notA(name: string, value: Value, wanted: string): Halt {
  return halt(
    'EXPR_ARGUMENT',
    `\`${name}\` was given ${JSON.stringify(toText(value).slice(0, 60))}, which is no ${wanted}.`,
  );
}

function uuid5(namespace: string, name: string): string | Halt {
  const digits = namespace.replaceAll('-', '');
  if (!/^[\da-f]{32}$/i.test(digits)) return halt('EXPR_ARGUMENT', 'The namespace of `uuid5` must be a UUID.');
  const hash = createHash('sha1').update(Buffer.from(digits, 'hex')).update(name, 'utf8').digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
