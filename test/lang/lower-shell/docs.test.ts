/** The examples of docs/interpolation.md: each script prints what stands behind it, or is refused with that code. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkValues } from '../../../src/core/shell/guard.ts';
import { lowerScript } from '../../../src/lang/lower-shell/index.ts';
import { isInstalled, runAll } from './fuzz/shell-batch.ts';
import { split } from './parts.ts';

const VALUES: Readonly<Record<string, string>> = {
  'inputs.title': 'It\'s "new" $(date)',
  'inputs.file': 'my notes.txt',
  'inputs.count': '3',
};

const page = readFileSync('docs/interpolation.md', 'utf8');
const EXAMPLE = /^```bash\n([^]*?)^```\n```(text|refused)\n([^]*?)^```$/gm;
const examples = [...page.matchAll(EXAMPLE)].map(([, script = '', kind, result = '']) => ({ script, kind, result }));

function prepare(script: string) {
  const { parts, holes } = split(script);
  const lowered = lowerScript(parts, 'bash', script);
  if (!lowered.ok) return { codes: lowered.problems.map((problem) => problem.code), job: null };
  const { refs, guard } = lowered;
  const values = Object.fromEntries(refs.map((ref) => [ref.name, VALUES[holes[ref.index]?.source ?? ''] ?? '']));
  const integers = refs.filter((ref) => ref.integer).map((ref) => ref.name);
  const wrong = checkValues({ values, integers, guard });
  return { codes: wrong === null ? [] : [wrong.code], job: { script: `rm -f *; ${lowered.script}`, values } };
}

test('the page names the values of its examples', () => {
  for (const value of Object.values(VALUES)) expect(page).toContain(`\`${value}\``);
  expect(examples.length).toBe(page.match(/^```bash$/gm)?.length);
});

describe('an example', () => {
  const refused = examples.filter(({ kind }) => kind === 'refused');
  test.each(refused)('is refused: $script', ({ script, result }) => {
    expect(prepare(script).codes.join('\n')).toBe(result.trim());
  });

  test.skipIf(!isInstalled('bash'))('prints what stands behind it', async () => {
    const printing = examples.filter(({ kind }) => kind === 'text');
    const jobs = printing.flatMap(({ script }) => prepare(script).job ?? []);
    const outcomes = await runAll('bash', jobs, 1);
    expect(outcomes.map(({ output }) => output)).toEqual(printing.map(({ result }) => result));
  });
});
