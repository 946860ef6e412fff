import { describe, expect, it } from 'vitest';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import type { PluginManifest } from '../../../src/core/plugin.ts';
import type { CompileOptions, PluginSource } from '../../../src/lang/compile/index.ts';
import { compileText as compile, planOf, requestOf, stepOf } from './compile.ts';

const MANIFEST: PluginManifest = {
  permissions: { read: ['docs/**', 'src'], net: ['*.example.com', '127.0.0.1'], env: ['CI'] },
  config: { type: 'object', properties: { project: { type: 'string' } }, required: ['project'] },
  timeoutMs: 1_000,
  memory: 1,
  steps: {
    greet: {
      input: {
        type: 'object',
        properties: { name: { type: 'string' }, times: { type: 'integer', default: 1 }, any: {} },
        required: ['name'],
      },
      output: {
        type: 'object',
        properties: { text: { type: 'string' }, size: { type: 'integer' } },
        required: ['text'],
      },
    },
    open: {
      input: { type: 'object', additionalProperties: true },
      output: { type: 'object', additionalProperties: true },
    },
  },
};
const OPTIONS: CompileOptions = {
  plugins: new Map<string, PluginSource>([
    ['plugins/hello.ts', { ok: true, integrity: 'abc', builtins: [], manifest: MANIFEST }],
    [
      'plugins/plain.ts',
      {
        ok: true,
        integrity: 'def',
        builtins: ['fs'],
        manifest: { ...MANIFEST, config: undefined as never, permissions: {} },
      },
    ],
    [
      'plugins/broken.ts',
      { ok: false, diagnostics: [problem('PLUGIN_UNREADABLE', 'It cannot be read.', { hint: 'Mend it.' })] },
    ],
  ]),
};
const HELLO = 'plugins: [{ from: ./plugins/hello.ts, config: { project: giga } }]';
const using = (step: string, top = HELLO): string => `${top}\nsteps:\n  a: ${step}\n`;
const problems = (text: string, options = OPTIONS): readonly string[] =>
  compile(text, options).diagnostics.map(({ code, message }) => `${code} ${message}`);
const grantedIn = (text: string): unknown =>
  (requestOf(stepOf(planOf(text, OPTIONS), 'a')) as Record<string, unknown>)['granted'];

describe('the request of a uses step', () => {
  it('holds the plugin as it was read, what it is given and what it is granted', () => {
    const plan = planOf(
      using(
        "{ uses: hello/greet, with: { name: '${{ inputs.who }}', any: [1] } }",
        `${HELLO}\ninputs: { who: { type: string, default: Ada } }`,
      ),
      OPTIONS,
    );
    expect(requestOf(stepOf(plan, 'a'))).toEqual({
      plugin: {
        name: 'hello',
        from: 'plugins/hello.ts',
        integrity: 'abc',
        isolation: 'none',
        config: { project: 'giga' },
      },
      step: 'greet',
      input: { name: '<inputs.who>', any: [1] },
      schema: MANIFEST.steps['greet'],
      granted: { read: ['docs/**', 'src'], write: [], env: ['CI'], net: ['*.example.com', '127.0.0.1'], named: [] },
    });
  });

  it('takes what is not named where the schema is open', () => {
    expect(problems(using('{ uses: hello/open, with: { whatever: 1 } }'))).toEqual([]);
  });

  it('knows what a step gives', () => {
    expect(
      problems(using("{ uses: hello/greet, with: { name: x } }\n  b: { run: 'echo ${{ steps.a.outputs.txt }}' }")),
    ).toEqual(['EXPR_UNKNOWN_MEMBER Step "a" has no output "txt".']);
    expect(problems(using("{ uses: hello/open }\n  b: { run: 'echo ${{ steps.a.outputs.txt }}' }"))).toEqual([]);
  });

  it('asks for the file of a plugin that it has not seen', () => {
    const { plan, diagnostics } = compile(using('{ uses: new/x }', 'plugins: [./plugins/new.ts]'), OPTIONS);
    expect([plan, diagnostics]).toEqual([null, []]);
  });
});

describe('what a plugin is granted', () => {
  const by = (permissions: string): string =>
    `plugins: [{ from: ./plugins/hello.ts, config: { project: x }, permissions: ${permissions} }]`;
  it.each<[string, string, string, Record<string, unknown>]>([
    ['no more than whoever names it says', by('{ read: [docs/a/**] }'), '', { read: ['docs/a/**'], net: [], env: [] }],
    [
      'hosts of a private network where a person names them',
      by('{ net: [127.0.0.1, a.example.com] }'),
      '',
      { net: ['a.example.com', '127.0.0.1'], named: ['a.example.com', '127.0.0.1'] },
    ],
    [
      'no more than the step may have',
      by('{ read: [docs] }'),
      ', permissions: { read: [docs/x.md], net: [] }',
      { read: ['docs/x.md'], net: [], named: [] },
    ],
    ['nothing that it does not ask for', by('{ write: [out] }'), '', { write: [], read: [] }],
  ])('%s', (_, top, step, granted) => {
    expect(grantedIn(using(`{ uses: hello/greet, with: { name: x }${step} }`, top))).toMatchObject(granted);
  });
});

describe('plugins that cannot be used', () => {
  it.each<[string, string, string]>([
    [
      'a name without a step',
      using('{ uses: hello }'),
      'PLAN_PLUGIN `uses` names a plugin and one of its steps, before the run.',
    ],
    [
      'a template',
      using("{ uses: 'hello/${{ run.id }}' }"),
      'PLAN_PLUGIN `uses` names a plugin and one of its steps, before the run.',
    ],
    ['a plugin that is not named', using('{ uses: helo/greet }'), 'PLAN_PLUGIN There is no plugin `helo`.'],
    ['no plugins', 'steps:\n  a: { uses: x/y }\n', 'PLAN_PLUGIN There is no plugin `x`.'],
    ['a step that is not there', using('{ uses: hello/gret }'), 'PLAN_PLUGIN The plugin `hello` has no step `gret`.'],
    [
      'a step called constructor',
      using('{ uses: hello/constructor }'),
      'PLAN_PLUGIN The plugin `hello` has no step `constructor`.',
    ],
    [
      'an input that is not there',
      using('{ uses: hello/greet, with: { nme: x, name: y } }'),
      'PLAN_INPUT_UNKNOWN "hello/greet" has no input `nme`.',
    ],
    [
      'an input that is missing',
      using('{ uses: hello/greet }'),
      'PLAN_INPUT_MISSING "hello/greet" needs the input `name`, which is not given.',
    ],
    [
      'an input of another type',
      using('{ uses: hello/greet, with: { name: x, times: often } }'),
      'PLAN_INPUT_INVALID The input `times` of "hello/greet" must be a whole number, and is the text "often".',
    ],
    [
      'a file that cannot be read',
      using('{ uses: broken/x }', 'plugins: [./plugins/broken.ts]'),
      'PLUGIN_UNREADABLE It cannot be read.',
    ],
    [
      'modules of Node in isolation',
      using('{ uses: plain/open }', 'plugins: [{ from: ./plugins/plain.ts, isolation: limited }]'),
      'PLAN_PLUGIN The plugin `plain` imports `node:fs`, which is not there where it is isolated.',
    ],
    [
      'a configuration that it does not take',
      using('{ uses: plain/open }', 'plugins: [{ from: ./plugins/plain.ts, config: { a: 1 } }]'),
      'PLAN_PLUGIN The plugin `plain` takes no `config`.',
    ],
    [
      'a configuration that does not fit',
      using('{ uses: hello/open }', 'plugins: [./plugins/hello.ts]'),
      'PLAN_PLUGIN The `config` of the plugin `hello` must have the key `project`.',
    ],
    [
      'one name for two',
      using('{ run: echo }', 'plugins: [./plugins/hello.ts, ./other/hello.ts]'),
      'PLAN_PLUGIN Two plugins have the name `hello`.',
    ],
    [
      'a plugin of a registry',
      using('{ run: echo }', 'plugins: [giga-plugin-x]'),
      'PLAN_PLUGIN This plugin is to come from a registry (`giga-plugin-x`), which is not built yet.',
    ],
    [
      'a name that is none',
      using('{ run: echo }', "plugins: ['./plugins/a b.ts']"),
      'PLAN_PLUGIN This plugin cannot have the name `a b`.',
    ],
  ])('%s', (_, text, message) => {
    expect(problems(text).join('\n')).toContain(message);
  });

  it('are named by giga.yaml as well, and by what stands in the document first', () => {
    const options = {
      ...OPTIONS,
      config: {
        plugins: { hello: { from: './plugins/plain.ts' }, other: { from: './plugins/plain.ts', as: 'other' } },
      },
    };
    expect(problems(using('{ uses: other/open }', 'name: x'), options)).toEqual([]);
    expect(problems(using('{ uses: hello/greet, with: { name: x } }'), options)).toEqual([]);
  });
});

describe('text of others in a step of a plugin', () => {
  const page = "page: { http: { url: 'https://example.com' } }";
  const flow = (using: string, field: string): readonly string[] =>
    compile(
      `${HELLO}\nsteps:\n  ${page}\n  a: ${using}\n  b: { run: ls, cwd: '\${{ steps.a.outputs.${field} }}' }\n`,
      OPTIONS,
    )
      .diagnostics.filter(({ severity }) => severity === 'error')
      .map(({ code }) => code);

  it('comes out of it, but for what its schema bounds', () => {
    const given = "{ uses: hello/greet, with: { name: '${{ steps.page.outputs.body }}' }, permissions: { net: [] } }";
    expect(flow(given, 'text')).toEqual(['PLAN_TAINTED']);
    expect(flow(given, 'size')).toEqual([]);
    expect(flow('{ uses: hello/greet, with: { name: Ada }, permissions: { net: [] } }', 'text')).toEqual([]);
  });

  it('may come from the hosts that it talks to', () => {
    expect(flow('{ uses: hello/greet, with: { name: Ada } }', 'text')).toEqual(['PLAN_TAINTED']);
  });
});
