import { describe, expect, it } from 'vitest';
import { compileText, planOf, problemsOf } from './compile.ts';

const A = '${{';

/** Each row: the text, and every problem of it. */
const ROWS: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
  ['no steps', 'name: x\nsteps: {}\n', ['DOC_BAD_VALUE 2:1']],
  ['an id twice', 'steps:\n  - { id: a, run: x }\n  - { id: a, run: x }\n', ['PLAN_DUPLICATE_ID 3:11']],
  ['a name twice', 'steps:\n  - { name: Run it, run: x }\n  - { name: run IT!, run: x }\n', ['PLAN_DUPLICATE_ID 3:13']],
  ['ids that differ in case', 'steps: { a: { run: x }, A: { run: x } }\n', ['PLAN_ID_CASE 1:25']],
  [
    'an id of an enclosing scope',
    'steps:\n  a: { run: x }\n  g: { steps: { a: { run: x } } }\n',
    ['PLAN_SHADOWED_ID 3:17'],
  ],
  ['the id of its own group', 'steps:\n  g: { steps: { g: { run: x } } }\n', ['PLAN_SHADOWED_ID 2:17']],
  ['finally sees the steps', 'steps: { a: { run: x } }\nfinally: { a: { run: x } }\n', ['PLAN_SHADOWED_ID 2:12']],
  ['an id that is taken', 'steps: { finally: { run: x } }\n', ['PLAN_BAD_ID 1:10']],
  ['anonymous steps', 'steps: [{ run: x }, { run: y }]\n', ['PLAN_ANONYMOUS_STEP 1:11']],
  ['anonymous steps at the end of a run', 'steps: { a: { run: x } }\nfinally: [{ run: x }]\n', []],
  [
    'the same id in two branches',
    'steps: { c: { choose: [{ if: run.resumed, steps: { a: { run: x } } }, { else: { a: { run: y } } }] } }\n',
    [],
  ],

  ['failure() without edges', 'steps: { a: { if: failure(), run: x } }\n', ['PLAN_NEVER_FAILS 1:19']],
  ['failure() in a negation', "steps: { a: { if: '!failure()', run: x } }\n", []],
  ['failure() beside always()', 'steps: { a: { if: always() || failure(), run: x } }\n', []],
  ['failure() in a list', 'steps: [{ id: a, run: x }, { id: b, if: failure(), run: x }]\n', []],
  ['failure() with a need', 'steps: { a: { run: x }, b: { needs: a, if: failure(), run: x } }\n', []],
  [
    'failure() in finally',
    'steps: { a: { run: x } }\nfinally: [{ if: failure(), run: x }]\n',
    ['PLAN_NEVER_FAILS 2:17'],
  ],
  [
    'a step that never runs',
    `steps: { a: { if: false, run: x }, b: { needs: a, run: x }, c: { needs: b, if: always(), run: x } }\n`,
    ['PLAN_UNREACHABLE 1:19'],
  ],
  [
    'a branch behind one that always holds',
    'steps: { c: { choose: [{ if: true, steps: { a: { run: x } } }, { else: { b: { run: y } } }] } }\n',
    ['PLAN_UNREACHABLE 1:10'],
  ],
  [
    'a branch that never holds',
    'steps: { c: { choose: [{ if: "\'\'", steps: { a: { run: x } } }, { else: { b: { run: y } } }] } }\n',
    ['PLAN_UNREACHABLE 1:30'],
  ],
  [
    'else that is not last',
    'steps: { c: { choose: [{ else: { b: { run: y } } }, { if: run.resumed, steps: { a: { run: x } } }] } }\n',
    ['PLAN_UNREACHABLE 1:26'],
  ],

  ['a duration without a unit', 'steps: { a: { run: x, timeout: 10 } }\n', ['PLAN_BAD_DURATION 1:32']],
  ['a duration in the wrong order', 'steps: { a: { wait: { for: 1s1m } } }\n', ['PLAN_BAD_DURATION 1:28']],
  ['a size', 'steps: { a: { run: x, max-output: 10 lines } }\n', ['PLAN_BAD_SIZE 1:35']],
  [
    'an error that is none',
    'steps: { a: { run: x, retry: { attempts: 2, on: { errors: [STEP_TIMEOTU] } } } }\n',
    ['PLAN_UNKNOWN_CODE 1:60'],
  ],
  [
    'a pattern that is none',
    "steps: { a: { run: x, retry: { attempts: 2, never-on: { matches: '(' } } } }\n",
    ['EXPR_PATTERN 1:66'],
  ],
  ['no class at all', 'steps: { a: { run: x, retry: { attempts: 2, on: {} } } }\n', ['DOC_BAD_VALUE 1:45']],
  [
    'a jitter that is no share',
    'steps: { a: { run: x, retry: { attempts: 2, jitter: 20 ms } } }\n',
    ['PLAN_MALFORMED 1:53'],
  ],
  ['no time for all items', 'steps: { a: { run: x, for-each: [1], total-timeout: 0s } }\n', ['PLAN_BAD_DURATION 1:53']],
  ['no time for a step', 'steps: { a: { run: x, timeout: 0s } }\n', ['PLAN_BAD_DURATION 1:32']],
  ['no time for a run', 'timeout: 0ms\nsteps: [{ id: a, run: x }]\n', ['PLAN_BAD_DURATION 1:10']],
  ['limits of a group', 'steps: { a: { steps: { b: { run: x } }, idle-timeout: 1s } }\n', ['PLAN_NOT_BUILT 1:41']],
  ['attempts', 'steps: { a: { run: x, retry: { attempts: 0 } } }\n', ['DOC_BAD_VALUE 1:42']],

  [
    'keys of programs elsewhere',
    'steps: { a: { set: { x: 1 }, timeout: 1s }, b: { steps: { c: { run: x } }, cwd: y, idle-timeout: 1s } }\n',
    ['PLAN_KEY_WITHOUT_EFFECT 1:30', 'PLAN_NOT_BUILT 1:84'],
  ],
  [
    'keys of programs beside http',
    'steps: { a: { http: { url: x }, cwd: d, retry: 2, timeout: 1s, idle-timeout: 1s, total-timeout: 1s, max-output: 1MB, secrets: [] } }\n',
    ['PLAN_KEY_WITHOUT_EFFECT 1:118'],
  ],
  ['http without an address', 'steps: { a: { http: { method: GET } } }\n', ['DOC_MISSING_KEY 1:15']],
  ['a method that is none', 'steps: { a: { http: { url: x, method: FETCH } } }\n', ['PLAN_MALFORMED 1:39']],
  ['a method in small letters', 'steps: { a: { http: { url: x, method: post } } }\n', []],
  ['a header of giga', 'steps: { a: { http: { url: x, headers: { Host: y } } } }\n', ['PLAN_MALFORMED 1:42']],
  ['a header that is none', 'steps: { a: { http: { url: x, headers: { "a b": y } } } }\n', ['PLAN_MALFORMED 1:42']],
  ['a status that is none', 'steps: { a: { http: { url: x, expect: { status: 7xx } } } }\n', ['DOC_BAD_VALUE 1:49']],
  [
    'an expectation of a value',
    `steps: { a: { http: { url: x, expect: { headers: { e: "${A} run.id }}" } } } } }\n`,
    ['PLAN_MALFORMED 1:55'],
  ],
  [
    'a schema that is none',
    'steps: { a: { http: { url: x, expect: { json: { typ: y } } } } }\n',
    ['PLAN_BAD_SCHEMA 1:49'],
  ],
  [
    'a saved body that is looked into',
    'steps: { a: { http: { url: x, save: y, paginate: { next: link } } } }\n',
    ['PLAN_MALFORMED 1:40'],
  ],
  [
    'pages by another step',
    'steps: { a: { http: { url: x, paginate: { next: self.json.x || run.id } } } }\n',
    ['PLAN_CONTEXT 1:49'],
  ],
  [
    'pages by the page',
    'steps: { a: { http: { url: x, paginate: { next: self.json.x ?? self.outputs.headers.y } } } }\n',
    [],
  ],
  [
    'an output that http does not have',
    `steps: { a: { http: { url: x } }, b: { set: { x: "${A} steps.a.outputs.stdout }}" } } }\n`,
    ['EXPR_UNKNOWN_MEMBER 1:71'],
  ],
  [
    'hosts that are none',
    "permissions: { net: ['https://x', 'x:80'] }\nsteps: { a: { http: { url: x } } }\n",
    ['PLAN_PERMISSION 1:22', 'PLAN_PERMISSION 1:35'],
  ],
  [
    'permissions that widen',
    "permissions: { net: [a.com, '*.b.com'] }\nsteps: { a: { http: { url: x }, permissions: { net: [A.COM, x.b.com, b.com, '*'] } } }\n",
    ['PLAN_PERMISSION 2:70', 'PLAN_PERMISSION 2:77'],
  ],
  [
    'permissions that widen those of a group',
    'steps: { g: { permissions: { net: [a] }, steps: { s: { http: { url: x }, permissions: { net: [b] } } } } }\n',
    ['PLAN_PERMISSION 1:95'],
  ],
  ['permissions of programs', 'permissions: { net: [a] }\nsteps: { a: { run: x } }\n', ['POLICY_NOT_ENFORCED 1:1']],
  ['permissions of a program', 'steps: { a: { run: x, permissions: { net: [] } } }\n', ['POLICY_NOT_ENFORCED 1:23']],
  [
    'permissions of what reaches nothing',
    'steps: { a: { set: { x: 1 }, permissions: { net: [] } } }\n',
    ['PLAN_KEY_WITHOUT_EFFECT 1:30'],
  ],
  [
    'permissions that are not built',
    'permissions: { secrets: [a] }\nsteps: { a: { http: { url: x } } }\n',
    ['DOC_NOT_BUILT 1:16'],
  ],
  [
    'permissions of agents that are none',
    "permissions: { read: [../x, a], write: ['/etc', '{a,b}'], run: [' '], tools: ['a b'], env: [1x] }\nsteps: { a: { claude: x } }\n",
    [
      'PLAN_PERMISSION 1:23',
      'PLAN_PERMISSION 1:41',
      'PLAN_PERMISSION 1:49',
      'PLAN_PERMISSION 1:65',
      'PLAN_PERMISSION 1:79',
      'PLAN_PERMISSION 1:93',
    ],
  ],
  [
    'permissions of agents that widen',
    "permissions: { write: [src], run: [git], tools: ['mcp__*'], env: [A] }\nsteps: { a: { claude: x, permissions: { read: [docs], write: [src/*.ts, docs], run: [git, ls], tools: [mcp__a, read], env: [A, B] } } }\n",
    ['PLAN_PERMISSION 2:73', 'PLAN_PERMISSION 2:91', 'PLAN_PERMISSION 2:112', 'PLAN_PERMISSION 2:128'],
  ],
  [
    'permissions of agents beside what is none',
    'steps: { a: { http: { url: x }, permissions: { net: [x], write: [a] } }, g: { permissions: { write: [a] }, steps: { s: { set: { x: 1 } } } } }\n',
    ['PLAN_KEY_WITHOUT_EFFECT 1:58'],
  ],
  [
    'keys of programs beside write',
    'steps: { a: { write: { path: x, content: y }, cwd: d, retry: 2, timeout: 1s } }\n',
    ['PLAN_KEY_WITHOUT_EFFECT 1:65'],
  ],
  [
    'a mode of more than permissions',
    'steps: { a: { write: { path: x, content: y, mode: 4755 } } }\n',
    ['PLAN_MALFORMED 1:51'],
  ],
  [
    'a mode with a digit too high',
    'steps: { a: { write: { path: x, content: y, mode: 0o798 } } }\n',
    ['PLAN_MALFORMED 1:51'],
  ],
  ['a file without content', 'steps: { a: { write: { path: x } } }\n', ['DOC_MISSING_KEY 1:15']],
  [
    'an output that write does not have',
    `steps: { a: { write: { path: x, content: y } }, b: { run: "cat ${A} steps.a.outputs.paht }}" } }\n`,
    ['EXPR_UNKNOWN_MEMBER 1:84'],
  ],
  ['an input type', 'inputs: { a: { type: strin } }\nsteps: { a: { run: x } }\n', ['PLAN_BAD_SCHEMA 1:22']],
  ['a keyword', 'inputs: { a: { minimun: 1 } }\nsteps: { a: { run: x } }\n', ['DOC_UNKNOWN_KEY 1:16']],
  [
    'a keyword inside a keyword',
    'inputs: { a: { anyOf: [{ minimun: 1 }] } }\nsteps: { a: { run: x } }\n',
    ['PLAN_BAD_SCHEMA 1:23'],
  ],
  ['a pattern', "inputs: { a: { pattern: '(' } }\nsteps: { a: { run: x } }\n", ['PLAN_BAD_SCHEMA 1:25']],
  [
    'a default',
    'inputs: { a: { type: integer, default: 1.5 } }\nsteps: { a: { run: x } }\n',
    ['PLAN_BAD_DEFAULT 1:40'],
  ],
  [
    'a default that is no member',
    'inputs: { a: { enum: [b, c], default: d } }\nsteps: { a: { run: x } }\n',
    ['PLAN_BAD_DEFAULT 1:39'],
  ],

  [
    'an undeclared secret',
    'secrets: [TOKEN]\nsteps: { a: { run: x, secrets: [TOKE] } }\n',
    ['PLAN_SECRET_UNDECLARED 2:33'],
  ],
  [
    'a secret that is not declared in an expression',
    `steps: { a: { run: "x ${A} secrets.T }}" } }\n`,
    ['EXPR_UNKNOWN_MEMBER 1:35'],
  ],
  ...[
    'set: { x: "§" }',
    'write: { path: x, content: "§" }',
    'http: { url: "§" }',
    'http: { url: x, body: "§" }',
    'fail: "§"',
    "if: secrets.T == 'x'\n    run: x",
    'run: x\n    outputs: { x: "§" }',
    'run: x\n    cwd: "§"',
  ].map(
    (keys) =>
      [
        `a secret in ${keys}`,
        `secrets: [T]\nsteps:\n  a:\n    ${keys.replace('§', `${A} secrets.T }}`)}\n`,
        ['EXPR_SECRET'],
      ] as const,
  ),
  [
    'secrets where they may stand',
    `secrets: [T]\nsteps: { a: { run: 'x ${A} secrets.T }}', stdin: '${A} secrets.T }}', env: { X: '${A} secrets.t }}' }, secrets: [T] }, b: { http: { url: x, headers: { a: 'b ${A} secrets.T }}' } } } }\n`,
    [],
  ],

  [
    'a value in Python',
    `steps: { a: { shell: python, run: "print('${A} run.id }}')" } }\n`,
    ['PLAN_VALUE_IN_PROGRAM 1:47'],
  ],
  [
    'a value in a command of env',
    `steps: { a: { run: x, env: { X: { run: "echo ${A} run.id }}" } } } }\n`,
    ['PLAN_VALUE_IN_PROGRAM 1:40'],
  ],
  [
    'the inner name of such a command',
    `steps: { a: { run: x, env: { X: "${A} __envRun('id') }}" } } }\n`,
    ['EXPR_UNKNOWN_FUNCTION'],
  ],
  [
    'a value in a quoted here-document',
    `steps:\n  a:\n    run: |\n      cat <<'E'\n      ${A} run.id }}\n      E\n`,
    ['SHELL_QUOTED_HEREDOC'],
  ],
  ['self before the action', `steps: { a: { run: "echo ${A} self.stdout }}" } }\n`, ['PLAN_CONTEXT 1:30']],
  ['contexts that are not built', `steps: { a: { run: "echo ${A} event }}" } }\n`, ['PLAN_CONTEXT 1:30']],
  [
    'steps in the env of the workflow',
    `env: { X: "${A} steps.a.result }}" }\nsteps: { a: { run: x } }\n`,
    ['PLAN_CONTEXT 1:22'],
  ],
  ['steps as a whole', `steps: { a: { run: "echo ${A} toJSON(steps) }}" } }\n`, ['EXPR_DYNAMIC_STEPS 1:37']],
  [
    'steps by a computed id',
    `steps: { a: { set: { x: "${A} steps[run.id].result }}" } } }\n`,
    ['EXPR_DYNAMIC_STEPS 1:30'],
  ],
  [
    'status functions outside of if',
    `steps: { a: { run: "echo ${A} success() }}" } }\n`,
    ['EXPR_STATUS_FUNCTION 1:30'],
  ],
  [
    'an output that is not declared',
    `steps: { a: { set: { x: 1 } }, b: { run: "echo ${A} steps.a.outputs.y }}" } }\n`,
    ['EXPR_UNKNOWN_MEMBER 1:68'],
  ],
  [
    'an output of a group',
    `steps: { a: { steps: { i: { run: x } }, outputs: { x: 1 } }, b: { run: "echo ${A} steps.a.outputs.y }}" } }\n`,
    ['EXPR_UNKNOWN_MEMBER 1:98'],
  ],
  [
    'an output of a script that declares its own',
    `steps: { a: { run: x, outputs: [file] }, b: { run: "echo ${A} steps.a.outputs.fil }} ${A} steps.a.outputs.file }}" } }\n`,
    ['EXPR_UNKNOWN_MEMBER 1:78'],
  ],
  [
    'any output of a script that declares none',
    `steps: { a: { run: x }, b: { run: "echo ${A} steps.a.outputs.fil }}" } }\n`,
    [],
  ],
  [
    'a wrong word for a result',
    `steps: { a: { run: x }, b: { if: "steps.a.result == 'success'", run: x } }\n`,
    ['EXPR_IMPOSSIBLE_COMPARISON 1:53'],
  ],
  [
    'a variable that is not declared',
    `env: { HOME_DIR: x }\nsteps: { a: { run: "echo ${A} env.HOME_DI }}" } }\n`,
    ['EXPR_UNKNOWN_MEMBER 2:34'],
  ],
  [
    'text beside an expression',
    `steps: { a: { if: "${A} true }} && ${A} false }}", run: x } }\n`,
    ['EXPR_TEXT_BESIDE 1:20'],
  ],
  [
    'a reference without its marks',
    'steps: { a: { run: x, outputs: { x: self.stdout } } }\n',
    ['PLAN_BARE_EXPRESSION 1:37'],
  ],
];

describe('problems of a workflow', () => {
  it.each(ROWS)('%s', (_name, text, problems) => {
    const found = problemsOf(compileText(text).diagnostics);
    // Where only the code is given, its place is tested elsewhere.
    expect(found.map((one, index) => (problems[index]?.includes(' ') === false ? one.split(' ')[0] : one))).toEqual(
      problems,
    );
  });

  it('are reported all at once, in the order of the text', () => {
    const { plan, diagnostics } = compileText(`
inputs: { n: { type: integer, default: x } }
steps:
  a: { needs: zz, run: "echo ${A} inputs.m }}" }
  b: { run: "echo ${A} 1 + }}", timeout: soon }
  c: { set: { x: "${A} nope() }}" } }
`);
    expect(plan).toBeNull();
    expect(problemsOf(diagnostics)).toEqual([
      'PLAN_BAD_DEFAULT 2:40',
      'PLAN_UNKNOWN_NEED 4:15',
      'EXPR_UNKNOWN_MEMBER 4:41',
      'EXPR_SYNTAX 5:27',
      'PLAN_BAD_DURATION 5:41',
      'EXPR_UNKNOWN_FUNCTION 6:23',
    ]);
  });

  it('see the variables of the layers around a step, and no others', () => {
    const { diagnostics } = compileText(`
env: { A: x }
steps:
  g:
    env: { B: y }
    steps:
      a: { env: { C: "${A} env.A }}${A} env.B }}" }, run: "echo ${A} env.A }} ${A} env.B }} ${A} env.C }} ${A} env.D }}" }
  h: { run: "echo ${A} env.A }} ${A} env.B }}" }
`);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'There is no variable "D".',
      'There is no variable "B".',
    ]);
  });

  it('of one step cause none in those that read it', () => {
    const { diagnostics } = compileText(`
steps:
  a: { runn: x }
  b: { needs: a, run: "echo ${A} steps.a.outputs.anything }}" }
  g: { steps: { i: { wait: { for: 1x } } }, outputs: { x: "${A} steps.i.outputs.waited-ms }}" } }
`);
    expect(problemsOf(diagnostics)).toEqual(['DOC_UNKNOWN_KEY 3:8', 'PLAN_BAD_DURATION 5:35']);
  });

  it('are listed up to a limit', () => {
    const lines = Array.from(
      { length: 500 },
      (_, index) => `  s${index}: { needs: none, run: "echo ${A} steps.none${index}.result }}" }`,
    );
    const { diagnostics } = compileText(`steps:\n${lines.join('\n')}\n`);
    expect(diagnostics.length).toBe(101);
    expect(diagnostics.at(-1)).toMatchObject({
      code: 'DOC_MORE_PROBLEMS',
      message: 'The document has 900 more problems.',
    });
  });

  it('refuses groups that nest too deep, and takes those that just do not', () => {
    const nested = (depth: number): string =>
      `steps: { ${Array.from({ length: depth }, (_, index) => `g${index}: { steps: { `).join('')}a: { run: x }${' } }'.repeat(depth)} }\n`;
    expect(planOf(nested(32)).root.bodies[0]?.nodes.length).toBe(1);
    expect(problemsOf(compileText(nested(33)).diagnostics).map((one) => one.split(' ')[0])).toEqual(['PLAN_TOO_DEEP']);
  });
});

describe('profiles', () => {
  const TEXT =
    'inputs: { n: { default: a } }\nenv: { A: one, B: two }\nprofiles: { testing: { env: { B: three }, inputs: { n: b } } }\nsteps: { a: { run: x } }\n';

  it('change env and defaults of inputs', () => {
    const plan = planOf(TEXT, {
      profile: 'testing',
      config: { env: { A: 'zero', Z: 'z' }, profiles: { testing: { env: { C: 'four' } } } },
      envFiles: { Z: 'file' },
    });
    expect(
      Object.entries(plan.env).map(
        ([name, template]) => `${name}=${template.kind === 'literal' ? String(template.value) : '?'}`,
      ),
    ).toEqual(['A=one', 'Z=file', 'B=three', 'C=four']);
    expect(plan.inputs.n?.default).toBe('b');
  });

  it('must exist, and name inputs that exist', () => {
    expect(problemsOf(compileText(TEXT, { profile: 'testin' }).diagnostics)).toEqual(['PLAN_UNKNOWN_PROFILE 3:11']);
    expect(problemsOf(compileText(TEXT.replace('{ n: b }', '{ m: b }'), { profile: 'testing' }).diagnostics)).toEqual([
      'PLAN_INPUT_UNKNOWN 3:53',
    ]);
  });
});
