import { describe, expect, test } from 'vitest';
import type { ModelBook } from '../../../src/core/claude/models.ts';
import { compileWorkflow } from '../../../src/lang/compile/index.ts';
import { readDocument } from '../../../src/lang/read/document.ts';

function compile(text: string, models: ModelBook = {}) {
  const read = readDocument(`steps:\n  a: ${text}\n`, 'w.yaml');
  const { value, diagnostics } = compileWorkflow(read.value as NonNullable<typeof read.value>, { config: { models } }); // the text is ours
  const [node] = value?.root.bodies[0]?.nodes ?? [];
  return {
    request: node?.kind === 'action' ? node.with : null,
    node,
    said: diagnostics.map(({ code, message }) => `${code} ${message}`),
  };
}
const USUAL = { fallback: [], repair: 2, files: [], images: [], cache: 'auto', cwd: '' };

test('a text is a prompt', () => {
  expect(compile('{ claude: Say hello. }')).toMatchObject({
    request: { kind: 'literal', value: { prompt: 'Say hello.', ...USUAL } },
    node: { action: 'claude', timeoutMs: 1_800_000 },
    said: [],
  });
});

test('every key has its place', () => {
  const text =
    "{ claude: { prompt: p, system: s, model: claude-opus-5-5, fallback: claude-haiku-5-5, effort: max, max-tokens: 7, repair: 0, files: ['a', 'b'], images: c.png, cache: off, output: { type: string } }, cwd: src }";
  expect(compile(text)).toMatchObject({
    request: {
      value: {
        prompt: 'p',
        system: 's',
        model: 'claude-opus-5-5',
        fallback: ['claude-haiku-5-5'],
        effort: 'max',
        maxTokens: 7,
        repair: 0,
        files: ['a', 'b'],
        images: ['c.png'],
        cache: 'off',
        output: { type: 'string' },
        cwd: 'src',
      },
    },
    said: [],
  });
});

describe('is refused, with the reason:', () => {
  test.each([
    ["claude: { prompt: 'x', top_p: 1 }", 'DOC_UNKNOWN_KEY'],
    ["claude: { prompt: 'x', memory: ../notes }", 'DOC_BAD_VALUE'],
    ["claude: { prompt: 'x', memory: '${{ inputs.x }}' }", 'DOC_BAD_VALUE'],
    ["claude: { prompt: 'x', memory: notes }, permissions: { tools: [read] }", 'PLAN_CLAUDE'],
    ["claude: { prompt: 'x', context: 100k }", 'PLAN_CLAUDE'],
    ["claude: { prompt: 'x', tools: read, context: 100 }", 'DOC_BAD_VALUE'],
    ["claude: { prompt: 'x', tools: read, context: true }", 'PLAN_MALFORMED'],
    ["claude: { prompt: 'x', memory: notes, runner: cli }", 'PLAN_CLAUDE'],
    ["claude: { prompt: 'x', effort: huge }", 'DOC_BAD_VALUE'],
    ["claude: { system: 'x' }", 'DOC_MISSING_KEY'],
    ["claude: { prompt: 'x', max-tokens: 0 }", 'DOC_BAD_VALUE'],
  ])('%s', (text, code) => {
    const read = readDocument(`steps:\n  a: { ${text} }\n`, 'w.yaml');
    const { diagnostics } = compileWorkflow(read.value as NonNullable<typeof read.value>); // the text is ours
    expect([...read.diagnostics, ...diagnostics].map((one) => one.code)).toContain(code);
  });
  test.each([
    ["claude: { prompt: 'x', output: { type: object, properties: { cost: { type: number } } } }", 'PLAN_CLAUDE'],
    ["claude: { prompt: 'x', output: { type: wrong } }", 'PLAN_BAD_SCHEMA'],
    ["claude: { prompt: 'x', model: claude-haiku-4-5, max-tokens: 100000 }", 'PLAN'],
  ])('%s', (text, code) => {
    expect(compile(`{ ${text} }`).said.join('\n')).toContain(code);
  });
});

test('notes alone make an agent', () => {
  const { request, said } = compile('{ claude: { prompt: x, memory: notes, max-turns: 3 } }');
  expect(said).toEqual([]);
  expect(request).toMatchObject({ value: { agent: { tools: [], memory: 'notes', maxTurns: 3 } } });
});

test.each([
  ['auto', undefined],
  ['off', 'off'],
  ['150k', 150_000],
  ['8000', 8_000],
])('context: %s', (text, context) => {
  const { request, said } = compile(`{ claude: { prompt: x, tools: read, context: ${text} } }`);
  expect([said, request?.kind === 'literal' && request.value]).toEqual([
    [],
    expect.objectContaining({ agent: expect.objectContaining({ tools: ['read'] }) }),
  ]);
  expect(JSON.stringify(request).match(/"context":([^,}]*)/)?.[1]).toBe(
    context === undefined ? undefined : JSON.stringify(context),
  );
});

test.each([
  ['{ prompt: x }', undefined],
  ['{ prompt: x, system: s }', 'auto'],
  ["{ prompt: x, system: 's ${{ inputs.x }}' }", undefined],
  ["{ prompt: '${{ inputs.x }}', system: s, files: [a] }", 'auto'],
  ["{ prompt: x, system: s, files: ['${{ inputs.x }}'] }", undefined],
  ["{ prompt: x, system: 's ${{ inputs.x }}', prompt-cache: 1h }", '1h'],
  ['{ prompt: x, system: s, prompt-cache: off }', 'off'],
  ['{ prompt: x, system: s, batch: auto }', undefined],
])('what of %s is kept by the API: %s', (claude, kept) => {
  const read = readDocument(`inputs: { x: { type: string } }\nsteps: { a: { claude: ${claude} } }\n`, 'w.yaml');
  const { value, diagnostics } = compileWorkflow(read.value as NonNullable<typeof read.value>); // the text is ours
  expect([...read.diagnostics, ...diagnostics]).toEqual([]);
  expect(
    JSON.stringify(value).match(/"promptCache"[^a-z0-9]*(?:kind[^a-z]*literal[^a-z]*value[^a-z0-9]*)?(\w+)/)?.[1],
  ).toBe(kept);
});

test('a model that is almost one is asked about', () => {
  expect(compile('{ claude: { prompt: x, model: claude-sonet-5-5 } }').said).toEqual([
    'PLAN_CLAUDE giga does not know the model `claude-sonet-5-5`: it has no price and no bounds.',
  ]);
});

test('what it gives is known', () => {
  const read = (expression: string, claude = '{ prompt: x }') => {
    const text = `steps:\n  a: { claude: ${claude} }\n  b: { set: { v: "\${{ steps.a.outputs.${expression} }}" } }\n`;
    const document = readDocument(text, 'w.yaml');
    return compileWorkflow(document.value as NonNullable<typeof document.value>).diagnostics.map(({ code }) => code); // the text is ours
  };
  const output = '{ prompt: x, output: { type: object, properties: { n: { type: number } } } }';
  expect([read('text'), read('usage.input'), read('n', output)]).toEqual([[], [], []]);
  expect([read('n'), read('text', output)]).toEqual([['EXPR_UNKNOWN_MEMBER'], ['EXPR_UNKNOWN_MEMBER']]);
});

test('no secret goes to a model', () => {
  const read = readDocument("secrets: [A]\nsteps:\n  a: { claude: '${{ secrets.A }}' }\n", 'w.yaml');
  const { diagnostics } = compileWorkflow(read.value as NonNullable<typeof read.value>); // the text is ours
  expect(diagnostics.map(({ code }) => code)).toEqual(['EXPR_SECRET']);
});

test('a batch may take a day, and is no agent', () => {
  expect(compile('{ claude: { prompt: p, batch: auto } }')).toMatchObject({
    request: { value: { batch: 'auto' } },
    node: { timeoutMs: 90_000_000 },
    said: [],
  });
  expect(compile('{ claude: { prompt: p, batch: always }, timeout: 1h }')).toMatchObject({
    request: { value: { batch: 'always' } },
    node: { timeoutMs: 3_600_000 },
  });
  for (const more of ['tools: [read]', 'session: new'])
    expect(compile(`{ claude: { prompt: p, batch: auto, ${more} } }`).said).toEqual([
      'PLAN_CLAUDE A conversation cannot be part of a batch: each of its turns waits for the one before.',
    ]);
  expect(compile('{ claude: { prompt: p, batch: yes } }').said).toHaveLength(1);
});

const MINE = { mine: { context: 10, maxOutput: 10, takesTemperature: true } };

test.each<[string, ModelBook, readonly RegExp[]]>([
  ['model: claude-haiku-4-5', {}, []],
  ['model: claude-sonnet-4-5-20250929', {}, []],
  ['model: "${{ inputs.m }}"', {}, []],
  [
    'model: claude-opus-5-5',
    {},
    [/^PLAN_CLAUDE `claude-opus-5-5` refuses `temperature`, as do claude-fable-5-1, .*claude-opus-5, /],
  ],
  ['effort: low', {}, [/`claude-sonnet-5-5` refuses/]],
  ['effort: low', { usual: 'claude-haiku-4-5' }, []],
  ['model: claude-haiku-4-5, fallback: [claude-opus-5]', {}, [/`claude-opus-5` refuses/]],
  ['model: mine', {}, [/does not know whether `mine` takes/, /does not know the model `mine`/]],
  ['model: mine', { known: MINE }, []],
  [
    'model: claude-haiku-4-5',
    { known: { 'claude-haiku-4-5': { context: 1, maxOutput: 1, takesTemperature: false } } },
    [/`claude-haiku-4-5` refuses/],
  ],
])('a temperature of %s, with %j', (more, models, said) => {
  const got = compile(
    `{ claude: { prompt: p, temperature: 0.5, ${more} } }`.replace('inputs.m', 'run.id'),
    models,
  ).said;
  expect(got).toEqual(said.map((pattern) => expect.stringMatching(pattern) as string));
});

test('what would not hold is refused', () => {
  expect(
    compile(
      '{ claude: { prompt: p, tools: [read], runner: cli, temperature: 1, model: claude-haiku-4-5, max-prompt-tokens: 5 } }',
    ).said,
  ).toEqual([
    'PLAN_CLAUDE The command line of Claude takes no `temperature`.',
    'PLAN_CLAUDE giga does not see what the command line of Claude sends.',
  ]);
  expect(compile('{ claude: { prompt: p, temperature: 2, model: claude-haiku-4-5 } }').said).toHaveLength(1);
  expect(
    compile('{ claude: { prompt: p, max-prompt-tokens: 70, temperature: 0, model: claude-haiku-4-5 } }'),
  ).toMatchObject({
    request: { value: { maxPromptTokens: 70, temperature: 0 } },
    said: [],
  });
});
