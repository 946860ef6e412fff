/** Locks, groups of runs, artifacts and services, with the built command and real processes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

/** Bash: waits for a file, or for a text in one. */
const UNTIL = `
patiently() { local n=0; until "$@" 2> /dev/null; do sleep 0.05; n=$((n + 1)); [ $n -lt 300 ] || { echo "never: $*"; touch go; return; }; done; }
there() { patiently test -e "$1"; }
says() { patiently grep -q "$2" "$1"; }
`;
const read = (file: string): string => readFileSync(join(place.folder, file), 'utf8');
const idOf = (text: string): string => / run (\w+)/.exec(text)?.[1] ?? '';

const LOCKED = `
inputs: { me: { type: string }, hold: { type: boolean, default: false } }
steps:
  work:
    lock: db-\${{ 'x' }}
    run: |
      mkdir at-work
      echo "\${{ inputs.me }}" >> order
      if [ "\${{ inputs.hold }}" = true ]; then until [ -e go ]; do sleep 0.02; done; fi
      rmdir at-work
`;

describe('a lock', () => {
  it('keeps two runs apart, and the one that waits says for whom', async () => {
    place.put('locked.yaml', LOCKED);
    const both = await place.bash(`${UNTIL}
      giga run locked.yaml -i me=one -i hold=true 2> one.err & there at-work
      giga run locked.yaml -i me=two 2> two.err & says two.err 'waiting'
      giga why work > why.out; touch go; wait`);
    expect(both.code).toBe(0);
    const one = idOf(read('one.err'));
    expect(read('two.err')).toContain(`work waiting for lock "db-x" held by run ${one}`);
    expect(read('why.out')).toContain('◷ work is waiting');
    expect(read('why.out')).toContain(`it waits for lock "db-x" held by run ${one}, step work`);
    expect(read('order')).toBe('one\ntwo\n');
    expect(read('two.err')).toContain('RESULT succeeded');
  });

  it('is free when its holder is killed, and waiting ends with Ctrl-C', async () => {
    place.put('locked.yaml', LOCKED);
    const both = await place.bash(`${UNTIL}
      '${process.execPath}' '${place.program}' run locked.yaml -i me=one -i hold=true 2> one.err & one=$!; there at-work
      '${process.execPath}' '${place.program}' run locked.yaml -i me=two 2> two.err & two=$!; says two.err 'waiting'
      kill -INT $two; wait $two; echo "code $?"
      giga resume 2> three.err & says three.err 'waiting'
      kill -9 $one; touch go; until rmdir at-work 2> /dev/null; do [ -e at-work ] || break; done; wait; giga runs list | wc -l`);
    expect(both.out).toContain('code 130');
    expect(read('two.err')).toContain('giga resume');
    expect(read('three.err')).toContain('RESULT succeeded');
    expect(read('order')).toBe('one\ntwo\n');
  });

  it('is held by one step of a run at a time, and again after kill -9', async () => {
    place.put(
      'own.yaml',
      `
steps:
  group:
    lock: db
    steps:
      - { id: a, run: 'mkdir at-work; echo a >> order; test -e go || { touch held; sleep 30; }' }
      - { id: b, run: 'echo b >> order; rmdir at-work' }
  other: { lock: db, run: 'test ! -e at-work; echo other >> order' }
`,
    );
    const cut = await place.bash(`${UNTIL}
      '${process.execPath}' '${place.program}' run own.yaml 2> one.err & one=$!; there held; kill -9 $one; wait $one; rmdir at-work; touch go
      giga resume --plan; giga resume`);
    expect(cut.out).toMatch(/run +group\/a +was cut off/);
    expect(cut.err).toContain('RESULT succeeded');
    const lines = read('order').trim().split('\n');
    expect(lines.slice(lines.indexOf('a', 1))).toEqual(expect.arrayContaining(['a', 'b']));
    expect(lines.filter((line) => line === 'other')).toHaveLength(1);
  });
});

describe('runs of a group', () => {
  const grouped = (onConflict: string): string => `
inputs: { env: { type: string, default: prod } }
concurrency: { group: 'deploy-\${{ inputs.env }}', on-conflict: ${onConflict} }
steps:
  - id: work
    run: 'touch "at-work-\${{ inputs.env }}"; until [ -e go ]; do sleep 0.02; done'
finally:
  - id: tell
    run: echo "end of $GIGA_RUN" >> ends
`;

  it('wait for their turn, in order, and tell so', async () => {
    place.put('deploy.yaml', grouped('queue'));
    const all = await place.bash(`${UNTIL}
      giga run deploy.yaml 2> one.err & there at-work-prod
      giga run deploy.yaml 2> two.err & says two.err 'waiting'
      giga run deploy.yaml 2> three.err & says three.err 'waiting'
      giga run deploy.yaml -i env=test 2> test.err & there at-work-test
      giga runs show "$(sed -n 's/.* run \\([a-z0-9]*\\) .*/\\1/p;q' two.err)"; touch go; wait`);
    const ids = ['one', 'two', 'three'].map((name) => idOf(read(`${name}.err`)));
    expect(read('two.err')).toContain(`run waiting for group "deploy-prod" held by run ${ids[0]}`);
    expect(all.out).toContain(`for group "deploy-prod" held by run ${ids[0]}`);
    const ends = read('ends').trim().split('\n');
    expect(ends.filter((line) => ids.some((id) => line.endsWith(id)))).toEqual(ids.map((id) => `end of ${id}`));
  });

  it('fail at once, with nothing done, where that is said', async () => {
    place.put('deploy.yaml', grouped('fail'));
    const all = await place.bash(`${UNTIL}
      giga run deploy.yaml 2> one.err & there at-work-prod
      giga run deploy.yaml 2> two.err; echo "code $?"; touch go; wait`);
    expect(all.out).toContain('code 1');
    expect(read('two.err')).toContain(`Run ${idOf(read('one.err'))} of the group \`deploy-prod\` is under way.`);
    expect(read('ends').trim().split('\n')).toHaveLength(1);
    const again = await place.giga('resume', idOf(read('two.err')));
    expect(again.err).toContain('RESULT succeeded');
  });

  it('cancel the other, and begin when it has ended', async () => {
    place.put('deploy.yaml', grouped('cancel-running'));
    const all = await place.bash(`${UNTIL}
      giga run deploy.yaml 2> one.err & one=$!; there at-work-prod; rm at-work-prod
      giga run deploy.yaml 2> two.err & there at-work-prod; touch go; wait $one; echo "code $?"; wait`);
    expect(all.out).toContain('code 1');
    expect(read('one.err')).toContain('RESULT cancelled');
    const ids = ['one', 'two'].map((name) => idOf(read(`${name}.err`)));
    expect(read('ends').trim().split('\n')).toEqual(ids.map((id) => `end of ${id}`));
  });
});

describe('artifacts', () => {
  it('are listed, copied out, told, kept on resume, and removed with the run', async () => {
    place.put(
      'build.yaml',
      `
steps:
  build:
    for-each: [eu, us]
    run: 'mkdir -p out; echo "\${{ item }}" > "out/\${{ item }}.txt"'
    artifacts: 'out/\${{ item }}.txt'
  read: { needs: build, run: 'cat "\${{ steps.build.outputs[1].artifacts[0].file }}"; test -e ok' }
`,
    );
    const run = await place.giga('run', 'build.yaml');
    expect(run.err).toMatch(/build\[eu\] ok .*1 artifact/);
    const listed = await place.giga('runs', 'artifacts');
    expect(listed.out).toMatch(/^build\[eu\] {2}out\/eu\.txt {2}3 B {2}sha256:[0-9a-f]{12}\nbuild\[us\]/);
    expect((await place.giga('logs', 'read')).out).toBe('us\n');
    place.put('ok', '');
    expect((await place.giga('resume')).err).toContain('build[us] kept');
    const copied = await place.giga('runs', 'artifacts', 'build[us]', '--to', 'copy');
    expect([copied.code, readFileSync(join(place.folder, 'copy/build[us]/out/us.txt'), 'utf8')]).toEqual([0, 'us\n']);
    const twice = await place.giga('runs', 'artifacts', '--to', 'copy');
    expect([twice.code, twice.err]).toEqual([1, expect.stringContaining('RUN_ARTIFACT_NOT_COPIED')]);
    expect((await place.giga('runs', 'artifacts', '--to', 'copy', '--force')).code).toBe(0);
    const json = await place.giga('runs', 'artifacts', '--json');
    expect(JSON.parse(json.out.split('\n')[0] ?? '')).toMatchObject({
      type: 'artifact',
      step: 'build[eu]',
      path: 'out/eu.txt',
      size: 3,
    });
    await place.giga('runs', 'prune', '--keep', '0');
    expect(readdirSync(join(place.folder, '.giga', 'runs'))).toEqual([]);
  });

  it('that are not there fail the step', async () => {
    place.put('build.yaml', `steps: [{ id: build, run: 'true', artifacts: dist/** }]`);
    const run = await place.giga('run', 'build.yaml');
    expect([run.code, run.err]).toEqual([1, expect.stringContaining('build FAILED STEP_NO_ARTIFACTS')]);
  });
});

const SERVER = `
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/die') process.exit(3);
  response.end(request.url + ' ' + process.pid);
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  require('node:fs').writeFileSync('port', String(server.address().port));
  require('node:fs').appendFileSync('pids', process.pid + '\\n');
  console.log('listening');
});
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
`;
const ASK = (path: string): string =>
  `node -e "fetch('http://127.0.0.1:' + require('fs').readFileSync('port') + '${path}').then(a => a.text()).then(console.log)"`;

describe('a service', () => {
  beforeEach(() => place.put('server.cjs', SERVER));
  const isGone = (): boolean =>
    read('pids')
      .trim()
      .split('\n')
      .every((pid) => !isAlive(pid));
  // A process whose parent was killed may wait to be collected.
  const isAlive = (pid: string): boolean =>
    existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));

  it('serves until the last step that needs it has ended; then it is gone', async () => {
    place.put(
      'api.yaml',
      `
steps:
  api: { service: { run: exec node server.cjs, ready: { log: /^listening$/ } } }
  ask: { needs: api, run: ${JSON.stringify(ASK('/a'))} }
  more: { needs: [api, ask], run: ${JSON.stringify(ASK('/b'))} }
`,
    );
    const run = await place.giga('run', 'api.yaml');
    expect(run.err).toMatch(/api serving[^]*ask ok[^]*more ok[^]*api ok[^]*RESULT succeeded · 3 ok/);
    expect((await place.giga('logs', 'more')).out).toContain('/b ');
    expect((await place.giga('logs', 'api')).out).toBe('listening\nbye\n');
    expect(isGone()).toBe(true);
  });

  it('that dies is a failure, and what has not begun is skipped', async () => {
    place.put(
      'api.yaml',
      `
steps:
  api: { service: { run: exec node server.cjs, ready: { log: listening } } }
  kill: { needs: api, continue-on-error: true, run: ${JSON.stringify(`${ASK('/die')} || true; sleep 0.3`)} }
  more: { needs: [api, kill], run: echo more }
`,
    );
    const run = await place.giga('run', 'api.yaml');
    expect(run.err).toContain('api FAILED STEP_SERVICE_ENDED');
    expect(run.err).toContain('The service ended while steps still needed it. It ended with exit code 3.');
    expect(run.err).toContain('more skipped needs api, which failed');
    expect([run.code, isGone()]).toEqual([1, true]);
  });

  it('does not keep a run that waits for a verdict, serves until that cannot send steps back, and is sent back itself', async () => {
    place.put(
      'api.yaml',
      `
steps:
  - { id: build, run: echo built }
  - { id: api, service: { run: exec node server.cjs, ready: { log: listening } } }
  - { id: ask, run: ${JSON.stringify(ASK('/ask'))} }
  - { id: gate, approve: { message: Good?, on-reject: { rework: build, max: 1 } } }
  - { id: last, run: ${JSON.stringify(ASK('/last'))} }
`,
    );
    const asked = await place.giga('run', 'api.yaml');
    expect([asked.code, isGone()]).toEqual([5, true]);
    const sent = await place.giga('approve', '--verdict', 'reject');
    expect(sent.err).toMatch(/api serving[^]*api ok[^]*sent back[^]*build ok[^]*api serving[^]*ask ok[^]*gate waiting/);
    expect([sent.code, isGone()]).toEqual([5, true]);
    const given = await place.giga('approve', '--verdict', 'approve');
    expect(given.err).toMatch(/gate ok[^]*last ok[^]*api ok[^]*RESULT succeeded · 5 ok/);
    expect([given.code, isGone()]).toEqual([0, true]);
    expect((await place.giga('verify')).out).toContain('verified');
  });

  it('starts again after kill -9, when the one before has been ended', async () => {
    place.put(
      'api.yaml',
      `
steps:
  - { id: api, service: { run: exec node server.cjs, ready: { log: listening } } }
  - { id: first, run: ${JSON.stringify(ASK('/first'))} }
  - { id: second, run: ${JSON.stringify(`test -e go || { touch begun; sleep 30; }; ${ASK('/second')}`)} }
`,
    );
    const cut = await place.bash(`${UNTIL}
      '${process.execPath}' '${place.program}' run api.yaml 2> one.err & one=$!; there begun; kill -9 $one; wait $one; touch go
      kill -0 "$(cat pids)" && echo left behind; giga resume`);
    expect(cut.out).toContain('left behind');
    expect(cut.err).toMatch(/api serving[^]*second ok[^]*api ok[^]*RESULT succeeded/);
    const [before, after, ...others] = read('pids').trim().split('\n');
    expect([before === after, others, isGone()]).toEqual([false, [], true]);
    expect((await place.giga('logs', 'second')).out).toContain(`/second ${after}`);
    expect(readdirSync(join(place.folder, '.giga', 'runs', idOf(read('one.err')), 'services'))).toEqual([]);
  });

  it('works in items, with secrets that are masked, and goes with Ctrl-C', async () => {
    place.remove();
    place = openWorkplace({ TOKEN: 'hunter2-hunter2' });
    place.put(
      'items.yaml',
      `
secrets: [TOKEN]
steps:
  all:
    for-each: [a, b]
    parallel:
      api:
        secrets: [TOKEN]
        service: { run: 'echo "$TOKEN \${{ item }} is up"; touch "up-\${{ item }}"; exec sleep 100', ready: { run: 'test -e "up-\${{ item }}"' }, stop: 'touch "stopped-\${{ item }}"' }
        grace: 100ms
      use: { needs: api, run: 'test -e "go" || { touch "begun-\${{ item }}"; sleep 30; }' }
`,
    );
    const cut = await place.bash(`${UNTIL}
      '${process.execPath}' '${place.program}' run items.yaml 2> one.err & one=$!; there begun-a; there begun-b; kill -INT $one; wait $one; echo "code $?"
      ls stopped-*; rm stopped-*; touch go; giga resume`);
    expect(cut.out).toMatch(/code 130\nstopped-a\nstopped-b/);
    expect(cut.err).toContain('RESULT succeeded');
    expect((await place.giga('logs', 'all[a]/api')).out).toBe('*** a is up\n');
    expect(existsSync(join(place.folder, 'stopped-b'))).toBe(true);
  });
});

describe('child workflows', () => {
  it('keep runs apart by a lock of their own, and what they made is found by path', async () => {
    place.put(
      'main.yaml',
      `
inputs: { me: { type: string }, hold: { type: boolean, default: false } }
steps:
  deploy: { workflow: lib/deploy.yaml, with: { me: "\${{ inputs.me }}", hold: "\${{ inputs.hold }}", to: eu } }
  read: { run: 'cat "\${{ steps.deploy.outputs.file }}"' }
`,
    );
    place.put(
      'lib/deploy.yaml',
      `
inputs: { me: { required: true }, hold: { type: boolean, required: true }, to: { required: true } }
steps:
  upload:
    lock: "db-\${{ inputs.to }}"
    run: |
      mkdir at-work
      echo "\${{ inputs.me }}" >> order; mkdir -p out; echo "\${{ inputs.me }}" > out/me.txt
      if [ "\${{ inputs.hold }}" = true ]; then until [ -e go ]; do sleep 0.02; done; fi
      rmdir at-work
    artifacts: out/*.txt
outputs: { file: "\${{ steps.upload.outputs.artifacts[0].file }}" }
`,
    );
    const both = await place.bash(`${UNTIL}
      giga run main.yaml -i me=one -i hold=true 2> one.err & there at-work
      giga run main.yaml -i me=two 2> two.err & says two.err 'waiting'
      giga why deploy/upload > why.out; touch go; wait`);
    expect(both.code).toBe(0);
    const [one, two] = ['one', 'two'].map((name) => idOf(read(`${name}.err`)));
    expect(read('two.err')).toContain(`deploy/upload waiting for lock "db-eu" held by run ${one}`);
    expect(read('why.out')).toContain(`it waits for lock "db-eu" held by run ${one}, step deploy/upload`);
    expect(read('order')).toBe('one\ntwo\n');
    for (const [run, me] of [
      [one, 'one'],
      [two, 'two'],
    ]) {
      const copied = await place.giga('runs', 'artifacts', String(run), 'deploy/upload', '--to', `copy-${me}`);
      expect(copied.code).toBe(0);
      expect(read(`copy-${me}/deploy.upload/out/me.txt`)).toBe(`${me}\n`);
    }
    expect((await place.giga('logs', 'read')).out).toBe('two\n');
    expect((await place.giga('verify')).code).toBe(0);
  });

  it('start their service again after kill -9, and their steps find it', async () => {
    place.put('server.cjs', SERVER);
    place.put('main.yaml', 'steps: { tests: { workflow: lib/tests.yaml, with: { greeting: listening } } }');
    place.put(
      'lib/tests.yaml',
      `
inputs: { greeting: { required: true } }
steps:
  api: { service: { run: exec node server.cjs, ready: { log: "\${{ inputs.greeting }}" } } }
  first: { needs: api, run: ${JSON.stringify(ASK('/first'))} }
  second: { needs: [api, first], run: ${JSON.stringify(`test -e go || { touch begun; sleep 30; }; ${ASK('/second')}`)} }
finally: [{ id: end, run: 'echo end >> ends' }]
`,
    );
    const cut = await place.bash(`${UNTIL}
      '${process.execPath}' '${place.program}' run main.yaml 2> one.err & one=$!; there begun; kill -9 $one; wait $one; touch go
      giga resume --plan; giga resume; giga verify; echo "verified $?"`);
    expect(cut.out).toMatch(/run +tests\/api +serves those that need it/);
    expect(cut.err).toMatch(
      /tests\/api serving[^]*tests\/second ok[^]*tests\/api ok[^]*tests\/finally\/end ok[^]*RESULT succeeded/,
    );
    expect(cut.out).toContain('verified 0');
    const [before, after, ...others] = read('pids').trim().split('\n');
    expect([before === after, others, read('ends')]).toEqual([false, [], 'end\n']);
    expect((await place.giga('logs', 'tests/second')).out).toContain(`/second ${after}`);
  });
});
