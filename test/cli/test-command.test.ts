import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
  place.put(
    'one.yaml',
    `
inputs: { n: { type: integer, default: 1 } }
secrets: [TOKEN]
steps:
  get: { run: 'curl "\${{ inputs.n }}"', secrets: [TOKEN], retry: { attempts: 3, delay: 1m } }
  many:
    for-each: { items: [a, b], max-failures: 1 }
    steps: [{ id: one, run: 'echo "\${{ item }}"' }, { id: two, run: echo two, timeout: 10s }]
  pick:
    choose: [{ if: inputs.n == 1, steps: [{ id: x, run: x }] }, { else: [{ id: y, run: y }] }]
  safe:
    try: [{ id: risky, run: r }]
    catch: [{ when: error.exit-code == 7, steps: [{ id: mend, run: m }] }]
outputs: { said: '\${{ steps.get.outputs.stdout }}' }
`,
  );
});
afterEach(() => place.remove());

const put = (tests: string): void => place.put('one.test.yaml', tests);

describe('giga test', () => {
  it('runs nothing, needs no secret, and leaves nothing behind', async () => {
    put('tests: { all: { expect: { verdict: succeeded, steps: { get: succeeded, many/two: succeeded } } } }\n');
    const { code, err } = await place.giga('test');
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('✔ one.test.yaml · all\n') });
    expect((await place.bash('ls -A')).out).toBe('.git\none.test.yaml\none.yaml\n');
  });

  it('lets come what is waited for, as the fakes say', async () => {
    const probe = 'wait: { until: { run: ./up }, every: 1m, timeout: 10m }';
    place.put(
      'one.yaml',
      `steps:\n  - { id: go, wait: { event: go, match: event == 1, timeout: 1h } }\n  - { id: up, ${probe} }\n`,
    );
    put(`
tests:
  comes: { fakes: { go: { takes: 30m, outputs: { event: 1 } }, up: [{ fails: 1 }, { fails: 1 }, {}] }, expect: { verdict: succeeded, at-most: 32m } }
  late: { fakes: { go: { takes: 2h } }, expect: { steps: { go: { error: STEP_WAIT_TIMEOUT } }, verdict: failed } }
  never: { fakes: { up: { fails: 1 } }, expect: { steps: { up: { error: STEP_WAIT_TIMEOUT } }, verdict: failed } }
`);
    const { code, out, err } = await place.giga('test');
    expect({ code }, out + err).toEqual({ code: 0 });
  });

  it('takes fakes by item, by step, by attempt, and for all others', async () => {
    put(`
fakes: { '*': { outputs: { stdout: other } }, get: { outputs: { stdout: got } } }
tests:
  items: { fakes: { 'many[b]/one': { fails: 3 } }, expect: { verdict: succeeded with allowed failures, steps: { 'many[b]/two': skipped, 'many[a]/one': { outputs: { stdout: other } } }, outputs: { said: got } } }
  attempts: { fakes: { get: [{ fails: true }, { takes: 5s }] }, expect: { steps: { get: { attempts: 2 } }, at-most: 65s } }
  caught: { fakes: { safe/risky: { fails: 7 } }, expect: { steps: { safe/catch/mend: succeeded, safe: succeeded } } }
  late: { fakes: { many/two: { takes: 1m } }, expect: { verdict: failed, steps: { 'many[a]/two': { error: STEP_TIMEOUT } } } }
  never: { inputs: { n: 2 }, expect: { steps: { pick/x: not-run, pick/y: succeeded, get: { with: ['2', curl] } } } }
`);
    const { code, err } = await place.giga('test');
    expect({ code, err }).toMatchObject({
      code: 0,
      err: expect.stringMatching(/3 of 3 branches\nTESTS 5 passed · 0 failed\n$/),
    });
  });

  it('shows what is not as expected where it is said, and names the ways that were not taken', async () => {
    put(`
tests:
  wrong:
    expect:
      verdict: failed
      steps: { get: { with: nope }, pick/y: succeeded }
      order: [safe/risky, get]
      outputs: { said: hello }
`);
    const { code, err } = await place.giga('test', 'one', '--junit', 'report.xml');
    expect(code).toBe(1);
    expect(err).toContain('The verdict is `succeeded`, not `failed`.\n --> one.test.yaml:5:16');
    expect(err).toContain('Step `get` was not asked to do anything with `nope`.');
    expect(err).toContain('Step `pick/y` is `not-run`, not `succeeded`.');
    expect(err).toContain('Step `get` began before `safe/risky`.');
    expect(err).toContain('Output `said` of the run is "", not `hello`.');
    expect(err).toContain('○ one.yaml · 1 of 3 branches\n    never: `pick`, else\n');
    const xml = readFileSync(join(place.folder, 'report.xml'), 'utf8');
    expect(xml).toMatch(/<testsuite name="one.test.yaml" tests="1" failures="1" errors="0">[^]*line="3">\n *<failure/);
  });

  it('says what failed first, and of what, where the verdict is another', async () => {
    put(`
tests:
  wrong:
    fakes: { get: { fails: { code: STEP_TIMEOUT, message: too slow } } }
    expect: { verdict: succeeded }
`);
    const { err } = await place.giga('test', 'one');
    expect(err).toContain('The verdict is `failed`, not `succeeded`.');
    expect(err).toContain('= help: the first step that failed: `get` · too slow');
  });

  it.each([
    ['an unknown step', 'tests: { a: { fakes: { gett: {} }, expect: { verdict: failed } } }', 'TEST_UNKNOWN_STEP', 3],
    ['an unknown key', 'tests: { a: { expects: {} } }', 'DOC_UNKNOWN_KEY', 3],
    ['a bad duration', 'tests: { a: { expect: { at-most: "5" } } }', 'PLAN_BAD_DURATION', 3],
    ['a wrong input', 'tests: { a: { inputs: { m: 1 }, expect: { verdict: failed } } }', 'PLAN_INPUT_UNKNOWN', 1],
    [
      'a workflow that is not there',
      'workflow: no.yaml\ntests: { a: { expect: { verdict: failed } } }',
      'DOC_NOT_FOUND',
      2,
    ],
  ])('says what is wrong with %s', async (_, text, problem, exit) => {
    put(`${text}\n`);
    const { code, err } = await place.giga('test');
    expect({ code, err }).toMatchObject({ code: exit, err: expect.stringContaining(`error[${problem}]`) });
  });

  it('says that there are no tests', async () => {
    expect(await place.giga('test')).toMatchObject({ code: 2, err: expect.stringContaining('TEST_NOT_FOUND') });
    put('tests: { a: { expect: { verdict: succeeded } } }\n');
    expect(await place.giga('test', '--only', 'nothing')).toMatchObject({ code: 2 });
    expect(await place.giga('test', 'two')).toMatchObject({ code: 2 });
  });

  it('runs again when a file changes, with --watch', async () => {
    put('tests: { a: { expect: { verdict: failed } } }\n');
    const child = spawn(process.execPath, [place.program, 'test', '--watch'], { cwd: place.folder, env: place.env });
    let said = '';
    const says = (words: string): Promise<void> =>
      new Promise((done) => {
        const look = (): void => (said.includes(words) ? done() : undefined);
        child.stderr.on('data', look);
        look();
      });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    await says('TESTS 0 passed');
    put('tests: { a: { expect: { verdict: succeeded } } }\n');
    await says('TESTS 1 passed');
    const ended = new Promise((done) => child.on('close', (code, signal) => done(signal ?? code)));
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
  });
});
