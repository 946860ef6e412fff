/** What people and scripts give a run: outputs, inputs, forms, events, verdicts, quantities. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAnswer } from '../../src/app/answers.ts';
import { admitBy } from '../../src/app/approvers.ts';
import { flagLayer } from '../../src/app/config/flag-layers.ts';
import { readSigned, readVerdictFiles } from '../../src/app/verdict-file.ts';
import { formOf } from '../../src/app/verdict-form.ts';
import { asJournaled } from '../../src/core/journal/round-trip.ts';
import { isJsonObject, type Json } from '../../src/core/json.ts';
import { depthOfText, MAX_GIVEN_DEPTH } from '../../src/core/json-depth.ts';
import { checkInputs } from '../../src/core/plan/inputs.ts';
import type { InputSpec } from '../../src/core/plan/plan.ts';
import { received, type SignalCommand, signalProblem } from '../../src/core/run/signals.ts';
import { checkSchema } from '../../src/core/schema/check.ts';
import { validateJson } from '../../src/core/schema/validate.ts';
import { formatDuration, parseBytes, parseCount, parseDuration, parseShare } from '../../src/core/units.ts';
import { readOutputFile } from '../../src/steps/run/output-file.ts';
import { checkDiagnostics, deepJson, promise, type Target, textOf, times } from './target.ts';
import { JSON_WORDS, OUTPUT_WORDS, QUANTITY_WORDS, SCHEMA_WORDS } from './words.ts';

const CASES = '../shared/conformance';
const folder = mkdtempSync(join(tmpdir(), 'giga-fuzz-given-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
/** The value of a JSON text; undefined for none. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json; // JSON.parse gives JSON
  } catch {
    return undefined;
  }
}

const output: Target = {
  name: 'output-file',
  run(bytes) {
    const { outputs, problem } = readOutputFile(textOf(bytes), (clear) => clear.replaceAll('x', '*'));
    if (problem !== null) checkDiagnostics([problem], {});
    promise(Object.getPrototypeOf(outputs) === null && Object.keys(outputs).length <= 1_000, 'too many outputs');
    for (const name of Object.keys(outputs)) promise(/^[A-Za-z_][\w-]*$/.test(name), `the name ${name}`);
    promise(asJournaled(outputs) === outputs, 'a journal would give back something else');
  },
  seeds: [
    'a=b\nc<<END\nd\ne\nEND\nf=\n',
    '{"a": [1, {"b": null}], "c": -0, "d": 1e300}',
    'a=b\r\nc<<E\r\nd\r\nE\r\n',
    '__proto__=1\nconstructor=2\n',
  ],
  words: OUTPUT_WORDS,
  cases: [`${CASES}/robustness`],
  large: [
    ...deepJson.map(([name, make]) => [`an object of ${name}`, () => `{"a":${make()}}`] as const),
    ['10 MB of lines', times(500_000, 'a=bcdefghijklmnop\n')],
    ['10 MB of one value', () => `a=${'x'.repeat(10_000_000)}`],
    ['blocks', times(500_000, 'a<<E\nb\nE\n')],
    ['blocks with ends of their own', () => Array.from({ length: 100_000 }, (_, at) => `a<<E${at}\nE${at}\n`).join('')],
    ['a block that is never ended', () => `a<<E\n${'F\n'.repeat(2_000_000)}`],
    ['names', () => Array.from({ length: 200_000 }, (_, at) => `k${at}=1\n`).join('')],
    ['broken JSON', () => `{${'"a":1,'.repeat(1_000_000)}`],
    ['blanks', times(10_000_000, ' ')],
    ['angle brackets', times(5_000_000, '<')],
    ['NUL', times(1_000_000, '\0=\n')],
  ],
};

const quantity: Target = {
  name: 'quantity',
  run(bytes) {
    const text = textOf(bytes);
    for (const value of [parseDuration(text), parseBytes(text), parseCount(text)])
      promise(value === null || (Number.isSafeInteger(value) && value >= 0), `the quantity ${value}`);
    const share = parseShare(text);
    promise(share === null || (share >= 0 && share <= 100), `the share ${share}`);
    const duration = parseDuration(text);
    if (duration !== null)
      promise(parseDuration(formatDuration(duration)) === duration, `${duration} ms is not read back`);
    checkDiagnostics(flagLayer({ vars: [text] }).diagnostics, {});
  },
  seeds: ['1h30m', '1.5s', '250ms', '2w3d', '64KiB', '1.5GB', '400k', '20%', '0', '99.9%'],
  words: QUANTITY_WORDS,
  cases: [],
  large: [
    ['digits', times(1_000_000, '9')],
    ['units', times(500_000, '1s')],
    ['points', times(1_000_000, '1.')],
  ],
};

const TYPES: readonly InputSpec['type'][] = ['string', 'number', 'integer', 'boolean', 'array', 'object'];
const SCHEMAS: readonly { readonly [key: string]: Json }[] = [
  {},
  { enum: [[[]], { a: 1 }] },
  { anyOf: [{ type: 'string' }, { items: { type: 'number' } }], not: { const: 1 } },
  {
    type: ['object', 'array', 'string'],
    additionalProperties: { pattern: '^(a+)+$' },
    uniqueItems: true,
    format: 'email',
  },
];

const input: Target = {
  name: 'input',
  run(bytes) {
    const text = textOf(bytes);
    for (const type of TYPES)
      for (const schema of SCHEMAS) {
        const given = new Map([['x', { value: text, form: 'text' as const, origin: '-i x' }]]);
        const checked = checkInputs({ x: { type, required: true, schema } }, given);
        if (checked.ok) promise(asJournaled(checked.value) !== null, 'a value that no journal takes');
        else checkDiagnostics(checked.diagnostics, {});
      }
    const form = formOf({ properties: { a: { type: 'array' }, b: { type: 'number' } } }, [text]);
    if (!form.ok) checkDiagnostics(form.diagnostics, {});
  },
  seeds: [
    'text',
    '3.10',
    'true',
    '[1, "a", {"b": null}]',
    '{"a": {"__proto__": [1]}}',
    'a=[1]',
    '{"a": [1], "b": 2}',
    'anna@example.org',
    '-1e-7',
  ],
  words: JSON_WORDS,
  cases: [`${CASES}/robustness`],
  large: [
    ...deepJson,
    ['objects of objects', () => `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['a long list', () => `[${'"a",'.repeat(500_000)}"b"]`],
    ['many keys', () => `{${Array.from({ length: 20_000 }, (_, at) => `"k${at}":1`).join()}}`],
    ['a long text', times(5_000_000, 'a')],
    ['a long address', () => `${'a.'.repeat(1_000_000)}@b`],
    ['digits', times(1_000_000, '9')],
  ],
};

const schema: Target = {
  name: 'schema',
  run(bytes) {
    const text = textOf(bytes);
    const given = depthOfText(text) > MAX_GIVEN_DEPTH ? undefined : parsed(text); // whoever reads either bounds it
    if (!isJsonObject(given)) return;
    const { schema: one = null, value = null } = given;
    const faults = checkSchema(one);
    for (const { message } of faults) promise(/\S/.test(message), 'a fault that says nothing');
    if (faults.length > 0 || !isJsonObject(one)) return;
    promise(validateJson(value, one).length <= 20, 'more than 20 faults');
  },
  seeds: [
    '{"schema":{"type":"object","properties":{"a":{"type":"string","pattern":"^a+$","minLength":1},"b":{"items":[{"type":"integer","multipleOf":2}],"additionalItems":false}},"required":["a"],"patternProperties":{"^x-":{"format":"email"}},"additionalProperties":false},"value":{"a":"aa","b":[2],"x-y":"a@b.c"}}',
    '{"schema":{"anyOf":[{"const":{"a":1}},{"not":{"enum":[1,"b"]}}],"oneOf":[{"minimum":1},{"maximum":0}],"allOf":[{"type":["number","string"]}]},"value":3}',
    '{"schema":{"format":"ipv6"},"value":"::1"}',
    '{"schema":{"contains":{"type":"null"},"uniqueItems":true,"minItems":1,"propertyNames":{"maxLength":3}},"value":[1,null]}',
  ],
  words: [...SCHEMA_WORDS, ...JSON_WORDS],
  cases: [],
  large: [
    ['deep schemas', () => `{"schema":${'{"not":'.repeat(10_000)}{}${'}'.repeat(10_000)}}`],
    [
      'choices of choices',
      () => `{"schema":${'{"anyOf":[{"type":"null"},'.repeat(30)}{"type":"null"}${']}'.repeat(30)},"value":1}`,
    ],
    [
      'many that are required',
      () => `{"schema":{"required":[${Array.from({ length: 50_000 }, (_, at) => `"k${at}"`).join()}]},"value":{}}`,
    ],
    [
      'a slow pattern',
      () =>
        `{"schema":{"items":{"pattern":"(a|aa){1,100}$"}},"value":[${`"${'a'.repeat(1_000)}b",`.repeat(1_000)}"a"]}`,
    ],
    [
      'different items',
      () => `{"schema":{"uniqueItems":true},"value":[${Array.from({ length: 100_000 }, (_, at) => at).join()}]}`,
    ],
    [
      'many patterns for many keys',
      () =>
        `{"schema":{"patternProperties":{${Array.from({ length: 500 }, (_, at) => `"(a|b)*k${at}":{}`).join()}}},"value":{${Array.from({ length: 2_000 }, (_, at) => `"${'ab'.repeat(20)}${at}":1`).join()}}}`,
    ],
  ],
};

/** Whoever keeps these keys does not matter: no signature of random bytes is right. */
const APPROVERS = new Map([['anna', { roles: ['lead'], key: `ed25519:${'A'.repeat(43)}` }]]);

const message: Target = {
  name: 'message',
  run(bytes) {
    const value = parsed(textOf(bytes));
    if (value === undefined) return;
    checkEvent({ kind: 'signal', name: 'e', data: value, by: 'x' });
    if (!isJsonObject(value)) return;
    checkEvent(value as unknown as SignalCommand); // it may be anything
    const answer = readAnswer(value, 1);
    if (answer === null) return;
    const refused = admitBy(APPROVERS)(answer, []);
    if (refused !== null) checkDiagnostics([refused], {});
  },
  seeds: [
    '{"kind":"signal","name":"deploy","data":{"a":[1,null]},"by":"anna","ticket":"t"}',
    '{"kind":"answer","node":"ok","digest":"d","verdict":"approve","by":"anna","form":{"a":1},"comment":null,"id":"i","proof":{"v":1,"plan":"p","step":"ok","digest":"d","verdict":"approve","form":{"a":1},"comment":null,"by":"anna","at":"2026-01-01T00:00:00Z","expires":"2027-01-01T00:00:00Z","signature":"AAAA"}}',
  ],
  words: JSON_WORDS,
  cases: [],
  large: [
    ...deepJson,
    ...deepJson.map(
      ([name, make]) =>
        [
          `a form of ${name}`,
          () => {
            const form = make();
            const said = `"digest":"d","verdict":"v","by":"anna","comment":null,"form":${form}`;
            const proof = `{"v":1,"plan":"p","step":"s",${said},"at":"x","expires":"x","signature":"AA"}`;
            return `{"node":"s",${said},"proof":${proof}}`;
          },
        ] as const,
    ),
  ],
};

function checkEvent(command: SignalCommand): void {
  const problem = signalProblem(command);
  if (problem !== null) checkDiagnostics([problem], {});
  else promise(asJournaled(received(command, null)) !== null, 'an event that no journal takes');
}

const verdictPath = join(folder, 'verdict.json');
const verdict: Target = {
  name: 'verdict-file',
  run(bytes) {
    writeFileSync(verdictPath, bytes);
    const read = readVerdictFiles(folder, ['verdict.json']);
    if (!read.ok) return checkDiagnostics(read.diagnostics, {});
    for (const signed of read.value) {
      promise(readSigned(signed as unknown as Json) !== null, 'what was read is none'); // plain JSON
      const { step: node, ...said } = signed;
      admitBy(APPROVERS)({ kind: 'answer', ...said, node, at: 1, proof: signed as unknown as Json }, ['lead']); // as above
    }
  },
  seeds: [
    '{"v":1,"plan":"p","step":"ok","digest":"d","verdict":"approve","form":{"a":[1]},"comment":"c","by":"anna","at":"2026-01-01T00:00:00Z","expires":"2027-01-01T00:00:00Z","signature":"AAAA"}',
  ],
  words: JSON_WORDS,
  cases: [],
  large: [
    ...[1_000, 5_000, 10_000, 30_000].map(
      (depth) =>
        [
          `a form of ${depth} levels`,
          () =>
            `{"v":1,"plan":"p","step":"s","digest":"d","verdict":"v","form":${'['.repeat(depth)}${']'.repeat(depth)},"by":"anna","at":"x","expires":"x","signature":"AA"}`,
        ] as const,
    ),
    ['a long one', () => `{"v":1${' '.repeat(60_000)}}`],
  ],
};

export const GIVEN: readonly Target[] = [output, quantity, input, schema, message, verdict];
