/** Prompt files: what comes of them, and every way in which they can be wrong, at the place where it is. */
import { describe, expect, it, test } from 'vitest';
import { compileFiles, type Files, requestOf, stepOf } from './compile.ts';

const A = '${{';
const REVIEW = `---
kind: prompt
system: You know ${A} inputs.language }}.
inputs:
  language: { type: string, enum: [TypeScript, Rust], default: TypeScript }
  diff: { type: string, required: true, description: what changed }
  strict: { type: boolean }
---

# Review

${A} inputs.diff }} in ${A} upper(inputs.language) }}
`;
const files = (step: string, prompt = REVIEW): Files => ({
  'main.yaml': `secrets: [KEY]\ninputs: { n: { type: integer, default: 1 }, text: { type: string, default: x } }\nsteps:\n  a: { claude: { ${step} } }\n`,
  'prompts/review.md': prompt,
});
const GIVEN = 'prompt-file: prompts/review.md, with: { diff: "- a" }';

/** `CODE file line:column`. */
function problemsOf(texts: Files): readonly string[] {
  return compileFiles(texts).diagnostics.map(
    ({ code, at }) => `${code} ${at?.file} ${at?.start.line}:${at?.start.column}`,
  );
}

describe('a prompt file', () => {
  it('is read once for the plan, and stands in the request with what it is given', () => {
    const { plan, asked } = compileFiles(files(GIVEN));
    expect(asked).toEqual([['prompts/review.md']]);
    if (plan === null) throw new Error('there is no plan');
    const request = requestOf(stepOf(plan, 'a'));
    expect(request).toMatchObject({
      promptFile: {
        path: 'prompts/review.md',
        inputs: { diff: { required: true }, language: { default: 'TypeScript' } },
      },
      with: { diff: '- a' },
    });
    expect(request.prompt).toBeUndefined();
    expect(JSON.stringify(request.promptFile)).toContain('"# Review\\n\\n"');
  });
  it('without frontmatter is a prompt without inputs', () => {
    expect(problemsOf(files('prompt-file: prompts/review.md', 'Say hello.\n'))).toEqual([]);
  });
  it('is found from the document that names it, also in a child workflow', () => {
    const { diagnostics, asked } = compileFiles({
      'main.yaml': 'steps: { a: { workflow: lib/child.yaml } }\n',
      'lib/child.yaml': 'steps: { a: { claude: { prompt-file: ../hello.md } } }\n',
      'hello.md': 'Hello.\n',
    });
    expect([diagnostics, asked.at(-1)]).toEqual([[], ['hello.md']]);
  });
  it('has another plan when it says something else', () => {
    const digest = (prompt: string) => stepOf(compileFiles(files(GIVEN, prompt)).plan as never, 'a').digest; // there is one
    expect(digest(REVIEW)).toBe(digest(REVIEW));
    expect(digest(REVIEW.replace(' in ', ' of '))).not.toBe(digest(REVIEW));
  });
});

describe('is told where it stands:', () => {
  const PROMPT = 'prompts/review.md';
  test.each([
    [
      'an input that is not there',
      'prompt-file: prompts/review.md, with: { diff: x, dif: y }',
      'PLAN_INPUT_UNKNOWN main.yaml 4:67',
    ],
    ['one that is missing', 'prompt-file: prompts/review.md', 'PLAN_INPUT_MISSING main.yaml 4:18'],
    [
      'a literal of the wrong type',
      'prompt-file: prompts/review.md, with: { diff: x, strict: yes please }',
      'PLAN_INPUT_INVALID main.yaml 4:75',
    ],
    [
      'a word that is none of the enum',
      'prompt-file: prompts/review.md, with: { diff: x, language: Java }',
      'PLAN_INPUT_INVALID main.yaml 4:77',
    ],
    [
      'an expression of the wrong type',
      `prompt-file: prompts/review.md, with: { diff: "${A} inputs.n }}" }`,
      'PLAN_INPUT_INVALID main.yaml 4:64',
    ],
    ['a secret', `prompt-file: prompts/review.md, with: { diff: "${A} secrets.KEY }}" }`, 'EXPR_SECRET main.yaml 4:69'],
    ['a prompt beside it', `prompt: x, ${GIVEN}`, 'PLAN_PROMPT_FILE main.yaml 4:29'],
    ['values without a file', 'prompt: x, with: { a: 1 }', 'PLAN_PROMPT_FILE main.yaml 4:29'],
    ['no prompt at all', 'system: x', 'DOC_MISSING_KEY main.yaml 4:16'],
    ['a path out of the workspace', 'prompt-file: ../x.md', 'PLAN_PROMPT_FILE main.yaml 4:31'],
    ['an absolute path', 'prompt-file: /etc/x.md', 'PLAN_PROMPT_FILE main.yaml 4:31'],
    ['another ending', 'prompt-file: x.txt', 'PLAN_PROMPT_FILE main.yaml 4:31'],
    ['a path that is not known', `prompt-file: "${A} inputs.text }}.md"`, 'PLAN_PROMPT_FILE main.yaml 4:31'],
    ['a file that is not there', 'prompt-file: nix.md', 'PLAN_FILE_MISSING main.yaml 4:31'],
  ])('%s', (_what, step, problem) => {
    expect(problemsOf(files(step)).join(', ')).toContain(problem);
  });
  test.each([
    [
      'a reference to an input that is not there',
      REVIEW.replace('inputs.diff', 'inputs.dif'),
      `EXPR_UNKNOWN_MEMBER ${PROMPT} 12:12`,
    ],
    [
      'one in the frontmatter',
      REVIEW.replace('inputs.language }}.', 'inputs.x }}.'),
      `EXPR_UNKNOWN_MEMBER ${PROMPT} 3:29`,
    ],
    ['a step', REVIEW.replace('inputs.diff', 'steps.a.outputs.text'), `PLAN_PROMPT_FILE ${PROMPT} 12:11`],
    ['an environment', REVIEW.replace('inputs.diff', 'env.HOME'), `PLAN_PROMPT_FILE ${PROMPT} 12:5`],
    ['a secret of the workflow', REVIEW.replace('inputs.diff', 'secrets.KEY'), `PLAN_PROMPT_FILE ${PROMPT} 12:13`],
    [
      'what is asked of the machine',
      REVIEW.replace('inputs.diff', 'readFile(inputs.diff)'),
      `PLAN_PROMPT_FILE ${PROMPT} 12:5`,
    ],
    ['a status', REVIEW.replace('inputs.diff', 'success()'), `EXPR_STATUS_FUNCTION ${PROMPT} 12:5`],
    ['an expression that is none', REVIEW.replace('inputs.diff', 'inputs.'), `EXPR_SYNTAX ${PROMPT} 12:13`],
    ['a key that it does not have', REVIEW.replace('system:', 'sytem:'), `DOC_UNKNOWN_KEY ${PROMPT} 3:1`],
    ['a key that no input has', REVIEW.replace('required:', 'requird:'), `DOC_UNKNOWN_KEY ${PROMPT} 6:25`],
    ['a type that is none', REVIEW.replace('boolean', 'flag'), `PLAN_BAD_SCHEMA ${PROMPT} 7:19`],
    [
      'a default that does not fit',
      REVIEW.replace('default: TypeScript', 'default: Java'),
      `PLAN_BAD_DEFAULT ${PROMPT} 5:64`,
    ],
    ['nothing below the frontmatter', REVIEW.slice(0, REVIEW.indexOf('# Review')), `PLAN_PROMPT_FILE ${PROMPT} 1:1`],
    ['another kind', REVIEW.replace('kind: prompt', 'kind: spec'), 'PLAN_PROMPT_FILE main.yaml 4:31'],
    ['no kind', REVIEW.replace('kind: prompt\n', ''), 'PLAN_PROMPT_FILE main.yaml 4:31'],
  ])('%s', (_what, prompt, problem) => {
    expect(problemsOf(files(GIVEN, prompt)).join(', ')).toContain(problem);
  });
});

test('two steps that use a wrong file tell it once', () => {
  const texts = files(GIVEN, REVIEW.replace('inputs.diff', 'inputs.dif'));
  const twice = { ...texts, 'main.yaml': `${texts['main.yaml']}  b: { claude: { ${GIVEN} } }\n` };
  expect(problemsOf(twice)).toEqual(['EXPR_UNKNOWN_MEMBER prompts/review.md 12:12']);
});
