import { describe, expect, it } from 'vitest';
import type { PlanNode } from '../../../src/core/plan/plan.ts';
import { planHash } from '../../../src/core/plan/plan.ts';
import { planOf, requestOf, shown, stepOf, stepsOf } from './compile.ts';

const A = '${{';

function actionOf(node: PlanNode): Extract<PlanNode, { kind: 'action' }> {
  if (node.kind !== 'action') throw new Error(`${node.id} is no action.`);
  return node;
}

describe('a plan', () => {
  it('says what the workflow says of itself', () => {
    const plan = planOf(
      `
name: Release
description: Makes one.
inputs:
  version: { type: string, required: true, pattern: '^v', description: The tag. }
  count: { type: integer, default: 3, minimum: 1 }
  text: { default: 3.10 }
  pick: { enum: [1.0, b], default: 1.0 }
  list: { type: array, items: { type: string }, required: [a] }
secrets: [TOKEN, TOKEN]
env: { A: 3.10, B: , C: "x ${A} inputs.version }}", D: true }
vars: { team: core }
concurrency: { max: 3 }
steps: { a: { run: x } }
outputs: { version: "${A} inputs.version }}", checked: { value: "${A} steps.a.outputs.x }}", pattern: '^[a-z]+$' } }
`.replace(', required: [a]', ''),
      { file: 'workflows/release.yaml', vars: { team: 'web', more: 1 } },
    );
    expect(plan).toMatchObject({
      v: 1,
      name: 'Release',
      description: 'Makes one.',
      file: 'workflows/release.yaml',
      concurrency: 3,
      secrets: ['TOKEN'],
    });
    expect(plan.vars).toEqual({ team: 'web', more: 1 });
    expect(plan.inputs).toEqual({
      version: { type: 'string', required: true, description: 'The tag.', schema: { type: 'string', pattern: '^v' } },
      count: { type: 'integer', required: false, default: 3, schema: { type: 'integer', minimum: 1 } },
      text: { type: 'string', required: false, default: '3.10', schema: { type: 'string' } },
      pick: { type: 'string', required: false, default: '1.0', schema: { type: 'string', enum: ['1.0', 'b'] } },
      list: { type: 'array', required: false, schema: { type: 'array', items: { type: 'string' } } },
    });
    expect(Object.fromEntries(Object.entries(plan.env).map(([name, value]) => [name, shown(value)]))).toEqual({
      A: '3.10',
      B: '',
      C: 'x {inputs.version}',
      D: 'true',
    });
    expect(shown(plan.outputs.version?.value ?? { kind: 'literal', value: null })).toBe('<inputs.version>');
    expect(plan.outputs.checked?.schema).toEqual({ type: ['string', 'null'], pattern: '^[a-z]+$' });
    expect(plan.root).toMatchObject({ kind: 'try', id: '', rethrow: true, needs: [] });
    expect(plan.root.bodies.slice(1)).toEqual([null, null]);
  });

  it('has a name and a width when the workflow has none', () => {
    expect(planOf('steps: { a: { run: x } }', {}, 'workflows/deploy.yml')).toMatchObject({
      name: 'deploy',
      file: 'workflows/deploy.yml',
      concurrency: 8,
    });
    expect(planOf('concurrency: 2\nsteps: { a: { run: x } }', { config: { concurrency: 5 } }).concurrency).toBe(2);
    expect(planOf('steps: { a: { run: x } }', { config: { concurrency: 5 } }).concurrency).toBe(5);
    expect(planOf('concurrency: 2\nsteps: { a: { run: x } }', { concurrency: 7 }).concurrency).toBe(7);
  });

  it('has ids from keys, `id`, `name` and the position', () => {
    const plan = planOf(
      'steps:\n  - { id: a, name: Other, run: x }\n  - { name: " Build & Test! ", run: x }\n  - { name: Тест, run: x }\n  - { run: x }\n',
    );
    expect(stepsOf(plan).map(({ id, anonymous, name }) => [id, anonymous ?? false, name ?? null])).toEqual([
      ['a', false, 'Other'],
      ['build-test', false, ' Build & Test! '],
      ['step-3', true, 'Тест'],
      ['step-4', true, null],
    ]);
  });

  it('is plain JSON', () => {
    const plan = planOf(
      `steps: { a: { set: { __proto__: 1, x: [1, { y: "${A} run.id }}" }] } }, g: { parallel: { b: { run: [echo, "${A} run.id }}"] } }, max: 2 } }`,
    );
    expect(JSON.parse(JSON.stringify(plan))).toEqual(structuredClone(plan));
    expect(JSON.stringify(stepOf(plan, 'a'))).toContain('"__proto__"');
  });
});

describe('a step that runs something', () => {
  it.each<[name: string, keys: string, request: Readonly<Record<string, unknown>>]>([
    [
      'a script',
      'run: npm test',
      { shell: 'bash', script: 'npm test', values: {}, integers: [], guard: null, cwd: '' },
    ],
    [
      'a value in a script',
      `run: 'echo ${A} inputs.a }} "x${A} inputs.b }}"'`,
      {
        shell: 'bash',
        script: 'echo "$GIGA_V0" "x${GIGA_V1}"',
        values: { GIGA_V0: '{inputs.a}!', GIGA_V1: '{inputs.b}!' },
        integers: [],
        guard: null,
        cwd: '',
      },
    ],
    ['a number in arithmetic', `run: 'echo $(( ${A} inputs.n }} + 1 ))'`, { integers: ['GIGA_V0'] }],
    ['another shell', 'shell: sh\n    run: x', { shell: 'sh', script: 'x' }],
    [
      'a program',
      `run: [git, log, 3.10, "${A} inputs.list }}", "a-${A} inputs.a }}"]`,
      { argv: ['git', 'log', '3.10', '<inputs.list>', 'a-{inputs.a}!'], cwd: '' },
    ],
    [
      'PowerShell in double quotes',
      `shell: pwsh\n    run: 'Write-Output "a ${A} inputs.a }}b" ${A} inputs.b }}'`,
      {
        shell: 'pwsh',
        script: 'Write-Output "a ${env:GIGA_V0}b" ${env:GIGA_V1}',
        values: { GIGA_V0: '{inputs.a}!', GIGA_V1: '{inputs.b}!' },
      },
    ],
    ['cwd', `run: x\n    cwd: "sub/${A} inputs.a }}"`, { cwd: 'sub/{inputs.a}!' }],
    ['stdin', 'run: x\n    stdin: hello', { stdin: 'hello' }],
    ['stdin of a text', `run: x\n    stdin: "a ${A} inputs.a }}"`, { stdin: 'a {inputs.a}' }],
    ['stdin of a value', `run: x\n    stdin: "${A} inputs.list }}"`, { stdin: '{inputs.list}' }],
    [
      'codes and bytes',
      'run: x\n    success-codes: [0, 1]\n    max-output: 64KiB',
      { successCodes: [0, 1], maxOutput: 65_536 },
    ],
  ])('%s', (_name, keys, request) => {
    const plan = planOf(
      `inputs: { a: {}, b: {}, n: { type: integer }, list: { type: array } }\nsteps:\n  s:\n    ${keys}\n`,
    );
    expect(requestOf(stepOf(plan, 's'))).toMatchObject(request);
  });

  it('gives stdin of a value as a text, or as JSON', () => {
    const plan = planOf(`inputs: { x: { type: object } }\nsteps: { s: { run: x, stdin: "${A} inputs.x }}" } }`);
    const template = actionOf(stepOf(plan, 's')).with;
    const stdin = template.kind === 'object' ? template.entries.find(([key]) => key === 'stdin')?.[1] : undefined;
    expect(stdin).toMatchObject({
      kind: 'text',
      parts: [{ expr: { kind: 'choice', yes: { kind: 'call', name: 'toJSON' }, no: { kind: 'member' } } }],
    });
  });

  it('inherits what language-rules 2 lets it', () => {
    const plan = planOf(`
defaults: { shell: sh, timeout: 10m, retry: { attempts: 2, delay: 2s, backoff: exponential, factor: 3, max-delay: 1m } }
steps:
  a: { run: x }
  b: { run: x, shell: bash, timeout: 20s, grace: 1s, retry: { attempts: 5 } }
  c: { set: { x: 1 } }
  d: { wait: { for: 1s } }
  e: { steps: { f: { run: x } } }
  g: { fail: "no ${A} run.id }}" }
`);
    const retry = { attempts: 2, delayMs: 2_000, backoff: 'exponential', factor: 3, maxDelayMs: 60_000 };
    expect(actionOf(stepOf(plan, 'a'))).toMatchObject({ timeoutMs: 600_000, retry });
    expect(requestOf(stepOf(plan, 'a')).shell).toBe('sh');
    expect(actionOf(stepOf(plan, 'b'))).toMatchObject({
      timeoutMs: 20_000,
      graceMs: 1_000,
      retry: { attempts: 5, delayMs: 0, backoff: 'constant', factor: 2 },
    });
    expect(actionOf(stepOf(plan, 'e/f'))).toMatchObject({ timeoutMs: 600_000, retry });
    for (const id of ['c', 'd', 'e', 'g']) expect(stepOf(plan, id).retry).toBeUndefined();
    expect(stepOf(plan, 'd')).toMatchObject({ kind: 'wait', for: { kind: 'literal', value: '1s' } });
    expect(stepOf(plan, 'g')).toMatchObject({ kind: 'fail', message: { kind: 'text', nulls: 'empty' } });
  });

  it('takes defaults of the configuration where the workflow has none', () => {
    const config = { defaults: { shell: 'sh', timeout: '1m', retry: { attempts: 4, delay: '1s' } } };
    expect(
      actionOf(stepOf(planOf('defaults: { timeout: 2m }\nsteps: { a: { run: x } }', { config }), 'a')),
    ).toMatchObject({ timeoutMs: 120_000, retry: { attempts: 4, delayMs: 1_000 } });
    expect(requestOf(stepOf(planOf('steps: { a: { run: x } }', { config }), 'a')).shell).toBe('sh');
  });

  it('has the modifiers of its keys', () => {
    const plan = planOf(`
secrets: [T]
steps:
  a:
    run: x
    if: \${{ inputs.go }}
    env: { A: "${A} inputs.go }}", V: { run: git rev-parse HEAD } }
    clear-env: true
    secrets: [T]
    continue-on-error: true
    allow-failure: true
    outputs: { first: "${A} self.lines[0] }}", all: { value: "${A} self.json }}", type: object } }
  b: { needs: a, if: always() && inputs.go, run: x }
inputs: { go: { type: boolean } }
`);
    const a = actionOf(stepOf(plan, 'a'));
    expect(a).toMatchObject({
      clearEnv: true,
      secrets: ['T'],
      continueOnError: true,
      allowFailure: true,
      if: { expression: { source: 'inputs.go' }, replacesJoin: false },
    });
    expect(a.env?.A).toMatchObject({ kind: 'text' });
    expect(a.env?.V).toMatchObject({
      kind: 'value',
      expression: { expr: { kind: 'call', name: '__envRun', args: [{ value: 'git rev-parse HEAD' }] } },
    });
    expect(a.outputs?.all?.schema).toEqual({ type: 'object' });
    expect(stepOf(plan, 'b').if?.replacesJoin).toBe(true);
  });
});

describe('groups', () => {
  it('are lists, maps, and branches', () => {
    const plan = planOf(`
steps:
  list: { steps: [{ id: a, run: x }, { id: b, run: x }] }
  wide: { parallel: [{ id: c, run: x }, { id: d, run: x }], max: 2, fail-fast: true }
  pick:
    choose:
      - { if: run.resumed, steps: { e: { run: x } }, outputs: { x: "${A} steps.e.result }}" } }
      - { else: [{ id: f, run: x }] }
    outputs: { y: "${A} steps.f.result }}" }
  after: { run: "echo ${A} steps.pick.outputs.x }}${A} steps.pick.outputs.branch }}" }
`);
    expect(stepOf(plan, 'list')).toMatchObject({
      kind: 'group',
      bodies: [{ nodes: [{ id: 'a' }, { id: 'b', after: 1 }] }],
    });
    const wide = stepOf(plan, 'wide');
    expect(wide).toMatchObject({ kind: 'group', max: 2, failFast: true });
    expect(wide.kind === 'group' && wide.bodies[0]?.nodes.map((node) => node.after)).toEqual([undefined, undefined]);
    expect(stepOf(plan, 'pick')).toMatchObject({
      kind: 'choose',
      conditions: [{ source: 'run.resumed' }, null],
      bodyOutputs: [{ x: {} }, null],
      outputs: { y: {} },
    });
    expect(stepOf(plan, 'after').needs).toEqual([2]);
  });

  it('give their cwd to the steps inside', () => {
    const plan = planOf('steps: { g: { cwd: sub, steps: { a: { run: x }, b: { run: x, cwd: other } } } }');
    expect([requestOf(stepOf(plan, 'g/a')).cwd, requestOf(stepOf(plan, 'g/b')).cwd]).toEqual(['sub', 'other']);
  });
});

describe('digests and the hash', () => {
  const TEXT = `name: x
steps:
  a: { run: x, env: { A: 1, B: 2 } }
  b: { needs: [a, c], run: "echo ${A} steps.a.result }}" }
  c: { set: { x: 1, y: 2 } }
`;
  const hash = (text: string): string => planHash(planOf(text));

  it.each<[name: string, other: string]>([
    ['comments and layout', `# Hello\n${TEXT.replace('name: x', "name:   'x'  # y").replaceAll('\n', '\n\n')}`],
    [
      'the order of keys',
      `steps:\n  c: { set: { y: 2, x: 1 } }\n  b: { run: "echo ${A} steps.a.result }}", needs: [c, a] }\n  a:\n    env: { B: 2, A: 1 }\n    run: x\nname: x\n`,
    ],
  ])('are the same for other %s', (_name, other) => {
    expect(hash(other)).toBe(hash(TEXT));
  });

  it.each<[name: string, from: string, to: string]>([
    ['a script', 'run: x', 'run: y'],
    ['an expression', 'a.result', 'a.conclusion'],
    ['a variable', 'A: 1', 'A: 3'],
    ['a need', '[a, c]', '[a]'],
    ['a timeout', 'run: x', 'run: x, timeout: 1s'],
    ['a name', 'name: x', 'name: y'],
    ['an id', 'c: { set', 'd: { set'],
    ['a flag', 'run: x', 'run: x, allow-failure: true'],
  ])('differ for another: %s', (_name, from, to) => {
    expect(TEXT).toContain(from);
    const changed = TEXT.replace(from, to).replace(to.startsWith('d:') ? '[a, c]' : '\0', '[a, d]');
    expect(hash(changed)).not.toBe(hash(TEXT));
  });

  it('differ for another order of a list', () => {
    expect(hash('steps: [{ id: a, run: x }, { id: b, run: y }]')).not.toBe(
      hash('steps: [{ id: b, run: y }, { id: a, run: x }]'),
    );
    expect(hash('steps: { a: { run: x } }')).not.toBe(hash('steps: { a: { steps: { b: { run: x } } } }'));
  });

  it('of a step leave out its place, and what cannot change what its success means', () => {
    const digestOf = (text: string, index: number): string | undefined => stepsOf(planOf(text))[index]?.digest;
    const plain = digestOf('steps: [{ run: x }]', 0);
    expect(digestOf('# y\nsteps:\n  - { name: "тест", run: x, timeout: 1s, retry: { attempts: 2 } }', 0)).toBe(plain);
    expect(digestOf('steps: [{ id: a, run: z }, { run: x }]', 1)).toBe(plain);
    expect(digestOf('steps: [{ run: x, cwd: y }]', 0)).not.toBe(plain);
    expect(digestOf('defaults: { shell: sh }\nsteps: [{ run: x }]', 0)).not.toBe(plain);
  });

  it('of a group follow what is inside', () => {
    const digest = (inner: string): string | undefined =>
      stepsOf(planOf(`steps: { g: { steps: { a: { run: ${inner} } } } }`))[0]?.digest;
    expect(digest('x')).not.toBe(digest('y'));
  });
});

describe('large plans', () => {
  it('compile without a stack that grows, in every shape', () => {
    const count = 3_000;
    const lines = (make: (index: number) => string): string =>
      `steps:\n${Array.from({ length: count }, (_, index) => make(index)).join('\n')}\n`;
    const chain = planOf(lines((index) => `  s${index}: { needs: [${index === 0 ? '' : `s${index - 1}`}], run: x }`));
    expect(stepsOf(chain).length).toBe(count);
    const backwards = planOf(
      lines(
        (index) =>
          `  s${index}: { set: { x: "${A} ${index === count - 1 ? '1' : `steps.s${index + 1}.outputs.x`} }}" } }`,
      ),
    );
    expect(stepsOf(backwards)[0]?.needs).toEqual([1]);
    expect(stepsOf(planOf(lines((index) => `  - { id: s${index}, run: x }`))).at(-1)?.after).toBe(count - 1);
    const ring = (index: number): string => `  s${index}: { needs: s${(index + 1) % count}, run: x }`;
    expect(() => planOf(lines(ring))).toThrow(/PLAN_CYCLE/);
  });
});
