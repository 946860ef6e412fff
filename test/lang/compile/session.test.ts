/** `session` of `claude` steps: whose conversation goes on, and every way in which that cannot be. */
import { describe, expect, it, test } from 'vitest';
import { compileText, edgesOf, planOf, problemsOf, requestOf, stepOf } from './compile.ts';

const DRAFT = 'draft: { claude: Write. }';
const continuing = (session: string, more = ''): string =>
  `steps:\n  ${DRAFT}\n  b: { claude: { prompt: x, session: "${session}"${more} } }\n`;

describe('continue:STEP', () => {
  const plan = planOf(continuing('continue:draft'));
  it('is an edge, and the value of what that step came to', () => {
    expect(edgesOf(plan.root.bodies[0])).toEqual(['draft', 'b <- draft']);
    expect(requestOf(stepOf(plan, 'b')).continues).toEqual({
      session: "<steps['draft'].outputs.session>",
      step: 'draft',
    });
  });
  it('makes that step keep its conversation, without tools', () => {
    for (const path of ['draft', 'b'])
      expect(requestOf(stepOf(plan, path)).agent).toMatchObject({ tools: [], maxTurns: 13 });
    expect(requestOf(stepOf(plan, 'draft')).continues).toBeUndefined();
  });
  it('is known by what it gives', () => {
    const read = (text: string) =>
      problemsOf(compileText(`${text}  c: { set: { v: "\${{ steps.draft.outputs.session }}" } }\n`).diagnostics);
    expect(read(continuing('continue:draft'))).toEqual([]);
    expect(read(`steps:\n  ${DRAFT}\n`)).toEqual([expect.stringContaining('EXPR_UNKNOWN_MEMBER')]);
  });
  it('asks the model of that step, or of the one that it continues itself', () => {
    const models = (text: string) => ['b', 'c'].map((path) => requestOf(stepOf(planOf(text), path)).model);
    const chain = (model: string): string =>
      `inputs: { m: { type: string, default: x } }\nsteps:\n  a: { claude: { prompt: x${model} } }\n  b: { claude: { prompt: x, session: "continue:a" } }\n  c: { claude: { prompt: x, session: "continue:b" } }\n`;
    expect(models(chain(', model: claude-opus-5-5'))).toEqual(['claude-opus-5-5', 'claude-opus-5-5']);
    expect(models(chain(''))).toEqual([undefined, undefined]);
    expect(models(chain(', model: "${{ inputs.m }}"'))).toEqual([
      "<steps['a'].outputs.model>",
      "<steps['b'].outputs.model>",
    ]);
  });
  it('reaches outwards: each item branches off, and the group waits', () => {
    const { root } = planOf(`steps:
  ${DRAFT}
  all:
    for-each: [1, 2]
    steps:
      - { id: b, claude: { prompt: x, session: "continue:draft" } }
`);
    expect(edgesOf(root.bodies[0])).toEqual(['draft', 'all <- draft']);
  });
  it('stays in the item where both steps are', () => {
    const text = `steps:
  all:
    for-each: [1, 2]
    steps:
      - { id: a, claude: x }
      - { id: b, claude: { prompt: x, session: "continue:a" } }
`;
    expect(problemsOf(compileText(text).diagnostics)).toEqual([]);
  });
});

test('a step alone keeps its conversation where it is told to', () => {
  const request = requestOf(stepOf(planOf('steps: { a: { claude: { prompt: x, session: new } } }\n'), 'a'));
  expect(request).toMatchObject({ agent: { tools: [] } });
  expect(request.continues).toBeUndefined();
  expect(requestOf(stepOf(planOf('steps: { a: { claude: { prompt: x } } }\n'), 'a')).agent).toBeUndefined();
});

describe('continue, in a loop,', () => {
  it('goes on with the iteration before', () => {
    const step = stepOf(planOf('steps: { a: { loop: { max: 2 }, claude: { prompt: x, session: continue } } }\n'), 'a');
    expect(JSON.stringify(step)).toContain('"source":"loop.last.outputs.session"');
  });
  it('in a group, by an output of the group that no document can read', () => {
    const text =
      'steps:\n  g:\n    loop: { max: 2 }\n    steps: [{ id: a, claude: { prompt: x, session: continue } }]\n';
    const plan = JSON.stringify(planOf(text));
    expect(plan).toContain("loop.last.outputs['session of a']");
    expect(plan).toContain('"session of a":{"value":');
    expect(
      problemsOf(
        compileText(`${text}  r: { set: { v: "\${{ steps.g.outputs['session of a'] }}" } }
`).diagnostics,
      ),
    ).toEqual([expect.stringContaining('EXPR_UNKNOWN_MEMBER')]);
  });
});

const CONTINUES_DRAFT = '  b: { claude: { prompt: x, session: "continue:draft" } }\n';

describe('is refused, with the place:', () => {
  test.each([
    ['a step that is not there', continuing('continue:darft'), 'EXPR_UNKNOWN_STEP 3:48'],
    ['a step that asks no model', `steps:\n  draft: { run: echo }\n${CONTINUES_DRAFT}`, 'PLAN_CLAUDE 3:48'],
    ['itself', 'steps:\n  draft: { claude: { prompt: x, session: "continue:draft" } }\n', 'PLAN_CYCLE 2:52'],
    [
      'a step that is done for each item',
      `steps:\n  draft: { for-each: [1], claude: x }\n${CONTINUES_DRAFT}`,
      'PLAN_CLAUDE 3:48',
    ],
    [
      'a step inside a group',
      `steps:\n  g: { steps: [{ id: draft, claude: x }] }\n${CONTINUES_DRAFT}`,
      'PLAN_INNER_STEP 3:48',
    ],
    ['no loop', 'steps:\n  b: { claude: { prompt: x, session: continue } }\n', 'PLAN_CLAUDE 2:38'],
    ['another word', continuing('contine'), 'DOC_BAD_VALUE 3:38'],
    ['the command line of Claude', continuing('continue:draft', ', tools: [read], runner: cli'), 'PLAN_CLAUDE 3:29'],
  ])('%s', (_what, text, problem) => {
    expect(problemsOf(compileText(text).diagnostics)).toContain(problem);
  });

  test('two that continue each other', () => {
    const text =
      'steps:\n  a: { claude: { prompt: x, session: "continue:b" } }\n  b: { claude: { prompt: x, session: "continue:a" } }\n';
    expect(problemsOf(compileText(text).diagnostics)[0]).toContain('PLAN_CYCLE');
  });
});
