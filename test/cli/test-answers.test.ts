import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
  place.put(
    'one.yaml',
    `
steps:
  - { id: notes, run: './notes "\${{ rework.comment ?? '''' }}"' }
  - id: gate
    approve:
      message: Publish?
      options: [staging, production, reject]
      form: { type: object, required: [ticket], properties: { ticket: { type: string, minLength: 3 } } }
      on-reject: { rework: notes, max: 2 }
      timeout: 1d
  - { id: deployed, wait: { event: deployed, match: event.stage == steps.gate.outputs.verdict, timeout: 2h } }
outputs: { stage: '\${{ steps.gate.outputs.verdict }}', by: '\${{ steps.gate.outputs.by }}', version: '\${{ steps.deployed.outputs.event.version }}' }
`,
  );
});
afterEach(() => place.remove());

const put = (tests: string): void => place.put('one.test.yaml', tests);
const test = async (): Promise<string> => {
  const { code, err } = await place.giga('test');
  return `${code}\n${err}`;
};

describe('answers in a test', () => {
  it('are given as written, each time that is asked, and in time', async () => {
    put(`
events: [{ name: deployed, data: { stage: staging, version: 1 }, at: 5m }, { name: deployed, data: { stage: production, version: 2 }, at: 1h }]
tests:
  reworked:
    answers: { gate: [{ verdict: reject, by: ann, comment: Say more, after: 20m }, { verdict: production, by: bob, form: { ticket: T-1 } }] }
    expect:
      verdict: succeeded
      steps: { gate: succeeded, notes: { with: Say more, attempts: 2 } }
      outputs: { stage: production, by: bob, version: 2 }
      at-most: 1h
  too late: { answers: { gate: { verdict: staging, form: { ticket: T-1 }, after: 2d } }, expect: { verdict: failed, steps: { gate: { error: STEP_APPROVAL_TIMEOUT } } } }
`);
    expect(await test()).toContain('TESTS 2 passed · 0 failed');
  });

  it('are none where there are none: a run may be expected to wait', async () => {
    place.put(
      'two.yaml',
      `steps:\n  - { id: gate, approve: { message: Publish? } }\n  - { id: go, wait: { event: go } }\n`,
    );
    place.put(
      'two.test.yaml',
      `
tests:
  nobody answers: { answers: {}, expect: { verdict: waiting, steps: { gate: not-run, go: not-run } } }
  nobody sends: { events: [], expect: { verdict: waiting, steps: { gate: succeeded } } }
  nothing is said: { expect: { verdict: succeeded } }
  one has a fake: { events: [], fakes: { go: { takes: 5m } }, expect: { verdict: succeeded, at-most: 5m } }
`,
    );
    const { code, err } = await place.giga('test', 'two');
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('TESTS 4 passed · 0 failed') });
  });

  it('are refused as giga refuses those of people', async () => {
    put(`
tests:
  word: { answers: { gate: publish }, expect: { verdict: waiting } }
  form: { answers: { gate: { verdict: staging, form: { ticket: T } } }, expect: { verdict: waiting } }
  waits: { answers: {}, expect: { verdict: succeeded } }
`);
    const said = await test();
    expect(said).toContain(
      'error[RUN_VERDICT_UNKNOWN]: `publish` is no verdict of step `gate`.\n --> one.test.yaml:3:3',
    );
    expect(said).toContain('error[RUN_FORM_INVALID]: The form of step `gate` does not fit');
    expect(said).toContain('TESTS 0 passed · 3 failed');
  });

  it.each([
    ['a step that is not there', 'answers: { gat: approve }', 'TEST_UNKNOWN_STEP'],
    ['an answer without a verdict', 'answers: { gate: { by: ann } }', 'DOC_MISSING_KEY'],
    ['a bad name', 'events: [{ name: "a b" }]', 'DOC_'],
    ['a bad time', 'events: [{ name: a, at: soon }]', 'PLAN_BAD_DURATION'],
  ])('say what is wrong with %s', async (_, text, code) => {
    put(`tests: { a: { ${text}, expect: { verdict: failed } } }\n`);
    expect(await test()).toContain(`error[${code}`);
  });
});
