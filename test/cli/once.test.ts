/** What is done once, and what is undone, with the built command and real processes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

const UNTIL = `
patiently() { local n=0; until "$@" 2> /dev/null; do sleep 0.05; n=$((n + 1)); [ $n -lt 300 ] || { echo "never: $*"; return; }; done; }
there() { patiently test -e "$1"; }
says() { patiently grep -q "$2" "$1"; }
`;
const DIRECT = (): string => `'${process.execPath}' '${place.program}'`;
const read = (file: string): string => readFileSync(join(place.folder, file), 'utf8');
const idOf = (text: string): string => / run (\w+)/.exec(text)?.[1] ?? '';

const PAY = `
inputs: { to: { type: string, default: acme }, fail: { type: boolean, default: false } }
steps:
  - id: pay
    once: pay-\${{ inputs.to }}
    run: 'echo paid >> paid; test "\${{ inputs.fail }}" = false; if [ -e hold ]; then touch held; until [ -e go ]; do sleep 0.02; done; fi; echo 17'
    outputs: { receipt: "\${{ self.stdout }}" }
  - { id: tell, run: 'echo "receipt \${{ steps.pay.outputs.receipt }}" >> told' }
`;

describe('once', () => {
  it('is done by the first run, and kept by the next, which says who did it', async () => {
    place.put('pay.yaml', PAY);
    const first = idOf((await place.giga('run', 'pay.yaml')).err);
    const second = await place.giga('run', 'pay.yaml');
    expect(second.err).toContain(`pay kept once · done by run ${first}`);
    expect(second.err).toContain('RESULT succeeded · 2 ok (1 kept)');
    expect([read('paid'), read('told')]).toEqual(['paid\n', 'receipt 17\nreceipt 17\n']);
    expect((await place.giga('runs', 'show')).out).toMatch(new RegExp(`↺ pay +kept +once · done by run ${first}`));
    expect((await place.giga('why', 'pay')).out).toMatch(
      new RegExp(`↺ pay was kept .*\\n  because once: run ${first} did \`pay\` under the key "pay-acme" at 20`),
    );
    expect(await place.giga('verify')).toMatchObject({ code: 0 });
    await place.giga('run', 'pay.yaml', '-i', 'to=other');
    expect(read('paid')).toBe('paid\npaid\n');
  });

  it('is free again after a failure, and the plan of a resume says who did it meanwhile', async () => {
    place.put('pay.yaml', PAY);
    const failed = idOf((await place.giga('run', 'pay.yaml', '-i', 'fail=true')).err);
    const second = idOf((await place.giga('run', 'pay.yaml')).err);
    expect((await place.giga('resume', failed, '--plan')).out).toMatch(
      new RegExp(`keep +pay +once: done by run ${second}`),
    );
    expect((await place.giga('resume', failed)).err).toContain(`pay kept once · done by run ${second}`);
  });

  it('is done by one of two runs that begin at once', async () => {
    place.put('pay.yaml', PAY);
    const both = await place.bash(`${UNTIL} touch hold
      giga run pay.yaml 2> one.err & there held; giga run pay.yaml 2> two.err & says two.err waiting; giga why pay > why.out; touch go; wait`);
    expect(both.code).toBe(0);
    const one = idOf(read('one.err'));
    expect(read('two.err')).toContain(`pay waiting for the key "pay-acme" held by run ${one}`);
    expect(read('two.err')).toContain(`pay kept once · done by run ${one}`);
    expect(read('why.out')).toContain(`it waits for the key "pay-acme" held by run ${one}, step pay`);
    expect(read('paid')).toBe('paid\n');
  });

  it('is in doubt when a run was killed in the middle, until that one is resumed', async () => {
    place.put('pay.yaml', PAY);
    await place.bash(`${UNTIL} touch hold
      ${DIRECT()} run pay.yaml 2> one.err & one=$!; there held; kill -9 $one; wait; rm hold; touch go`);
    const [killed = ''] = (await place.giga('runs', 'list', '--json')).out.match(/"id":"\w+"/g) ?? [];
    const id = killed.slice(6, -1);
    const second = await place.giga('run', 'pay.yaml');
    expect(second).toMatchObject({ code: 1 });
    expect(second.err).toContain('pay FAILED STEP_ONCE_IN_DOUBT');
    expect(second.err).toContain(`\`giga resume ${id}\` decides it`);
    expect((await place.giga('resume', id)).err).toContain('RESULT succeeded');
    expect((await place.giga('resume', idOf(second.err))).err).toContain(`pay kept once · done by run ${id}`);
  });

  it('is kept when the run that did it was removed', async () => {
    place.put('pay.yaml', PAY);
    const first = idOf((await place.giga('run', 'pay.yaml')).err);
    await place.giga('runs', 'prune', '--keep', '0');
    expect((await place.giga('run', 'pay.yaml')).err).toContain(`pay kept once · done by run ${first}`);
  });

  it.each([
    [
      'steps: [{ id: g, once: k, steps: [{ id: a, run: "true" }] }]',
      'DOC_UNKNOWN_KEY',
      '`once` belongs to `run`, `http`, `mcp`, `uses` or `write`',
    ],
    ['steps: [{ id: a, once: "${{ null }}", run: "true" }]', 'STEP_NULL_VALUE', 'null'],
    [
      'steps: [{ id: a, once: "${{ \'\' }}", run: "true" }]',
      'STEP_LOCK_NAME',
      'The key of `once` of step `a` is empty',
    ],
  ])('is refused where it cannot be: %s', async (text, code, message) => {
    place.put('w.yaml', text);
    const { err } = await place.giga('run', 'w.yaml');
    expect(err).toContain(code);
    expect(err).toContain(message);
  });
});

const RELEASE = `
inputs: { fail: { type: string, default: none } }
env: { FAIL: "\${{ inputs.fail }}" }
steps:
  - id: tag
    once: v1
    run: echo tag >> log
    compensate: { run: 'echo untag >> log; test "$FAIL" != untag' }
  - id: publish
    run: echo publish >> log; echo 42
    outputs: { id: "\${{ self.stdout }}" }
    compensate:
      - { id: pull, run: 'echo "pull \${{ self.outputs.id }}" >> log; if [ -e hold ]; then touch held; sleep 30; fi' }
      - { id: note, run: echo note >> log }
  - { id: announce, run: test "$FAIL" = none }
on-failure:
  - { id: undo, compensate: all }
`;

describe('compensate', () => {
  it('undoes in reverse order what succeeded, and tells so', async () => {
    place.put('release.yaml', RELEASE);
    const failed = await place.giga('run', 'release.yaml', '-i', 'fail=announce');
    expect(failed.code).toBe(1);
    expect(read('log')).toBe('tag\npublish\npull 42\nnote\nuntag\n');
    const { out } = await place.giga('runs', 'show');
    expect(out).toMatch(/✔ tag +ok .* undone\n✔ tag\/compensate +ok/);
    expect((await place.giga('why', 'tag')).out).toContain('a compensation has undone it since');
    expect((await place.giga('resume', '--plan')).out).toMatch(/run +tag +was undone\n.*run +publish +was undone/);
    expect(await place.giga('verify')).toMatchObject({ code: 0 });
    // What was undone is not done: neither in this run nor, under its key, for others.
    const second = await place.giga('run', 'release.yaml');
    expect(second.err).toContain('RESULT succeeded');
    expect(
      read('log')
        .split('\n')
        .filter((line) => line === 'tag'),
    ).toHaveLength(2);
    const resumed = await place.giga('resume', idOf(failed.err));
    expect(resumed.err).toContain(`tag kept once · done by run ${idOf(second.err)}`);
  });

  it('that fails says what still stands, and undoes the others', async () => {
    place.put('release.yaml', RELEASE.replace('test "$FAIL" = none', 'exit 1'));
    const failed = await place.giga('run', 'release.yaml', '-i', 'fail=untag');
    expect(failed.err).toMatch(/undo FAILED RUN_COMPENSATION_FAILED\n.*What undoes `tag` failed, so what it did still/);
    expect((await place.giga('resume', '--plan')).out).toMatch(/keep +tag .*\n.*run +publish +was undone/);
  });

  it('reaches into items of a child workflow with what they see, and waits for people', async () => {
    place.put(
      'child.yaml',
      `
inputs: { zone: { type: string, required: true } }
env: { ZONE: '\${{ inputs.zone }}' }
steps:
  - id: up
    for-each: [p, q]
    steps:
      - id: put
        run: echo "put \${{ item }}" >> log
        compensate: { run: 'echo "take \${{ item }} \${{ inputs.zone }} $ZONE" >> log' }
`,
    );
    place.put(
      'w.yaml',
      `
steps:
  - id: tag
    run: echo tag >> log
    compensate: [{ id: ask, approve: { message: Undo the tag? } }, { id: untag, run: echo untag >> log }]
  - { id: other, run: 'true', compensate: { run: echo other >> log } }
  - { id: deploy, workflow: child.yaml, with: { zone: eu } }
  - { id: boom, run: exit 1 }
on-failure: [{ id: undo, compensate: [tag, deploy] }]
`,
    );
    expect(await place.giga('run', 'w.yaml')).toMatchObject({ code: 5 });
    expect(read('log').split('\n').slice(3)).toEqual(['take q eu eu', 'take p eu eu', '']);
    expect((await place.giga('resume', '--plan')).out).toMatch(/run +tag\/compensate\/ask +waiting for a verdict/);
    expect(await place.giga('approve', '--verdict', 'approve')).toMatchObject({ code: 1 });
    expect(read('log')).toMatch(/untag\n$/);
    const { out } = await place.giga('graph', 'w.yaml');
    expect(out).toContain('compensate tag, deploy');
  });

  it('goes on after kill -9 where it was', async () => {
    place.put('release.yaml', RELEASE);
    const cut = await place.bash(`${UNTIL} touch hold
      ${DIRECT()} run release.yaml -i fail=announce 2> one.err & one=$!; there held; kill -9 $one; wait; rm hold
      giga resume; cat log`);
    expect(cut.out).toBe('tag\npublish\npull 42\npull 42\nnote\nuntag\n');
    expect(await place.giga('verify')).toMatchObject({ code: 0 });
  });

  it.each([
    ['steps: [{ id: a, run: "true", compensate: all }]', 'DOC_BAD_VALUE', 'says how the step is undone'],
    ['steps: [{ id: a, compensate: all }]', 'DOC_BAD_VALUE', 'a step of the `on-failure`'],
    [
      '{ steps: [{ id: a, run: "true" }], on-failure: [{ compensate: all }] }',
      'PLAN_NOTHING_TO_UNDO',
      'No step of the workflow says how it is undone',
    ],
    [
      '{ steps: [{ id: tag, run: "true", compensate: { run: "true" } }], on-failure: [{ compensate: [tga] }] }',
      'PLAN_NOTHING_TO_UNDO',
      '`tag`',
    ],
    [
      '{ steps: [{ id: a, run: "true" }, { id: b, run: "true", compensate: { run: "true" } }], on-failure: [{ compensate: [a] }] }',
      'PLAN_NOTHING_TO_UNDO',
      '`a` does not say',
    ],
    [
      '{ steps: [{ id: a, run: "true" }], finally: [{ id: b, run: "true", compensate: { run: "true" } }] }',
      'PLAN_COMPENSATE_PLACE',
      'never undone',
    ],
    [
      'steps: [{ id: a, run: "true", compensate: { run: "true", compensate: { run: "true" } } }]',
      'PLAN_COMPENSATE_PLACE',
      'never undone',
    ],
    [
      '{ steps: [{ id: a, run: "true", compensate: { run: "true" } }], on-failure: [{ compensate: al }] }',
      'DOC_BAD_VALUE',
      'undoes `all`, or a list',
    ],
    [
      '{ steps: [{ id: a, run: "true", compensate: { run: "true" } }], on-failure: [{ compensate: all, for-each: [1] }] }',
      'PLAN_KEY_WITHOUT_EFFECT',
      '`for-each` means nothing',
    ],
    [
      '{ steps: [{ id: a, run: "true", compensate: { run: "true" } }], on-failure: [{ compensate: all, retry: 2 }] }',
      'PLAN_KEY_WITHOUT_EFFECT',
      '`retry`',
    ],
    ['steps: [{ id: a, run: "true", compensate: {} }]', 'DOC_BAD_VALUE', 'compensate'],
    ['steps: [{ id: a, run: "true", compensate: { rn: "true" } }]', 'DOC', 'rn'],
    ['steps: [{ id: a, run: "true", compensate: [] }]', 'DOC', 'compensate'],
    ['steps: [{ id: a, set: { v: 1 }, compensate: { run: "true" } }]', 'DOC_UNKNOWN_KEY', '`compensate` belongs to'],
  ])('is refused where it cannot be: %s', async (text, code, message) => {
    place.put('w.yaml', text);
    const { err, code: exit } = await place.giga('validate', 'w.yaml');
    expect(exit).toBe(3);
    expect(err).toContain(`error[${code}`);
    expect(err).toContain(message);
  });
});
