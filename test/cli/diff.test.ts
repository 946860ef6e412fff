import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

const TEXT = `
inputs: { code: { type: integer, default: 0 }, who: { default: you } }
steps:
  look: { run: 'echo "n=1" >> "$GIGA_OUTPUT"' }
  greet: { run: 'echo "hello \${{ inputs.who }}"' }
  work: { needs: look, run: 'exit \${{ inputs.code }}' }
  after: { needs: work, run: echo done }
outputs: { said: '\${{ steps.greet.outputs.stdout }}' }
`;

async function run(...args: string[]): Promise<string> {
  const { out } = await place.giga('run', 'one.yaml', '--json', ...args);
  const { run: id } = JSON.parse(out.split('\n')[0] ?? '') as { run: string }; // `run.created`
  return id;
}

/** Times and ids as marks. */
function marked(text: string, ids: readonly string[]): string {
  return ids.reduce((all, id, index) => all.replaceAll(id, `R${index + 1}`), text).replace(/\b[\d.]+(?:ms|s)\b/g, 'T');
}

it('tells inputs, ends, outputs and decisions apart, and counts what is alike', async () => {
  place.put('one.yaml', TEXT);
  const ids = [await run(), await run('-i', 'code=3', '-i', 'who=all')];
  const { code, out } = await place.giga('diff', ids[0] ?? '');
  expect(code).toBe(0);
  expect(marked(out, ids)).toBe(`run R1 → R2 · the same plan · took T → T
verdict succeeded → failed
input  code  0 → 3
input  who  "you" → "all"
≠ greet     ok T → ok T · input who changed: "you" → "all"
    output stdout  "hello you" → "hello all"
≠ work      ok T → failed T, exit 3 · input code changed: 0 → 3
    output exit-code  0 → 3
≠ after     ok T → skipped · needs work, which failed
output said  "hello you" → —
1 step is alike, 3 differ
`);
});

it('names the exact text that changed, and what only one run has', async () => {
  place.put('one.yaml', TEXT);
  const first = await run();
  place.put(
    'one.yaml',
    TEXT.replace('echo done', 'echo over').replace('greet: {', 'welcome: {').replace('steps.greet', 'steps.welcome'),
  );
  const ids = [first, await run()];
  const { out } = await place.giga('diff', ...ids);
  expect(marked(out, ids)).toContain('another plan');
  expect(marked(out, ids)).toMatch(
    /\+ welcome +ok T\n[^]*≠ after +ok T → ok T · the text of `run` changed[^]*- greet +ok T\n/,
  );
  const said = JSON.parse((await place.giga('diff', ...ids, '--json')).out) as Record<string, unknown>;
  expect(said).toMatchObject({
    type: 'diff',
    isSamePlan: false,
    alike: 2,
    inputs: {},
    verdict: { before: 'succeeded' },
  });
});

it('finds nothing between a run and itself, and takes what a resume kept for the same', async () => {
  place.put('one.yaml', TEXT);
  const id = await run();
  await place.giga('resume', '--from', 'after');
  expect((await place.giga('diff', id, id)).out).toContain('4 steps are alike, 0 differ');
  const other = await run();
  expect(marked((await place.giga('diff', id, other)).out, [])).toContain('4 steps are alike, 0 differ');
  expect(await place.giga('diff', id, 'nope')).toMatchObject({ code: 2 });
  expect(await place.giga('diff')).toMatchObject({
    code: 2,
    err: expect.stringContaining('Missing required argument'),
  });
});
