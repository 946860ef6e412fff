import { describe, expect, it } from 'vitest';
import { compileFiles, type Files } from '../compile/compile.ts';

const SOURCE = '  src: { claude: Which? }\n';

/** `file line:column`, and the places that it is related to. */
function problems(files: Files): readonly string[] {
  const { diagnostics } = compileFiles(files);
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, at, related = [] }) =>
      [
        code,
        ...[at, ...related.map((one) => one.at)].map(
          (span) => `${span?.file} ${span?.start.line}:${span?.start.column}`,
        ),
      ].join(' · '),
    );
}

const CALL = `steps:\n${SOURCE}  run: { workflow: child.yaml, with: { dir: "\${{ steps.src.outputs.text }}" } }\n`;
const child = (inputs: string, steps: string, more = ''): string => `inputs: ${inputs}\nsteps:\n${steps}${more}`;
const LOOK = '  look: { run: ls, cwd: "${{ inputs.dir }}" }\n';

describe('files that are given unchecked text', () => {
  it('are not given what decides something in them', () => {
    expect(problems({ 'main.yaml': CALL, 'child.yaml': child('{ dir: { type: string } }', LOOK) })).toEqual([
      'PLAN_TAINTED · main.yaml 3:45 · child.yaml 3:30 · main.yaml 2:3',
    ]);
  });

  it('check it themselves by what an input may be', () => {
    for (const spec of ['{ enum: [a, b] }', "{ pattern: '^[a-z]+$' }"])
      expect(
        problems({
          'main.yaml': CALL,
          'child.yaml': child(`{ dir: { type: string, ${spec.slice(1)} }`, LOOK),
        }),
      ).toEqual([]);
  });

  it('may print it', () => {
    const steps = '  look: { run: "echo ${{ inputs.dir }}" }\n';
    expect(problems({ 'main.yaml': CALL, 'child.yaml': child('{ dir: { type: string } }', steps) })).toEqual([]);
  });

  it('are asked for all files between', () => {
    const middle = child(
      '{ dir: { type: string } }',
      '  on: { workflow: child.yaml, with: { dir: "${{ inputs.dir }}" } }\n',
    );
    expect(
      problems({
        'main.yaml': CALL.replace('child.yaml', 'middle.yaml'),
        'middle.yaml': middle,
        'child.yaml': child('{ dir: { type: string } }', LOOK),
      }),
    ).toEqual(['PLAN_TAINTED · main.yaml 3:46 · middle.yaml 3:44 · main.yaml 2:3']);
  });

  it('give it back', () => {
    const echo = child(
      '{ dir: { type: string } }',
      '  say: { run: "echo ${{ inputs.dir }}" }\n',
      'outputs: { said: "${{ steps.say.outputs.stdout }}", code: "${{ steps.say.outputs.exit-code }}" }\n',
    );
    const use = (name: string): string => `${CALL}  use: { run: ls, cwd: "x\${{ steps.run.outputs.${name} }}" }\n`;
    expect(problems({ 'main.yaml': use('said'), 'child.yaml': echo })).toEqual([
      'PLAN_TAINTED · main.yaml 4:30 · main.yaml 2:3',
    ]);
    expect(problems({ 'main.yaml': use('code'), 'child.yaml': echo })).toEqual([]);
  });

  it('have steps of their own that give some', () => {
    const ask = child('{}', SOURCE, 'outputs: { said: "${{ steps.src.outputs.text }}" }\n');
    const main = 'steps:\n  run: { workflow: child.yaml }\n  use: { run: ls, cwd: "${{ steps.run.outputs.said }}" }\n';
    expect(problems({ 'main.yaml': main, 'child.yaml': ask })).toEqual([
      'PLAN_TAINTED · main.yaml 3:29 · child.yaml 3:3',
    ]);
  });

  it('tell their own faults where they are', () => {
    const bad = child('{}', `${SOURCE}  use: { run: ls, cwd: "\${{ steps.src.outputs.text }}" }\n`);
    expect(problems({ 'main.yaml': 'steps: { run: { workflow: child.yaml } }\n', 'child.yaml': bad })).toEqual([
      'PLAN_TAINTED · child.yaml 4:29 · child.yaml 3:3',
    ]);
  });

  it('see the variables of those that include them', () => {
    const main = `steps:\n${SOURCE}  run: { include: part.yaml, env: { DIR: "\${{ steps.src.outputs.text }}" } }\n`;
    const part = 'steps:\n  look: { run: ls, cwd: "${{ env.DIR }}" }\n';
    expect(problems({ 'main.yaml': main, 'part.yaml': part })).toEqual([
      'PLAN_TAINTED · main.yaml 3:10 · part.yaml 2:30 · main.yaml 2:3',
    ]);
  });

  it('have an encoded text as it is', () => {
    const page = child(
      '{ dir: { type: string } }',
      "  page: { http: { url: 'https://example.com/${{ inputs.dir }}' } }\n",
    );
    const main = CALL.replace('steps.src.outputs.text', 'urlEncode(steps.src.outputs.text)');
    expect(problems({ 'main.yaml': main, 'child.yaml': page })).toEqual([]);
    expect(problems({ 'main.yaml': CALL, 'child.yaml': page })).toHaveLength(1);
  });

  it('are tools of agents, which say what they like', () => {
    const main = 'steps:\n  fix: { claude: { prompt: Mend it., tools: [{ workflow: child.yaml }] } }\n';
    const at = 'PLAN_TAINTED · main.yaml 2:58 · child.yaml 3:30 · main.yaml 2:3';
    expect(problems({ 'main.yaml': main, 'child.yaml': child('{ dir: { type: string } }', LOOK) })).toEqual([at]);
    expect(problems({ 'main.yaml': main, 'child.yaml': child('{ dir: { type: string, enum: [a] } }', LOOK) })).toEqual(
      [],
    );
  });
});
