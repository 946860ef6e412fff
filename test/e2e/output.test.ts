import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appears, eventsOf, inPlace, isAlive, isClear, marks, outputsOf, start, until } from './place.ts';

const MEGABYTES = process.env['GIGA_TORTURE'] === '1' ? 1000 : 50;
const PEAK_KB = 150_000;

/** The most memory that a process ever had, in KiB. */
function peakOf(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe.concurrent('large output', () => {
  it.skipIf(!existsSync('/proc/self/status')).each([
    ['lines', `yes 0123456789abcdef | head -c ${MEGABYTES}000000 || true; echo the end`],
    ['one line of bytes', `head -c ${MEGABYTES}000000 /dev/zero; echo; echo the end`],
  ])('of %s needs little memory, is all in the log, and is cut honestly', (_what, script) =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        `steps:
  big: { run: '${script}' }
  hold: { needs: big, run: 'touch holding; until [ -e go ]; do sleep 0.05; done' }
  reads: { needs: hold, run: 'echo "\${{ steps.big.outputs.stdout }}"', continue-on-error: true }
  knows: { needs: hold, run: 'echo "\${{ steps.big.outputs.stdout-truncated }} \${{ steps.big.result }}"' }
outputs: { knows: "\${{ steps.knows.outputs.stdout }}" }
`,
      );
      const run = start(place, 'run', 'w.yaml', '--json');
      await appears(place, 'holding');
      expect(peakOf(run.child.pid)).toBeLessThan(PEAK_KB);
      place.put('go', '');
      const outcome = await run.ended;
      expect([outcome.code, outputsOf(outcome)]).toEqual([0, { knows: 'true succeeded' }]);
      expect(eventsOf(outcome)).toContainEqual(
        expect.objectContaining({
          type: 'step.settled',
          node: 'reads',
          error: expect.objectContaining({ code: 'STEP_OUTPUT_TRUNCATED' }),
        }),
      );
      const id = String(eventsOf(outcome)[0]?.['run']);
      expect(statSync(join(place.folder, '.giga/runs', id, 'logs/big-1.out')).size).toBeGreaterThan(MEGABYTES * 1e6);
      const tail = await place.giga('logs', 'big', '--tail', '1');
      expect(tail.out.slice(-8)).toBe('the end\n');
      expect(statSync(join(place.folder, '.giga/runs', id, 'journal/1.jsonl')).size).toBeLessThan(8_000_000);
    }),
  );
});

describe.concurrent('what steps leave for people', () => {
  it('is shown at the end: $GIGA_SUMMARY, of the last attempt of each step', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        `steps:
  a: { run: 'printf "## Built\\n%s\\n" "$GIGA_ATTEMPT" >> "$GIGA_SUMMARY"; [ $GIGA_ATTEMPT = 2 ]', retry: { attempts: 2 } }
  b: { needs: a, run: 'printf "\\033[31mtwo\\033[0m" >> "$GIGA_SUMMARY"; exit 1' }
  c: { run: "true" }
`,
      );
      const outcome = await place.giga('run', 'w.yaml');
      expect(outcome.err).toContain('## Built\n2\n');
      expect(outcome.err).not.toContain('## Built\n1\n');
      expect(outcome.err).toContain('two');
      expect(outcome.err).not.toContain('\u001b');
    }));

  it('reaches the page of the job under GitHub Actions, well below its limit', () =>
    inPlace(
      async (place) => {
        place.put(
          'w.yaml',
          'steps:\n  a: { run: \'echo "## Built" >> "$GIGA_SUMMARY"\' }\n  b: { run: \'yes summary | head -n 100000 >> "$GIGA_SUMMARY" || true\' }\n',
        );
        place.put('page.md', 'before\n');
        expect((await place.giga('run', 'w.yaml')).code).toBe(0);
        const page = readFileSync(join(place.folder, 'page.md'), 'utf8');
        expect(page).toContain('before\n');
        expect(page).toContain('## Built');
        expect(page).toContain('| ✔ | a | ok |');
        expect(Buffer.byteLength(page)).toBeLessThan(900_000);
      },
      { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: 'page.md' },
    ));

  it('a process left behind is stopped and told of', () =>
    inPlace(async (place) => {
      place.put('w.yaml', 'steps:\n  a: { run: "sleep 300 & echo $! > pid; echo done" }\n');
      const outcome = await place.giga('run', 'w.yaml');
      expect([outcome.code, outcome.err]).toEqual([
        0,
        expect.stringContaining('still running when the step had ended'),
      ]);
      expect(outcome.err).toContain('`sleep`');
      await until(() => !isAlive(Number(marks(place, 'pid')[0])));
      expect((await place.giga('why', 'a')).out).toContain('still running');
    }));

  it('bad output is an error after a success, and a warning after a failure', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        `steps:
  good: { run: 'echo nonsense >> "$GIGA_OUTPUT"' }
  bad: { run: 'echo v=1 >> "$GIGA_OUTPUT"; echo nonsense >> "$GIGA_OUTPUT"; exit 3' }
`,
      );
      const { code, err } = await place.giga('run', 'w.yaml');
      expect(code).toBe(1);
      expect(err).toMatch(/good FAILED STEP_BAD_OUTPUT/);
      expect(err).toMatch(/bad FAILED exit 3/);
      expect(err.match(/`\$GIGA_OUTPUT` is neither/g)).toHaveLength(2);
    }));

  it('are texts that can do nothing to the terminal', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        `steps:
  a: { run: 'printf "\\033]0;title\\007\\033[2J\\033[31mred\\r\\b\\u202e" | tee /dev/stderr; exit 1' }
  b: { fail: "\\e[31m\\u0007x" }
outputs: {}
`,
      );
      for (const args of [
        ['run', 'w.yaml', '-v'],
        ['why', 'a'],
        ['why', 'b'],
        ['runs', 'show'],
        ['runs', 'events'],
      ]) {
        const outcome = await place.giga(...args);
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        expect([args, /[\u0000-\u0009\u000b-\u001f\u007f\u202e]/.exec(outcome.out + outcome.err)]).toEqual([
          args,
          null,
        ]);
        isClear(outcome);
      }
    }));

  it('a log is printed as the bytes that it holds', () =>
    inPlace(async (place) => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      mkdirSync(join(place.folder, 'sub'));
      place.put('bytes.mjs', `process.stdout.write(Buffer.from(${JSON.stringify([...bytes])}))`);
      place.put('w.yaml', 'steps:\n  a: { run: [node, bytes.mjs] }\n  b: { run: printf x, cwd: sub }\n');
      expect((await place.giga('run', 'w.yaml')).code).toBe(0);
      await place.bash('giga logs a > printed; giga logs > all');
      expect(readFileSync(join(place.folder, 'printed'))).toEqual(bytes);
      expect(readFileSync(join(place.folder, 'all')).includes('\n── b · attempt 1\nx')).toBe(true);
    }));
});
