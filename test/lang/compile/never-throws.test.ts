import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasErrors } from '../../../src/core/diagnostic/diagnostic.ts';
import { planHash } from '../../../src/core/plan/plan.ts';
import { compileText } from './compile.ts';

/** Texts that mean something somewhere, right or wrong. */
const text = fc.constantFrom(
  'a',
  'x',
  '__proto__',
  'constructor',
  'finally',
  '10s',
  'all-done',
  'bash',
  'python',
  'pwsh',
  'always()',
  'failure()',
  'false',
  '${{ steps.a.outputs.x }}',
  '${{ steps.b }} and ${{ inputs.x }}',
  '${{ toJSON(steps) }}',
  '${{ secrets.x }}',
  '${{ self.stdout }}',
  '${{ 1 + }}',
  '${{',
  "${{ steps['a'].result == 'success' }}",
  '',
);
const scalar = fc.oneof({ weight: 5, arbitrary: text }, fc.constantFrom<unknown>(null, true, 0, 1.5, -1, 1e9));
const KEYS =
  'run set fail wait steps parallel choose if needs env cwd shell timeout retry outputs secrets id name stdin success-codes max-output max fail-fast for else value type pattern when attempts delay inputs vars defaults concurrency on-failure finally profiles default a b x __proto__'.split(
    ' ',
  );
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    { weight: 3, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    {
      weight: 5,
      arbitrary: fc
        .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), tie('value')), { maxLength: 5, selector: ([key]) => key })
        .map(asMap),
    },
  ),
}));

/** JSON is YAML; a list of pairs keeps `__proto__` a key. */
function asMap(pairs: readonly (readonly [string, unknown])[]): unknown {
  return { toJSON: () => Object.fromEntries(pairs) };
}

/** Steps as a person would write them, with a slip here and there. */
const ID = fc.constantFrom('a', 'b', 'c', 'd');
const reference = fc.oneof(
  {
    weight: 1,
    arbitrary: fc
      .tuple(ID, fc.constantFrom('result', 'outputs.x', 'outputs.stdout', 'error.code'))
      .map(([id, member]) => `steps.${id}.${member}`),
  },
  {
    weight: 12,
    arbitrary: fc.constantFrom('inputs.x', 'run.id', 'git.sha', 'env.E', "hashFiles('*')", "format('{0}', 1)"),
  },
);
const template = fc.oneof(
  fc.constantFrom('x', 'echo hi'),
  reference.map((of) => `echo \${{ ${of} }}`),
);
const modifiers = fc.record(
  {
    needs: fc.oneof(
      ID,
      fc.array(ID, { maxLength: 2 }),
      fc.record({ steps: ID, when: fc.constantFrom('all-done', 'none-failed') }),
    ),
    if: fc.oneof(
      reference.map((of) => `${of} == null`),
      fc.constantFrom('always()', 'failure()', 'false'),
    ),
    env: fc.dictionary(fc.constantFrom('E', 'F'), template, { noNullPrototype: true }),
    retry: fc.record({ attempts: fc.integer({ min: 1, max: 3 }), delay: fc.constant('1s') }),
    'allow-failure': fc.boolean(),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const { steps: likelySteps } = fc.letrec((tie) => ({
  step: fc.oneof(
    { maxDepth: 3 },
    template.map((run) => ({ run })),
    fc.array(template, { minLength: 1, maxLength: 3 }).map((run) => ({ run })),
    reference.map((of) => ({ set: { x: `\${{ ${of} }}`, y: [1, { z: null }] } })),
    fc.constant({ wait: { for: '1s' } }),
    tie('steps').map((steps) => ({ steps, outputs: { x: '${{ inputs.x }}' } })),
    tie('steps').map((parallel) => ({ parallel, max: 2 })),
    fc
      .tuple(reference, tie('steps'), tie('steps'))
      .map(([of, some, others]) => ({ choose: [{ if: `${of} == 1`, steps: some }, { else: others }] })),
  ),
  steps: fc.oneof(
    { weight: 4, arbitrary: fc.array(tie('step'), { minLength: 1, maxLength: 3 }) },
    {
      weight: 1,
      arbitrary: fc
        .uniqueArray(fc.tuple(ID, tie('step'), modifiers), { minLength: 1, maxLength: 3, selector: ([id]) => id })
        .map((list) => Object.fromEntries(list.map(([id, step, more]) => [id, Object.assign({}, step, more)]))),
    },
  ),
}));

function check(written: unknown): boolean {
  const { plan, diagnostics } = compileText(JSON.stringify(written), { profile: 'a', config: { profiles: { a: {} } } });
  expect(plan === null).toBe(hasErrors(diagnostics));
  if (plan !== null) expect(planHash(JSON.parse(JSON.stringify(plan)) as typeof plan)).toBe(planHash(plan)); // a plan is plain JSON
  for (const { at, message } of diagnostics) {
    expect(message).toMatch(/\S/);
    expect(at === undefined || at.start.offset <= at.end.offset).toBe(true);
  }
  return plan !== null;
}

describe('compileWorkflow', () => {
  it('gives a plan or an error for whatever is written, and never throws', () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc
          .tuple(
            fc.constantFrom('run', 'set', 'fail', 'wait', 'steps', 'parallel', 'choose', 'try', 'race'),
            value,
            fc.constantFrom(...KEYS),
            value,
          )
          .map(([action, of, key, other]) =>
            asMap(
              key === action
                ? [[action, of]]
                : [
                    [action, of],
                    [key, other],
                  ],
            ),
          ),
      },
      { weight: 1, arbitrary: value },
    );
    const steps = fc.oneof(
      fc.array(step, { maxLength: 4 }),
      fc.tuple(step, step).map(([a, b]) =>
        asMap([
          ['a', a],
          ['b', b],
        ]),
      ),
    );
    const document = fc.tuple(steps, fc.constantFrom(...KEYS), value).map(([of, key, other]) =>
      asMap(
        key === 'steps'
          ? [['steps', of]]
          : [
              ['steps', of],
              [key, other],
            ],
      ),
    );
    fc.assert(
      fc.property(document, (written) => void check(written)),
      { numRuns: 800 },
    );
  });

  it('gives plans for what is likely to be right', () => {
    let plans = 0;
    const document = likelySteps.map((steps) => ({ inputs: { x: { default: 'y' } }, env: { E: 'e' }, steps }));
    fc.assert(
      fc.property(document, (written) => {
        if (check(written)) plans += 1;
      }),
      { numRuns: 300 },
    );
    expect(plans).toBeGreaterThan(30);
  });
});
