import { describe, expect, it } from 'vitest';
import { renderDiagnostic } from '../../../src/core/diagnostic/frame.ts';
import { readDocument } from '../../../src/lang/read/document.ts';
import { checkShape } from '../../../src/lang/schema/check-shape.ts';

function check(text: string, file = 'w.yaml') {
  const { value, diagnostics } = readDocument(text, file);
  expect(diagnostics).toEqual([]);
  return value === null ? [] : checkShape(value);
}

/** `CODE line:column hint` for each problem. */
function problems(text: string, file?: string): readonly string[] {
  return check(text, file).map(({ code, at, hint }) =>
    `${code} ${at?.start.line}:${at?.start.column} ${hint ?? ''}`.trim(),
  );
}

/** A workflow of one step with these keys. */
function step(keys: string): string {
  return `steps:\n  - ${keys.replaceAll('\n', '\n    ')}\n`;
}

const ALL = `
name: All
description: Every key.
on: { push: , schedule: [{ cron: x }] }
inputs:
  version: { type: string, required: true, pattern: 'a+', description: The tag. }
  count: { type: integer, minimum: 1, default: 3 }
  list: { type: array, items: { type: string } }
  thing: { type: object, required: [a], properties: { a: { type: string } } }
secrets: [TOKEN]
permissions: { net: [x, '*.y'] }
env: { A: 1, B: x, C: true, D: , E: { run: git rev-parse HEAD }, F: "\${{ inputs.version }}" }
env-files: [.env, other.env]
vars: { region: eu, sizes: [1, 2] }
profiles: { testing: { env: { A: 2 }, inputs: { count: 1 }, vars: { region: us }, concurrency: 2 } }
defaults: { shell: bash, timeout: 10m, grace: 5s, retry: { attempts: 2, delay: 2s } }
concurrency: { max: 8 }
steps:
  one: { run: npm test, name: One, description: d, shell: sh, stdin: [1], success-codes: [0, 1], max-output: 10MB }
  two: { run: [git, log, -n, 3], needs: one, if: success(), cwd: packages/a, secrets: [TOKEN], clear-env: true }
  three: { set: { a: 1, b: [x], c: null }, needs: [one, two], tags: [x, y] }
  four: { fail: No., needs: { steps: [one], when: none-failed }, continue-on-error: true }
  five: { wait: { for: 1h30m }, allow-failure: false, timeout: 1d, grace: 1.5s }
  six: { wait: { for: "\${{ inputs.version }}" } }
  seven: { steps: [{ id: a, run: x }, { run: y }], outputs: { v: "\${{ steps.a.outputs.stdout }}" } }
  eight: { parallel: { a: { run: x }, b: { run: y } }, max: 2, fail-fast: true }
  nine:
    choose:
      - if: \${{ inputs.count > 2 }}
        steps: [{ run: x }]
        outputs: { v: 1 }
      - else: [{ run: y }]
  ten: { run: x, retry: { attempts: 3, delay: 1s, backoff: exponential, factor: 1.5, max-delay: 1m }, env: { Z: } }
  finer: { run: x, retry: { attempts: 2, jitter: 20%, max-duration: 1h, on: { exit-codes: [75], errors: [STEP_TIMEOUT] }, never-on: { matches: No } }, total-timeout: 1h, idle-timeout: 5m }
  eleven: { run: x, retry: 3, outputs: [a, b] }
  twelve: { run: x, outputs: { n: { value: "\${{ self.json }}", type: number } } }
  http:
    http: { url: https://x, method: GET, headers: { a: b }, body: [1], expect: { status: [200, 4xx], headers: { a: b, c: true }, json: { type: object } }, paginate: { next: link, max: 3 } }
    max-output: 1MB
    permissions: { net: [x] }
  save: { http: { url: https://x, save: a.bin, expect: { status: 2xx } } }
  write: { write: { path: a.yaml, content: { a: [1] }, mode: 0644 } }
  7: { run: 8 }
outputs: { v: "\${{ steps.one.outputs.stdout }}" }
on-failure: [{ run: ./notify.sh }]
finally: { steps: [{ run: rm -rf tmp }], on-interrupt: true }
tags: nightly
`;

describe('a document without problems', () => {
  it('may use every key', () => {
    expect(problems(ALL.replace('  7: {', "  '7': {"))).toEqual([]);
  });

  it.each([
    ['a list', 'steps:\n  - run: x\n'],
    ['finally as a map of steps', 'steps: [{ run: x }]\nfinally: { clean: { run: y } }\n'],
    ['a comment behind a value', 'name: x # a name\nsteps: [{ run: y }] # steps\n'],
    ['a comment behind a whole template', 'steps:\n  - run: x\n    if: ${{ a }} # why\n'],
    ['a hash in a block', 'steps:\n  - run: |\n      echo a # b\n'],
  ])('%s', (_, text) => {
    expect(problems(text)).toEqual([]);
  });

  it('of another kind is not looked into', () => {
    expect(problems('---\nkind: spec\ntitle: x\n---\n', 'w.md')).toEqual([]);
  });
});

const ACTIONS =
  '`run`, `http`, `claude`, `mcp`, `uses`, `write`, `service`, `set`, `fail`, `wait`, `approve`, `steps`, `parallel`, `choose`, `race`, `try`, `workflow` or `include`';

describe('keys', () => {
  it.each([
    ['concurency: 3\nsteps: [{ run: x }]', 'DOC_UNKNOWN_KEY 1:1 a key with a similar name exists: `concurrency`'],
    ['step: [{ run: x }]', 'DOC_UNKNOWN_KEY 1:1 a key with a similar name exists: `steps`'],
    ['jobs: {}', 'DOC_UNKNOWN_KEY 1:1 In giga this is `steps:`; a map of steps is a graph, as jobs are.'],
    [step('rum: npm test'), 'DOC_UNKNOWN_KEY 2:5 a key with a similar name exists: `run`'],
    [step('frobnicate: x'), `DOC_UNKNOWN_KEY 2:5 The action of a step is one of ${ACTIONS}.`],
    [step('script: x'), 'DOC_UNKNOWN_KEY 2:5 In giga this is `run:`.'],
    [step('run: x\ntimeout-minutes: 3'), 'DOC_UNKNOWN_KEY 3:5 In giga this is `timeout:` with a unit, such as `10m`.'],
    [step('run: x\n__proto__: 3'), 'DOC_UNKNOWN_KEY 3:5'],
    [step('run: x\nmax: 3'), 'DOC_UNKNOWN_KEY 3:5'],
    [step('set: { a: 1 }\nstdin: x'), 'DOC_UNKNOWN_KEY 3:5'],
    [
      step('run: x\nretry: { attempts: 2, dealy: 1s }'),
      'DOC_UNKNOWN_KEY 3:27 a key with a similar name exists: `delay`',
    ],
    [
      'env: { 1A: x }\nsteps: [{ run: x }]',
      'DOC_BAD_VALUE 1:8 Names have letters, digits and `_`, and no digit first.',
    ],
    ['steps: { a b: { run: x } }', 'DOC_BAD_VALUE 1:10 An id has 1 to 64 letters, digits, `_` and `-`.'],
    ['steps: { a: { run: x, id: b } }', 'DOC_BAD_VALUE 1:23 Remove `id`, or rename the key.'],
    ['name: x', 'DOC_MISSING_KEY 1:1 Add `steps:` with a list or a map of steps.'],
    [step('http: {}'), 'DOC_MISSING_KEY 2:5'],
    [
      step('choose: [{ if: a }]'),
      'DOC_MISSING_KEY 2:16 A branch is `{ if: …, steps: … }`, and the last may be `{ else: steps }`.',
    ],
    [
      step('choose: [{ else: [{ run: x }], if: a }]'),
      'DOC_BAD_VALUE 2:36 A branch is `{ if: …, steps: … }`, and the last may be `{ else: steps }`.',
    ],
  ])('of %j', (text, expected) => {
    const [first, ...rest] = problems(text);
    expect(rest).toEqual([]);
    expect(first?.slice(0, expected.length)).toBe(expected);
  });

  it.each([
    ['sandbox: true\nsteps: [{ run: x }]', 'sandboxes'],
    [step('spec: x.md'), 'specs'],
  ])('of later features are not built yet: %j', (text, feature) => {
    const found = check(text);
    expect(found).toMatchObject([{ code: 'DOC_NOT_BUILT', message: expect.stringContaining('not built yet') }]);
    expect(found[0]?.message).toContain(feature);
  });
});

describe('values', () => {
  it.each([
    [step('run: x\ncontinue-on-error: yes'), 'DOC_WRONG_TYPE 3:24 `yes` is a text in YAML 1.2: write `true`.'],
    [step('run: x\nallow-failure: Off'), 'DOC_WRONG_TYPE 3:20 `Off` is a text in YAML 1.2: write `false`.'],
    [step('run: x\nclear-env: "true"'), 'DOC_WRONG_TYPE 3:16 Remove the quotes.'],
    [
      step('run: x\nclear-env: ${{ a }}'),
      'DOC_WRONG_TYPE 3:16 No expression can stand here: the value must be known before the run.',
    ],
    [step('run: x\ntimeout: 10'), 'DOC_BAD_VALUE 3:14 Say the unit: `10s` for seconds, `10m` for minutes.'],
    [
      step('run: x\ntimeout: 10 minutes'),
      'DOC_BAD_VALUE 3:14 Write units from large to small: `500ms`, `30s`, `1h30m`.',
    ],
    [step('run: x\nshell: bsh'), 'DOC_BAD_VALUE 3:12 a similar value exists: `bash`'],
    [step('run: x\nretry: 0'), 'DOC_BAD_VALUE 3:12'],
    [step('run: []'), 'DOC_BAD_VALUE 2:5'],
    [step('run: { a: b }'), 'DOC_WRONG_TYPE 2:5'],
    [step('set: x'), 'DOC_WRONG_TYPE 2:10'],
    [step('run: x\nneeds: null'), 'DOC_WRONG_TYPE 3:12'],
    [step('run: x\nmax-output: 10 MB'), 'DOC_BAD_VALUE 3:17'],
    ['steps: []', 'DOC_BAD_VALUE 1:1'],
    ['steps: x', 'DOC_WRONG_TYPE 1:8'],
    ['concurrency: 0\nsteps: [{ run: x }]', 'DOC_BAD_VALUE 1:14'],
    ['inputs: { a: { type: strin } }\nsteps: [{ run: x }]', 'DOC_BAD_VALUE 1:22 a similar value exists: `string`'],
    ['steps: [npm test]', 'DOC_WRONG_TYPE 1:9 To run it, write `run: npm test`.'],
    ['steps: { a: [{ run: x }] }', 'DOC_WRONG_TYPE 1:10 A group of steps has the key `steps:`.'],
    [
      'steps: [{ run: x }]\nfinally: { steps: [{ run: y }], on-interupt: true }',
      'DOC_UNKNOWN_KEY 2:33 a key with a similar name exists: `on-interrupt`',
    ],
  ])('of %j', (text, expected) => {
    const [first, ...rest] = problems(text);
    expect(rest).toEqual([]);
    expect(first?.slice(0, expected.length)).toBe(expected);
  });

  it.each([
    ['needs:', step('run: x\nneeds:'), '3:5'],
    ['a member', step('run: x\nneeds:\n  -\n  - a'), '4:7'],
    ['in set', step('set: { a: , b: 1 }'), '2:12'],
    ['in vars', 'vars: { a: }\nsteps: [{ run: x }]', '1:9'],
    ['under env of a list', 'env: { a: { run: } }\nsteps: [{ run: x }]', '1:13'],
    ['steps', 'steps:', '1:1'],
  ])('that are empty are refused: %s', (_, text, at) => {
    expect(problems(text).map((one) => one.split(' ', 2).join(' '))).toEqual([`DOC_EMPTY_VALUE ${at}`]);
  });

  it.each([
    [step('run: echo a # b'), '2:17'],
    [step('run: [x, echo a]\nname: Fix ${{ a }} #3 now'), '3:24'],
    [step('run: x\nif: ${{ a # b }}'), '3:15'],
    [step('set: { a: 1 }\nname: Issue #3 of ${{ a }}'), '3:17'],
  ])('of which YAML drops a part are refused: %j', (text, at) => {
    expect(problems(text).map((one) => one.split(' ', 2).join(' '))).toEqual([`DOC_LOST_COMMENT ${at}`]);
  });
});

describe('actions', () => {
  it.each([
    ['needs: a', 'DOC_NO_ACTION', '2:5'],
    ['run: x\nset: { a: 1 }', 'DOC_TWO_ACTIONS', '3:5'],
    ['run: x\nsteps: [{ run: y }]', 'DOC_TWO_ACTIONS', '3:5'],
  ])('of a step with %j', (keys, code, at) => {
    expect(problems(step(keys)).map((one) => one.split(' ', 2).join(' '))).toEqual([`${code} ${at}`]);
  });

  it('are looked at in every scope', () => {
    const bad = '[{ name: x }]';
    const text = `steps:
  - steps: ${bad}
  - parallel: ${bad}
  - choose: [{ if: a, steps: ${bad} }, { else: ${bad} }]
on-failure: ${bad}
finally: { steps: ${bad} }
`;
    expect(check(text).map((one) => one.code)).toEqual(Array.from({ length: 6 }, () => 'DOC_NO_ACTION'));
  });

  it('of a literate workflow may stand in its sections', () => {
    expect(problems('---\nkind: workflow\nsteps: { a: { timeout: 5m } }\n---\n## a\n', 'w.md')).toEqual([]);
    expect(problems('---\nkind: workflow\n---\n## a\n', 'w.md')).toEqual([]);
    expect(problems('---\nkind: workflow\nsteps: { a: { timeot: 5m } }\n---\n## a\n', 'w.md')).toEqual([
      'DOC_UNKNOWN_KEY 3:15 a key with a similar name exists: `timeout`',
    ]);
  });
});

describe('problems of reading', () => {
  it.each(['if: !inputs.x', 'if: *x', 'name: !!str'])('are not told twice: %j', (keys) => {
    const { value, diagnostics } = readDocument(step(`run: x\n${keys}`), 'w.yaml');
    expect(diagnostics).toHaveLength(1);
    expect(value === null ? null : checkShape(value)).toEqual([]);
  });
});

describe('the configuration', () => {
  it('has its own keys', () => {
    const text =
      'env: { A: 1, B: }\nenv-files: .env\nvars: { a: [1] }\ndefaults: { shell: sh, retry: 2 }\nconcurrency: 4\nprofiles: { x: { env: { A: 2 } } }';
    expect(problems(text, 'giga.yaml')).toEqual([]);
    expect(problems('concurrencyy: 2\npolicies: []\nsteps: []', 'giga.yaml').map((one) => one.split(' ')[0])).toEqual([
      'DOC_UNKNOWN_KEY',
      'DOC_NOT_BUILT',
      'DOC_UNKNOWN_KEY',
    ]);
  });
});

describe('all problems', () => {
  it('are listed at once, in the order of the file', () => {
    const text = `concurency: 3\nsteps:\n  a: { rum: x }\n  b: { run: x, timeout: 3 }\n  c: y\n  d: { needs: }\n`;
    expect(problems(text).map((one) => one.split(' ', 2).join(' '))).toEqual([
      'DOC_UNKNOWN_KEY 1:1',
      'DOC_UNKNOWN_KEY 3:8',
      'DOC_BAD_VALUE 4:25',
      'DOC_WRONG_TYPE 5:6',
      'DOC_NO_ACTION 6:3',
      'DOC_EMPTY_VALUE 6:8',
    ]);
  });

  it('of a document full of them are counted, not listed', () => {
    const text = `steps:\n${Array.from({ length: 20_000 }, (_, index) => `  s${index}: { rum: x }\n`).join('')}`;
    const found = check(text);
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toMatchObject({ code: 'DOC_MORE_PROBLEMS', message: expect.stringContaining('900 or more') });
  });

  it('of one map full of them are looked at as far as they are shown', () => {
    const count = 150_000; // to look for the place of each of them would take minutes
    const found = check(Array.from({ length: count }, (_, index) => `k${index}: 1\n`).join(''));
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toMatchObject({ message: expect.stringMatching(/[0-9]+ or more/) });
  });

  it('of a large workflow are none', () => {
    const text = `steps:\n${Array.from({ length: 20_000 }, (_, index) => `  - id: s${index}\n    set: { a: ${index} }\n`).join('')}`;
    expect(check(text)).toEqual([]);
  });

  it('look like this', () => {
    const text =
      'name: CI\nsteps:\n  build: { run: make }\n  test:\n    rum: npm test\n    neds: [build]\n  both: { run: a, fail: b }\n';
    const shown = check(text).map((one) => renderDiagnostic(one, () => text, { color: false }));
    expect(shown.join('\n\n')).toMatchInlineSnapshot(`
      "error[DOC_UNKNOWN_KEY]: There is no key \`rum\` in a step.
       --> w.yaml:5:5
      4 |   test:
      5 |     rum: npm test
        |     ^^^ unknown key
        = help: a key with a similar name exists: \`run\`

      error[DOC_UNKNOWN_KEY]: There is no key \`neds\` in a step.
       --> w.yaml:6:5
      5 |     rum: npm test
      6 |     neds: [build]
        |     ^^^^ unknown key
        = help: a key with a similar name exists: \`needs\`

      error[DOC_TWO_ACTIONS]: A step has one action, and this one has \`run\` and \`fail\`.
       --> w.yaml:7:19
      6 |     neds: [build]
      7 |   both: { run: a, fail: b }
        |                   ^^^^ the second action
        = help: Write two steps.
        = note: the first action, \`run\`
       --> w.yaml:7:11
      7 |   both: { run: a, fail: b }
        |           ^^^"
    `);
  });
});

describe('a comma in an unquoted text inside { }', () => {
  it.each([
    ['inputs: { v: { description: one, two } }\nsteps: [{ run: x }]', 1, 34],
    ['steps: [{ run: "x", name: build, then test, again }]', 1, 34],
  ])('is one problem for each piece: %s', (text, line, column) => {
    const [first, ...rest] = check(text); // one for each piece
    expect(first).toMatchObject({
      code: 'DOC_UNKNOWN_KEY',
      at: { start: { line, column } },
      hint: expect.stringMatching(/comma/),
    });
    expect(rest.every(({ code }) => code === 'DOC_UNKNOWN_KEY')).toBe(true);
  });

  it('is another thing than a key whose value was forgotten', () => {
    expect(problems('steps: [{ run: x, wait: }]')).toContainEqual(expect.stringMatching(/^DOC_EMPTY_VALUE 1:19/));
  });
});
