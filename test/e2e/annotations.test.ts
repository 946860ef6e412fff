/** What steps say about files, as people and GitHub are shown it, with the real command. None of it may be a command to the runner. */
import { expect, it } from 'vitest';
import { eventsOf, inPlace, isClear } from './place.ts';

const FINDINGS = [
  { file: 'src/a.js', line: 3, message: 'is never used', level: 'error', title: 'Unused' },
  {
    file: 'src/b.js',
    line: 1,
    'end-line': 2,
    column: 5,
    message: 'two lines\n::set-env name=X::y\n::error::no',
    level: 'notice',
  },
  { file: 'c,line=9::x\n::warning::y', message: '\u001b[31mred 100%', title: 'a:b,c' },
];

const FLOW = `steps:
  lint: { run: cat found.json, annotations: "\${{ self.json }}" }
  next: { run: 'echo "\${{ length(steps.lint.outputs.annotations) }}"' }
`;

it('are lines with their places, and commands of GitHub that nothing breaks out of', () =>
  inPlace(async (place) => {
    place.put('found.json', JSON.stringify(FINDINGS));
    place.put('w.yaml', FLOW);
    const plain = await place.giga('run', 'w.yaml');
    isClear(plain);
    expect(plain.code).toBe(0);
    expect(plain.err.split('\n').filter((line) => line.startsWith('  '))).toEqual([
      '  src/a.js:3 error Unused: is never used',
      '  src/b.js:1:5 notice two lines ::set-env name=X::y ::error::no',
      '  c,line=9::x ::warning::y warning a:b,c: red 100%',
    ]);
    const github = await place.bash('GITHUB_ACTIONS=true CI=true giga run w.yaml');
    let stopped: string | null = null;
    const commands: string[] = [];
    for (const line of github.err.split('\n')) {
      const stop = /^::stop-commands::(.+)$/.exec(line)?.[1];
      if (stopped === null && stop !== undefined) stopped = stop;
      else if (line === `::${stopped}::`) stopped = null;
      else if (stopped === null && line.startsWith('::')) commands.push(line);
    }
    expect(commands.filter((line) => !/group::/.test(line))).toEqual([
      '::error file=src/a.js,line=3,title=Unused::is never used',
      '::warning file=c%2Cline=9%3A%3Ax%0A%3A%3Awarning%3A%3Ay,title=a%3Ab%2Cc::red 100%25',
      '::notice file=src/b.js,line=1,endLine=2,col=5,title=lint::two lines%0A::set-env name=X::y%0A::error::no',
    ]);
    const json = await place.giga('run', 'w.yaml', '--json');
    const settled = eventsOf(json).find(({ type, node }) => type === 'step.settled' && node === 'lint');
    expect(settled?.['outputs']).toMatchObject({ annotations: FINDINGS });
  }));

it('of another shape fail the step', () =>
  inPlace(async (place) => {
    for (const wrong of ['{}', '[{"line": 3}]', '[{"message": "m", "line": 0}]', '[{"message": "m", "path": "x"}]']) {
      place.put('found.json', wrong);
      place.put('w.yaml', FLOW);
      const run = await place.giga('run', 'w.yaml');
      expect([wrong, run.code]).toEqual([wrong, 1]);
      expect(run.err).toContain('`annotations`');
    }
  }));

it('beside an output of the same name, or a step that gives nothing, are refused', () =>
  inPlace(async (place) => {
    for (const step of [
      '{ run: "true", outputs: { annotations: 1 }, annotations: [] }',
      '{ workflow: other.yaml, annotations: [] }',
    ]) {
      place.put('other.yaml', 'steps: { a: { run: "true" } }\n');
      place.put('w.yaml', `steps: { a: ${step} }\n`);
      const run = await place.giga('run', 'w.yaml');
      expect([step, run.code]).toEqual([step, 3]);
      expect(run.err).toContain('annotations');
    }
  }));
