import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inPlace, isClear, outputsOf } from './place.ts';

const FINE = 'inputs: { n: { type: integer, default: 2 } }\nsteps:\n  a: { run: "echo ${{ inputs.n }}" }\n';

/** What giga says of a file, exactly: the last word on wording. */
describe.concurrent('a document that is wrong', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'a wrong key',
      'steps:\n  a: { run: x, neds: b }\n',
      [
        'error[DOC_UNKNOWN_KEY]: There is no key `neds` in a step.',
        ' --> w.yaml:2:16',
        '1 | steps:',
        '2 |   a: { run: x, neds: b }',
        '  |                ^^^^ unknown key',
        '  = help: a key with a similar name exists: `needs`',
      ],
    ],
    [
      'a cycle',
      'steps:\n  a: { run: x, needs: c }\n  b: { run: x, needs: a }\n  c: { run: x, needs: b }\n',
      ['error[PLAN_CYCLE]', '`a` → `c` → `b` → `a`'],
    ],
    [
      'an unknown need',
      'steps:\n  build: { run: x }\n  b: { run: x, needs: biuld }\n',
      ['PLAN_UNKNOWN_NEED', '`build`'],
    ],
    ['two actions', 'steps:\n  a: { run: x, set: { v: 1 } }\n', ['`run`', '`set`', '--> w.yaml:2:']],
    ['no action', 'steps:\n  a: { env: { A: b } }\n', ['--> w.yaml:2:', '`run`']],
    ['a step as text', 'steps:\n  - npm test\n', ['`run: npm test`']],
    ['an unquoted expression in braces', 'steps: { a: { run: echo ${{ inputs.x }} } }\n', ['Quote']],
    [
      'an unknown input',
      'steps:\n  a: { run: "echo ${{ inputs.x }}" }\n',
      ['error[EXPR_UNKNOWN_MEMBER]: There is no input "x".'],
    ],
    ['an unknown function', 'steps:\n  a: { if: "cntains(1, 2)", run: x }\n', ['cntains', '`contains`']],
    ['an empty file', '', ['error[DOC_EMPTY]: The document is empty.', '`steps:`']],
    ['a NUL', 'steps:\n  a: { run: "x\0" }\n', ['error[DOC_BAD_CHARACTER]', 'w.yaml:2:']],
    ['deep brackets', `steps:\n  a: { set: { x: ${'['.repeat(5000)}${']'.repeat(5000)} } }\n`, ['error[DOC_LIMIT]']],
    [
      'a deep expression',
      `steps:\n  a: { if: '${'('.repeat(3000)}1${')'.repeat(3000)}', run: x }\n`,
      ['EXPR_TOO_DEEP'],
    ],
    ['a long expression', `steps:\n  a: { run: "echo \${{ ${'1'.repeat(10_000_000)} }}" }\n`, ['EXPR_TOO_LONG']],
    ['no YAML at all', '%PDF-1.4 \u0001\u0002', ['error[DOC_', 'w.yaml:1:']],
  ])('%s', (_what, text, says) =>
    inPlace(async (place) => {
      place.put('w.yaml', text);
      const outcome = await place.giga('run', 'w.yaml');
      for (const words of says)
        expect(
          outcome.err
            .split('\n')
            .map((line) => line.trimEnd())
            .join('\n'),
        ).toContain(words);
      expect([outcome.code, outcome.out]).toEqual([3, '']);
      isClear(outcome);
    }),
  );

  it('aliases that stand for a billion values', () =>
    inPlace(async (place) => {
      const lines = ['vars:', '  a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
      for (let i = 1; i < 10; i++)
        lines.push(
          `  a${i}: &a${i} [${Array(10)
            .fill(`*a${i - 1}`)
            .join(', ')}]`,
        );
      place.put('w.yaml', [...lines, 'steps: { a: { run: x } }'].join('\n'));
      const outcome = await place.giga('run', 'w.yaml');
      expect(outcome).toMatchObject({ code: 3, err: expect.stringContaining('error[DOC_LIMIT]') });
      isClear(outcome);
    }));

  it('bytes that are no text', () =>
    inPlace(async (place) => {
      for (const name of ['w.yaml', 'w.md'])
        writeFileSync(join(place.folder, name), Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a, 0xc3, 0x28, 0x1b, 0x5d]));
      for (const name of ['w.yaml', 'w.md']) {
        const outcome = await place.giga('run', name);
        expect([name, outcome.code]).toEqual([name, 3]);
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        expect(outcome.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
        isClear(outcome);
      }
    }));
});

describe.concurrent('a command line that is wrong', () => {
  it.each<[string, readonly string[], number, string]>([
    [
      'an unknown command',
      ['rnu'],
      2,
      'error[CLI_UNKNOWN_COMMAND]: There is no command `giga rnu`.\n  = help: did you mean `run`?',
    ],
    ['an unknown flag', ['run', 'w.yaml', '--frob'], 2, 'error[CLI_USAGE]: Unknown option `--frob`.'],
    ['too much', ['run', 'w.yaml', 'x'], 2, 'Too many arguments'],
    ['a flag without its value', ['run', 'w.yaml', '-i'], 2, 'CLI_USAGE'],
    ['an input without `=`', ['run', 'w.yaml', '-i', 'n'], 2, '-i takes `name=value`'],
    ['a variable without `=`', ['run', 'w.yaml', '--var', 'n'], 2, '--var takes `name=value`'],
    ['no number', ['run', 'w.yaml', '--concurrency', 'x'], 2, 'a whole number from 1 to 10000'],
    ['a missing file', ['run', 'nope.yaml'], 2, 'error[DOC_NOT_FOUND]: There is no workflow "nope.yaml".'],
    ['a folder', ['run', 'folder'], 2, '"folder" is a folder, not a workflow.'],
    [
      'a missing folder',
      ['-C', '/nonexistent/x', 'run', 'w.yaml'],
      2,
      'There is no folder "/nonexistent/x" to work in.',
    ],
    [
      'a missing file of inputs',
      ['run', 'w.yaml', '--inputs', 'no.json'],
      2,
      'There is no file "no.json", which --inputs names.',
    ],
    ['a folder of inputs', ['run', 'w.yaml', '--inputs', 'folder'], 2, '"folder", which --inputs names, is a folder'],
    ['inputs that are a list', ['run', 'w.yaml', '--inputs', 'list.json'], 3, 'must hold a map of inputs'],
    ['a value of a wrong type', ['run', 'w.yaml', '-i', 'n=two'], 3, 'The input `n` (-i n) must be a whole number'],
    ['an unknown input', ['run', 'w.yaml', '-i', 'm=2'], 3, 'error[PLAN_INPUT_UNKNOWN]'],
    ['an unknown run', ['resume', 'zzzz'], 2, 'There is no run "zzzz" here.'],
    ['an unknown step to run again', ['resume', '--from', 'b'], 2, 'error[RUN_UNKNOWN_STEP]: There is no step `b`.'],
    ['--downstream alone', ['resume', '--downstream'], 2, '--downstream goes with --only.'],
    ['an unknown step', ['why', 'b'], 2, 'has no step "b"'],
    ['a bad expression', ['eval', '1 +'], 3, 'error[EXPR_SYNTAX]: The expression ends too early.'],
  ])('%s', (_what, args, code, says) =>
    inPlace(async (place) => {
      place.put('w.yaml', FINE);
      place.put('list.json', '[1]');
      mkdirSync(join(place.folder, 'folder'));
      if (args.some((word) => ['why', '--from', '--downstream'].includes(word))) await place.giga('run', 'w.yaml');
      const outcome = await place.giga(...args);
      expect([outcome.code, outcome.err]).toEqual([code, expect.stringContaining(says)]);
      isClear(outcome);
    }),
  );

  it('a missing input, without anybody to ask', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        'inputs: { who: { type: string, required: true, description: Whom to greet. } }\nsteps: { a: { run: x } }\n',
      );
      const outcome = await place.giga('run', 'w.yaml');
      expect([outcome.code, outcome.err]).toEqual([3, expect.stringContaining('PLAN_INPUT_MISSING')]);
      expect(outcome.err).toContain('-i who=');
    }));
});

describe.concurrent('names that JavaScript has a meaning for', () => {
  it('are ids, inputs, variables and outputs like others', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        `inputs:
  __proto__: { type: string, default: a }
  constructor: { type: string, default: b }
env: { constructor: e1, __proto__: e3 }
steps:
  __proto__:
    run: |
      echo "x=\${{ inputs.__proto__ }}\${{ env.__proto__ }}"
      printf '%s\\n' constructor=77 __proto__=78 >> "$GIGA_OUTPUT"
  constructor: { needs: __proto__, set: { hasOwnProperty: "\${{ inputs.constructor }}", valueOf: 3, __proto__: 5 } }
  toString: { run: 'echo "$constructor $__proto__"' }
  group:
    steps: { valueOf: { run: echo in } }
    outputs: { __proto__: "\${{ steps.valueOf.outputs.stdout }}" }
outputs:
  __proto__: \${{ steps.__proto__.outputs.__proto__ }}
  constructor: \${{ steps.__proto__.outputs.constructor }}
  hasOwnProperty: \${{ steps.constructor.outputs.hasOwnProperty }}
  p2: \${{ steps.constructor.outputs.__proto__ }}
  s: \${{ steps.toString.outputs.stdout }}
  g: \${{ steps.group.outputs.__proto__ }}
  none: \${{ steps.toString.outputs['constructor'] ?? 'null' }}
`,
      );
      const outcome = await place.giga('run', 'w.yaml', '--json', '-i', '__proto__=given');
      expect(outcome.err).toContain('RESULT succeeded');
      expect(Object.entries(outputsOf(outcome))).toEqual([
        ['__proto__', '78'],
        ['constructor', '77'],
        ['hasOwnProperty', 'b'],
        ['p2', 5],
        ['s', 'e1 e3'],
        ['g', 'in'],
        ['none', 'null'],
      ]);
      expect((await place.giga('resume', '--from', '__proto__')).code).toBe(0);
      expect((await place.giga('why', '__proto__')).out).toContain('it ran because `giga resume` was asked');
    }));

  it('are unknown where nobody declared them', () =>
    inPlace(async (place) => {
      place.put(
        'w.yaml',
        'steps:\n  a: { run: "echo ${{ inputs.constructor }} ${{ steps.toString.result }}", needs: valueOf }\n',
      );
      const outcome = await place.giga('validate', 'w.yaml');
      expect(outcome.code).toBe(3);
      for (const name of ['"constructor"', '`toString`', '`valueOf`']) expect(outcome.err).toContain(name);
      expect((await place.giga('run', 'w.yaml', '-i', '__proto__=1')).code).toBe(3);
    }));
});

/** Whether this machine lets a test mount a small disk of its own. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const mounts = canMount();
if (!mounts) console.log('skipped: a full and a read-only disk, no user namespace here');

describe.skipIf(!mounts).concurrent('a disk of its own', () => {
  const giga = (place: { readonly program: string }): string =>
    `giga() { '${process.execPath}' '${place.program}' "$@"; }`;
  const onDisk = (place: Parameters<Parameters<typeof inPlace>[0]>[0], options: string, line: string) =>
    place.bash(
      `mkdir m; unshare -rm bash -c '${giga(place).replaceAll("'", "'\\''")}; mount -t tmpfs -o ${options} tmpfs m; ${line}'`,
    );

  it('that is full stops the run, which goes on when there is room', () =>
    inPlace(async (place) => {
      const steps = Array.from({ length: 100 }, (_, i) => `  s${i}: { set: { v: "\${{ inputs.x }}" } }`);
      place.put(
        'w.yaml',
        `inputs: { x: { type: string, default: ${'x'.repeat(2000)} } }\nsteps:\n${steps.join('\n')}\n`,
      );
      const outcome = await onDisk(
        place,
        'size=200k',
        'giga run w.yaml --state m/s; echo "code $?"; giga resume --state m/s; mount -o remount,size=20m m; giga resume --state m/s; echo "code $?"',
      );
      expect(outcome.out).toBe('code 5\ncode 0\n');
      expect(outcome.err).toContain('RESULT stopped · the journal cannot be written');
      expect(outcome.err).toContain('error[RUN_DISK_FULL]: Could not write the journal of run');
      expect(outcome.err).toMatch(/RESULT succeeded · 100 ok · \S+\n$/);
      isClear(outcome);
    }));

  it('that has no room for output stops the run, too', () =>
    inPlace(async (place) => {
      place.put('w.yaml', 'steps:\n  a: { run: "head -c 3000000 /dev/zero" }\n  b: { needs: a, run: echo b }\n');
      const outcome = await onDisk(
        place,
        'size=1m',
        'giga run w.yaml --state m/s; echo "code $?"; mount -o remount,size=20m m; giga resume --state m/s; echo "code $?"',
      );
      expect(outcome.out).toBe('code 5\ncode 0\n');
      expect(outcome.err).toContain('RUN_DISK_FULL');
      isClear(outcome);
    }));

  it.skipIf(!existsSync('/proc/self'))('where nothing can be made is no place to wait for', () =>
    inPlace(
      async (place) => {
        place.put('w.yaml', FINE);
        const state = await place.giga('run', 'w.yaml', '--state', '/proc/none/x');
        expect([state.code, state.err]).toEqual([1, expect.stringContaining('error[RUN_STATE_UNWRITABLE]')]);
        expect((await place.giga('run', 'w.yaml')).code).toBe(0);
      },
      { HOME: '/proc/none', XDG_CACHE_HOME: '/proc/none/cache' },
    ),
  );

  it('that is read-only is refused before anything runs', () =>
    inPlace(async (place) => {
      place.put('w.yaml', FINE);
      const outcome = await onDisk(place, 'ro', 'giga run w.yaml --state m/s; echo "code $?"');
      expect(outcome.out).toBe('code 1\n');
      expect(outcome.err).toContain('error[RUN_STATE_UNWRITABLE]');
      expect(outcome.err).toContain('the file system is read-only.');
      expect(outcome.err).not.toContain('giga w.yaml');
    }));
});

describe.concurrent('a reader that goes away, or takes nothing', () => {
  it.each(['run w.yaml --json', 'logs a', 'runs events', 'graph w.yaml', 'plan w.yaml --json', 'explain', '--help'])(
    'giga %s | head -1',
    (line) =>
      inPlace(async (place) => {
        place.put('w.yaml', 'steps: { a: { run: "seq 1 200000" }, b: { needs: a, run: "touch ran" } }\n');
        if (!line.startsWith('run ')) await place.giga('run', 'w.yaml');
        const outcome = await place.bash(`giga ${line} | head -1 | wc -l`);
        expect([outcome.code, outcome.out.trim()]).toEqual([0, '1']);
        expect(outcome.err).not.toContain('EPIPE');
        isClear(outcome);
        expect((await place.bash('ls ran')).code).toBe(0);
      }),
  );

  it('is a failure where data is lost, and none where only words are', () =>
    inPlace(async (place) => {
      place.put('w.yaml', FINE);
      const lost = await place.bash('giga run w.yaml --json >/dev/full');
      expect([lost.code, lost.err]).toEqual([1, expect.stringContaining('error[CLI_OUTPUT]')]);
      expect((await place.bash('giga run w.yaml 2>/dev/full')).code).toBe(0);
      expect((await place.bash('giga run w.yaml >&- 2>&- <&-')).code).toBe(0);
    }));
});
