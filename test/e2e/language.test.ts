import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../cli/giga.ts';
import { eventsOf, inPlace, isClear, marks, outputsOf } from './place.ts';

/** How each step ended, by path: its result, and for what was skipped or cancelled the kind of the cause. */
function resultsOf(outcome: Outcome): Record<string, string> {
  const settled = eventsOf(outcome).filter(({ type, node }) => type === 'step.settled' && node !== '');
  return Object.fromEntries(
    settled.map(({ node, result, cause }) => {
      const { kind } = cause as { readonly kind: string }; // as the published schema says
      return [String(node), result === 'skipped' ? kind : String(result)];
    }),
  );
}

const verdictOf = (outcome: Outcome): unknown =>
  eventsOf(outcome).findLast(({ type }) => type === 'run.finished')?.['verdict'];

const run = (
  text: string,
  expected: (outcome: Outcome, results: Record<string, string>) => void | Promise<void>,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<void> =>
  inPlace(async (place) => {
    place.put('w.yaml', text);
    const outcome = await place.giga('run', 'w.yaml', '--json', ...args);
    isClear(outcome);
    await expected(outcome, resultsOf(outcome));
  }, env);

describe.concurrent('when a step starts', () => {
  it('joins and conditions', () =>
    run(
      `steps:
  ok: { run: "true" }
  bad: { run: exit 7, continue-on-error: true }
  allow: { run: exit 8, allow-failure: true }
  off: { if: "steps.ok.result == 'failed'", run: x }
  after-bad: { needs: bad, run: "echo \${{ steps.bad.result }} \${{ steps.bad.conclusion }} \${{ steps.bad.outcome }} \${{ steps.bad.outputs.exit-code }} \${{ needs.bad.result }}" }
  after-allow: { needs: allow, run: x }
  after-off: { needs: off, run: x }
  deep: { needs: after-allow, run: x }
  fails: { needs: allow, if: failure(), run: "true" }
  fails-deep: { needs: after-allow, if: failure(), run: "true" }
  no-failure: { needs: ok, if: failure(), run: x }
  always: { needs: allow, if: "always() && steps.allow.result == 'failed'", run: "true" }
  success: { needs: [ok, bad], if: "success() && steps.ok.conclusion == 'success'", run: "true" }
  any: { needs: { steps: [allow, off, ok], when: any-succeeded }, run: "true" }
  any-not: { needs: { steps: [allow, off], when: any-succeeded }, run: x }
  none-failed: { needs: { steps: [ok, off], when: none-failed }, run: "true" }
  none-failed-not: { needs: { steps: [ok, allow], when: none-failed }, run: x }
  all-done: { needs: { steps: [allow, after-allow], when: all-done }, run: "true" }
outputs: { said: "\${{ steps.after-bad.outputs.stdout }}" }
`,
      (outcome, results) => {
        expect([outcome.code, verdictOf(outcome)]).toEqual([0, 'succeeded with allowed failures']);
        expect(outcome.err).toContain('· 9 ok · 2 failed (2 allowed) · 7 skipped ·');
        expect(results).toEqual({
          ok: 'succeeded',
          bad: 'failed',
          allow: 'failed',
          off: 'condition-false',
          'after-bad': 'succeeded',
          'after-allow': 'need-failed',
          'after-off': 'need-skipped',
          deep: 'need-failed',
          fails: 'succeeded',
          'fails-deep': 'succeeded',
          'no-failure': 'condition-false',
          always: 'succeeded',
          success: 'succeeded',
          any: 'succeeded',
          'any-not': 'need-failed',
          'none-failed': 'succeeded',
          'none-failed-not': 'need-failed',
          'all-done': 'succeeded',
        });
        expect(outputsOf(outcome)).toEqual({ said: 'failed success failure 7 failed' });
      },
    ));

  it('a list runs in order; what is skipped by its condition does not stop it, what fails does', () =>
    run(
      `steps:
  - { id: a, run: echo a >> marks }
  - { id: b, if: "1 > 2", run: echo b >> marks }
  - { id: first, needs: [], run: echo >> other }
  - { id: c, run: echo c >> marks }
  - { id: d, run: echo d >> marks; exit 1 }
  - { id: e, run: echo e >> marks }
on-failure: [{ id: told, run: echo failed >> marks }]
finally: [{ id: last, run: "echo last >> marks" }]
`,
      (outcome, results) => {
        expect([outcome.code, results]).toEqual([
          1,
          {
            a: 'succeeded',
            b: 'condition-false',
            first: 'succeeded',
            c: 'succeeded',
            d: 'failed',
            e: 'need-failed',
            'on-failure/told': 'succeeded',
            'finally/last': 'succeeded',
          },
        ]);
      },
    ));

  it('choose takes the first branch that holds', () =>
    run(
      `steps:
  ok: { set: { v: 2 } }
  pick:
    choose:
      - { if: "steps.ok.outputs.v == 1", steps: { x: { run: x } } }
      - { if: "steps.ok.outputs.v == 2", steps: { y: { run: echo y } }, outputs: { said: "\${{ steps.y.outputs.stdout }}" } }
      - { else: { z: { run: x } } }
  else: { choose: [{ if: "false && steps.ok.outputs.v", steps: [{ run: x }] }, { else: [{ id: z, run: "true" }] }] }
  none: { choose: [{ if: "steps.ok.outputs.v == 3", steps: [{ run: x }] }] }
outputs:
  branch: \${{ steps.pick.outputs.branch }}
  said: \${{ steps.pick.outputs.said }}
  else: \${{ steps.else.outputs.branch }}
  none: \${{ steps.none.result }}
`,
      (outcome) => {
        expect(outputsOf(outcome)).toEqual({ branch: 1, said: 'y', else: 'else', none: 'skipped' });
        expect(outcome.code).toBe(0);
      },
    ));

  it('parallel has a bound, and stops at the first failure', () =>
    inPlace(async (place) => {
      const counting = 'n=$(mktemp -p live); ls live | wc -l >> marks; sleep 0.1; rm $n';
      mkdirSync(join(place.folder, 'live'));
      place.put(
        'w.yaml',
        `steps:
  par: { max: 2, parallel: [${Array.from({ length: 6 }, (_, i) => `{ id: p${i}, run: '${counting}' }`).join(', ')}] }
  fast:
    needs: par
    continue-on-error: true
    fail-fast: true
    parallel: [{ id: quick, run: sleep 0.1; exit 1 }, { id: slow, run: sleep 30 }]
  all:
    needs: par
    continue-on-error: true
    parallel: [{ id: q, run: exit 1 }, { id: s, run: sleep 0.3; echo through >> marks }]
`,
      );
      const outcome = await place.giga('run', 'w.yaml', '--json');
      expect(resultsOf(outcome)).toMatchObject({ 'fast/quick': 'failed', 'fast/slow': 'cancelled', fast: 'failed' });
      expect(resultsOf(outcome)).toMatchObject({ 'all/q': 'failed', 'all/s': 'succeeded', all: 'failed' });
      const counts = marks(place)
        .filter((line) => line !== 'through')
        .map(Number);
      expect([counts.length, Math.max(...counts)]).toEqual([6, 2]);
      expect(marks(place)).toContain('through');
      expect(outcome.code).toBe(0);
    }));

  it('nothing ran is a warning, no success', () =>
    run('inputs: { go: { type: boolean, default: false } }\nsteps: { a: { if: inputs.go, run: x } }\n', (outcome) => {
      expect([outcome.code, verdictOf(outcome)]).toEqual([0, 'nothing ran']);
      expect(outcome.err).toContain('RESULT nothing ran · 1 skipped');
      expect(outcome.err).toContain('warning: no step succeeded');
    }));
});

describe.concurrent('groups', () => {
  it('have a scope of their own, and give what they declare', () =>
    run(
      `env: { A: top, B: top }
steps:
  outer: { run: echo seen }
  g:
    env: { A: group }
    outputs: { r: "\${{ steps.inner.outputs.v }}", d: "\${{ steps.nest.outputs.d }}" }
    steps:
      inner: { env: { B: "\${{ env.A }}-step" }, run: 'echo "v=$A-$B-\${{ steps.outer.outputs.stdout }}" >> "$GIGA_OUTPUT"' }
      nest: { outputs: { d: "\${{ steps.deep.outputs.stdout }}" }, steps: [{ id: deep, run: echo deep }] }
outputs: { r: "\${{ steps.g.outputs.r }}", d: "\${{ steps.g.outputs.d }}" }
`,
      (outcome, results) => {
        expect(outputsOf(outcome)).toEqual({ r: 'group-group-step-seen', d: 'deep' });
        expect(results).toMatchObject({ 'g/nest/deep': 'succeeded', 'g/inner': 'succeeded' });
      },
    ));

  it('are closed: what is inside cannot be read from outside', () =>
    run('steps:\n  g: { steps: { x: { run: y } } }\n  o: { run: "echo ${{ steps.x.result }}" }\n', (outcome) => {
      expect(outcome.code).toBe(3);
      expect(outcome.err).toContain('outputs');
    }));

  it('are tried again as a whole', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        "steps:\n  g: { retry: { attempts: 3 }, steps: [{ id: a, run: echo a >> marks }, { id: b, run: '[ $(wc -l < marks) = 2 ]' }] }\n",
      );
      expect((await place.giga('run', 'w.yaml')).code).toBe(0);
      expect(marks(place)).toEqual(['a', 'a']);
    }));
});

describe.concurrent('values', () => {
  it('null is refused where text is wanted, and an argument list is spread', () =>
    run(
      `steps:
  ok: { run: "true" }
  nul: { run: "echo \${{ steps.ok.outputs.nope }}", continue-on-error: true }
  argv-nul: { run: [echo, "\${{ steps.ok.outputs.nope }}"], continue-on-error: true }
  meant: { run: "echo [\${{ steps.ok.outputs.nope ?? '' }}]" }
  list: { run: [printf, "%s|", a, "\${{ fromJSON('[\\"x y\\", \\"\\", \\"$HOME\\"]') }}", "*"] }
  object: { run: "echo \${{ fromJSON('{}') }}", continue-on-error: true }
  stdin: { run: [cat], stdin: "\${{ fromJSON('{\\"a\\": [1, 2]}') }}" }
  codes: { run: exit 1, success-codes: [0, 1] }
  number: { run: [echo, 3.10, 1e3, true] }
outputs:
  meant: \${{ steps.meant.outputs.stdout }}
  list: \${{ steps.list.outputs.stdout }}
  stdin: \${{ fromJSON(steps.stdin.outputs.stdout) }}
  codes: \${{ steps.codes.outputs.exit-code }}
  number: \${{ steps.number.outputs.stdout }}
`,
      (outcome, results) => {
        expect(outputsOf(outcome)).toEqual({
          meant: '[]',
          list: 'a|x y||$HOME|*|',
          stdin: { a: [1, 2] },
          codes: 1,
          number: '3.10 1e3 true',
        });
        expect(results).toMatchObject({ nul: 'failed', 'argv-nul': 'failed', object: 'failed' });
        expect(outcome.err).toContain("write `steps.ok.outputs.nope ?? ''`");
        expect(outcome.err).toContain('toJSON');
      },
    ));

  it('variables come in layers, the step last', () =>
    inPlace(
      async (place) => {
        place.put(
          'giga.yaml',
          'env: { L: giga, A: giga, B: giga, C: giga, D: giga, E: giga, F: giga }\nprofiles: { p: { env: { D: config-profile, X: config-profile } } }\nvars: { base-url: a, two: b }\n',
        );
        place.put('one.env', 'B=one\nC=one\nD=one\nE=one\nF=one\n');
        place.put('two.env', 'B=two\n');
        place.put(
          'w.yaml',
          `env-files: [one.env, two.env]
env: { C: workflow, D: workflow, E: workflow, F: workflow }
profiles: { p: { env: { D: profile } } }
vars: { two: workflow, three: c }
steps:
  g:
    env: { E: group, F: group }
    outputs: { all: "\${{ steps.s.outputs.stdout }}", bare: "\${{ steps.c.outputs.stdout }}", vars: "\${{ vars.base-url }} \${{ vars.two }} \${{ vars.three }}" }
    steps:
      s: { env: { F: step }, run: 'echo "$P $L $A $B $C $D $E $F \${X-}"' }
      c: { env: { F: step }, clear-env: true, run: [/usr/bin/env] }
outputs: { all: "\${{ steps.g.outputs.all }}", bare: "\${{ steps.g.outputs.bare }}", vars: "\${{ steps.g.outputs.vars }}" }
`,
        );
        const plain = outputsOf(await place.giga('run', 'w.yaml', '--json'));
        expect(plain['all']).toBe('process giga giga two workflow workflow group step ');
        expect(
          String(plain['bare'])
            .split('\n')
            .filter((line) => !/^(GIGA_|PWD=)/.test(line)),
        ).toEqual(['F=step']);
        expect(plain['vars']).toBe('a workflow c');
        const profile = outputsOf(await place.giga('run', 'w.yaml', '--json', '--profile', 'p', '--var', 'two=flag'));
        expect(profile['all']).toBe('process giga giga two workflow profile group step config-profile');
        expect(profile['vars']).toBe('a flag c');
        Object.assign(place.env, { GIGA_VAR_BASE_URL: 'env', GIGA_VAR_TWO: 'env', GIGA_PROFILE: 'p' });
        expect(outputsOf(await place.giga('run', 'w.yaml', '--json'))['vars']).toBe('env env c');
        const bad = await place.giga('run', 'w.yaml', '--profile', 'q');
        expect([bad.code, bad.err]).toEqual([3, expect.stringContaining('There is no profile `q`')]);
      },
      { P: 'process', L: 'process', A: 'process' },
    ));

  it('the working folder is the root, or what the step says', () =>
    inPlace(async (place) => {
      mkdirSync(join(place.folder, 'sub/deep'), { recursive: true });
      place.put(
        'sub/w.yaml',
        'steps:\n  a: { run: pwd }\n  b: { run: pwd, cwd: sub/deep }\n  c: { run: x, cwd: nowhere, continue-on-error: true }\noutputs: { a: "${{ steps.a.outputs.stdout }}", b: "${{ steps.b.outputs.stdout }}" }\n',
      );
      const outcome = await place.giga('-C', 'sub', 'run', 'w.yaml', '--json');
      expect(outputsOf(outcome)).toEqual({ a: place.folder, b: join(place.folder, 'sub/deep') });
      expect(outcome.err).toContain('STEP_CWD_MISSING');
    }));
});

describe.concurrent('time', () => {
  it('a timeout sends TERM, and after the grace KILL, to all that the step started', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        `steps:
  polite: { run: "trap 'echo bye >> marks; exit 0' TERM; while :; do sleep 0.05; done", timeout: 2s, continue-on-error: true }
  deaf: { run: "trap '' TERM; sleep 61.7301 & sleep 61.7302; sleep 61.7303", timeout: 2s, grace: 200ms, continue-on-error: true }
  retried: { run: 'echo r >> marks; [ $GIGA_ATTEMPT = 2 ] || sleep 61.7304', timeout: 2s, retry: { attempts: 2 } }
`,
      );
      const outcome = await place.giga('run', 'w.yaml', '--json');
      const ends = eventsOf(outcome).filter(({ type }) => type === 'attempt.ended');
      expect(ends.map(({ node, outcome: how }) => `${String(node)} ${String(how)}`).toSorted()).toEqual([
        'deaf timed-out',
        'polite timed-out',
        'retried succeeded',
        'retried timed-out',
      ]);
      expect(marks(place).toSorted()).toEqual(['bye', 'r', 'r']);
      expect(outcome.err).toContain('The step was stopped after 2 s.');
      expect((await place.bash('pgrep -f "sleep 61[.]730[1-4]$" || echo none')).out).toContain('none');
    }));

  it('a retry waits longer each time, and says which attempt it is', () =>
    run(
      'steps: { a: { run: "[ $GIGA_ATTEMPT = 4 ]", retry: { attempts: 4, delay: 10ms, backoff: exponential, factor: 3, max-delay: 50ms } } }\n',
      (outcome) => {
        const delays = eventsOf(outcome).filter(({ type }) => type === 'timer.started');
        expect(delays.map(({ delayMs }) => delayMs)).toEqual([10, 30, 50]);
        expect([outcome.code, outcome.err]).toEqual([
          0,
          expect.stringMatching(/a FAILED exit 1 \S+ attempt 1\/4 retry in 10ms/),
        ]);
      },
    ));

  it('a step can wait, and can fail with words', () =>
    run(
      'steps:\n  w: { wait: { for: 40ms } }\n  f: { needs: w, fail: "waited ${{ steps.w.outputs.waited-ms }} ms" }\n',
      (outcome) => {
        expect([outcome.code, outcome.err]).toEqual([1, expect.stringContaining('= waited 40 ms')]);
      },
    ));
});

describe.concurrent('a workflow in Markdown', () => {
  it('runs its sections in order, and its prose is prose', () =>
    inPlace(async (place) => {
      place.put(
        'notes.md',
        `---
kind: workflow
name: Notes
inputs: { who: { type: string, default: you } }
steps:
  shout: { env: { LOUD: "yes" }, if: "inputs.who != 'nobody'" }
outputs: { said: "\${{ steps.shout.outputs.stdout }}" }
---
# Notes

Words, and a fence that is none of ours:

- \`\`\`bash
  echo not a step
  \`\`\`

## greet

Says hello.

\`\`\`bash
echo "hello \${{ inputs.who }}" | tee -a marks
\`\`\`

## Shouting {#shout}

\`\`\`python
import os
print("\${{ steps.greet.outputs.stdout }}!".upper() if False else os.environ["LOUD"])
\`\`\`

## What comes later

\`\`\`bash
echo never
\`\`\`
`.replace('"${{ steps.greet.outputs.stdout }}!".upper() if False else ', ''),
      );
      const outcome = await place.giga('run', 'notes.md', '--json');
      expect([outcome.code, outcome.err]).toEqual([0, expect.stringContaining('RESULT succeeded · 2 ok')]);
      expect(outputsOf(outcome)).toEqual({ said: 'yes' });
      expect(marks(place)).toEqual(['hello you']);
      const wrong = await place.giga('run', 'notes.md', '-i', 'whom=x');
      expect([wrong.code, wrong.err]).toEqual([3, expect.stringContaining('`who`')]);
    }));

  it('has positions of the file', () =>
    inPlace(async (place) => {
      place.put('w.md', '---\nkind: workflow\n---\n# W\n\n## a\n\n```bash\necho ok\necho ${{ inputs.x }}\n```\n');
      const outcome = await place.giga('validate', 'w.md');
      expect([outcome.code, outcome.err]).toEqual([3, expect.stringContaining(' --> w.md:10:17\n')]);
    }));
});

describe.concurrent('shells', () => {
  it('are those that a step names', () =>
    run(
      `steps:
  sh: { shell: sh, run: 'echo "$0 \${BASH_VERSION-none}"' }
  bash: { run: 'set -o | grep -cE "(errexit|nounset|pipefail)[[:space:]]+on"' }
  python: { shell: python, run: "print(6 * 7)" }
  node: { shell: node, run: "console.log([1, 2].map((n) => n * 2).join())", env: { A: "1" } }
  pipe: { run: "false | true", continue-on-error: true }
  pwsh: { shell: pwsh, run: Get-Date, continue-on-error: true }
  none: { run: [no-such-program-here], continue-on-error: true }
outputs:
  bash: \${{ steps.bash.outputs.stdout }}
  python: \${{ steps.python.outputs.stdout }}
  node: \${{ steps.node.outputs.stdout }}
`,
      (outcome, results) => {
        expect(outputsOf(outcome)).toEqual({ bash: '3', python: '42', node: '2,4' });
        expect(results).toMatchObject({ pipe: 'failed', none: 'failed' });
        expect(outcome.err).toContain('There is no program `no-such-program-here`');
      },
    ));

  it('refuse values where they cannot be given safely', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        'inputs: { x: { type: string, default: "$(touch canary)" } }\nsteps:\n  a: { shell: python, run: "print(\'${{ inputs.x }}\')" }\n  b: { run: "eval ${{ inputs.x }}" }\n  c: { run: "cat <<\'E\'\\n${{ inputs.x }}\\nE\\n" }\n',
      );
      const outcome = await place.giga('run', 'w.yaml');
      expect(outcome.code).toBe(3);
      expect(outcome.err.match(/^error\[/gm)).toHaveLength(3);
      place.put(
        'sum.yaml',
        'inputs: { x: { type: string, default: "a[$(touch canary)]" } }\nsteps: { a: { run: "echo $(( ${{ inputs.x }} + 1 ))" } }\n',
      );
      const sum = await place.giga('run', 'sum.yaml');
      expect([sum.code, sum.err]).toEqual([1, expect.stringContaining('SHELL_NOT_INTEGER')]);
      expect((await place.giga('run', 'sum.yaml', '-i', 'x=41', '-v')).err).toContain('| 42');
      expect((await place.bash('ls canary')).code).not.toBe(0);
    }));

  it('a program that may not be executed says so', () =>
    inPlace(async (place) => {
      place.put('prog', '#!/bin/sh\necho hi\n');
      chmodSync(join(place.folder, 'prog'), 0o644);
      place.put('w.yaml', 'steps: { a: { run: [./prog] } }\n');
      const outcome = await place.giga('run', 'w.yaml');
      expect([outcome.code, outcome.err]).toEqual([1, expect.stringContaining('cannot be executed')]);
      isClear(outcome);
    }));
});
