import { describe, expect, test } from 'vitest';
import { compileText, planOf, problemsOf, stepOf } from './compile.ts';

describe('wait', () => {
  test('has one form of four', () => {
    const plan = planOf(`
secrets: [TOKEN]
env: { A: '1' }
steps:
  a: { wait: { until: "glob('x') == inputs.none", every: 2s, timeout: 1m } }
  b: { wait: { until: { run: 'curl -f "\${{ env.A }}"' } }, secrets: [TOKEN], cwd: sub, grace: 1s }
  c: { wait: { until: { http: 'http://127.0.0.1:1/\${{ env.A }}' } } }
  d: { wait: { until: { http: { url: 'https://example.com', expect: { status: 204 } } } } }
  e: { wait: { event: deployed, match: event.version == '1', timeout: 1h } }
  f: { wait: { file: 'out/\${{ env.A }}.json' }, cwd: sub }
inputs: { none: {} }
`);
    expect(stepOf(plan, 'a')).toMatchObject({
      kind: 'await',
      what: { kind: 'condition', until: { source: "glob('x') == inputs.none" }, everyMs: 2_000 },
      timeoutMs: 60_000,
    });
    const probe = { kind: 'probe', action: 'run', source: 'curl -f "${{ env.A }}"', everyMs: 5_000 };
    expect(stepOf(plan, 'b')).toMatchObject({ what: probe, secrets: ['TOKEN'], graceMs: 1_000 });
    expect(JSON.stringify(stepOf(plan, 'b'))).toContain('"cwd"');
    expect(stepOf(plan, 'c')).toMatchObject({ what: { kind: 'probe', action: 'http' } });
    expect(stepOf(plan, 'd')).toMatchObject({ what: { source: 'https://example.com' } });
    expect(stepOf(plan, 'e')).toMatchObject({
      what: { kind: 'event', name: 'deployed', match: { source: "event.version == '1'" } },
    });
    expect(stepOf(plan, 'f')).toMatchObject({ what: { kind: 'file', path: { kind: 'text' }, cwd: { value: 'sub' } } });
  });

  test('waits for the steps that it reads', () => {
    const plan = planOf('steps:\n  a: { run: x }\n  b: { wait: { until: steps.a.outputs.stdout != null } }\n');
    expect(stepOf(plan, 'b').needs).toEqual([0]);
  });

  const wait = (text: string): string => `steps: { w: { wait: ${text} } }\n`;
  const ROWS: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
    ['nothing', wait('{ timeout: 1s }'), ['PLAN_MALFORMED 1:21']],
    ['two forms', wait('{ for: 1s, event: x }'), ['PLAN_MALFORMED 1:32']],
    ['every without until', wait('{ event: x, every: 1s }'), ['PLAN_MALFORMED 1:33']],
    ['a time for a time', wait('{ for: 1s, timeout: 1s }'), ['PLAN_MALFORMED 1:32']],
    ['match without event', wait('{ file: x, match: y }'), ['PLAN_MALFORMED 1:32']],
    ['no time', wait('{ event: x, timeout: 0s }'), ['PLAN_BAD_DURATION 1:42']],
    ['no pause', wait("{ until: 'true', every: 0s }"), ['PLAN_BAD_DURATION 1:45']],
    ['a name that is none', wait("{ event: 'a b' }"), ['PLAN_MALFORMED 1:30']],
    ['an empty probe', wait("{ until: { run: '' } }"), ['PLAN_EMPTY_RUN 1:37']],
    ['a probe of both', wait('{ until: { run: x, http: y } }'), ['PLAN_MALFORMED 1:30']],
    ['a key that a probe has not', wait('{ until: { http: { url: y, save: z } } }'), ['PLAN_MALFORMED 1:48']],
    ['an event elsewhere', 'steps: { w: { set: { x: "${{ event.x }}" } } }\n', ['PLAN_CONTEXT 1:30']],
    ['a timeout beside', 'steps: { w: { wait: { event: x }, timeout: 1s } }\n', ['PLAN_KEY_WITHOUT_EFFECT 1:35']],
    ['a retry', 'steps: { w: { wait: { event: x }, retry: 2 } }\n', ['PLAN_KEY_WITHOUT_EFFECT 1:35']],
    [
      'secrets without a probe',
      'steps: { w: { wait: { event: x }, secrets: [] } }\n',
      ['PLAN_KEY_WITHOUT_EFFECT 1:35'],
    ],
    [
      'an output that is none',
      'steps: { w: { wait: { event: x } }, r: { set: { x: "${{ steps.w.outputs.y }}" } } }\n',
      ['EXPR_UNKNOWN_MEMBER 1:73'],
    ],
  ];
  test.each(ROWS)('%s is refused', (_, text, problems) => {
    expect(problemsOf(compileText(text).diagnostics)).toEqual(problems);
  });
});

describe('groups', () => {
  test('pass on their grace, secrets and clear-env, and keep their limits', () => {
    const plan = planOf(`
secrets: [A, B]
steps:
  g:
    timeout: 1m
    total-timeout: 1h
    grace: 1s
    secrets: [A]
    clear-env: true
    steps:
      - { id: x, run: x, secrets: [B] }
      - { id: y, run: x, grace: 2s, clear-env: true }
      - { id: z, steps: [{ id: i, run: x }], grace: 3s }
`);
    const group = stepOf(plan, 'g');
    expect(group).toMatchObject({ timeoutMs: 60_000, totalTimeoutMs: 3_600_000, clearEnv: true });
    expect(group).not.toHaveProperty('graceMs');
    const [x, y, z] = 'bodies' in group ? (group.bodies[0]?.nodes ?? []) : [];
    expect(x).toMatchObject({ graceMs: 1_000, secrets: ['A', 'B'], clearEnv: 'around' });
    expect(y).toMatchObject({ graceMs: 2_000, secrets: ['A'], clearEnv: true });
    expect(z).toMatchObject({ bodies: [{ nodes: [{ graceMs: 3_000, clearEnv: 'around' }] }] });
  });

  test('have their limits in the hash of the plan, and not in their digest', () => {
    const of = (more: string) => planOf(`steps: { g: { steps: [{ id: x, run: x }]${more} } }\n`);
    expect(stepOf(of(', timeout: 1m'), 'g').digest).toBe(stepOf(of(''), 'g').digest);
  });

  test('that are done again give the time of all to the node around', () => {
    const plan = planOf('steps: { a: { for-each: [1], loop: { max: 2 }, run: x, timeout: 1s, total-timeout: 1m } }\n');
    const outer = stepOf(plan, 'a');
    expect(outer).toMatchObject({ kind: 'each', totalTimeoutMs: 60_000 });
    expect(JSON.stringify('bodies' in outer && outer.bodies)).not.toContain('totalTimeoutMs');
    expect(JSON.stringify('bodies' in outer && outer.bodies)).toContain('"timeoutMs":1000');
  });
});

describe('the timeout of a workflow', () => {
  test('is that of the root', () => {
    expect(planOf('timeout: 1h\nsteps: { a: { run: x } }\n').root.timeoutMs).toBe(3_600_000);
  });
});

describe('retry.on', () => {
  test('is a class of failures, or an expression', () => {
    const plan = planOf(`
defaults: { retry: { attempts: 2, on: error.code == 'STEP_TIMEOUT' } }
steps:
  a: { run: x, retry: { attempts: 3, on: "self.exit-code == 75 && contains(self.stderr, 'x')", never-on: { exit-codes: 1 } } }
  b: { run: x }
`);
    expect(stepOf(plan, 'a').retry).toMatchObject({
      on: { holds: { source: "self.exit-code == 75 && contains(self.stderr, 'x')" } },
      neverOn: { exitCodes: [1] },
    });
    expect(stepOf(plan, 'b').retry).toMatchObject({ on: { holds: { source: "error.code == 'STEP_TIMEOUT'" } } });
  });

  test.each([
    ['a typo', 'self.exit-cod == 1', 'EXPR_UNKNOWN_MEMBER'],
    ['no self in a group', 'self.exit-code == 1', 'PLAN_CONTEXT'],
  ])('%s is found', (name, on, code) => {
    const action = name.includes('group') ? 'steps: [{ id: x, run: x }]' : 'run: x';
    const { diagnostics } = compileText(`steps: { a: { ${action}, retry: { attempts: 2, on: ${on} } } }\n`);
    expect(diagnostics.map((one) => one.code)).toEqual([code]);
  });
});

describe('run', () => {
  test.each([
    ['an empty script', "run: ''", ['PLAN_EMPTY_RUN 1:20']],
    ['an empty program', "run: ['']", ['PLAN_EMPTY_RUN 1:21']],
    ['an exit code that bash has not', 'run: x, success-codes: [0, 300]', ['PLAN_EXIT_CODE 1:42']],
    ['one that a program of Windows may have', 'run: x, shell: pwsh, success-codes: [3010]', []],
    ['one of a program without a shell', 'run: [x], success-codes: [3010]', []],
  ])('%s', (_, keys, problems) => {
    expect(problemsOf(compileText(`steps: { a: { ${keys} } }\n`).diagnostics)).toEqual(problems);
  });
});
