import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isClear, start, until } from '../../e2e/place.ts';
import { openWorkplace, type Workplace } from '../giga.ts';

let place: Workplace;
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

describe('giga plugin new', () => {
  it.each([[[]], [['--js']], [['--micro']], [['--micro', '--js']]])('%j makes what passes at once', async (flags) => {
    const made = await place.giga('plugin', 'new', 'notes', ...flags);
    const ending = flags.includes('--js') ? 'js' : 'ts';
    expect([made.code, made.err]).toEqual([0, expect.stringContaining(`made  plugins/notes.${ending}\n`)]);
    expect((await place.giga('plugin', 'check')).err).toBe('');
    const tested = await place.giga('plugin', 'test');
    expect([tested.code, tested.err]).toEqual([
      0,
      expect.stringMatching(/CASES \d+ passed, 0 failed · made up with seed 1/),
    ]);
    expect((await place.giga('validate')).err).toBe('✔ valid  workflows/notes.yaml\n');
    const run = await place.giga('run', 'notes');
    expect([run.code, run.err]).toEqual([0, expect.stringContaining('output text = Hello, world!')]);
    // Cases of plugins are no tests of workflows.
    expect((await place.giga('test')).err).toContain('There is no `*.test.yaml` here.');
  });

  it('overwrites nothing, and makes nothing then', async () => {
    place.put('workflows/notes.yaml', 'mine');
    const { code, err } = await place.giga('plugin', 'new', 'notes');
    expect([code, err]).toEqual([2, expect.stringContaining('There is "workflows/notes.yaml" already.')]);
    expect(readdirSync(place.folder).toSorted()).toEqual(['.git', 'workflows']);
    expect(readFileSync(join(place.folder, 'workflows/notes.yaml'), 'utf8')).toBe('mine');
  });

  it.each([['../up'], ['a b'], ['1'], ['a/b'], ['']])('refuses the name %j', async (name) => {
    const { code, err } = await place.giga('plugin', 'new', name);
    expect([code, err]).toEqual([2, expect.stringContaining('cannot be the name of a plugin')]);
    expect(readdirSync(place.folder)).toEqual(['.git']);
  });
});

/** A plugin of one step `go` with this head and this body. */
const plugin = (head: string, body: string): string => `import { definePlugin, step } from 'giga/plugin';
export default definePlugin({ ${head}
  steps: { go: step({ input: { type: 'object', properties: { n: { type: 'integer' } } }, output: { type: 'object' },
    async run({ n }, ctx) { ${body} } }) } });
`;

describe('giga plugin check', () => {
  it.each([
    ['', "await ctx.fs.read('a.md'); return {};", 4, 'The plugin calls `fs.read`, and does not ask for `read`'],
    [
      "permissions: { read: ['b.md'] },",
      "await ctx.fs.read('a.md'); return {};",
      4,
      'which its `read` (b.md) does not name',
    ],
    ["permissions: { net: ['a.b'] },", "await ctx.fetch('https://c.d/e'); return {};", 4, 'calls `fetch` for c.d'],
    ["permissions: { env: ['A'] },", 'return {};', 0, 'asks for `env`, and nothing in its source uses it'],
    ["permissions: { read: ['*.md'] },", "await ctx.fs.read('a.md'); return {};", 0, ''],
    ['permission: {},', 'return {};', 4, 'Did you mean `permissions`?'],
    ['', 'return {', 4, 'error[PLUGIN_UNREADABLE]'],
  ])('of %s %s', async (head, body, code, message) => {
    place.put('p.ts', plugin(head, body));
    const outcome = await place.giga('plugin', 'check', 'p.ts');
    expect(outcome.err).toContain(message);
    if (message === '') expect(outcome.err).toBe('');
    expect(outcome.code).toBe(code);
    isClear(outcome);
  });

  it('refuses a module of Node where the plugin is to be isolated, and shows the import', async () => {
    place.put('p.ts', `import { cpus } from 'node:os';\n${plugin('', 'return { n: cpus().length };')}`);
    const plain = await place.giga('plugin', 'check', 'p.ts');
    expect([plain.code, plain.err]).toEqual([0, expect.stringContaining('warning[PLUGIN_IMPORT]')]);
    const { code, out, err } = await place.giga('plugin', 'check', 'p.ts', '--isolation', 'limited', '--json');
    expect([code, err]).toEqual([4, expect.stringContaining('--> p.ts:1:22')]);
    expect(JSON.parse(out)).toMatchObject({
      type: 'plugin.checked',
      file: 'p.ts',
      ok: false,
      found: { isolations: ['none'] },
    });
  });

  it('says which names mean nothing', async () => {
    for (const [name, message] of [
      ['none.ts', 'There is no file "none.ts"'],
      ['none', 'There is no plugin `none`'],
      ['x/*.ts', 'No file matches "x/*.ts"'],
    ] as const) {
      const { code, err } = await place.giga('plugin', 'check', name);
      expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    }
    expect((await place.giga('plugin', 'check')).err).toContain('There are no plugins here.');
  });
});

describe('giga plugin test', () => {
  it('says what is not as a case expects, at each level', async () => {
    place.put('p.ts', plugin("permissions: { write: ['**'] },", "await ctx.fs.write('a.txt', 'a'); return { n };"));
    place.put(
      'p.test.yaml',
      `cases:
  - { step: go, with: { n: 1 }, outputs: { n: 1 }, files-after: { a.txt: a } }
  - { name: other, step: go, with: { n: 1 }, outputs: { n: 2 }, files-after: { a.txt: b, b.txt: '' } }
  - { name: to fail, step: go, error: { message: oh } }
  - { name: refused, step: go, with: { n: x }, error: { code: STEP_PLUGIN_INPUT } }
`,
    );
    const { code, out, err } = await place.giga('plugin', 'test', 'p.ts', '--json', '--made-up', '0');
    const results = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(
      results
        .map(({ name, isolation, passed }) => [name, isolation, passed])
        .filter(([, level]) => level === 'none' || level === 'limited'),
    ).toEqual([
      ['go', 'limited', true],
      ['go', 'none', true],
      ['other', 'limited', false],
      ['other', 'none', false],
      ['to fail', 'limited', false],
      ['to fail', 'none', false],
      ['refused', 'limited', true],
      ['refused', 'none', true],
    ]);
    expect(code).toBe(1);
    for (const said of [
      'The output `n` is 1, and 2 is expected.',
      'The file `a.txt` holds "a", and is expected to hold "b".',
      'The file `b.txt` is not there, and is expected to hold "".',
      'It succeeded, and STEP_PLUGIN_FAILED is expected.',
      '--> p.test.yaml:3:5',
    ])
      expect(err).toContain(said);
    expect(readdirSync(place.folder).toSorted()).toEqual(['.giga', '.git', 'p.test.yaml', 'p.ts']);
  });

  it('finds by made-up values what gives something else than it says, and shows how to call it again', async () => {
    const halves = plugin('', 'return { n: n === undefined ? 0 : n / 2 };').replace(
      "output: { type: 'object' }",
      "output: { type: 'object', properties: { n: { type: 'integer' } } }",
    );
    place.put('p.ts', halves);
    const { code, err } = await place.giga('plugin', 'test', 'p.ts');
    const [, again] = /Again: `giga (.*?)`/.exec(err) ?? [];
    expect([code, again]).toEqual([1, expect.stringContaining('plugin run ./p.ts#go --isolation')]);
    const called = await place.bash(`giga ${again ?? ''}`);
    expect([called.code, called.err]).toEqual([1, expect.stringContaining('STEP_PLUGIN_OUTPUT')]);
  });

  it.each([
    ['loop', 'for (;;);', 'STEP_PLUGIN_TIMEOUT'],
    ['wait', 'await new Promise(() => {});', 'STEP_PLUGIN_TIMEOUT'],
    ['eat', 'for (const a = []; ; ) a.push(new Array(1000).fill(n));', 'STEP_PLUGIN_MEMORY'],
    ['exit', 'process.exit(0);', 'STEP_PLUGIN_LOST'],
  ])('does not try at none what had to be ended: %s', async (name, body, ending) => {
    place.put('p.ts', plugin("limits: { timeout: '500ms', memory: '32MB' },", `${body} return {};`));
    place.put('p.test.yaml', `cases: [{ name: ${name}, step: go, error: { code: ${ending} } }]\n`);
    const { out } = await place.giga('plugin', 'test', 'p.ts', '--json', '--made-up', '1');
    const results = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(results.find((one) => one['name'] === name && one['isolation'] === 'limited')).toMatchObject({
      passed: true,
    });
    expect(results.filter(({ isolation }) => isolation === 'none')).toEqual([]);
  });

  it('lets no host be reached: those that are asked for are stubs, the others are refused', async () => {
    place.put(
      'p.ts',
      plugin(
        "permissions: { net: ['a.example'] },",
        "const { status, headers, body } = await ctx.fetch(`https://${n === 1 ? 'a' : 'b'}.example/x`, { method: 'POST' }); return { status, of: headers['x-of'], body };",
      ),
    );
    place.put(
      'p.test.yaml',
      `cases:
  - step: go
    with: { n: 1 }
    http: [{ method: POST, url: 'https://a.example/x', status: 201, headers: { x-of: y }, body: [1] }]
    outputs: { status: 201, of: y, body: '[1]' }
  - { step: go, with: { n: 2 }, http: [{ method: POST, url: 'https://b.example/x' }], error: { message: It is not allowed } }
  - { step: go, with: { n: 1 }, error: { message: The case has no answer for POST https://a.example/x } }
`,
    );
    const { code, err } = await place.giga('plugin', 'test', 'p.ts');
    expect([code, err]).toEqual([0, expect.stringContaining(' 0 failed')]);
  });

  it.each([
    ['cases: [{ step: og }]', 'Did you mean `go`?', '1:17'],
    ['cases: [{ step: go, wiht: {} }]', 'Did you mean `with`?', '1:9'],
    ['cases: [{ step: go, outputs: {}, error: {} }]', 'has `outputs` or `error`, and not both', '1:9'],
    ['cases: [{ step: go, files: { ../a: x } }]', '`../a` is not in the folder of the case', '1:28'],
    ['case: []', 'must have the key `cases`', '1:1'],
    ['cases: [', 'error[DOC_YAML_SYNTAX]', '2:1'],
  ])('says where cases are wrong: %s', async (cases, message, where) => {
    place.put('p.ts', plugin('', 'return {};'));
    place.put('p.test.yaml', `${cases}\n`);
    const outcome = await place.giga('plugin', 'test', 'p.test.yaml');
    expect([outcome.code, outcome.err]).toEqual([3, expect.stringContaining(message)]);
    expect(outcome.err).toContain(`--> p.test.yaml:${where}`);
    isClear(outcome);
  });

  it('is ended by Ctrl-C, and leaves no folder behind', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'giga-kit-'));
    place.remove();
    place = openWorkplace({ TMPDIR: temporary });
    place.put('p.ts', plugin("limits: { timeout: '1h' },", 'for (;;);'));
    place.put('p.test.yaml', 'cases: [{ step: go }]\n');
    const { child, ended } = start(place, 'plugin', 'test', 'p.ts');
    await until(() => readdirSync(temporary).length > 0);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(readdirSync(temporary)).toEqual([]);
    rmSync(temporary, { recursive: true });
  });
});

describe('giga plugin docs', () => {
  it('writes Markdown from the schemas', async () => {
    await place.giga('plugin', 'new', 'notes');
    const { out } = await place.giga('plugin', 'docs', 'notes');
    expect(out).toContain('# notes\n\nWhat notes is for.\n');
    expect(out).toContain('| `most` | integer from 1 to 1000 | `100` |  |');
    expect((await place.giga('plugin', 'docs', 'notes', '-o', 'none/x.md')).code).toBe(2);
    expect((await place.giga('plugin', 'docs', 'notes', '-o', 'x.md')).code).toBe(0);
    expect(readFileSync(join(place.folder, 'x.md'), 'utf8')).toBe(out);
  });
});
