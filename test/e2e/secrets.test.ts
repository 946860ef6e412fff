import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Workplace } from '../cli/giga.ts';
import { eventsOf, filesBelow, inPlace, isClear } from './place.ts';

/** With characters that every encoding writes otherwise, and long enough for base64 to break its lines. */
const TOKEN = `s3cr3t/"VALUE"+ü&x y'${'q7'.repeat(40)}\\end`;

const LEAKY = `
secrets: [TOKEN]
env: { WITH: "pre-\${{ secrets.TOKEN }}" }
steps:
  named:
    secrets: [TOKEN]
    run: |
      echo "plain $TOKEN" | tee /dev/stderr
      printf '%s' "\${TOKEN:0:9}"; sleep 0.1; printf '%s\\n' "\${TOKEN:9}"
      printf '%s' "$TOKEN" | base64; printf '%s' "$TOKEN" | base64 -w0 >&2; printf 'x%s' "$TOKEN" | base64 -w0; printf 'xy%s' "$TOKEN" | base64 -w0
      printf '%s' "$TOKEN" | od -An -v -tx1 | tr -d ' \\n'
      node -e 'const t=process.env.TOKEN;console.log(encodeURIComponent(t), JSON.stringify(t), JSON.stringify(JSON.stringify(t)), new URLSearchParams({ t }).toString())'
      echo "out=$TOKEN" >> "$GIGA_OUTPUT"
      echo "encoded=$(printf '%s' "$TOKEN" | base64 -w0)" >> "$GIGA_OUTPUT"
      echo "summary $TOKEN" >> "$GIGA_SUMMARY"
      echo "$WITH"
  interpolated: { run: 'echo "i \${{ secrets.TOKEN }}"' }
  argv: { run: [echo, "a \${{ secrets.TOKEN }}"] }
  stdin: { run: cat, stdin: "\${{ secrets.TOKEN }}" }
  after: { run: 'echo "\${{ steps.named.outputs.out }}"' }
  fails: { run: 'echo "boom \${{ secrets.TOKEN }}" >&2; exit 4', continue-on-error: true }
  program: { run: ["/nowhere/\${{ secrets.TOKEN }}"], continue-on-error: true }
  name: { secrets: [TOKEN], run: 'printf "%s=1\\n" "$TOKEN" >> "$GIGA_OUTPUT"', continue-on-error: true }
  end: { needs: { steps: [name, fails, after], when: all-done }, run: "exit 3" }
outputs: { o: "\${{ steps.named.outputs.out }}" }
finally: [{ run: 'echo "at last \${{ secrets.TOKEN }}"' }]
`;

/** Pieces of the secret in every form in which it was printed; none may be found anywhere. */
const TRACES = [
  's3cr3t/',
  's3cr3t%2F',
  's3cr3t\\/',
  'q7q7q7q7',
  ...[0, 1, 2].map((lead) =>
    Buffer.from('xyz'.slice(0, lead) + TOKEN)
      .toString('base64')
      .slice(8, 32),
  ),
  Buffer.from(TOKEN).toString('hex').slice(0, 16),
];

function expectNoTrace(what: string, text: string): void {
  for (const trace of TRACES) expect([what, trace, text.includes(trace)]).toEqual([what, trace, false]);
}

describe.concurrent('a secret', () => {
  it('never shows up in what giga prints or keeps', () =>
    inPlace(
      async (place) => {
        place.put('w.yaml', LEAKY);
        const calls = [
          ['run', 'w.yaml', '-v'],
          ['run', 'w.yaml', '--json'],
          ['resume', '--plan'],
          ['resume', '--from', 'named', '--json'],
          ['logs'],
          ['logs', '--json'],
          ['runs', 'show'],
          ['runs', 'show', '--json'],
          ['runs', 'events', '--json'],
          ...['named', 'fails', 'program', 'name'].flatMap((step) => [
            ['why', step],
            ['why', step, '--json'],
          ]),
          ['plan', 'w.yaml', '--json'],
          ['config', 'explain'],
        ];
        for (const args of calls) {
          const outcome = await place.giga(...args);
          expectNoTrace(args.join(' '), outcome.out + outcome.err);
          isClear(outcome);
        }
        const files = filesBelow(join(place.folder, '.giga'));
        expect([...files.keys()].some((name) => name.endsWith('.summary'))).toBe(true);
        for (const [name, bytes] of files) expectNoTrace(name, `${name} ${bytes.toString('latin1')}`);
        for (const [name, bytes] of files) expectNoTrace(name, bytes.toString());
        expect(files.size).toBeGreaterThan(10);
      },
      { TOKEN, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: '/dev/stdout' },
    ));

  it('reaches the steps that name it, and no other', () =>
    inPlace(
      async (place) => {
        place.put(
          'w.yaml',
          `secrets: [TOKEN, OTHER]
steps:
  named: { secrets: [TOKEN], run: '[ "$TOKEN" = tokentoken ] && [ -z "\${OTHER+set}" ]' }
  unnamed: { run: '[ -z "\${TOKEN+set}\${OTHER+set}" ]; ! env | grep -q tokentoken' }
  spawned: { shell: sh, run: '[ -z "\${TOKEN+set}\${OTHER+set}" ]; ! grep -q tokentoken /proc/$PPID/environ' }
  argv: { run: [node, -e, "process.exit(process.env.TOKEN === undefined ? 0 : 1)"] }
  text: { run: 'v=\${{ secrets.TOKEN }}; [ "$v" = tokentoken ] && [ -z "\${TOKEN+set}" ]' }
  last: { run: '[ -z "\${TOKEN+set}\${OTHER+set}" ]', needs: [named, text] }
`,
        );
        const outcome = await place.giga('run', 'w.yaml');
        expect([outcome.code, outcome.err]).toEqual([0, expect.stringContaining('RESULT succeeded · 6 ok')]);
      },
      { TOKEN: 'tokentoken', OTHER: 'otherother' },
    ));

  const uses = (text: string): string => `secrets: [TOKEN]\nsteps: { a: { run: touch ran }, b: ${text} }\n`;
  it.each([
    ['set', '{ set: { v: "${{ secrets.TOKEN }}" } }'],
    ['if', `{ if: "secrets.TOKEN == 'x'", run: x }`],
    ['outputs', '{ run: x, outputs: { o: "${{ secrets.TOKEN }}" } }'],
    ['an undeclared name', '{ run: "echo ${{ secrets.TOKNE }}" }'],
    ['an undeclared grant', '{ run: x, secrets: [TOKNE] }'],
  ])('is refused in %s', (_what, text) =>
    inPlace(
      async (place) => {
        place.put('w.yaml', uses(text));
        const outcome = await place.giga('run', 'w.yaml');
        expect([outcome.code, outcome.err]).toEqual([3, expect.stringContaining('--> w.yaml:2:')]);
        isClear(outcome);
      },
      { TOKEN },
    ),
  );

  it('that is missing stops the run before its first step', () =>
    inPlace(async (place) => {
      place.put('w.yaml', uses('{ run: x, secrets: [TOKEN] }'));
      const outcome = await place.giga('run', 'w.yaml');
      expect([outcome.code, outcome.out]).toEqual([3, '']);
      expect(outcome.err).toBe(
        'error[RUN_SECRET_MISSING]: The secret `TOKEN` has no value.\n  = help: Set the environment variable TOKEN.\n',
      );
      expect(filesBelow(place.folder).has('ran')).toBe(false);
    }));

  it('that is too short to be hidden is warned of', () =>
    inPlace(
      async (place) => {
        place.put('w.yaml', uses('{ run: "true" }'));
        const outcome = await place.giga('run', 'w.yaml', '--json');
        expect(outcome.code).toBe(0);
        expect(outcome.err).toContain('warning[STEP_SHORT_SECRET]: The secret `TOKEN` has fewer than 4 characters.');
        expect(eventsOf(outcome)[0]).toMatchObject({ type: 'diagnostic', code: 'STEP_SHORT_SECRET' });
        expect((await place.giga('resume', '--from', 'b')).err).toContain('STEP_SHORT_SECRET');
      },
      { TOKEN: 'abc' },
    ));

  it('that changed is no change of the workflow', () =>
    inPlace(
      async (place) => {
        place.put(
          'w.yaml',
          'secrets: [T]\nsteps: { a: { run: "echo $T", secrets: [T] }, b: { needs: a, run: exit 1 } }\n',
        );
        await place.giga('run', 'w.yaml');
        Object.assign(place.env, { T: 'another-one' });
        expect((await place.giga('resume', '--plan')).out).toMatch(/↺ keep +a/);
      },
      { T: 'first-one' },
    ));
});

describe.concurrent('an env-file', () => {
  it('may give no secret by accident: its values are plain', () =>
    inPlace(async (place: Workplace) => {
      writeFileSync(join(place.folder, '.env'), 'PLAIN=visible\n');
      place.put('w.yaml', 'env-files: [.env]\nsteps: { a: { run: "echo $PLAIN" } }\n');
      expect((await place.giga('run', 'w.yaml', '-v')).err).toContain('| visible');
      expect(readFileSync(join(place.folder, '.env'), 'utf8')).toBe('PLAIN=visible\n');
    }));
});
