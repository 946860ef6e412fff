/** The texts of prompt files with values that are known only in the run. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { PromptFile } from '../../../src/core/plan/claude-request.ts';
import { fillPrompt } from '../../../src/steps/claude/prompt.ts';
import { compileFiles, stepOf } from '../../lang/compile/compile.ts';

const PROMPT = `---
kind: prompt
system: For \${{ inputs.who }}.
inputs:
  who: { type: string, enum: [you, me], default: me }
  count: { type: integer, required: true, minimum: 1, description: how many }
  note: { type: string }
  tags: { type: array }
---
\${{ inputs.count }} for \${{ inputs.who }}: \${{ inputs.note ?? 'nothing' }} \${{ join(inputs.tags ?? [], '+') }}
`;

function fileOf(text: string): PromptFile {
  const { plan } = compileFiles({
    'main.yaml': 'steps: { a: { claude: { prompt-file: p.md, with: { count: 1 } } } }\n',
    'p.md': text,
  });
  if (plan === null) throw new Error('the text is ours');
  const node = stepOf(plan, 'a') as { with?: { value?: { promptFile?: PromptFile } } }; // a literal request
  if (node.with?.value?.promptFile === undefined) throw new Error('it has a prompt file');
  return node.with.value.promptFile;
}

const fill = (given: JsonObject, text = PROMPT): unknown => {
  const filled = fillPrompt(fileOf(text), given);
  return filled.ok ? filled.value : filled.diagnostics.map(({ code, message }) => `${code} ${message}`)[0];
};

test('values take their places; what is not given has its default, or is null', () => {
  expect(fill({ count: 2 })).toEqual({ prompt: '2 for me: nothing ', system: 'For me.' });
  expect(fill({ count: 2, who: 'you', note: '${{ inputs.who }}', tags: ['a', 'b'] })).toEqual({
    prompt: '2 for you: ${{ inputs.who }} a+b',
    system: 'For you.',
  });
});

test.each<[string, JsonObject, string]>([
  ['a value of another type', { count: 'two' }, 'STEP_INPUT_INVALID The input `count` of "p.md" must be'],
  [
    'one that the schema does not take',
    { count: 0 },
    'STEP_INPUT_INVALID The input `count` of "p.md" must be at least 1',
  ],
  ['a word that is not known', { count: 1, who: 'all' }, 'STEP_INPUT_INVALID The input `who` of "p.md"'],
  [
    'a required one that came to nothing',
    { count: null },
    'STEP_INPUT_INVALID The input `count` of "p.md" is required',
  ],
  ['a list in a text', { count: 1, note: ['x'] }, 'STEP_INPUT_INVALID The input `note` of "p.md"'],
])('%s is a failure that names the file', (_what, given, said) => {
  expect(fill(given)).toContain(said);
});

test('a null in a text is a failure, as everywhere', () => {
  expect(fill({ count: 1 }, PROMPT.replace(" ?? 'nothing'", ''))).toContain(
    'STEP_NULL_VALUE "p.md": `inputs.note` is null.',
  );
});
