/** Files that name files: what comes of them, and every way in which they can be wrong. */
import { describe, expect, it, test } from 'vitest';
import type { CompositeNode, Plan } from '../../../src/core/plan/plan.ts';
import { planHash } from '../../../src/core/plan/plan.ts';
import { pathFrom } from '../../../src/lang/compile/family.ts';
import type { CompileOptions } from '../../../src/lang/compile/index.ts';
import { type CompiledFiles, compileFiles, type Files, stepOf } from './compile.ts';

const A = '${{';

/** `CODE file line:column`. */
function problemsOf({ diagnostics }: CompiledFiles): readonly string[] {
  return diagnostics
    .filter(({ code }) => code !== 'PLAN_ANONYMOUS_STEP')
    .map(({ code, at }) => `${code} ${at?.file} ${at?.start.line}:${at?.start.column}`);
}

function planOf(texts: Files, options: CompileOptions = {}): Plan {
  const outcome = compileFiles(texts, options);
  expect(problemsOf(outcome)).toEqual([]);
  if (outcome.plan === null) throw new Error('there is no plan, and no error says why');
  return outcome.plan;
}

function childOf(plan: Plan, path: string): NonNullable<CompositeNode['child']> {
  const node = stepOf(plan, path);
  if (node.kind !== 'workflow' || node.child === undefined) throw new Error(`${path} runs no file`);
  return node.child;
}

const DEPLOY = `
name: Deploy
inputs:
  to: { type: string, required: true, enum: [eu, us] }
  count: { type: integer, default: 1 }
  label: { type: string }
secrets: [TOKEN]
vars: { own: 1 }
concurrency: 2
steps:
  upload: { run: "echo ${A} inputs.to }} $TOKEN", secrets: [TOKEN] }
on-failure: [{ id: tell, run: "echo ${A} error.step }}" }]
finally: [{ id: clean, run: echo }]
outputs:
  url: ${A} steps.upload.outputs.stdout }}
  to: ${A} inputs.to }}
  n: { value: "${A} inputs.count }}", type: integer }
`;
const main = (step: string, more = ''): Files => ({
  'main.yaml': `secrets: [TOKEN]\ninputs: { free: { type: string }, n: { type: integer, default: 1 }, zone: { type: string, enum: [eu, us], default: eu } }\nsteps:\n  build: { run: echo }\n  d: ${step}\n${more}`,
  'lib/deploy.yaml': DEPLOY,
});
const GIVEN = 'workflow: lib/deploy.yaml, secrets: [TOKEN]';

describe('a child workflow', () => {
  it('may hold a lock, whose name is made where the step stands; its services ask what it may reach', () => {
    const plan = planOf({
      ...main('{ workflow: a.yaml, lock: "db-${A} inputs.zone }}", permissions: { net: [b.org] } }'.replace('${A}', A)),
      'a.yaml': 'steps: { x: { service: { run: serve, ready: { http: "https://b.org" } }, lock: inner } }\n',
    });
    const [outer, inner] = ['d', 'd/x'].map((path) => stepOf(plan, path));
    expect(outer?.claim).toMatchObject({ of: 'lock', name: { kind: 'text' } });
    expect(inner?.claim).toMatchObject({ of: 'lock', name: { kind: 'literal', value: 'inner' } });
    expect(JSON.stringify(inner?.kind === 'action' && inner.with)).toContain('["b.org"]');
  });

  it('is a step with the bodies and the head of its own plan', () => {
    const plan = planOf(main(`{ ${GIVEN}, with: { to: eu, label: 3.10 }, retry: 2 }`), {
      config: { env: { ALL: 'a' }, vars: { own: 0, all: 2 }, concurrency: 5 },
    });
    const node = stepOf(plan, 'd');
    expect(node.kind === 'workflow' && node.bodies.map((body) => body?.nodes.map(({ id }) => id))).toEqual([
      ['upload'],
      ['tell'],
      ['clean'],
      undefined,
    ]);
    const [file] = childOf(plan, 'd').files;
    expect(file).toMatchObject({
      name: 'Deploy',
      file: 'lib/deploy.yaml',
      secrets: ['TOKEN'],
      vars: { own: 1, all: 2 },
      env: { ALL: { value: 'a' } },
      concurrency: 2,
      with: { kind: 'literal', value: { to: 'eu', label: '3.10' } },
    });
    const alone = compileFiles(
      { 'main.yaml': DEPLOY },
      { config: { env: { ALL: 'a' }, vars: { own: 0, all: 2 }, concurrency: 5 }, file: 'lib/deploy.yaml' },
    );
    expect(file?.hash).toBe(planHash(alone.plan as Plan));
  });

  it('is asked for once, level by level, by its path from the workspace root', () => {
    const texts = {
      ...main('{ workflow: lib/a.yaml }'),
      'lib/a.yaml':
        'steps: { x: { workflow: ./b.yaml }, y: { workflow: ../c.yaml }, z: { workflow: ../lib/b.yaml } }\n',
      'lib/b.yaml': 'steps: { x: { run: echo } }\n',
      'c.yaml': 'steps: { x: { run: echo } }\n',
    };
    expect(compileFiles(texts).asked).toEqual([['lib/a.yaml'], ['lib/b.yaml', 'c.yaml']]);
    expect(planOf(texts).root.bodies[0]?.nodes).toHaveLength(2);
  });

  test.each([
    ['w/main.yaml', 'lib/a.yaml', 'w/lib/a.yaml'],
    ['main.yaml', './lib//a.yaml', 'lib/a.yaml'],
    ['w/x/main.yaml', '../../a.yaml', 'a.yaml'],
    ['main.yaml', '../../a.yaml', '../../a.yaml'],
    ['w/main.yaml', '/abs/../a.yaml', '/a.yaml'],
    ['C:/w/main.yaml', 'lib\\a.yaml', 'C:/w/lib/a.yaml'],
    ['/out/main.yaml', '../lib/a.yaml', '/lib/a.yaml'],
  ])('the path in %s of %s is %s', (from, path, file) => expect(pathFrom(from, path)).toBe(file));

  it('changes the hash of the plan when its text does, and not when only its layout does', () => {
    const hashOf = (text: string): string =>
      planHash(planOf({ ...main(`{ ${GIVEN}, with: { to: eu } }`), 'lib/deploy.yaml': text }));
    expect(hashOf(`# a comment\n${DEPLOY}`)).toBe(hashOf(DEPLOY));
    for (const [from, to] of [
      ['echo }', 'echo 1 }'],
      ['default: 1', 'default: 2'],
      ['own: 1', 'own: 2'],
      ['concurrency: 2', 'concurrency: 3'],
      ['  to: ${{ inputs.to }}', '  to: ${{ inputs.to }}x'],
    ] as const)
      expect(hashOf(DEPLOY.replace(from, to)), to).not.toBe(hashOf(DEPLOY));
  });

  it('waits for what its inputs read, and is waited for by what reads it', () => {
    const texts = main(
      `{ ${GIVEN}, with: { to: "${A} steps.build.outputs.x }}" } }`,
      `  e: { run: "echo ${A} steps.d.outputs.url }}" }`,
    );
    const plan = planOf(texts);
    expect([stepOf(plan, 'd').needs, stepOf(plan, 'e').needs]).toEqual([[0], [1]]);
  });

  it('has the variables of its own env-files, and may lack the profile that is picked', () => {
    const plan = planOf(
      {
        ...main('{ workflow: a.yaml }', 'profiles: { p: { env: { X: p } } }'),
        'a.yaml': `env-files: [x]\nsteps: { x: { run: "echo ${A} env.FROM_FILE }}" } }\n`,
      },
      { profile: 'p', envFiles: { MAIN: 'm' } },
    );
    expect(Object.keys(childOf(plan, 'd').files[0]?.env ?? {})).toEqual(['FROM_FILE']);
  });

  it('may be literate', () => {
    const texts = {
      ...main('{ workflow: a.md, with: { who: you } }'),
      'a.md': `---\nkind: workflow\ninputs: { who: {} }\n---\n## greet\n\`\`\`bash\necho ${A} inputs.who }}\n\`\`\`\n`,
    };
    expect(stepOf(planOf(texts), 'd/greet')).toMatchObject({ kind: 'action', at: { line: 5 } });
  });
});

describe('what is wrong is said at its place', () => {
  const ROWS: readonly (readonly [name: string, texts: Files, problems: readonly string[]])[] = [
    ['an unknown input', main(`{ ${GIVEN}, with: { to: eu, cuont: 2 } }`), ['PLAN_INPUT_UNKNOWN main.yaml 5:69']],
    ['a missing input', main(`{ ${GIVEN} }`), ['PLAN_INPUT_MISSING main.yaml 5:8']],
    [
      'a literal of a wrong type',
      main(`{ ${GIVEN}, with: { to: eu, count: two } }`),
      ['PLAN_INPUT_INVALID main.yaml 5:76'],
    ],
    [
      'a literal that is none of the words',
      main(`{ ${GIVEN}, with: { to: asia } }`),
      ['PLAN_INPUT_INVALID main.yaml 5:65'],
    ],
    ['an empty required input', main(`{ ${GIVEN}, with: { to: null } }`), ['PLAN_INPUT_INVALID main.yaml 5:65']],
    [
      'a text for a number',
      main(`{ ${GIVEN}, with: { to: eu, count: "${A} inputs.free }}" } }`),
      ['PLAN_INPUT_INVALID main.yaml 5:76'],
    ],
    [
      'a joined text for a number',
      main(`{ ${GIVEN}, with: { to: eu, count: "1${A} inputs.n }}" } }`),
      ['PLAN_INPUT_INVALID main.yaml 5:76'],
    ],
    [
      'a number for a text',
      main(`{ ${GIVEN}, with: { to: "${A} inputs.n }}" } }`),
      ['PLAN_INPUT_INVALID main.yaml 5:65'],
    ],
    [
      'words of which none fits',
      main(`{ ${GIVEN}, with: { to: "${A} inputs.n > 1 && 'a' || 'b' }}" } }`),
      ['PLAN_INPUT_INVALID main.yaml 5:65'],
    ],
    [
      'a list for a text',
      main(`{ ${GIVEN}, with: { to: ["${A} inputs.n }}"] } }`),
      ['PLAN_INPUT_INVALID main.yaml 5:65'],
    ],
    [
      'a secret as an input',
      main(`{ ${GIVEN}, with: { to: "${A} secrets.TOKEN }}" } }`),
      ['EXPR_SECRET main.yaml 5:70'],
    ],
    ['with that is no map', main(`{ ${GIVEN}, with: x }`), ['DOC_WRONG_TYPE main.yaml 5:59']],
    ['with beside another action', main('{ run: x, with: { a: 1 } }'), ['DOC_UNKNOWN_KEY main.yaml 5:16']],
    [
      'an output that it does not have',
      main(`{ ${GIVEN}, with: { to: eu } }`, `  e: { run: "echo ${A} steps.d.outputs.ulr }}" }`),
      ['EXPR_UNKNOWN_MEMBER main.yaml 6:39'],
    ],
    [
      'its inner steps are not read from outside',
      main(`{ ${GIVEN}, with: { to: eu } }`, `  e: { run: "echo ${A} steps.upload.result }}" }`),
      ['EXPR_UNKNOWN_STEP main.yaml 6:29'],
    ],
    [
      'a secret that it is not given',
      main('{ workflow: lib/deploy.yaml, with: { to: eu } }'),
      ['PLAN_CHILD_SECRET main.yaml 5:8'],
    ],
    [
      'a secret that it does not want',
      main('{ workflow: a.yaml, secrets: [TOKEN] }'),
      ['PLAN_FILE_MISSING main.yaml 5:18'],
    ],
    [
      'a secret that nobody declares',
      main('{ workflow: lib/deploy.yaml, secrets: [TOKEN, OTHER], with: { to: eu } }'),
      ['PLAN_KEY_WITHOUT_EFFECT main.yaml 5:35', 'PLAN_SECRET_UNDECLARED main.yaml 5:52'],
    ],
    [
      'env, outputs and cwd beside it',
      main(`{ ${GIVEN}, with: { to: eu }, env: { A: b }, outputs: { x: 1 }, cwd: x }`),
      [
        'PLAN_KEY_WITHOUT_EFFECT main.yaml 5:71',
        'PLAN_KEY_WITHOUT_EFFECT main.yaml 5:86',
        'PLAN_KEY_WITHOUT_EFFECT main.yaml 5:105',
      ],
    ],
    [
      'a template that may be anything',
      main(`{ workflow: "lib/${A} inputs.free }}.yaml" }`),
      ['PLAN_OPEN_FILE main.yaml 5:27'],
    ],
    [
      'a template of what a program writes',
      main(`{ workflow: "${A} steps.build.outputs.stdout }}" }`),
      ['PLAN_OPEN_FILE main.yaml 5:23'],
    ],
    [
      'a template that cannot be read',
      main(`{ workflow: "lib/${A} inputs. }}.yaml" }`),
      ['EXPR_SYNTAX main.yaml 5:35'],
    ],
    [
      'a template that is wrong',
      main(`{ workflow: "lib/${A} inputs.nope }}.yaml" }`),
      ['EXPR_UNKNOWN_MEMBER main.yaml 5:34'],
    ],
    ['a text that is a number', main('{ workflow: 3 }'), ['DOC_WRONG_TYPE main.yaml 5:18']],
    [
      'a problem of the file itself',
      { ...main('{ workflow: a.yaml }'), 'a.yaml': `steps:\n  x: { run: "echo ${A} steps.y.result }}" }\n` },
      ['EXPR_UNKNOWN_STEP a.yaml 2:29'],
    ],
    [
      'a problem of its shape',
      { ...main('{ workflow: a.yaml }'), 'a.yaml': 'stpes: []\n' },
      ['DOC_UNKNOWN_KEY a.yaml 1:1'],
    ],
    [
      'YAML that is none',
      { ...main('{ workflow: a.yaml }', `  e: { run: "echo ${A} steps.d.outputs.any }}" }`), 'a.yaml': 'steps: [\n' },
      ['DOC_YAML_SYNTAX a.yaml 2:1'],
    ],
    [
      'the inputs of the parent are not its own',
      { ...main('{ workflow: a.yaml }'), 'a.yaml': `steps: { x: { run: "echo ${A} inputs.free }}" } }\n` },
      ['EXPR_UNKNOWN_MEMBER a.yaml 1:37'],
    ],
    [
      'the variables of the parent are not its own',
      { ...main('{ workflow: a.yaml }', 'env: { E: e }'), 'a.yaml': `steps: { x: { run: "echo ${A} env.E }}" } }\n` },
      ['EXPR_UNKNOWN_MEMBER a.yaml 1:34'],
    ],
    [
      'the item of the parent is not its own',
      {
        ...main('{ for-each: { items: [1] }, workflow: a.yaml }'),
        'a.yaml': `steps: { x: { run: "echo ${A} item }}" } }\n`,
      },
      ['PLAN_CONTEXT a.yaml 1:30'],
    ],
    [
      'a file of the same problem named twice',
      {
        ...main('{ workflow: a.yaml }', '  e: { permissions: { net: [b.org] }, workflow: a.yaml }'),
        'a.yaml': `steps: { x: { run: "echo ${A} nope }}" } }\n`,
      },
      ['EXPR_UNKNOWN_CONTEXT a.yaml 1:30', 'POLICY_NOT_ENFORCED a.yaml 1:1'],
    ],
    [
      'a host that the step may not reach',
      {
        ...main('{ workflow: a.yaml, permissions: { net: [b.org] } }'),
        'a.yaml':
          'permissions: { net: [b.org, c.org] }\nsteps: { x: { http: { url: "https://b.org" }, permissions: { net: [d.org] } } }\n',
      },
      ['PLAN_PERMISSION a.yaml 1:29', 'PLAN_PERMISSION a.yaml 2:68'],
    ],
    [
      'a group of runs of its own, which only a run can be in',
      {
        ...main('{ workflow: a.yaml }'),
        'a.yaml': 'concurrency: { max: 2, group: deploys }\nsteps: { x: { run: echo } }\n',
      },
      ['PLAN_NOT_BUILT a.yaml 1:31'],
    ],
    [
      'what a file ensures of a run of its own',
      { ...main('{ workflow: a.yaml }'), 'a.yaml': 'ensures: { commit: true }\nsteps: { x: { run: echo } }\n' },
      ['PLAN_NOT_BUILT a.yaml 1:1'],
    ],
    [
      'artifacts of a whole file',
      { ...main('{ workflow: a.yaml, artifacts: out/** }'), 'a.yaml': 'steps: { x: { run: echo } }\n' },
      ['PLAN_NOT_BUILT main.yaml 5:26'],
    ],
    [
      'an include of a whole workflow',
      main('{ include: lib/deploy.yaml, with: { to: eu } }'),
      [
        'PLAN_FRAGMENT lib/deploy.yaml 7:1',
        'PLAN_FRAGMENT lib/deploy.yaml 8:1',
        'PLAN_FRAGMENT lib/deploy.yaml 9:1',
        'PLAN_FRAGMENT lib/deploy.yaml 12:1',
        'PLAN_FRAGMENT lib/deploy.yaml 13:1',
      ],
    ],
    ['an include of a template', main(`{ include: "${A} inputs.zone }}.yaml" }`), ['PLAN_OPEN_FILE main.yaml 5:17']],
    [
      'secrets and outputs beside an include',
      {
        ...main('{ include: a.yaml, secrets: [TOKEN], outputs: { x: 1 } }'),
        'a.yaml': 'steps: { x: { run: echo } }\n',
      },
      ['PLAN_KEY_WITHOUT_EFFECT main.yaml 5:25', 'PLAN_KEY_WITHOUT_EFFECT main.yaml 5:43'],
    ],
    [
      'a step of the includer',
      { ...main('{ include: a.yaml }'), 'a.yaml': `steps: { x: { run: "echo ${A} steps.build.result }}" } }\n` },
      ['EXPR_UNKNOWN_STEP a.yaml 1:36'],
    ],
    [
      'an unknown variable of a fragment',
      {
        ...main('{ include: a.yaml, env: { B: b } }', 'env: { C: c }'),
        'a.yaml': `steps: { x: { run: "echo ${A} env.A }} ${A} env.B }} ${A} env.C }}" } }\n`,
      },
      ['EXPR_UNKNOWN_MEMBER a.yaml 1:34'],
    ],
    [
      'a hook with the path of a step of the child',
      main(`{ ${GIVEN}, with: { to: eu }, on-failure: [{ id: other, run: x }, { id: tell, run: x }] }`),
      ['PLAN_DUPLICATE_ID main.yaml 5:113'],
    ],
    ['itself', main('{ workflow: main.yaml }'), ['PLAN_FILE_CYCLE main.yaml 5:18']],
    [
      'itself, by way of another',
      { ...main('{ workflow: a/b.yaml }'), 'a/b.yaml': 'steps: { x: { workflow: ../main.yaml } }\n' },
      ['PLAN_FILE_CYCLE a/b.yaml 1:25'],
    ],
  ];
  test.each(ROWS)('%s', (_, texts, problems) => expect(problemsOf(compileFiles(texts))).toEqual(problems));

  it('with the declaration beside it', () => {
    const [unknown] = compileFiles(main(`{ ${GIVEN}, with: { to: eu, cuont: 2 } }`)).diagnostics;
    expect(unknown).toMatchObject({
      message: '"lib/deploy.yaml" has no input `cuont`.',
      hint: 'an input with a similar name exists: `count`',
    });
    const [wrong] = compileFiles(main(`{ ${GIVEN}, with: { to: eu, count: two } }`)).diagnostics;
    expect(wrong?.related).toMatchObject([{ at: { file: 'lib/deploy.yaml', start: { line: 5, column: 3 } } }]);
    const [cycle] = compileFiles({
      ...main('{ workflow: a.yaml }'),
      'a.yaml': 'steps: { x: { include: a.yaml } }\n',
    }).diagnostics;
    expect(cycle?.message).toContain('"a.yaml" → "a.yaml"');
  });

  it('and what only may be wrong is left to the run', () => {
    const texts = main(
      `{ ${GIVEN}, with: { to: "${A} inputs.free }}", count: "${A} steps.build.outputs.json }}", label: "${A} inputs.free }}" } }`,
    );
    expect(problemsOf(compileFiles(texts))).toEqual([]);
  });
});

describe('a template of known words', () => {
  const two = (step: string): Files => ({
    ...main(step),
    'eu.yaml': 'inputs: { a: { type: integer } }\nsteps: { x: { run: echo } }\noutputs: { url: x, eu: 1 }\n',
    'us.yaml':
      'inputs: { a: { type: integer }, b: { required: true } }\nsteps: { y: { run: echo } }\noutputs: { url: y, us: 1 }\n',
  });
  it('has a file for each, and the template to pick one', () => {
    const plan = planOf({
      ...two(`{ workflow: "${A} inputs.zone }}.yaml", with: { a: 1 } }`),
      'us.yaml': 'inputs: { a: { type: integer } }\nsteps: { y: { run: echo } }\n',
    });
    const child = childOf(plan, 'd');
    expect(child.files.map(({ key, file }) => [key, file])).toEqual([
      ['eu.yaml', 'eu.yaml'],
      ['us.yaml', 'us.yaml'],
    ]);
    expect(child.pick).toMatchObject({ kind: 'text', nulls: 'refuse' });
    const node = stepOf(plan, 'd');
    expect(node.kind === 'workflow' && node.bodies.map((body) => body?.nodes[0]?.id ?? null)).toEqual([
      'x',
      null,
      null,
      null,
      'y',
      null,
      null,
      null,
    ]);
  });
  it('is checked for every file', () => {
    expect(problemsOf(compileFiles(two(`{ workflow: "${A} inputs.zone }}.yaml", with: { a: x } }`)))).toEqual([
      'PLAN_INPUT_MISSING main.yaml 5:45',
      'PLAN_INPUT_INVALID main.yaml 5:56',
      'PLAN_INPUT_INVALID main.yaml 5:56',
    ]);
    expect(problemsOf(compileFiles(two(`{ workflow: "a${A} inputs.zone }}.yaml" }`)))).toEqual([
      'PLAN_FILE_MISSING main.yaml 5:18',
      'PLAN_FILE_MISSING main.yaml 5:18',
    ]);
  });
  it('gives the outputs of any of them', () => {
    const texts = two(`{ workflow: "${A} inputs.zone }}.yaml", with: { a: 1, b: x } }`);
    const reads = (name: string): Files => ({
      ...texts,
      'eu.yaml': `${texts['eu.yaml']}`.replace('inputs: {', 'inputs: { b: {},'),
      'main.yaml': `${texts['main.yaml']}  e: { run: "echo ${A} steps.d.outputs.${name} }}" }\n`,
    });
    for (const name of ['url', 'eu', 'us']) expect(problemsOf(compileFiles(reads(name)))).toEqual([]);
    expect(problemsOf(compileFiles(reads('asia')))).toEqual(['EXPR_UNKNOWN_MEMBER main.yaml 6:39']);
  });
  it('may be one of the outputs of an earlier child', () => {
    const texts = {
      ...main('{ workflow: pick.yaml }', `  e: { workflow: "${A} steps.d.outputs.file }}" }`),
      'pick.yaml': `steps: { x: { run: echo } }\noutputs: { file: { value: "${A} steps.x.outputs.stdout }}", type: string, enum: [a.yaml] } }\n`,
      'a.yaml': 'steps: { x: { run: echo } }\n',
    };
    expect(childOf(planOf(texts), 'e').files.map(({ file }) => file)).toEqual(['a.yaml']);
  });
});

describe('a fragment', () => {
  it('has inputs of its own, and the environment, secrets, variables and defaults of what includes it', () => {
    const texts = {
      'main.yaml': `secrets: [TOKEN]\nenv: { E: e }\nvars: { v: 1 }\ndefaults: { shell: sh, timeout: 3s }\nsteps: { f: { include: lib/f.yaml, with: { a: "${A} vars.v }}" } } }\n`,
      'lib/f.yaml': `inputs: { a: { type: number } }\nsteps:\n  x: { run: "echo ${A} inputs.a }} ${A} env.E }} ${A} vars.v }}", secrets: [TOKEN] }\noutputs: { o: "${A} steps.x.outputs.stdout }}" }\n`,
    };
    const plan = planOf(texts);
    expect(childOf(plan, 'f')).toMatchObject({
      isFragment: true,
      files: [{ env: {}, vars: { v: 1 }, secrets: ['TOKEN'] }],
    });
    expect(stepOf(plan, 'f/x')).toMatchObject({
      timeoutMs: 3000,
      secrets: ['TOKEN'],
      with: { entries: expect.arrayContaining([['shell', { kind: 'literal', value: 'sh' }]]) },
    });
  });
});

describe('bounds', () => {
  const chain = (length: number): Files =>
    Object.fromEntries(
      Array.from({ length }, (_, i) => [
        i === 0 ? 'main.yaml' : `${i}.yaml`,
        i === length - 1 ? 'steps: { x: { run: echo } }\n' : `steps: { x: { workflow: ${i + 1}.yaml } }\n`,
      ]),
    );
  it('files stand in one another at most 16 deep', () => {
    expect(problemsOf(compileFiles(chain(16)))).toEqual([]);
    expect(problemsOf(compileFiles(chain(17)))).toEqual(['PLAN_TOO_DEEP 15.yaml 1:25']);
    // Also where an inner part is known from elsewhere.
    const texts = {
      ...chain(16),
      'main.yaml': 'steps: { y: { workflow: 1.yaml }, z: { workflow: a.yaml } }\n',
      'a.yaml': 'steps: { x: { workflow: 1.yaml } }\n',
    };
    expect(problemsOf(compileFiles(texts))).toEqual(['PLAN_TOO_DEEP main.yaml 1:35']);
  });
  it('steps are counted where they are run, without running through them', () => {
    const many = (file: string): string =>
      `steps: { ${Array.from({ length: 30 }, (_, i) => `s${i}: { workflow: ${file} }`).join(', ')} }\n`;
    const texts = {
      'main.yaml': many('1.yaml'),
      '1.yaml': many('2.yaml'),
      '2.yaml': many('3.yaml'),
      '3.yaml': many('4.yaml'),
      '4.yaml': 'steps: { x: { run: echo } }\n',
    };
    expect(problemsOf(compileFiles(texts))).toEqual(['PLAN_TOO_LARGE main.yaml 1:88']);
  });
  it('files are counted', () => {
    const steps = Array.from({ length: 1001 }, (_, i) => `s${i}: { workflow: ${i}.yaml }`).join(', ');
    const rest = Object.fromEntries(
      Array.from({ length: 1001 }, (_, i) => [`${i}.yaml`, 'steps: { x: { run: echo } }\n']),
    );
    const outcome = compileFiles({ ...rest, 'main.yaml': `steps: { ${steps} }\n` });
    expect(outcome.asked.flat()).toHaveLength(1000);
    expect(problemsOf(outcome)).toEqual([expect.stringMatching(/^PLAN_TOO_LARGE/)]);
  });
});
