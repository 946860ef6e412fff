import { expect, it } from 'vitest';
import { compileText, problemsOf } from '../compile/compile.ts';

const COUNT = 10_000;

/** Each reads the one behind it in the text. */
function chain(indent: string): string {
  const steps = Array.from({ length: COUNT }, (_, at) => {
    const read = at + 1 === COUNT ? 'steps.src.outputs.text' : `steps.s${at + 1}.outputs.v`;
    return `${indent}s${at}: { set: { v: "\${{ ${read} }}" } }\n`;
  });
  return steps.join('');
}

const ERROR = { hint: expect.stringContaining('self.outputs.v') };

it('follows a text through 10,000 steps that are written from the last to the first', () => {
  const { diagnostics } = compileText(
    `steps:\n  use: { run: ls, cwd: "\${{ steps.s0.outputs.v }}" }\n${chain('  ')}  src: { claude: Which? }\n`,
  );
  expect(diagnostics).toMatchObject([ERROR]);
  expect(problemsOf(diagnostics)).toEqual(['PLAN_TAINTED 2:29']);
});

it('does so in the iterations of a loop', () => {
  const group = `  g:\n    loop: { max: 2 }\n    outputs: { v: "\${{ steps.s0.outputs.v }}" }\n    steps:\n${chain('      ')}`;
  const { diagnostics } = compileText(
    `steps:\n  use: { run: ls, cwd: "\${{ steps.g.outputs.v }}" }\n${group}  src: { claude: Which? }\n`,
  );
  expect(problemsOf(diagnostics)).toEqual(['PLAN_TAINTED 2:29']);
});
