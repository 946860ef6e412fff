import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, Workplace } from '../cli/giga.ts';
import { appears, eventsOf, inPlace, isAlive, isClear, marks, start, until } from './place.ts';

/** A step that leaves a mark each time it runs. */
const mark = (id: string, more = ''): string => `  ${id}: { run: "echo ${id} >> marks"${more} }`;
const workflow = (...steps: readonly string[]): string => ['steps:', ...steps, ''].join('\n');

const journalOf = (place: Workplace, id: string): string[] => {
  const folder = join(place.folder, '.giga/runs', id, 'journal');
  return readdirSync(folder).map((name) => join(folder, name));
};
const onlyRun = (place: Workplace): string => readdirSync(join(place.folder, '.giga/runs'))[0] ?? '';

/** What `resume --plan` says of each step. */
async function planned(place: Workplace, ...args: string[]): Promise<Record<string, string>> {
  const outcome = await place.giga('resume', '--plan', '--json', ...args);
  expect([outcome.code, outcome.err]).toEqual([0, '']);
  return Object.fromEntries(eventsOf(outcome).map(({ path, decision }) => [String(path), String(decision)]));
}

const DID: Readonly<Record<string, string>> = { kept: 'keep', skipped: 'skip' };

/** What a resume then did, in the words of its plan. */
function done(outcome: Outcome): Record<string, string> {
  const settled = eventsOf(outcome).filter(({ type, node }) => type === 'step.settled' && node !== '');
  return Object.fromEntries(settled.map(({ node, result }) => [String(node), DID[String(result)] ?? 'run']));
}

describe.concurrent('a run that was cut off', () => {
  it('by kill -9 goes on where it was, and repeats nothing that had ended', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        workflow(
          mark('a'),
          mark('b', ', needs: a'),
          '  c: { needs: b, run: "echo c >> marks; touch begun; until [ -e go ]; do sleep 0.05; done" }',
          mark('d', ', needs: c'),
        ),
      );
      const run = start(place, 'run', 'w.yaml');
      await appears(place, 'begun');
      run.child.kill('SIGKILL');
      await run.ended;
      expect((await place.giga('runs', 'list')).out).toContain('stopped');
      expect((await place.giga('why', 'c')).out).toContain('was cut off, and is to run again');
      expect(await planned(place)).toEqual({ a: 'keep', b: 'keep', c: 'run', d: 'run' });
      place.put('go', '');
      const resumed = await place.giga('resume');
      expect([resumed.code, resumed.err]).toEqual([0, expect.stringContaining('RESULT succeeded · 4 ok')]);
      expect(marks(place)).toEqual(['a', 'b', 'c', 'c', 'd']);
    }));

  it('by Ctrl-C stops what runs, keeps the rest for later, and ends nothing', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        `${workflow(mark('a'), `  b: { needs: a, run: "trap 'echo term >> marks; exit 1' TERM; touch begun; while [ ! -e go ]; do sleep 0.05; done" }`, mark('c', ', needs: b'))}finally: [{ run: echo finally >> marks }]\n`,
      );
      const run = start(place, 'run', 'w.yaml', '--json');
      await appears(place, 'begun');
      run.child.kill('SIGINT');
      const stopped = await run.ended;
      expect([stopped.code, marks(place)]).toEqual([130, ['a', 'term']]);
      expect(stopped.err).toContain('RESULT stopped by SIGINT');
      expect(stopped.err).toMatch(/\nresume giga resume \w+\ncancel giga runs cancel \w+\n$/);
      place.put('go', '');
      expect((await place.giga('resume')).code).toBe(0);
      expect(marks(place)).toEqual(['a', 'term', 'c', 'finally']);
    }));

  it('by a second Ctrl-C is killed at once, also where TERM is ignored, and its journal is whole', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        workflow(
          '  a: { run: "trap \'\' TERM INT; echo $$ > pid; touch begun; while [ ! -e go ]; do sleep 0.05; done", grace: 60s }',
        ),
      );
      const run = start(place, 'run', 'w.yaml');
      await appears(place, 'begun');
      run.child.kill('SIGTERM');
      await new Promise((then) => run.child.stderr?.once('data', then));
      run.child.kill('SIGTERM');
      const stopped = await run.ended;
      expect([stopped.code, stopped.err]).toEqual([143, expect.stringContaining('RESULT stopped by SIGTERM')]);
      await until(() => !isAlive(Number(marks(place, 'pid')[0])));
      place.put('go', '');
      const resumed = await place.giga('resume');
      expect([resumed.code, resumed.err]).toEqual([0, expect.not.stringContaining('warning')]);
    }));

  it('with a torn end says so and goes on', () =>
    inPlace(async (place) => {
      place.put('w.yaml', workflow(mark('a'), mark('b', ', needs: a'), '  c: { needs: b, run: "exit 1" }'));
      await place.giga('run', 'w.yaml');
      const [journal = ''] = journalOf(place, onlyRun(place));
      truncateSync(journal, readFileSync(journal).length - 30);
      const torn = await place.giga('resume');
      expect([torn.code, torn.err]).toEqual([1, expect.stringContaining('warning[RUN_JOURNAL_TORN]')]);
      isClear(torn);
      const again = await place.giga('resume');
      expect([again.code, again.err]).toEqual([1, expect.not.stringContaining('TORN')]);
      expect(marks(place)).toEqual(['a', 'b']);
    }));

  it('with a damaged journal is refused until it is repaired', () =>
    inPlace(async (place) => {
      place.put('w.yaml', workflow(mark('a'), mark('b', ', needs: a'), '  c: { needs: b, run: "exit 1" }'));
      await place.giga('run', 'w.yaml');
      const id = onlyRun(place);
      const [journal = ''] = journalOf(place, id);
      const whole = readFileSync(journal);
      writeFileSync(journal, whole.toString().replace('"node":"a"', '"node":"x"'));
      for (const args of [['resume'], ['resume', '--plan'], ['runs', 'cancel', id]]) {
        const refused = await place.giga(...args);
        expect([args, refused.code, refused.err]).toEqual([
          args,
          1,
          expect.stringContaining('error[RUN_JOURNAL_DAMAGED]'),
        ]);
        expect(refused.err).toContain('giga doctor --repair');
        isClear(refused);
      }
      expect((await place.giga('doctor')).code).toBe(1);
      const repaired = await place.giga('doctor', '--repair');
      expect([repaired.code, repaired.out + repaired.err]).toEqual([0, expect.stringContaining(id)]);
      expect((await place.giga('resume')).code).toBe(1);
    }));

  it('is held by one: of two resumes at once one wins, and the other names it', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        workflow('  a: { run: "touch begun; until [ -e go ]; do sleep 0.05; done; echo a >> marks" }'),
      );
      const first = start(place, 'run', 'w.yaml');
      await appears(place, 'begun');
      const refused = await place.giga('resume');
      expect([refused.code, refused.err]).toEqual([5, expect.stringContaining(`process ${first.child.pid}`)]);
      first.child.kill('SIGINT');
      expect((await first.ended).code).toBe(130);
      const both = [start(place, 'resume'), start(place, 'resume')];
      const loser = await Promise.race(both.map(({ ended }) => ended));
      expect([loser.code, loser.err]).toEqual([5, expect.stringContaining('error[RUN_HELD]')]);
      place.put('go', '');
      const codes = (await Promise.all(both.map(({ ended }) => ended))).map(({ code }) => code);
      expect([new Set(codes), marks(place)]).toEqual([new Set([0, 5]), ['a']]);
    }));

  it('can be cancelled, live or stopped: then it ends, with its finally', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        `${workflow('  a: { run: "touch begun; sleep 60" }')}on-failure: [{ run: echo failure >> marks }]\nfinally: [{ run: echo finally >> marks }]\n`,
      );
      const live = start(place, 'run', 'w.yaml');
      await appears(place, 'begun');
      const cancel = await place.giga('runs', 'cancel', onlyRun(place));
      expect(cancel.code).toBe(0);
      const ended = await live.ended;
      expect([ended.code, ended.err]).toEqual([1, expect.stringContaining('RESULT cancelled')]);
      expect(marks(place)).toEqual(['finally']);
      const again = await place.giga('runs', 'cancel', onlyRun(place));
      expect([again.code, again.err]).toEqual([1, expect.stringContaining('error[RUN_OVER]')]);
    }));
});

describe.concurrent('a run that is resumed after an edit', () => {
  const LIST = (...steps: readonly string[]): string =>
    ['steps:', ...steps.map((step) => `  - ${step}`), ''].join('\n');
  const TEXTS = ['echo one >> marks', 'echo two >> marks', 'echo three >> marks'];

  it('runs what changed and what depends on it; the rest is kept', () =>
    inPlace(async (place) => {
      const made = (b: string, more = ''): string =>
        `inputs: { who: { type: string, default: me } }\n${workflow(mark('a'), `  b: { needs: a, run: "echo ${b} >> marks" }`, mark('c', ', needs: b'), mark('d', ', env: { W: "${{ inputs.who }}" }'), more)}`;
      place.put('w.yaml', made('b'));
      await place.giga('run', 'w.yaml');
      const edits: [string, string, Record<string, string>][] = [
        ['a comment', `# words\n${made('b').replaceAll(': {', ':   {')}\n\n`, {}],
        ['a step', made('new'), { b: 'run', c: 'run' }],
        ['a need less', made('new').replace(', needs: b', ''), { c: 'run' }],
        ['a step more', made('new', mark('e')).replace(', needs: b', ''), { e: 'run' }],
        ['a default', made('new', mark('e')).replace(', needs: b', '').replace('default: me', 'default: you'), {}],
        ['another name', made('new', mark('f')).replace(', needs: b', ''), { f: 'run' }],
      ];
      for (const [what, text, expected] of edits) {
        place.put('w.yaml', text);
        const plan = await planned(place);
        expect([what, Object.fromEntries(Object.entries(plan).filter(([, one]) => one !== 'keep'))]).toEqual([
          what,
          expected,
        ]);
        const outcome = await place.giga('resume', '--json');
        expect([what, outcome.code]).toEqual([what, 0]);
        if (what === 'a step')
          expect((await place.giga('why', 'b')).out).toContain('it ran because the text of `run` changed\n');
        if (what === 'a need less')
          expect((await place.giga('why', 'c')).out).toContain('it ran because it no longer needs b');
        if (what === 'a comment') expect(outcome.err).toContain('nothing to do');
        else expect([what, done(outcome)]).toEqual([what, plan]);
      }
      expect((await place.giga('runs', 'show')).out).toMatch(/e +not in the workflow any more/);
    }));

  it('knows steps without a name by what they do, wherever they stand', () =>
    inPlace(async (place) => {
      place.put('w.yaml', LIST(...TEXTS.map((text) => `{ run: ${text}, needs: [] }`)));
      await place.giga('run', 'w.yaml');
      place.put(
        'w.yaml',
        LIST('{ run: echo zero >> marks, needs: [] }', ...TEXTS.map((text) => `{ run: ${text}, needs: [] }`)),
      );
      expect(await planned(place)).toEqual({ 'step-1': 'run', 'step-2': 'keep', 'step-3': 'keep', 'step-4': 'keep' });
      expect((await place.giga('resume')).err).toContain('4 ok (3 kept)');
      expect(marks(place).toSorted()).toEqual(['one', 'three', 'two', 'zero']);
    }));

  it('is refused while the file is wrong, and goes on as planned when the file is gone', () =>
    inPlace(async (place) => {
      const text = workflow(mark('a'), '  b: { needs: a, run: "[ -e go ]" }');
      place.put('w.yaml', text);
      await place.giga('run', 'w.yaml');
      place.put('w.yaml', text.replace('needs', 'neds'));
      const wrong = await place.giga('resume');
      expect([wrong.code, wrong.err]).toEqual([3, expect.stringContaining('DOC_UNKNOWN_KEY')]);
      rmSync(join(place.folder, 'w.yaml'));
      place.put('go', '');
      const gone = await place.giga('resume');
      expect([gone.code, gone.err]).toEqual([0, expect.stringContaining('warning[RUN_FILE_GONE]')]);
      expect(marks(place)).toEqual(['a']);
      await place.giga('runs', 'prune', '--keep', '0');
      const pruned = await place.giga('resume');
      expect([pruned.code, pruned.err]).toEqual([2, expect.stringContaining('There is no run here yet.')]);
    }));
});

describe.concurrent('a choice of steps', () => {
  const DIAMOND = workflow(mark('a'), mark('b', ', needs: a'), mark('c', ', needs: a'), mark('d', ', needs: [b, c]'));
  const each = (a: string, b: string, c: string, d: string): Record<string, string> => ({ a, b, c, d });

  it.each<[readonly string[], Record<string, string>]>([
    [['--from', 'b'], each('keep', 'run', 'keep', 'run')],
    [['--from', 'a'], each('run', 'run', 'run', 'run')],
    [['--from', 'b', '--from', 'c'], each('keep', 'run', 'run', 'run')],
    [['--only', 'b'], each('keep', 'run', 'keep', 'keep')],
    [['--only', 'b', '--only', 'd'], each('keep', 'run', 'keep', 'run')],
    [['--only', 'b', '--downstream'], each('keep', 'run', 'keep', 'run')],
  ])('%j is done as planned', (args, expected) =>
    inPlace(async (place) => {
      place.put('w.yaml', DIAMOND);
      await place.giga('run', 'w.yaml');
      for (let times = 0; times < 2; times++) {
        expect(await planned(place, ...args)).toEqual(expected);
        const outcome = await place.giga('resume', '--json', ...args);
        expect([outcome.code, done(outcome)]).toEqual([0, expected]);
      }
    }),
  );

  it('that left something out is no end: a resume does the rest', () =>
    inPlace(async (place) => {
      place.put('w.yaml', workflow(mark('a'), '  b: { needs: a, run: "[ -e go ]" }', mark('c', ', needs: b')));
      await place.giga('run', 'w.yaml');
      place.put('go', '');
      expect(await planned(place, '--only', 'b')).toEqual({ a: 'keep', b: 'run', c: 'skip' });
      const only = await place.giga('resume', '--only', 'b');
      expect([only.code, only.err]).toEqual([0, expect.stringContaining('c skipped not selected by --only')]);
      expect(await planned(place)).toEqual({ a: 'keep', b: 'keep', c: 'run' });
      const rest = await place.giga('resume');
      expect([rest.code, rest.err]).toEqual([0, expect.stringContaining('3 ok (2 kept)')]);
      expect((await place.giga('resume')).err).toContain('nothing to do');
    }));
});

describe.concurrent('a plan of groups', () => {
  const made = (y: string, anonymous = 'echo anon'): string => `steps:
  a: { run: echo a }
  g: { needs: a, steps: [{ id: x, run: echo x }, { run: ${anonymous} }, { id: y, run: ${y} }] }
  off: { if: "1 > 2", steps: { x: { run: echo x } } }
  pick:
    needs: g
    choose: [{ if: "steps.a.outputs.stdout == 'a'", steps: { one: { run: echo one } } }, { else: { two: { run: x } } }]
  w: { needs: pick, wait: { for: 10ms } }
  last: { needs: w, run: "echo \${{ steps.a.outputs.stdout }}" }
`;
  const paths = ['a', 'g/x', 'g/step-2', 'g/y', 'off/x', 'pick/one', 'pick/two', 'w', 'last'];
  const as = (words: string): Record<string, string> =>
    Object.fromEntries(words.split(' ').map((word, i) => [paths[i], word]));

  it('says what is kept, run and passed over in them', () =>
    inPlace(async (place) => {
      place.put('w.yaml', made('exit 1'));
      await place.giga('run', 'w.yaml');
      place.put('w.yaml', made('exit 0'));
      expect(await planned(place)).toEqual(as('keep keep keep run skip run run run run'));
      expect((await place.giga('resume')).code).toBe(0);
      expect(await planned(place)).toEqual(as('keep keep keep keep skip keep skip keep keep'));
      expect(await planned(place, '--from', 'g')).toEqual(as('keep run run run skip run skip run run'));
      expect(await planned(place, '--only', 'pick/one')).toEqual(as('keep keep keep keep skip run skip keep keep'));
      const only = done(await place.giga('resume', '--json', '--only', 'pick/one'));
      expect(only).toMatchObject({ a: 'keep', 'g/y': 'keep', 'pick/one': 'run', w: 'keep', last: 'keep' });
      place.put('w.yaml', made('exit 0', 'echo other'));
      expect(await planned(place)).toMatchObject({ 'g/x': 'keep', 'g/step-2': 'run', 'g/y': 'run', last: 'run' });
    }));
});

describe('a plan', () => {
  const IDS = ['a', 'b', 'c', 'd', 'e'];
  /** Steps by index: what they need (earlier ones), which text, whether a condition lets them run. */
  const shape = fc.array(
    fc.record({ needs: fc.subarray([0, 1, 2, 3]), text: fc.nat({ max: 1 }), runs: fc.boolean(), reads: fc.boolean() }),
    { minLength: 5, maxLength: 5 },
  );
  const textOf = (steps: readonly { needs: number[]; text: number; runs: boolean; reads: boolean }[]): string =>
    workflow(
      ...steps.map(({ needs, text, runs, reads }, i) => {
        const earlier = needs.filter((need) => need < i).map((need) => IDS[need]);
        const value = reads && earlier.length > 0 ? `\${{ steps.${earlier[0]}.outputs.v ?? '''' }}` : '';
        return `  ${IDS[i]}: { needs: [${earlier.join(', ')}], if: ${runs ? '"1 < 2"' : 'inputs.never'}, run: 'echo "v=${text}" >> "$GIGA_OUTPUT"; : "${value}"' }`;
      }),
    ).replace('steps:', 'inputs: { never: { type: boolean, default: false } }\nsteps:');

  it('says what a resume then does', { timeout: 60_000 }, () =>
    fc.assert(
      fc.asyncProperty(
        shape,
        shape,
        fc.constantFrom([], ['--from', 'b'], ['--only', 'c']),
        async (before, after, args) =>
          inPlace(async (place) => {
            place.put('w.yaml', textOf(before));
            await place.giga('run', 'w.yaml');
            place.put('w.yaml', textOf(after));
            const plan = await planned(place, ...args);
            const outcome = await place.giga('resume', '--json', ...args);
            if (!outcome.err.includes('nothing to do')) expect(done(outcome)).toEqual(plan);
            expect(existsSync(join(place.folder, '.giga'))).toBe(true);
          }),
      ),
      { numRuns: 8 },
    ),
  );
});
