import { describe, expect, it } from 'vitest';
import { compileText, edgesOf, planOf, problemsOf, requestOf, stepOf, stepsOf } from './compile.ts';

const HEAD = '---\nkind: workflow\ninputs: { v: { default: x } }\n---\n';
const SCRIPT = (text = 'true', language = 'bash'): string => `\n\`\`\`${language}\n${text}\n\`\`\`\n\n`;

function compileMarkdown(text: string): ReturnType<typeof compileText> {
  return compileText(text, {}, 'notes.md');
}

describe('a Markdown workflow', () => {
  it('has a step for each section that is an id with a script, in order', () => {
    const text = `${HEAD}# Notes\n\nProse.\n\n## log\n\nWords.\n${SCRIPT('git log "${{ inputs.v }}"')}## About this\n${SCRIPT('rm -rf /')}## Say it {#say}\n${SCRIPT('print(1)', 'py')}### deeper\n\nWords.\n`;
    const plan = planOf(text, {}, 'notes.md');
    expect(plan.name).toBe('notes');
    expect(edgesOf(plan.root.bodies[0])).toEqual(['log', 'say after 1']);
    expect(requestOf(stepOf(plan, 'log'))).toMatchObject({
      shell: 'bash',
      script: 'git log "${GIGA_V0}"\n',
      values: { GIGA_V0: '{inputs.v}!' },
    });
    expect(requestOf(stepOf(plan, 'say')).shell).toBe('python');
    expect(stepsOf(plan).map(({ at }) => at.line)).toEqual([9, 23]);
  });

  it('takes more keys of a step from the frontmatter', () => {
    const steps =
      'steps:\n  b: { needs: [], timeout: 5s, env: { A: 1 } }\n  late: { set: { x: "${{ steps.a.result }}" } }\n';
    const plan = planOf(
      `${HEAD.replace('inputs', `${steps}inputs`)}## a\n${SCRIPT()}## b\n${SCRIPT()}`,
      {},
      'notes.md',
    );
    expect(edgesOf(plan.root.bodies[0])).toEqual(['a', 'b', 'late <- a after 2']);
    expect(stepOf(plan, 'b')).toMatchObject({ timeoutMs: 5_000, env: { A: { value: '1' } } });
  });

  it.each<[name: string, text: string, problems: readonly string[]]>([
    ['no step', `${HEAD}## About it\n\nWords.\n`, ['PLAN_NO_STEPS']],
    ['no frontmatter', '# Words\n', ['PLAN_NO_STEPS 1:1']],
    ['two scripts', `${HEAD}## a\n${SCRIPT()}${SCRIPT()}`, ['PLAN_SECTION_SCRIPTS 12:1']],
    [
      'another language beside a script',
      `${HEAD}## a\n${SCRIPT()}${SCRIPT('x: 1', 'yaml')}`,
      ['PLAN_SECTION_LANGUAGE 12:1'],
    ],
    [
      'another language in a heading that is only an id',
      `${HEAD}## a\n${SCRIPT()}## Example\n${SCRIPT('x: 1', 'yaml')}`,
      [],
    ],
    [
      'a step of the frontmatter without a section',
      `${HEAD.replace('inputs', 'steps: { b: { needs: [] } }\ninputs')}## a\n${SCRIPT()}`,
      ['PLAN_SECTION_MISSING 3:10'],
    ],
    [
      'a step of the frontmatter with an unknown fence',
      `${HEAD.replace('inputs', 'steps: { b: { needs: [] } }\ninputs')}## b\n${SCRIPT('x', 'text')}`,
      ['PLAN_SECTION_LANGUAGE 8:1'],
    ],
    [
      'a script and another action',
      `${HEAD.replace('inputs', 'steps: { a: { set: { x: 1 } } }\ninputs')}## a\n${SCRIPT()}`,
      ['PLAN_MALFORMED 3:10'],
    ],
    ['a section twice', `${HEAD}## a\n${SCRIPT()}## a\n${SCRIPT()}`, ['PLAN_DUPLICATE_ID 11:1']],
    ['a bad reference in a script', `${HEAD}## a\n${SCRIPT('echo ${{ inputs.w }}')}`, ['EXPR_UNKNOWN_MEMBER 8:17']],
  ])('%s', (_name, text, problems) => {
    const found = problemsOf(compileMarkdown(text).diagnostics);
    expect(found.map((one, index) => (problems[index]?.includes(' ') === false ? one.split(' ')[0] : one))).toEqual(
      problems,
    );
  });
});
