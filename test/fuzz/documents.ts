/** What documents are read by: YAML, Markdown, workflows, tests of workflows, configuration, env-files. */
import matter from 'gray-matter';
import { parseEnvFile } from '../../src/app/config/env-file.ts';
import { readFileSettings } from '../../src/app/config/file-layer.ts';
import { readTree } from '../../src/app/config/read-tree.ts';
import { hasErrors } from '../../src/core/diagnostic/diagnostic.ts';
import type { Tree } from '../../src/core/document.ts';
import { planHash } from '../../src/core/plan/hash.ts';
import { compileWorkflow } from '../../src/lang/compile/index.ts';
import { readDocument } from '../../src/lang/read/document.ts';
import { findFrontmatter } from '../../src/lang/read/frontmatter.ts';
import { makeLocator } from '../../src/lang/read/locator.ts';
import { readPlainYaml } from '../../src/lang/read/plain-yaml.ts';
import { readFully, readYaml } from '../../src/lang/read/yaml.ts';
import { readTests } from '../../src/lang/workflow-test/read-tests.ts';
import { checkDiagnostics, promise, type Target, textOf, times } from './target.ts';
import {
  CONFIGURATION_WORDS,
  ENV_FILE_WORDS,
  MARKDOWN_WORDS,
  TEST_WORDS,
  WORKFLOW_WORDS,
  YAML_WORDS,
} from './words.ts';

const CASES = '../shared/conformance';
const WORKFLOWS = [
  'name: a\ninputs:\n  x: { type: number, default: 3 }\nenv: { A: b }\nsteps:\n  - id: a\n    run: echo ${{ inputs.x }}\n    outputs: { y: 1 }\n  - run: [echo, "${{ steps.a.outputs.y }}"]\n',
  'steps:\n  a: { run: "true", needs: [], retry: { attempts: 3, delay: 1s } }\n  b:\n    needs: [a]\n    if: ${{ success() && inputs.y != null }}\n    run: |\n      set -e\n      echo "${{ toJSON(steps.a.outputs) }}" > x\n',
  'steps:\n  - for-each: { items: [1, 2], as: n, key: n }\n    steps:\n      - run: echo ${{ n }}\n  - choose:\n      - if: "1 == 2"\n        steps: [{ fail: no }]\n      - else: [{ set: { a: 1 } }]\non-failure:\n  - run: x\nfinally:\n  - run: y\n',
  'steps:\n  - approve: { message: ok?, form: { type: object, properties: { a: { type: string, pattern: "^a+$" } } } }\n  - wait: { event: e, match: event.x == 1, timeout: 1h30m }\n  - http: { url: "http://x/${{ inputs.a }}", expect: { status: [200, 2xx] } }\n  - write: { path: a, content: { b: [1] } }\n',
  'steps:\n  - try:\n      - race:\n          - { run: a }\n          - { run: b }\n    catch:\n      - run: c\n  - loop: { max: 3, until: loop.last.outputs.ok }\n    run: x\n  - lock: deploy\n    once: ${{ run.id }}\n    cache: { inputs: ["src/**"], outputs: [dist] }\n    run: make\n',
];
const MARKDOWN =
  '---\nkind: workflow\nsteps:\n  b: { needs: [a] }\n---\n# Title\n\n## a\n\nText.\n\n```bash\necho a\n```\n\n## b {#b}\n\n~~~sh\necho b\n~~~\n\n- list\n  ```js\n  x\n  ```\n\n> ```\n> q\n> ```\n';

const yamlLarge: Target['large'] = [
  ['nested lists', times(1_000, '[')],
  ['nested maps', times(1_000, '{a: ')],
  ['brackets', times(100_000, '[')],
  ['nested dashes', times(100_000, '- ')],
  ['nested keys', () => Array.from({ length: 2_000 }, (_, at) => `${' '.repeat(at)}a:\n`).join('')],
  ['question marks', times(100_000, '? ')],
  [
    'an alias bomb',
    () =>
      `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at}, `.repeat(9)}]\n`).join('')}`,
  ],
  ['100,000 keys', () => Array.from({ length: 100_000 }, (_, at) => `k${at}: 1\n`).join('')],
  ['20,000 keys for the full reader', () => Array.from({ length: 20_000 }, (_, at) => `k${at}: >\n  a\n`).join('')],
  ['one key, 20,000 times', times(20_000, 'a: >\n  b\n')],
  ['a line of 10 MB', () => `a: ${'x '.repeat(5_000_000)}`],
  ['a long quoted line', () => `a: "${'\\n '.repeat(1_000_000)}"`],
  ['an unclosed quote', () => `a: "${'\n b'.repeat(50_000)}`],
  ['blank lines', times(1_000_000, '\n')],
  ['comments', times(200_000, '# x\n')],
  ['anchors', times(20_000, '- &a b\n')],
  ['a long plain text in lines', () => `a: >\n${'  word word\n'.repeat(50_000)}`],
  ['tabs', times(1_000_000, '\t')],
  ['carriage returns', times(1_000_000, '\r')],
  ['10 MB of a number', () => `a: ${'9'.repeat(10_000_000)}`],
  ['templates', times(100_000, '- "${{ a b }}"\n')],
];

function checkTree(tree: Tree | null, text: string): void {
  const open = tree === null ? [] : [tree];
  for (let seen = 0; seen < 10_000; seen++) {
    const next = open.pop();
    if (next === undefined) return;
    const [start, end] = next.range;
    promise(0 <= start && start <= end && end <= text.length, `a ${next.kind} from ${start} to ${end}`);
    if (next.kind === 'list') open.push(...next.items.slice(0, 1_000));
    if (next.kind !== 'map') continue;
    for (const { keyRange, value } of next.entries.slice(0, 1_000)) {
      promise(
        0 <= keyRange[0] && keyRange[0] <= keyRange[1] && keyRange[1] <= text.length,
        `a key at ${keyRange.join()}`,
      );
      open.push(value);
    }
  }
}

const yaml: Target = {
  name: 'yaml',
  run(bytes) {
    const text = textOf(bytes);
    const { value, diagnostics } = readYaml(text, 'x.yaml');
    checkTree(value, text);
    checkDiagnostics(diagnostics, { 'x.yaml': text });
    promise(
      value !== null ||
        diagnostics.length > 0 ||
        !/^[^#\s]/m.test(text.replace(/^\ufeff/, '').replace(/^(?:---|\.\.\.).*/gm, '')),
      'nothing was read, and nothing said',
    );
    const start = text.startsWith('\ufeff') ? 1 : 0;
    const quick = text.length > 100_000 ? null : readPlainYaml(text, [start, text.length]);
    if (quick === null || diagnostics.some(({ code }) => code === 'DOC_BAD_CHARACTER')) return;
    const full = readFully(text, [start, text.length], makeLocator(text, 'x.yaml'));
    promise(JSON.stringify({ value: quick, diagnostics: [] }) === JSON.stringify(full), 'the two readers differ');
  },
  seeds: [
    ...WORKFLOWS,
    'a: &x [1, "b\\tc", \'d\'\'e\']\nb: *x\nc: >-\n  f\n  g\n\n  h\n"k": |+\n  l\n\n? m\n: n\n',
    '\ufeffa: b\r\nc:\r\n  - d\r\n',
    '{a: [b, {c: d}], "e": f}\n',
  ],
  words: YAML_WORDS,
  cases: [`${CASES}/robustness`],
  large: yamlLarge,
};

const workflow: Target = {
  name: 'workflow',
  run(bytes) {
    compileAs(textOf(bytes), 'x.yaml');
  },
  seeds: WORKFLOWS,
  words: [...WORKFLOW_WORDS, ...YAML_WORDS],
  cases: ['workflows', 'templates', 'test/e2e'],
  large: [
    ['100,000 keys', () => Array.from({ length: 100_000 }, (_, at) => `k${at}: 1\n`).join('')],
    [
      '10,000 steps that depend on one another',
      () =>
        `steps:\n${Array.from({ length: 10_000 }, (_, at) => `  s${at}: { run: x, needs: [s${(at * 7) % 10_000}] }\n`).join('')}`,
    ],
    ['2,000 steps that need all before', () => `steps:\n${'  - run: x\n'.repeat(2_000)}`],
    ['nested groups', () => `steps: ${'[{ steps: '.repeat(60)}[{ run: x }]${'}]'.repeat(60)}`],
    [
      '20,000 unknown keys',
      () => `steps: [{ run: x }]\n${Array.from({ length: 20_000 }, (_, at) => `k${at}: 1\n`).join('')}`,
    ],
    ['20,000 wrong steps', () => `steps:\n${'  - rnu: x\n'.repeat(20_000)}`],
    ['a script of 1 MB', () => `steps:\n  - run: |\n${'      echo "${A:-$(b)}" <<x\n'.repeat(40_000)}`],
    [
      'a script with 10,000 values',
      () => `inputs: { a: {} }\nsteps:\n  - run: |\n${'      echo "${{ inputs.a }}"\n'.repeat(10_000)}`,
    ],
    [
      'a matrix',
      () =>
        `steps:\n  - run: x\n    matrix: { ${Array.from({ length: 50 }, (_, at) => `a${at}: [1,2,3]`).join(', ')} }\n`,
    ],
  ],
};

function compileAs(text: string, file: string): void {
  const { value: document, diagnostics } = readDocument(text, file);
  checkDiagnostics(diagnostics, { [file]: text });
  promise(document !== null || hasErrors(diagnostics), 'no document, and nothing said');
  if (document === null) return;
  const {
    value: plan,
    diagnostics: problems,
    missing,
  } = compileWorkflow(document, { profile: 'p', config: { profiles: { p: {} } } });
  checkDiagnostics(problems, { [file]: text });
  promise(missing.length > 0 || plan !== null || hasErrors([...diagnostics, ...problems]), 'no plan, and nothing said');
  if (plan !== null)
    promise(planHash(JSON.parse(JSON.stringify(plan))) === planHash(plan), 'the plan is no plain JSON');
}

const markdown: Target = {
  name: 'markdown',
  run(bytes) {
    const text = textOf(bytes);
    compileAs(text, 'specs/x.md');
    checkFrontmatter(text);
  },
  seeds: [
    MARKDOWN,
    '---\n---\n# x',
    '---js\nx\n---\n',
    '# Title\n\n## Requirements\n\n### Requirement: a\nThe system SHALL b.\n\n#### Scenario: c\n- **WHEN** d\n',
  ],
  words: MARKDOWN_WORDS,
  cases: [`${CASES}/frontmatter`, `${CASES}/specs`, 'specs', 'docs'],
  large: [
    ['a million fences', times(1_000_000, '```\n')],
    ['a line of back quotes', times(5_000_000, '`')],
    ['a line of hashes', () => `# ${'#'.repeat(2_000_000)} x`],
    ['hashes with blanks', () => `# ${'# '.repeat(1_000_000)}x`],
    ['100,000 headings', times(100_000, '## a\n```sh\nx\n```\n')],
    ['headings ever deeper', times(20_000, '# a\n## a\n### a\n#### a\n##### a\n###### a\n')],
    ['quotes', times(1_000_000, '> ')],
    ['list items', times(500_000, '- a\n')],
    ['an open comment', () => `<!--${'\nx'.repeat(1_000_000)}`],
    ['breaks', () => `${'* '.repeat(2_000_000)}x`],
    ['frontmatter that is never closed', () => `---\n${'a: b\n'.repeat(500_000)}`],
    ['frontmatter with almost an end', () => `---\n${'--- a\n'.repeat(500_000)}`],
  ],
};

/** `gray-matter` finds the same block, where it has no ways of its own (documented in frontmatter.ts). */
function checkFrontmatter(text: string): void {
  const front = findFrontmatter(text);
  if (front.kind !== 'yaml') return;
  const [start, end] = front.yaml;
  promise(start <= end && end <= front.body && front.body <= text.length, 'frontmatter outside of the text');
  const yamlText = text.slice(start, end);
  if (text.length > 50_000 || /^---/m.test(yamlText) || text.startsWith('\ufeff')) return;
  const seen: string[] = [];
  const engines = { yaml: (block: string): object => (seen.push(block), {}) };
  const theirs = matter(text, { language: 'yaml', engines });
  const own = yamlText.replace(/\r?\n$/, '').trim();
  promise(
    (seen[0] ?? theirs.matter).trim() === own || own.replace(/^\s*#[^\n]+/gm, '').trim() === '',
    'gray-matter finds another block',
  );
}

const tests: Target = {
  name: 'workflow-tests',
  run(bytes) {
    const text = textOf(bytes);
    const { value: document, diagnostics } = readDocument(text, 'x.test.yaml');
    checkDiagnostics(diagnostics, { 'x.test.yaml': text });
    if (document !== null) checkDiagnostics(readTests(document).diagnostics, { 'x.test.yaml': text });
  },
  seeds: [
    'workflow: x.yaml\ninputs: { a: 1 }\nfakes:\n  a: [{ fails: 1 }, { outputs: { b: 2 }, takes: 5s }]\nanswers:\n  ok: { verdict: approve, by: anna, after: 1h }\nevents: [{ name: e, data: { x: 1 }, after: 2m }]\ntests:\n  works:\n    expect:\n      verdict: succeeded\n      steps: { a: { result: succeeded, attempts: 2 } }\n      outputs: { c: 3 }\n      order: [a, b]\n      at-most: 1h\n',
  ],
  words: [...TEST_WORDS, ...YAML_WORDS],
  cases: [],
  large: [],
};

const configuration: Target = {
  name: 'configuration',
  async run(bytes) {
    const text = textOf(bytes);
    const { value, diagnostics } = await readTree(text, 'giga.yaml');
    checkDiagnostics(diagnostics, { 'giga.yaml': text });
    if (hasErrors(diagnostics)) return;
    for (const kind of ['project', 'user'] as const)
      checkDiagnostics(readFileSettings(value, makeLocator(text, 'giga.yaml'), kind).diagnostics, {
        'giga.yaml': text,
      });
  },
  seeds: [
    'env: { A: b, N: 3.10 }\nenv-files: [.env]\nvars: { region: eu }\ndefaults: { shell: bash, timeout: 5m, grace: 10s, retry: { attempts: 3, delay: 1s, backoff: exponential, factor: 2, max-delay: 1m } }\nprofiles:\n  ci: { env: { A: c }, inputs: { x: 1 }, vars: { region: us }, concurrency: 2 }\nconcurrency: 4\napprovers:\n  anna: { key: "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", roles: [lead] }\n',
  ],
  words: [...CONFIGURATION_WORDS, ...YAML_WORDS],
  cases: [],
  large: [
    ['100,000 keys', () => Array.from({ length: 100_000 }, (_, at) => `k${at}: 1\n`).join('')],
    ['100,000 variables', () => `env:\n${Array.from({ length: 100_000 }, (_, at) => `  K${at}: [1]\n`).join('')}`],
  ],
};

const envFile: Target = {
  name: 'env-file',
  run(bytes) {
    const text = textOf(bytes);
    const { value, diagnostics } = parseEnvFile(text, '.env');
    checkDiagnostics(diagnostics, { '.env': text });
    const lines = text.split('\n');
    for (const { name, line } of value ?? []) {
      promise(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), `the name ${name}`);
      promise(lines[line - 1]?.includes(name) === true, `${name} is not in line ${line}`);
    }
  },
  seeds: [
    '\n\ufeff',
    '\ufeffx',
    '# c\nA=b\nexport B="c\\n$d" # e\nC=\'f\ng\'\nD=h # i\nE=\n  F = j k \r\nG="\\"\\\\\\$"\n',
  ],
  words: ENV_FILE_WORDS,
  cases: [],
  large: [
    ['wrong lines', times(400_000, 'x\n')],
    ['open quotes', times(250_000, 'A="\n')],
    ['open quotes of both kinds', times(120_000, 'A="\nB=\'\n')],
    ['escapes', () => `A="${'\\"'.repeat(500_000)}`],
    ['escaped quotes in each line', times(120_000, 'A="\\"\n')],
    ['blanks', () => `${' '.repeat(1_000_000)}x`],
    ['blanks in a value', () => `A=${' '.repeat(1_000_000)}x`],
    ['hashes', () => `A=${' #'.repeat(500_000)}`],
    ['many variables', times(250_000, 'A=\n')],
    ['more than it may have', times(3_000_000, 'A=b\n')],
  ],
};

export const DOCUMENTS: readonly Target[] = [yaml, workflow, markdown, tests, configuration, envFile];
