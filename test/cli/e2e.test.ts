import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Outcome, openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

const MIXED = `
name: Mixed
inputs:
  n: { type: integer, default: 2 }
steps:
  ok: { run: printf 'fine\\n' }
  over: { if: inputs.n > 5, run: echo over }
  bad: { run: "echo about to; echo boom >&2; exit 3" }
  after: { needs: bad, run: echo after }
outputs:
  said: \${{ steps.ok.outputs.stdout }}
`;

/** Neither a stack nor a word of giga's own insides. */
function isClear({ out, err }: Outcome): void {
  expect(`${out}${err}`).not.toMatch(
    /\n\s+at .*\(?(file:|node:|\/)|TypeError|undefined is not|\[object Object\]|CLI_BUG/,
  );
}

describe('a first day', () => {
  it('begins with init, whose workflow runs', async () => {
    const init = await place.giga('init');
    expect(init.code).toBe(0);
    const run = await place.giga('run', 'hello', '-i', 'name=you');
    expect(run.err).toContain('Hello, you! There are');
    expect(run).toMatchObject({ code: 0, out: '' });
    expect((await place.giga('validate')).code).toBe(0);
    expect((await place.giga('doctor')).code).toBe(0);
    expect((await place.giga('config', 'explain', 'env.GREETING')).out).toBe(
      'env.GREETING = "Hello"  from giga.yaml:4:13\n',
    );
    expect(readFileSync(join(place.folder, '.gitignore'), 'utf8')).toBe('.giga/\n');
  });

  it('lists what there is when no workflow is named', async () => {
    expect(await place.giga('run')).toMatchObject({
      code: 2,
      err: expect.stringContaining('`giga init` writes a first one'),
    });
    place.put('workflows/ci.yaml', 'steps: { a: { run: true } }');
    const { code, err } = await place.giga('run');
    expect([code, err]).toEqual([2, expect.stringContaining('workflows here: ci')]);
  });

  it('asks nobody where there is no terminal', async () => {
    place.put('in.yaml', 'inputs: { n: { type: integer, required: true } }\nsteps: { a: { run: echo } }\n');
    const { code, err } = await place.giga('run', 'in.yaml');
    expect([code, err]).toEqual([3, expect.stringContaining('PLAN_INPUT_MISSING')]);
    expect((await place.giga('run', 'in.yaml', '-i', 'n=1')).code).toBe(0);
  });
});

describe('what a new user gets wrong', () => {
  it.each([
    ['a wrong key', 'steps:\n  a: { run: x, neds: b }\n', 'DOC_UNKNOWN_KEY', 2],
    ['a wrong type', 'steps:\n  a: { run: x, needs: { a: 1 } }\n', '', 2],
    ['a cycle', 'steps:\n  a: { run: x, needs: b }\n  b: { run: x, needs: a }\n', 'PLAN_CYCLE', 2],
    ['an unknown need', 'steps:\n  build: { run: x }\n  b: { run: x, needs: biuld }\n', 'PLAN_UNKNOWN_NEED', 3],
    ['a bad expression', 'steps:\n  a: { run: "echo ${{ inputs. }}" }\n', 'EXPR_', 2],
    ['no YAML', 'steps: [\n', 'DOC_', 1],
    ['a key of later', 'steps:\n  a: { run: x }\nsandbox: true\n', 'not built yet', 3],
  ])('%s is shown with its place, exit 3', async (_what, text, says, line) => {
    place.put('w.yaml', text);
    const outcome = await place.giga('validate', 'w.yaml');
    expect(outcome.code).toBe(3);
    expect(outcome.err).toContain(says);
    expect(outcome.err).toMatch(new RegExp(`--> w\\.yaml:[${line}-9]:\\d+\n`));
    isClear(outcome);
  });

  it.each([
    ['a missing file', ['run', 'none.yaml'], 2, 'There is no workflow "none.yaml"'],
    ['a missing file of inputs', ['run', 'w.yaml', '--inputs', 'none.json'], 2, 'CLI_FILE_NOT_FOUND'],
    ['a bad input value', ['run', 'w.yaml', '-i', 'n=two'], 3, 'The input `n` (-i n) must be a whole number'],
    ['an unknown input', ['run', 'w.yaml', '-i', 'm=2'], 3, 'PLAN_INPUT_UNKNOWN'],
    ['an unknown run', ['resume', 'zzzz'], 2, 'RUN_NOT_FOUND'],
    ['an unknown profile', ['run', 'w.yaml', '--profile', 'prod'], 3, 'prod'],
    ['an unknown command', ['rnu'], 2, 'did you mean `run`?'],
    ['a bad glob', ['validate', 'x/*.yaml'], 2, 'No file matches "x/*.yaml".'],
    ['an unknown code', ['explain', 'PLAN_CYCEL'], 2, 'CLI_UNKNOWN_CODE'],
    ['an unknown setting', ['config', 'explain', 'colour'], 2, 'No setting `colour` is set'],
    ['an unknown schema', ['schema', 'plan'], 2, 'there are workflow, config, test, plugin-test, event'],
    ['an unknown shell', ['completion', 'tcsh'], 2, 'bash, zsh, fish, powershell'],
  ])('%s: exit %s', async (_what, args, code, says) => {
    place.put('w.yaml', MIXED);
    const outcome = await place.giga(...args);
    expect(outcome.err).toContain(says);
    expect(outcome.code).toBe(code);
    isClear(outcome);
  });

  it('a missing shell fails its step', async () => {
    place.put('w.yaml', 'steps:\n  a: { run: Get-Date, shell: pwsh }\n');
    const outcome = await place.giga('run', 'w.yaml');
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('pwsh');
    isClear(outcome);
  });

  it('a broken configuration names its place', async () => {
    place.put('giga.yaml', 'concurrency: lots\n');
    place.put('w.yaml', MIXED);
    const outcome = await place.giga('run', 'w.yaml');
    expect(outcome.code).toBe(3);
    expect(outcome.err).toContain('--> giga.yaml:1:14');
    isClear(outcome);
  });
});

describe('a machine that refuses', () => {
  it('a state folder that cannot be made', async () => {
    place.put('w.yaml', MIXED);
    place.put('state', 'a file');
    const outcome = await place.giga('run', 'w.yaml', '--state', 'state/x');
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('RUN_STATE_UNWRITABLE');
    expect(outcome.err).not.toContain('RESULT');
    isClear(outcome);
  });

  it.skipIf(process.getuid?.() === 0)('a state folder without permission', async () => {
    place.put('w.yaml', MIXED);
    place.put('locked/x', '');
    chmodSync(join(place.folder, 'locked'), 0o500);
    const outcome = await place.giga('run', 'w.yaml', '--state', 'locked/state');
    expect(outcome).toMatchObject({ code: 1, err: expect.stringContaining('RUN_STATE_UNWRITABLE') });
    isClear(outcome);
  });

  it('a disk that takes no more ends the run as resumable, and it resumes', async () => {
    const steps = Array.from({ length: 60 }, (_, i) => `  s${i}: { set: { v: "\${{ inputs.x }}" } }`).join('\n');
    place.put('w.yaml', `inputs: { x: { type: string, default: ${'x'.repeat(2000)} } }\nsteps:\n${steps}\n`);
    const full = await place.bash('ulimit -f 64; giga run w.yaml'); // 64 KiB a file
    expect(full.code).toBe(5);
    expect(full.err).toContain('RUN_DISK_');
    isClear(full);
    expect((await place.giga('resume')).code).toBe(0);
  });

  it('a reader that goes away', async () => {
    place.put('w.yaml', MIXED);
    const outcome = await place.bash('giga run w.yaml --json 2>/dev/null | head -1');
    expect(outcome.out).toMatch(/^\{"seq":0,.*"type":"run.created".*\}\n$/);
    expect(outcome.code).toBe(1); // the run's own: it failed
    const listed = await place.bash('giga explain | head -1');
    expect([listed.code, listed.err]).toEqual([0, '']);
    isClear(outcome);
  });

  it('a full device behind stdout', async () => {
    const outcome = await place.bash('giga explain > /dev/full');
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('error[CLI_OUTPUT]: The output cannot be written: ENOSPC.');
  });
});

describe('a run', () => {
  it('says what failed, what was skipped and why, and how to go on', async () => {
    place.put('w.yaml', MIXED);
    const { code, err } = await place.giga('run', 'w.yaml');
    expect(code).toBe(1);
    const text = err
      .replaceAll(/\d\d:\d\d:\d\d/g, 'TIME')
      .replaceAll(/ \d+ms| \d\.\ds/g, ' TOOK')
      .replace(/run [0-9a-z]{4} /, 'run ID ');
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'giga w.yaml · run ID · 4 steps',
        'TIME over skipped if: inputs.n > 5 · inputs.n is 2',
        'TIME ok ok TOOK',
        'TIME bad FAILED exit 3 TOOK',
        '  | boom',
        'TIME after skipped needs bad, which failed',
        'RESULT failed · 1 ok · 1 failed · 2 skipped · TOOK',
      ]),
    );
    expect(err).toMatch(/\nresume giga resume [0-9a-z]{4}\n$/);
  });

  it('is looked at afterwards', async () => {
    place.put('w.yaml', MIXED);
    await place.giga('run', 'w.yaml');
    expect((await place.giga('why', 'over')).out).toContain('inputs.n is 2');
    expect((await place.giga('why', 'after')).out).toContain('because it needs bad, which failed');
    expect((await place.giga('why', 'afer')).err).toContain('`after`');
    expect((await place.giga('logs', 'bad')).out).toBe('about to\nboom\n');
    expect((await place.giga('logs', 'bad', '--stderr', '--tail', '1')).out).toBe('boom\n');
    expect((await place.giga('runs', 'list')).out).toMatch(/^[0-9a-z]{4} {2}failed {2}.* w\.yaml\n$/);
    expect((await place.giga('runs', 'show')).out).toContain('○ over');
    expect((await place.giga('runs', 'events')).out).toContain('run.finished');
    const plan = await place.giga('resume', '--plan');
    expect(plan.out).toMatch(/↺ keep +ok/);
    expect(plan.out).toMatch(/▶ run +bad/);
    expect((await place.giga('runs', 'prune', '--keep', '0')).err).toBe('1 run removed\n');
    expect((await place.giga('runs', 'list')).out).toBe('');
  });

  it('resumes: keeps what is done, and runs what was mended', async () => {
    place.put('w.yaml', MIXED);
    await place.giga('run', 'w.yaml');
    writeFileSync(join(place.folder, 'w.yaml'), MIXED.replace('exit 3', 'exit 0'));
    const { code, err } = await place.giga('resume');
    expect(code).toBe(0);
    expect(err).toContain('ok kept inputs unchanged');
    expect((await place.giga('why', 'bad')).out).toContain('it had failed, and the run was resumed');
    expect(await place.giga('resume')).toMatchObject({ code: 0, err: expect.stringContaining('nothing to do') });
  });

  it('stops at a signal, resumable, and is ended by cancel', async () => {
    place.put('w.yaml', 'steps:\n  a: { run: "touch begun; sleep 60" }\nfinally: [{ run: touch ended }]\n');
    const line =
      'giga run w.yaml & p=$!; until [ -e begun ]; do sleep 0.05; done; kill -INT $(pgrep -P $p || echo $p); wait $p';
    const stopped = await place.bash(`set -m; ${line}`);
    expect(stopped.err).toContain('stopping; press Ctrl-C again to kill');
    expect(stopped.code).toBe(130);
    expect(existsSync(join(place.folder, 'ended'))).toBe(false);
    const { out } = await place.giga('runs', 'list');
    const cancelled = await place.giga('runs', 'cancel', out.slice(0, 4));
    expect(cancelled.code).toBe(0);
    expect(cancelled.err).toContain('RESULT cancelled');
    expect(existsSync(join(place.folder, 'ended'))).toBe(true);
  });

  it('prints in GitHub Actions what its runner understands, and obeys no step', async () => {
    const github = openWorkplace({ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: 'summary.md' });
    github.put('w.yaml', 'steps:\n  a: { run: "echo ::warning::pwned" }\n  b: { run: "exit 1" }\n');
    const { err } = await github.giga('run', 'w.yaml');
    const summary = readFileSync(join(github.folder, 'summary.md'), 'utf8');
    github.remove();
    expect(summary).toContain('| ✘ | b | failed |');
    expect(err).toMatch(/::group::a ok \S+\n::stop-commands::(\S+)\n {2}\| ::warning::pwned\n::\1::\n::endgroup::\n/);
    expect(err).toContain('::error file=w.yaml,line=3,col=3,title=b::exit 1\n');
  });
});

describe('a bug of giga', () => {
  it('is told as one, without a stack, and the run can be resumed', async () => {
    const bug = "data:text/javascript,if(process.argv[2]==='run')setTimeout(()=>{throw%20new%20Error('planted')},700)";
    const broken = openWorkplace({ NODE_OPTIONS: `--import=${bug}` });
    broken.put('w.yaml', 'steps:\n  a: { run: sleep 3 }\n');
    const outcome = await broken.giga('run', 'w.yaml');
    expect(outcome.code).toBe(70);
    expect(outcome.err).toContain('error[CLI_BUG]: giga met a bug of its own: planted');
    expect(outcome.err).not.toMatch(/\n\s+at /);
    expect((await broken.giga('resume')).code).toBe(0);
    broken.remove();
  });
});

describe('--json', () => {
  const ajv = new Ajv({ strict: false });
  const validate = ajv.compile(JSON.parse(readFileSync('schemas/event.schema.json', 'utf8')));

  /** Those that change nothing come first and share a folder. */
  const CALLS = [
    ['validate', 'w.yaml', 'bad.yaml'],
    ['graph', 'w.yaml'],
    ['why', 'bad'],
    ['runs', 'list'],
    ['runs', 'show'],
    ['runs', 'events'],
    ['runs', 'prune', '--dry-run', '--keep', '0'],
    ['logs'],
    ['explain', 'PLAN_CYCLE'],
    ['doctor'],
    ['config', 'explain'],
    ['eval', '1 + 1'],
    ['parse', 'w.yaml'],
    ['rnu'],
    ['resume', 'zzzz'],
    ['resume', '--plan'],
    ['init'],
    ['resume'],
  ];

  it('prints lines of the published schema, whatever the command', async () => {
    place.put('w.yaml', MIXED);
    place.put('bad.yaml', 'steps: { a: { rn: x } }');
    place.put('giga.yaml', 'vars: { a: 1 }');
    for (const args of [['run', 'w.yaml'], ...CALLS]) {
      const { out } = await place.giga(...args, '--json');
      const lines = out
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      for (const line of lines) expect([args, validate(line), validate.errors, line]).toEqual([args, true, null, line]);
    }
  });

  it('prints the plan as it is', async () => {
    place.put('w.yaml', MIXED);
    const plan = JSON.parse((await place.giga('plan', 'w.yaml', '--json')).out);
    expect([plan.name, plan.v]).toEqual(['Mixed', 1]);
  });
});

describe('a server', () => {
  it('is asked again while it is busy, and the secret that it repeats is hidden', async () => {
    let count = 0;
    const server = createServer((request, response) => {
      count++;
      const { authorization } = request.headers;
      if (count < 3) response.writeHead(503, { 'retry-after': '0' }).end('busy');
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ you: authorization }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo; // it listens at a port
    place.put(
      'w.yaml',
      `secrets: [TOKEN]
permissions: { net: [127.0.0.1] }
steps:
  ask:
    http:
      url: http://127.0.0.1:${port}/x
      headers: { authorization: 'Bearer \${{ secrets.TOKEN }}' }
      expect: { json: { required: [you] } }
    retry: { attempts: 5, delay: 5ms }
  keep: { write: { path: out/answer.yaml, content: '\${{ steps.ask.outputs.json }}' } }
  shut: { http: { url: 'http://localhost:${port}/' }, allow-failure: true }
`,
    );
    const outcome = await place.bash('TOKEN=s3cr3t-value giga run w.yaml --json');
    server.close();
    expect(outcome.code, outcome.err).toBe(0);
    expect(readFileSync(join(place.folder, 'out/answer.yaml'), 'utf8')).toBe('you: Bearer ***\n');
    expect(`${outcome.out}${outcome.err}`).not.toContain('s3cr3t');
    expect(outcome.out).toContain('STEP_HTTP_REFUSED');
    expect(count).toBe(3);
    isClear(outcome);
  });
});

describe('--junit', () => {
  it('writes the steps of a run, and those of all of it when it is resumed', async () => {
    place.put(
      'w.yaml',
      'steps:\n  - { id: a, run: echo one }\n  - { id: b, run: test -e ready }\n  - { id: c, run: echo three }\n',
    );
    const read = (): string => readFileSync(join(place.folder, 'reports/junit.xml'), 'utf8');
    expect((await place.giga('run', 'w.yaml', '--junit', 'reports/junit.xml')).code).toBe(1);
    expect(read()).toContain('tests="3" failures="1" errors="0" skipped="1"');
    expect(read()).toContain('<failure type="STEP_FAILED" message="It ended with exit code 1.">');
    place.put('ready', '');
    expect((await place.giga('resume', '--junit', 'reports/junit.xml')).code).toBe(0);
    expect(read()).toContain('tests="3" failures="0" errors="0" skipped="0"');
    expect((await place.giga('resume', '--junit', 'other.xml')).code).toBe(0);
    expect(readFileSync(join(place.folder, 'other.xml'), 'utf8')).toContain('tests="3" failures="0"');
  });

  it('that cannot be written is said, and fails a run that did not', async () => {
    place.put('w.yaml', 'steps: { a: { run: echo } }\n');
    const outcome = await place.giga('run', 'w.yaml', '--junit', 'w.yaml/x.xml');
    expect(outcome.err).toContain('CLI_FILE_NOT_WRITTEN');
    expect(outcome.code).not.toBe(0);
    isClear(outcome);
  });
});
