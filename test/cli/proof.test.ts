import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

/** Times and ids are those of the day. */
const still = (text: string): string =>
  text
    .replaceAll(/\b\d\d:\d\d:\d\d /g, '')
    .replaceAll(/\d{4}-\d\d-\d\d /g, '')
    .replaceAll(/ \d+(?:\.\d+)?m?s\b/g, '')
    .replaceAll(/\b[0-9a-z]{4}(?=(?: |$|\n))/g, (word) => (/^(?:run|runs)$/.test(word) ? word : word));

describe('what a step ensures', () => {
  const BUILD = `
inputs: { how: { type: string, default: good } }
steps:
  build:
    run: |
      case "\${{ inputs.how }}" in
        good) mkdir -p dist; date +%N > dist/app; echo built;;
        idle) echo built;;
        mute) mkdir -p dist; date +%N > dist/app;;
      esac
    ensures:
      - files-changed: dist/**
      - exists: dist/app
      - output: self.stdout != ''
      - run: test -s dist/app
  ship: { needs: build, run: echo shipped }
`;
  it('is looked at by giga, and the verdict says so', async () => {
    place.put('b.yaml', BUILD);
    expect((await place.giga('run', 'b.yaml')).code).toBe(0);
    const shown = (await place.giga('runs', 'show')).out;
    expect(shown).toContain('because 2 succeeded\nproof   what steps ensure was found so once\n');
    expect((await place.giga('verify')).out).toContain('verified');
  });

  it.each([
    ['idle', 'Step `build` did its work, and no file that matches `dist/**` has changed.', ''],
    ['mute', "Step `build` did its work, and `self.stdout != ''` does not hold.", 'Found: self.stdout is "".'],
  ])('a step that did nothing (%s) is hollow', async (how, message, found) => {
    place.put('b.yaml', BUILD);
    const { code, err } = await place.giga('run', 'b.yaml', '-i', `how=${how}`);
    expect(code).toBe(1);
    expect(err).toContain('build FAILED STEP_HOLLOW');
    expect(err).toContain(message);
    expect(err).toContain(found);
    expect(err).toContain('ship skipped needs build, which failed');
    expect((await place.giga('runs', 'show')).out).toContain('because build failed\n');
  });

  it('a commit, in a repository; an address; and the state before a run that was killed', async () => {
    await place.bash(
      'rm -rf .git; git init -q -b main . && git -c user.name=x -c user.email=x@y commit -q --allow-empty -m one',
    );
    place.put(
      'c.yaml',
      `steps:
  note: { run: 'git -c user.name=x -c user.email=x@y commit -q --allow-empty -m two', ensures: { commit: true } }
  idle: { needs: note, run: 'true', ensures: { commit: true }, allow-failure: true }
  far: { run: 'true', ensures: { http: 'http://127.0.0.1:9/none' }, allow-failure: true }
`,
    );
    const { code, err } = await place.giga('run', 'c.yaml');
    expect(code).toBe(0);
    expect(err).toContain('idle FAILED (ALLOWED) STEP_HOLLOW');
    expect(err).toContain('Step `idle` did its work, and no commit was made.');
    expect(err).toContain('Step `far` did its work, and `http://127.0.0.1:9/none` does not succeed.');
    expect((await place.giga('runs', 'show')).out).toContain('because 1 succeeded, 2 failed; ');
  });
});

describe('--require', () => {
  it('fails a run that did not do what was asked of it', async () => {
    place.put('r.yaml', "steps: { a: { if: 'false', run: 'true' }, b: { run: 'true' } }\n");
    expect((await place.giga('run', 'r.yaml')).code).toBe(0);
    const { code, err } = await place.giga('run', 'r.yaml', '--require', 'a');
    expect([code, err.includes('The run was to do `a`, and has not.')]).toEqual([1, true]);
    expect((await place.giga('runs', 'show')).out).toContain('because the run was to do `a`, and has not');
    expect(await place.giga('run', 'r.yaml', '--require', 'aa')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean `a`?'),
    });
  });
});

describe('an effect in doubt', () => {
  const step = (more: string): string => `
steps:
  apply:
    run: |
      echo applied >> db.txt
      while [ -e hold ]; do sleep 0.05; done
    idempotent: false
${more}  after: { needs: apply, run: 'echo "after \${{ steps.apply.outputs.rows ?? 0 }}"' }
`;
  const VERIFY = `    verify: { run: 'grep -q applied db.txt && echo rows=7 >> "$GIGA_OUTPUT"' }\n`;
  /** A run that is killed while the step is under way, which then ends by itself. */
  const KILLED = `touch hold; node -e 0; '${process.execPath}' "$GIGA" run m.yaml 2>/dev/null & P=$!
    for _ in {1..500}; do [ -s db.txt ] && break; sleep 0.02; done; kill -9 $P; wait $P; rm hold; true`;
  const kill = () => place.bash(`GIGA='${place.program}'; ${KILLED}`);

  it('is found out by `verify`', async () => {
    place.put('m.yaml', step(VERIFY));
    await kill();
    expect((await place.giga('resume', '--plan')).out).toContain(
      '? in doubt apply     its attempt was cut off; `verify` is asked',
    );
    const { code, err, out } = await place.giga('resume');
    expect([code, err]).toEqual([0, expect.stringContaining('apply ok done, says `verify`')]);
    expect((await place.bash('cat db.txt')).out).toBe('applied\n');
    expect(still(out + (await place.giga('runs', 'show')).out)).toContain('proof   1 effect in doubt had happened');
    expect((await place.giga('logs', 'after')).out).toContain('after 7');
  });

  it('is asked about where nothing tells, and nothing is done meanwhile', async () => {
    place.put('m.yaml', step(''));
    await kill();
    const stopped = await place.giga('resume');
    expect(stopped.code).toBe(5);
    expect(stopped.err).toContain(
      '? apply  in doubt  its attempt was cut off, and nothing tells whether it has happened',
    );
    expect(stopped.err).toMatch(/answer giga resume \w+ --assume apply=done {3}it has happened/);
    expect(stopped.err).toContain('RESULT waiting · 1 in doubt ·');
    expect((await place.giga('runs', 'list')).out).toContain('waiting');
    expect((await place.giga('why', 'apply')).out).toContain('it waits for someone who knows: its attempt was cut off');
    expect((await place.giga('resume', '--assume', 'apply=done', '--plan')).out).toContain(
      '↺ keep  apply     done, says ',
    );
    const done = await place.giga('resume', '--assume', 'apply=done');
    expect([done.code, (await place.bash('cat db.txt')).out]).toEqual([0, 'applied\n']);
    expect((await place.giga('verify')).out).toContain('verified');
  });

  it('is done again where someone says so', async () => {
    place.put('m.yaml', step(''));
    await kill();
    expect((await place.giga('resume', '--assume', 'apply=retry')).code).toBe(0);
    expect((await place.bash('cat db.txt')).out).toBe('applied\napplied\n');
  });

  it('arises also from an edit, and from --from', async () => {
    place.put('m.yaml', step(''));
    expect((await place.giga('run', 'm.yaml')).code).toBe(0);
    const again = await place.giga('resume', '--from', 'apply');
    expect([again.code, again.err]).toEqual([
      5,
      expect.stringContaining('it has succeeded, and is not the same any more'),
    ]);
    place.put('m.yaml', step('').replace('echo applied', 'echo other'));
    expect((await place.giga('resume', '--plan')).out).toContain('? in doubt apply');
    expect((await place.giga('resume', '--assume', 'apply=done')).code).toBe(0);
    expect((await place.bash('cat db.txt')).out).toBe('applied\n');
  });

  it.each([
    [['--assume', 'apply'], 2, 'takes STEP=done or STEP=retry'],
    [['--assume', 'apply=maybe'], 2, 'takes STEP=done or STEP=retry'],
    [['--assume', 'after=done'], 1, 'Step `after` is never in doubt'],
    [['--assume', 'nix=done'], 2, 'There is no step `nix`'],
  ])('what cannot be assumed: %s', async (args, code, said) => {
    place.put('m.yaml', step(''));
    await kill();
    const refused = await place.giga('resume', ...args);
    expect([refused.code, refused.err]).toEqual([code, expect.stringContaining(said)]);
  });
});
