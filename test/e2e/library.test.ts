import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { compile, defineWorkflow, type Recorded, run, type Workflow } from '../../src/app/index.ts';
import { eventsOf, inPlace, marks } from './place.ts';

const TEXT = `name: Both
inputs: { n: { type: integer, default: 1 } }
steps:
  a: { run: "echo $(( \${{ inputs.n }} + 1 ))" }
  b: { needs: a, if: "inputs.n > 5", run: echo over }
  bad: { run: "echo boom >&2; exit 3", continue-on-error: true }
outputs: { sum: "\${{ steps.a.outputs.stdout }}" }
`;

/** What differs from run to run. */
const VARYING = new Set('at pid epoch durableUpTo seq durationMs op run log trigger endedAt giga'.split(' '));

/** What two runs of the same workflow have in common, whoever started them. */
function comparable(events: readonly object[]): readonly string[] {
  const texts = events.map((event) =>
    JSON.stringify(event, (key, value: unknown) => (VARYING.has(key) ? undefined : value)),
  );
  return texts.toSorted();
}

describe('the library', () => {
  it('gives the events, the plan and the end that the command gives', () =>
    inPlace(async (place) => {
      place.put('w.yaml', TEXT);
      const options = { cwd: place.folder, env: place.env, inputs: { n: 4 } };
      const heard: Recorded[] = [];
      const report = await run('w.yaml', { ...options, onEvent: (event) => heard.push(event) });
      expect(report).toMatchObject({
        ok: true,
        value: { kind: 'finished', verdict: 'succeeded with allowed failures', outputs: { sum: '5' } },
      });
      const command = await place.giga('run', 'w.yaml', '--json', '-i', 'n=4');
      expect(comparable(heard)).toEqual(comparable(eventsOf(command)));
      expect(heard.map(({ seq }) => seq)).toEqual(heard.map((_, index) => index));
      const compiled = await compile('w.yaml', options);
      const plan = JSON.parse((await place.giga('plan', 'w.yaml', '--json')).out);
      expect(compiled.ok && JSON.parse(JSON.stringify(compiled.value.plan))).toEqual(plan);
      const id = report.ok ? report.value.id : '';
      expect((await place.giga('runs', 'show', id)).out).toContain('output sum = 5');
    }));

  it('runs what is written in TypeScript, and its runs are resumed by the command', () =>
    inPlace(async (place) => {
      const workflow = defineWorkflow({
        inputs: { who: { type: 'string', required: true } },
        steps: {
          hello: { run: 'echo "hello ${{ inputs.who }}" | tee -a marks' },
          list: { needs: 'hello', steps: [{ id: 'one', run: ['echo', 'one'], env: { A: 1 } }] },
          fails: { needs: 'list', run: '[ -e go ]', timeout: '1m', retry: { attempts: 2 } },
        },
        outputs: { said: '${{ steps.hello.outputs.stdout }}' },
      });
      const options = { cwd: place.folder, env: place.env, inputs: { who: 'you' } };
      const report = await run(workflow, options);
      expect(report).toMatchObject({ ok: true, value: { kind: 'finished', verdict: 'failed' } });
      place.put('go', '');
      const resumed = await place.giga('resume');
      expect([resumed.code, marks(place)]).toEqual([0, ['hello you']]);
    }));

  it('refuses with diagnostics, and starts nothing', () =>
    inPlace(async (place) => {
      const options = { cwd: place.folder, env: place.env };
      const codes = async (
        result: Promise<{ ok: boolean; diagnostics?: readonly { code: string }[] }>,
      ): Promise<unknown> => (await result).diagnostics?.map(({ code }) => code);
      expect(await codes(run('none.yaml', options))).toEqual(['DOC_NOT_FOUND']);
      expect(await codes(run({ steps: { a: { run: 'x', needs: 'b' } } }, options))).toEqual(['PLAN_UNKNOWN_NEED']);
      const needs: Workflow = {
        inputs: { n: { type: 'integer', required: true } },
        secrets: ['TOKEN'],
        steps: { a: { run: 'x' } },
      };
      expect(await codes(run(needs, options))).toEqual(['PLAN_INPUT_MISSING']);
      expect(await codes(run(needs, { ...options, inputs: { n: 'x' } }))).toEqual(['PLAN_INPUT_INVALID']);
      expect(await codes(run(needs, { ...options, inputs: { n: 1 } }))).toEqual(['RUN_SECRET_MISSING']);
      expect(await codes(run(needs, { ...options, inputs: { n: 1, constructor: 2 } }))).toEqual(['PLAN_INPUT_UNKNOWN']);
      expect(await codes(run({ steps: { a: { run: 'x' } } }, { ...options, profile: 'p' }))).toEqual([
        'PLAN_UNKNOWN_PROFILE',
      ]);
      expect(await codes(run({ steps: { a: { run: 'x' } } }, { ...options, state: '/proc/none' }))).toEqual([
        'RUN_STATE_UNWRITABLE',
      ]);
      expect(readdirSync(place.folder)).toEqual(['.git']);
    }));

  it('stops by a signal as by Ctrl-C, and by what a listener throws', () =>
    inPlace(async (place) => {
      const workflow: Workflow = { steps: { a: { run: 'touch begun; sleep 60' }, b: { needs: 'a', run: 'true' } } };
      const options = { cwd: place.folder, env: place.env };
      const abort = new AbortController();
      const begins = (event: Recorded): boolean => event.type === 'attempt.started';
      const report = await run(workflow, {
        ...options,
        signal: abort.signal,
        onEvent: (event) => begins(event) && abort.abort(),
      });
      expect(report).toMatchObject({ ok: true, value: { kind: 'paused', signal: 'SIGINT' } });
      const thrown = run(workflow, {
        ...options,
        onEvent(event) {
          if (begins(event)) throw new Error('of the listener');
        },
      });
      await expect(thrown).rejects.toThrow('of the listener');
      expect((await place.giga('runs', 'list')).out.match(/stopped/g)).toHaveLength(2);
      const before = await run(workflow, { ...options, signal: AbortSignal.abort() });
      expect(before).toMatchObject({ ok: true, value: { kind: 'paused' } });
    }));

  it('knows workflows by their types', () => {
    expectTypeOf(defineWorkflow).parameter(0).toEqualTypeOf<Workflow>();
    defineWorkflow({
      steps: [
        { id: 'a', run: 'x' },
        { parallel: [{ run: ['y'] }], max: 2 },
      ],
      finally: [{ run: 'z' }],
    });
    defineWorkflow({
      steps: { c: { choose: [{ if: 'true', steps: { x: { set: { v: 1 } } } }, { else: [{ fail: 'no' }] }] } },
    });
    // @ts-expect-error -- a key that no step has
    defineWorkflow({ steps: { a: { run: 'x', neds: 'b' } } });
    // @ts-expect-error -- a duration is a text with a unit
    defineWorkflow({ steps: { a: { run: 'x', timeout: { a: 1 } } } });
    // @ts-expect-error -- without steps there is no workflow
    defineWorkflow({ name: 'x' });
  });
});

describe('the package', () => {
  it('holds its library where package.json says', () =>
    inPlace((place) => {
      const library = join(place.program, '..', 'index.js');
      const script = `import(${JSON.stringify(library)}).then(async ({ run, VERSION }) => { const r = await run({ steps: { a: { run: 'echo ' + VERSION } } }); console.log(r.value.verdict); })`;
      const out = execFileSync(process.execPath, ['-e', script], {
        cwd: place.folder,
        env: place.env,
        encoding: 'utf8',
      });
      expect(out).toBe('succeeded\n');
      return Promise.resolve();
    }));
});
