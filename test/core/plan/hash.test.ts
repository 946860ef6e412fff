/** What the hash of a plan and the digest of a step tell apart, and what they do not: key by key. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planHash } from '../../../src/core/plan/hash.ts';
import { compileFiles, planOf, stepOf } from '../../lang/compile/compile.ts';

const TOP = 'inputs: { x: { default: 1 }, l: { type: array, default: [] } }\nsecrets: [S, T]\n';
const textOf = (step: string): string =>
  `${TOP}steps:\n  b: { run: x, outputs: { n: 1 } }\n  c: { run: x }\n  a: { ${step} }\n`;
const hashOf = (step: string): string => planHash(planOf(textOf(step)));
const digestOf = (step: string): string => stepOf(planOf(textOf(step)), 'a').digest;

/** The texts that have the mark of another. */
function alike(texts: readonly string[], markOf: (text: string) => string): readonly (readonly string[])[] {
  const byMark = new Map<string, string[]>();
  for (const text of texts) {
    const mark = markOf(text);
    byMark.set(mark, [...(byMark.get(mark) ?? []), text]);
  }
  return [...byMark.values()].filter(({ length }) => length > 1);
}

const SAID: readonly (readonly [string, readonly string[]])[] = [
  [
    'a step',
    [
      'run: x',
      'run: y',
      'run: [x]',
      'run: x, needs: b',
      'run: x, needs: [b, c]',
      'run: x, needs: { steps: b, when: all-done }',
      'run: x, needs: { steps: b, when: none-failed }',
      'run: x, if: inputs.x',
      'run: x, if: inputs.l',
      'run: x, env: { A: 1 }',
      'run: x, env: { A: "${{ inputs.x }}" }',
      'run: x, env: { A: "-${{ inputs.x }}" }',
      'run: x, env: { B: 1 }',
      'run: x, env: { A: 1, B: 1 }',
      'run: x, outputs: { o: 1 }',
      'run: x, outputs: { o: 2 }',
      'run: x, outputs: { p: 1 }',
      'run: x, outputs: { o: { value: "1", type: string } }',
      'run: x, outputs: { o: { value: "1", type: string, pattern: x } }',
      'run: x, secrets: [S]',
      'run: x, secrets: [S, T]',
      'run: x, clear-env: true',
      'run: x, cwd: y',
      'run: x, stdin: a',
      'run: x, stdin: [a]',
      'run: x, stdin: [a, "${{ inputs.x }}"]',
      'run: x, stdin: { a: 1 }',
      'run: x, stdin: { a: 1, b: 2 }',
      'run: x, artifacts: [p]',
      'run: x, artifacts: [q]',
      'run: x, files: [p]',
      'run: x, files: [q]',
      'run: x, ensures: { commit: true }',
      'run: x, ensures: { exists: p }',
      'run: x, ensures: { exists: q }',
      'run: x, ensures: { files-changed: p }',
      'run: x, ensures: { run: y }',
      'run: x, ensures: { run: z }',
      'run: x, ensures: { output: self.stdout == 1 }',
      'run: x, ensures: { output: self.stdout == 2 }',
      'run: x, ensures: [{ commit: true }, { run: y }]',
      'set: { x: 1 }',
      'set: { x: 2 }',
      'set: { x: "${{ inputs.x }}" }',
      'set: { y: "${{ inputs.x }}" }',
      'set: { y: [1, "${{ inputs.x }}"] }',
      'set: { y: [2, "${{ inputs.x }}"] }',
      'set: { y: "a${{ inputs.x }}b${{ inputs.x }}" }',
      'run: [x, "${{ inputs.x }}", "-${{ inputs.x }}"]',
      'fail: "a${{ inputs.x }}"',
      'fail: x',
      'fail: y',
      'wait: { for: 1s }',
      'wait: { for: 2s }',
      'wait: { until: inputs.x }',
      'wait: { until: inputs.l }',
      'wait: { until: { run: x } }',
      'wait: { until: { run: y } }',
      'wait: { event: x }',
      'wait: { event: y }',
      'wait: { event: x, match: event.payload }',
      'wait: { event: x, match: event.name }',
      'wait: { file: x }',
      'wait: { file: y }',
      'approve: { message: x }',
      'approve: { message: y }',
      'approve: { message: x, show: x }',
      'approve: { message: x, show: y }',
      'approve: { message: x, options: [p, q] }',
      'needs: [b, c], approve: { message: x, on-reject: { rework: b, max: 2 } }',
      'needs: [b, c], approve: { message: x, on-reject: { rework: b, max: 3 } }',
      'needs: [b, c], approve: { message: x, on-reject: { rework: c, max: 2 } }',
      'approve: { message: x, timeout: 1h }',
      'approve: { message: x, approvers: [p] }',
      'approve: { message: x, form: { type: object } }',
      'approve: { message: x, timeout: 1h, default: approve }',
      'approve: { message: x, timeout: 1h, default: reject }',
      'approve: { message: x, on-reject: skip }',
      'wait: { until: { run: x } }, clear-env: true',
      'wait: { until: { run: x } }, secrets: [S]',
      'wait: { file: x }, cwd: y',
      'http: { url: "https://a/" }',
      'write: { path: a, content: b }',
    ],
  ],
  [
    'a group',
    [
      'steps: { d: { run: x }, e: { run: x } }',
      'steps: { d: { run: x }, e: { run: y } }',
      'steps: { d: { run: x }, f: { run: x } }',
      'steps: { d: { run: x }, e: { run: x, needs: d } }',
      'steps: [{ id: d, run: x }, { id: g, run: x }]',
      'steps: [{ id: g, run: x }, { id: d, run: x }]',
      'parallel: { d: { run: x }, e: { run: x } }, max: 2',
      'parallel: { d: { run: x }, e: { run: x } }, max: 1',
      'parallel: { d: { run: x }, e: { run: x } }, fail-fast: true',
      'steps: { d: { run: x }, e: { run: x } }, outputs: { o: 1 }',
      'choose: [{ if: inputs.x, steps: [{ id: d, run: x }] }]',
      'choose: [{ if: inputs.l, steps: [{ id: d, run: x }] }]',
      'choose: [{ if: inputs.x, steps: [{ id: d, run: x }], outputs: { o: 1 } }]',
      'choose: [{ if: inputs.x, steps: [{ id: d, run: x }], outputs: { o: 2 } }]',
      'choose: [{ if: inputs.x, steps: [{ id: d, run: x }] }, { else: [{ id: d, run: x }] }]',
      'choose: [{ if: inputs.x, steps: [{ id: d, run: x }], outputs: { o: 1 } }, { else: [{ id: d, run: x }] }]',
      'race: { d: { run: x }, e: { run: x } }',
      'try: [{ id: d, run: x }], catch: [{ steps: [{ id: e, run: x }] }]',
      'try: [{ id: d, run: x }], catch: [{ steps: [{ id: e, run: y }] }]',
      'try: [{ id: d, run: x }], finally: [{ id: e, run: x }]',
      'try: [{ id: d, run: x }], catch: [{ when: error.code, steps: [{ id: e, run: x }] }]',
      'run: x, loop: { max: 2 }',
      'run: x, loop: { max: 3 }',
      'run: x, loop: { max: 2, until: self.stdout }',
      'run: x, loop: { max: 2, until: self.stderr }',
      'run: x, loop: { max: 2, while: inputs.x }',
      'run: x, loop: { max: 2, delay: 1s }',
      'run: x, loop: { max: 3, stop-when: { plateau: 2, metric: self.stdout } }',
      'run: x, loop: { max: 3, stop-when: { plateau: 3, metric: self.stdout } }',
      'run: x, loop: { max: 3, stop-when: { plateau: 2, metric: self.stderr } }',
      'run: x, for-each: "${{ inputs.l }}"',
      'run: x, for-each: [p, q]',
      'run: x, for-each: [p, r]',
      'run: x, for-each: { items: [p, q], as: y }',
      'run: x, for-each: { items: [p, q], key: item }',
      'run: x, for-each: { items: [p, q], filter: item }',
      'run: x, for-each: { items: [p, q], filter: "!item" }',
      'run: x, for-each: { items: [p, q], distinct: item }',
      'run: x, for-each: { items: [p, q], sort: item }',
      'run: x, for-each: { items: [p, q], sort: { by: item, desc: true } }',
      'run: x, for-each: { items: [p, q], limit: 1 }',
      'run: x, for-each: { items: [p, q], limit: 2 }',
      'run: x, for-each: { items: [p, q], min: 1 }',
      'run: x, for-each: { items: [p, q], max: 1 }',
      'run: x, for-each: { items: [p, q], fail-fast: false }',
      'run: x, for-each: { items: [p, q], max-failures: 1 }',
      'run: x, for-each: { items: [p, q], max-failures: 1% }',
      'run: x, matrix: { m: [p, q] }',
      'run: x, matrix: { m: [p, r] }',
      'run: x, matrix: { n: [p, q] }',
      'run: x, for-each: { items: [p, q], max-failures: 10% }',
      'run: x, for-each: { items: [p], as: y, key: item, max: 2, fail-fast: true }',
      'steps: { d: { run: x }, e: { run: x } }, clear-env: true',
      'run: x, matrix: { m: [p, q], include: [{ m: r }] }',
      'run: x, matrix: { m: [p, q], exclude: [{ m: p }] }',
    ],
  ],
];

describe.each(SAID)('%s', (_, steps) => {
  it('has another hash for whatever is said otherwise', () => {
    expect(alike(steps, hashOf)).toEqual([]);
  });

  it('has another digest for whatever is done otherwise', () => {
    expect(alike(steps, digestOf)).toEqual([]);
  });
});

const WAYS: readonly string[] = [
  'run: x',
  'run: x, name: y',
  'run: x, retry: 2',
  'run: x, retry: 3',
  'run: x, retry: { attempts: 2, delay: 1s }',
  'run: x, continue-on-error: true',
  'run: x, allow-failure: true',
  'run: x, timeout: 1s',
  'run: x, timeout: 2s',
  'run: x, grace: 1s',
  'run: x, total-timeout: 1s',
  'run: x, idle-timeout: 1s',
  'run: x, cache: true',
  'run: x, cache: { tools: { T: x } }',
  'run: x, lock: p',
  'run: x, lock: q',
  'run: x, once: p',
  'run: x, once: q',
  'run: x, idempotent: false',
  'run: x, idempotent: false, verify: { run: y }',
  'run: x, idempotent: false, verify: { run: z }',
  'run: x, idempotent: false, verify: inputs.x',
  'run: x, on-success: [{ id: h, run: x }]',
  'run: x, on-failure: [{ id: h, run: x }]',
  'run: x, on-failure: [{ id: h, run: y }]',
];

describe('how a step is done, and how often, and what is held meanwhile', () => {
  it('have another hash each', () => {
    expect(alike(WAYS, hashOf)).toEqual([]);
  });

  it('have one digest', () => {
    expect(new Set(WAYS.map(digestOf)).size).toBe(1);
  });
});

it.each<[string, string]>([
  ['run: x, needs: [b, c]', 'run: x, needs: [c, b]'],
  ['run: x, env: { A: 1, B: 2 }', 'run: x, env: { B: 2, A: 1 }'],
  ['run: x, secrets: [S, T]', 'run: x, secrets: [T, S]'],
  ['run: x, outputs: { o: 1, p: 2 }', 'run: x, outputs: { p: 2, o: 1 }'],
  ['run: x, stdin: { a: 1, b: "${{ inputs.x }}" }', 'stdin: { b: "${{ inputs.x }}", a: 1 }, run: x'],
  ['set: { x: { p: 1, q: 2 } }', 'set: { x: { q: 2, p: 1 } }'],
  ['steps: { d: { run: x }, e: { run: y } }', 'steps: { e: { run: y }, d: { run: x } }'],
  ['wait: { until: { run: x } }, secrets: [S, T]', 'wait: { until: { run: x } }, secrets: [T, S]'],
])('%s and %s are the same', (one, other) => {
  expect(hashOf(other)).toBe(hashOf(one));
  expect(digestOf(other)).toBe(digestOf(one));
});

it('a plan has another hash for what is undone, and for how another file is taken', () => {
  const undone = (what: string): string =>
    planHash(
      planOf(
        `steps: { a: { run: x, compensate: { run: y } }, b: { run: x, compensate: { run: y } } }\non-failure: [{ id: u, compensate: ${what} }]\n`,
      ),
    );
  expect(new Set(['all', '[a]', '[b]', '[a, b]'].map(undone)).size).toBe(4);
  const child = (step: string): string => {
    const { plan } = compileFiles({
      'main.yaml': `steps: { a: { ${step} } }\n`,
      'c.yaml': 'steps: { s: { run: x } }\n',
    });
    return plan === null ? '' : planHash(plan);
  };
  expect(child('workflow: c.yaml')).not.toBe(child('include: c.yaml'));
});

it.each<[string, string, string]>([
  ['its name', 'name: p', 'name: q'],
  ['a variable', 'env: { A: 1 }', 'env: { A: 2 }'],
  ['an output', 'outputs: { o: 1 }', 'outputs: { o: 2 }'],
  ['a part at its end', 'finally: [{ id: z, run: x }]', 'finally: [{ id: z, run: y }]'],
  ['which part it is', 'finally: [{ id: z, run: x }]', 'on-failure: [{ id: z, run: x }]'],
  ['how many at once', 'concurrency: 2', 'concurrency: 3'],
])('a plan has another hash for %s', (_, one, other) => {
  const hash = (top: string): string => planHash(planOf(`${top}\nsteps: { a: { run: x } }\n`));
  expect(new Set([hash('# nothing'), hash(one), hash(other)]).size).toBe(3);
});

/** How long, of steps that are no actions. */
const LIMITS: readonly string[] = [
  'wait: { until: inputs.x }',
  'wait: { until: inputs.x, timeout: 1s }',
  'wait: { until: inputs.x, timeout: 2s }',
  'wait: { until: { run: x }, every: 5s }',
  'wait: { until: { run: x }, every: 6s }',
  'wait: { until: { run: x } }, grace: 1s',
  'steps: { d: { run: x } }',
  'steps: { d: { run: x } }, timeout: 1s',
  'steps: { d: { run: x } }, total-timeout: 1s',
  'steps: { d: { run: x } }, timeout: 1s, total-timeout: 1s',
  'run: x, compensate: { run: y }',
  'run: x, compensate: { run: z }',
  'run: x, timeout: 1s, total-timeout: 1s',
  'run: x, total-timeout: 1s, idle-timeout: 1s',
];

it('limits of waits and groups are in the hash', () => {
  expect(alike(LIMITS, hashOf)).toEqual([]);
});

/** A run is found by the hash of its plan, and a success is kept by the digest of its step: of a later giga as well. */
describe('what is said as before has the hash and the digest of before', () => {
  const FILE = 'test/core/plan/hashes.json';
  const steps = [...SAID.flatMap(([, some]) => some), ...WAYS, ...LIMITS];
  const marksOf = (step: string): string => `${hashOf(step).slice(0, 12)} ${digestOf(step).slice(0, 12)}`;

  if (process.env.UPDATE_GOLDEN) {
    const marks = Object.fromEntries(steps.map((step) => [step, marksOf(step)]));
    writeFileSync(FILE, `${JSON.stringify(marks, null, 2)}\n`);
  }
  const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, string>>; // as it is written above

  it.each([...new Set(steps)])('%s', (step) => {
    expect(marksOf(step)).toBe(golden[step]);
  });
});
