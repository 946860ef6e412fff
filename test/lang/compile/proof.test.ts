import { describe, expect, test } from 'vitest';
import { compileText, planOf, problemsOf, stepOf } from './compile.ts';

describe('ensures', () => {
  test('has all its forms, of a step, of a group and of the workflow', () => {
    const plan = planOf(`
ensures: { exists: out/*.json }
steps:
  a:
    run: x
    cwd: pkg
    ensures:
      - output: self.stdout != ''
      - exists: [dist/a, '!dist/b']
      - files-changed: 'dist/\${{ inputs.n }}/**'
      - commit: true
      - run: test "\${{ self.stdout }}" = x
      - http: http://127.0.0.1:1/health
  g:
    steps: [{ id: x, run: x }]
    outputs: { n: '\${{ steps.x.outputs.stdout }}' }
    ensures: [{ output: steps.x.outputs.stdout == self.outputs.n }, { run: [test, '\${{ steps.x.outputs.stdout }}'] }]
inputs: { n: {} }
`);
    expect(plan.root.ensures).toMatchObject([{ kind: 'exists', globs: { value: ['out/*.json'] } }]);
    expect(stepOf(plan, 'a').ensures).toMatchObject([
      { kind: 'output', holds: { source: "self.stdout != ''" } },
      { kind: 'exists', globs: { value: ['dist/a', '!dist/b'] }, cwd: { value: 'pkg' } },
      { kind: 'files-changed', globs: { kind: 'list' }, cwd: { value: 'pkg' } },
      { kind: 'commit' },
      { kind: 'probe', action: 'run', source: 'test "${{ self.stdout }}" = x' },
      { kind: 'probe', action: 'http', source: 'http://127.0.0.1:1/health' },
    ]);
    expect(stepOf(plan, 'g').ensures).toMatchObject([
      { kind: 'output' },
      { kind: 'probe', source: 'test ${{ steps.x.outputs.stdout }}' },
    ]);
    expect(stepOf(plan, 'g').needs).toEqual([]);
  });

  test('is part of what a step is; how it is verified is not', () => {
    const digestOf = (more: string) => stepOf(planOf(`steps: { a: { run: x${more} } }\n`), 'a').digest;
    expect(digestOf(', ensures: { commit: true }')).not.toBe(digestOf(''));
    expect(digestOf(', idempotent: false, verify: { run: y }')).toBe(digestOf(''));
  });

  const ensures = (text: string): string => `steps: { a: { run: x, ensures: ${text} } }\n`;
  test.each([
    ['nothing', ensures('[]'), ['DOC_BAD_VALUE 1:23']],
    ['a text', ensures("'true'"), ['DOC_WRONG_TYPE 1:32']],
    ['an unknown form', ensures('{ file: x }'), ['DOC_UNKNOWN_KEY 1:34']],
    ['no commit', ensures('{ commit: false }'), ['DOC_BAD_VALUE 1:42']],
    ['only what is taken out', ensures("{ exists: '!x' }"), ['PLAN_MALFORMED 1:42']],
    ['a step that is not there', ensures('{ output: steps.b.outputs.x }'), ['EXPR_UNKNOWN_STEP 1:48']],
    ['an empty probe', ensures("{ run: '' }"), ['PLAN_EMPTY_RUN 1:39']],
  ])('%s', (_, text, problems) => expect(problemsOf(compileText(text).diagnostics)).toEqual(problems));
});

describe('idempotent', () => {
  const guarded = (more: string): string => `steps: { a: { run: x, idempotent: false${more} } }\n`;
  test('inherits no time and no retry, and keeps its own', () => {
    const plan = planOf(`
defaults: { timeout: 5m, retry: 3 }
steps:
  a: { run: x, idempotent: false }
  b: { run: x, idempotent: false, retry: 2, timeout: 1m, verify: { run: y } }
  c: { run: x, idempotent: true }
`);
    expect(stepOf(plan, 'a')).not.toHaveProperty('retry');
    expect(stepOf(plan, 'a')).not.toHaveProperty('timeoutMs');
    expect(stepOf(plan, 'b')).toMatchObject({
      retry: { attempts: 2 },
      timeoutMs: 60_000,
      verify: { kind: 'probe', source: 'y' },
    });
    expect(stepOf(plan, 'c')).toMatchObject({ idempotent: true, timeoutMs: 300_000, retry: { attempts: 3 } });
  });

  test('an expression is a verify, and sees what the step gave before', () => {
    const plan = planOf(guarded(`, verify: "self.outputs.id != null && readFile('x') == 'y'"`));
    expect(stepOf(plan, 'a')).toMatchObject({ idempotent: false, verify: { kind: 'condition' } });
  });

  test.each([
    ['a verify of what may simply run again', 'steps: { a: { run: x, verify: { run: y } } }\n'],
    ['a retry that nobody can answer', guarded(', retry: 2')],
    ['a step without an id', 'steps: [{ run: x, idempotent: false }]\n'],
    ['a step in a nameless group', 'steps: [{ steps: { a: { run: x, idempotent: false } } }]\n'],
    ['a group that is tried again', 'steps: { g: { retry: 2, steps: { a: { run: x, idempotent: false } } } }\n'],
    ['a hook', 'steps: { a: { run: x, on-success: [{ id: h, run: y, idempotent: false }] } }\n'],
  ])('%s is refused', (_, text) => {
    const [only, ...more] = problemsOf(compileText(text).diagnostics).filter(
      (one) => !one.startsWith('PLAN_ANONYMOUS'),
    );
    expect([only?.split(' ')[0], more]).toEqual(['PLAN_IDEMPOTENT', []]);
  });

  test.each(['set: { x: 1 }', 'wait: { for: 1s }', "approve: { message: 'x' }"])(
    'beside `%s` it means nothing',
    (text) => {
      const { diagnostics } = compileText(`steps: { a: { ${text}, idempotent: false } }\n`);
      expect(diagnostics.map(({ code }) => code)).toContain('PLAN_KEY_WITHOUT_EFFECT');
    },
  );
});
