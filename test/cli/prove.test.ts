import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

const RELEASE = `
inputs: { version: { required: true } }
secrets: [TOKEN]
steps:
  build: { run: make, retry: { attempts: 3, delay: 1m }, outputs: { size: { value: '\${{ int(self.stdout) }}', type: integer } } }
  ask: { needs: build, approve: { message: 'Publish \${{ inputs.version }}?' } }
  upload:
    needs: ask
    for-each: [eu, us]
    http: { url: 'https://example.com/\${{ item }}', method: POST, headers: { authorization: '\${{ secrets.TOKEN }}' } }
  look: { needs: upload, http: { url: 'https://example.com' } }
  note: { needs: look, write: { path: out.txt, content: '\${{ steps.build.outputs.size }}' } }
`;

describe('giga prove', () => {
  it('runs nothing, leaves nothing behind, and names what can be done twice', async () => {
    place.put('release.yaml', RELEASE);
    const { code, out, err } = await place.giga('prove', 'release.yaml');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "release.yaml · made-up fakes: every step succeeds
      ✔ version=1 (made up) · 31 kill points · 153 pairs of them · same end: succeeded
      ! 2 steps can do the work twice, and nothing says whether that is fine:
          build   line 5 · cut off between record 4 (attempt.started) and 5 (its end)
          upload  line 7 · cut off between record 14 (attempt.started) and 16 (its end) · upload[eu], the first of 2 times
        = \`idempotent: true\` on a step says that it is; \`idempotent: false\` with \`verify\` has it asked first
      proved: 31 kill points, 153 pairs (seed 1), same end at each
      "
    `);
    expect((await place.bash('ls -A')).out).toBe('.git\nrelease.yaml\n');
    expect(await place.giga('prove', 'release.yaml', '--strict')).toMatchObject({ code: 1 });
  });

  it('takes the fakes of the tests beside the workflow', async () => {
    place.put('release.yaml', RELEASE);
    place.put(
      'release.test.yaml',
      `
inputs: { version: '1' }
tests:
  it is published: { fakes: { build: [{ fails: 1 }, { outputs: { stdout: '7' } }] }, expect: { verdict: succeeded } }
  nobody answers: { fakes: { build: { outputs: { stdout: '7' } } }, answers: {}, expect: { verdict: waiting } }
`,
    );
    const { code, out } = await place.giga('prove', 'release.yaml', '-i', 'version=2');
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining('release.yaml · fakes of release.test.yaml'),
    });
    expect(out).toMatch(/✔ it is published · version=2 · \d+ kill points · \d+ pairs of them · same end: succeeded\n/);
    expect(out).toMatch(/✔ nobody answers · version=2 · \d+ kill points · \d+ pairs of them · same end: waiting\n/);
    expect((await place.giga('prove', 'release.yaml', '--only', 'nobody')).out).not.toContain('it is published');
  });

  it('shows where a run that was killed comes to another end', async () => {
    place.put(
      'once.yaml',
      `steps:\n  - { id: build, run: make }\n  - { id: publish, if: '!run.resumed', run: ./publish }\noutputs: { published: '\${{ steps.publish.result }}' }\n`,
    );
    const { code, out } = await place.giga('prove', 'once.yaml');
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "once.yaml · made-up fakes: every step succeeds
      ✘ 12 kill points · another end at 6; undisturbed: succeeded
        killed after record 1:
          the run: output published succeeded → skipped
          publish: result succeeded → skipped
             0 run.created
             1 run.opened  ← killed
             2 run.opened
        = again: giga prove once.yaml --at 1
          also after record 2, 3 …
      ! 2 steps can do the work twice, and nothing says whether that is fine:
          build    line 2 · cut off between record 4 (attempt.started) and 5 (its end)
          publish  line 3 · cut off between record 7 (attempt.started) and 8 (its end)
        = \`idempotent: true\` on a step says that it is; \`idempotent: false\` with \`verify\` has it asked first
      NOT PROVED: 12 kill points, another end at 6
      "
    `);
    const again = await place.giga('prove', 'once.yaml', '--at', '1');
    expect(again).toMatchObject({ code: 1, out: expect.stringContaining('killed after record 1:') });
    expect(await place.giga('prove', 'once.yaml', '--at', '8', '--at', '11')).toMatchObject({
      code: 0,
      out: expect.stringContaining('proved: 1 pair (seed 1), same end at each'),
    });
  });

  it('lets time pass before the next process', async () => {
    place.put('late.yaml', `steps:\n  - { id: a, run: make }\n  - { id: b, set: { at: '\${{ now() }}' } }\n`);
    expect(await place.giga('prove', 'late.yaml')).toMatchObject({ code: 0 });
    const { code, out } = await place.giga('prove', 'late.yaml', '--down', '1h');
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('NOT PROVED: ') });
    expect(out).toContain('b: output at 2000-01-01T00:00:00.000Z → 2000-01-01T01:00:00.000Z');
    expect(out).toMatch(/= again: giga prove late.yaml --at \d+ --down 1h\n/);
  });

  it('says it as JSON', async () => {
    place.put('release.yaml', RELEASE);
    const { out } = await place.giga('prove', 'release.yaml', '--json', '--points', '5', '--seed', '3');
    const records = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>); // our own
    expect(records.map(({ type }) => type)).toEqual(['proved', 'repeat', 'repeat', 'proof']);
    expect(records[0]).toMatchObject({ once: 5, twice: 0, failed: 0, madeUp: ['version'], verdict: 'succeeded' });
    expect(records.at(-1)).toEqual({ type: 'proof', fakes: null, proved: true, seed: 3, downMs: 0 });
  });

  it.each([
    ['a record that is none', ['--at', '9999'], 'CLI_USAGE', 2],
    ['no number', ['--at', 'x'], 'CLI_USAGE', 2],
    ['no time', ['--down', 'x'], 'CLI_USAGE', 2],
    ['no test', ['--only', 'x'], 'TEST_NOT_FOUND', 2],
    ['an input that does not exist', ['-i', 'x=1'], 'PLAN_INPUT_UNKNOWN', 3],
  ])('refuses %s', async (_, args, code, exit) => {
    place.put('release.yaml', RELEASE);
    const { code: exitCode, err } = await place.giga('prove', 'release.yaml', ...args);
    expect({ exitCode, err }).toMatchObject({ exitCode: exit, err: expect.stringContaining(`error[${code}]`) });
  });

  it('says that a run has no end', async () => {
    place.put('endless.yaml', `steps: { p: { wait: { until: { run: ./up }, every: 1s } } }\n`);
    place.put('endless.test.yaml', `fakes: { p: { fails: 1 } }\ntests: { a: { expect: { verdict: failed } } }\n`);
    const { code, err } = await place.giga('prove', 'endless.yaml');
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('error[TEST_NO_END]') });
  });
});
