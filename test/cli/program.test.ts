import { describe, expect, it } from 'vitest';
import { COMMANDS, NOT_BUILT_YET } from '../../src/cli/command-table.ts';
import { completionRoot } from '../../src/cli/commands/completion.ts';
import { EXIT, exitCodeOf, exitCodeOfEnd, exitCodeOfResume } from '../../src/cli/exit-code.ts';
import { wantsColor } from '../../src/cli/io.ts';
import { readArguments } from '../../src/cli/program.ts';
import { isCode } from '../../src/core/diagnostic/catalog.ts';
import { problem, warning } from '../../src/core/diagnostic/diagnostic.ts';

function refusal(...argv: string[]): string {
  const request = readArguments(argv);
  if (request.kind !== 'refused') return request.kind;
  const { code, message, hint } = request.diagnostic;
  return `${code}: ${message} (${hint ?? ''})`;
}

describe('the command line', () => {
  it('gives arguments and flags to the command, wherever common options stand', () => {
    const request = readArguments([
      '-C',
      '/x',
      'run',
      'ci',
      '-i',
      'a=1',
      '--input',
      'b=c=d',
      '--concurrency',
      '4',
      '--json',
      '--no-input',
      '--no-color',
    ]);
    if (request.kind !== 'call') throw new Error(request.kind);
    expect(request.spec.name).toBe('run');
    expect(request.args).toEqual(['ci']);
    const { flags } = request;
    expect([flags.text('cwd'), flags.list('input'), flags.count('concurrency')]).toEqual(['/x', ['a=1', 'b=c=d'], 4]);
    expect([flags.on('json'), flags.on('no-input'), flags.on('no-color'), flags.on('verbose')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect([flags.text('state'), flags.list('var'), flags.count('limit')]).toEqual([undefined, [], undefined]);
  });

  it('knows two-word commands, and takes all files of a variadic one', () => {
    const request = readArguments(['runs', 'events', '7f', '-f']);
    expect(request.kind === 'call' && [request.spec.name, ...request.args, request.flags.on('follow')]).toEqual([
      'runs events',
      '7f',
      true,
    ]);
    const validate = readArguments(['validate', 'a', 'b']);
    expect(validate.kind === 'call' && validate.args).toEqual(['a', 'b']);
  });

  it.each([
    [['rnu'], 'CLI_UNKNOWN_COMMAND: There is no command `giga rnu`. (did you mean `run`?)'],
    [['frobnicate'], 'CLI_UNKNOWN_COMMAND: There is no command `giga frobnicate`. (`giga --help` lists the commands)'],
    [['runs', 'lst'], 'CLI_UNKNOWN_COMMAND: There is no command `giga runs lst`. (did you mean `list`?)'],
    [['bench'], 'CLI_UNKNOWN_COMMAND: `giga bench` is not built yet. (`giga --help` lists what is)'],
    [['run', '--jsno'], 'CLI_USAGE: Unknown option `--jsno`. (did you mean `--json`?)'],
    [['run', '--frob'], 'CLI_USAGE: Unknown option `--frob`. (see `giga run --help`)'],
    [
      ['run', 'a', 'b'],
      'CLI_USAGE: Too many arguments for `run`. Expected 1 argument but got 2. (see `giga run --help`)',
    ],
    [['why'], 'CLI_USAGE: Missing required argument `step`. (see `giga why --help`)'],
    [['runs', 'cancel'], 'CLI_USAGE: Missing required argument `run`. (see `giga runs cancel --help`)'],
    [['run', '--inputs'], 'CLI_USAGE: Option `--inputs <file>` argument missing. (see `giga run --help`)'],
    [
      ['graph', '-f', 'png'],
      'CLI_USAGE: Option `-f, --format <format>` argument `png` is invalid. Allowed choices are text, mermaid, dot, svg. (see `giga graph --help`)',
    ],
    [
      ['logs', '--tail', '-1'],
      'CLI_USAGE: --tail takes a whole number, at least 0; it was given "-1". (see `giga logs --help`)',
    ],
    [
      ['run', '--concurrency', '0'],
      'CLI_USAGE: --concurrency takes a whole number from 1 to 10000; it was given "0". (see `giga run --help`)',
    ],
  ])('refuses %j', (argv, message) => {
    expect(refusal(...argv)).toBe(message);
  });

  it('answers --version and --help on stdout, and no command with the help', () => {
    expect(readArguments(['--version'])).toEqual({ kind: 'text', text: '0.0.0-test\n' });
    const help = readArguments(['resume', '--help']);
    expect(help.kind === 'text' && help.text).toContain('giga resume 7f3c --plan');
    expect(readArguments([]).kind).toBe('empty');
    expect(readArguments(['runs']).kind).toBe('empty');
  });

  it('has no command that is said not to be built', () => {
    const names = COMMANDS.map(({ name }) => name.split(' ')[0]);
    expect(NOT_BUILT_YET.filter((name) => names.includes(name))).toEqual([]);
  });

  it.each(COMMANDS.map((spec) => [spec.name, spec] as const))('loads %s', async (_name, spec) => {
    expect(typeof (await spec.load()).perform).toBe('function');
  });
});

describe('exit codes', () => {
  it.each([
    ['CLI_USAGE', 2],
    ['CLI_INPUT', 3],
    ['CLI_BUG', 70],
    ['DOC_NOT_FOUND', 2],
    ['PLAN_UNKNOWN_NEED', 3],
    ['CONFIG_VALUE', 3],
    ['RUN_NOT_FOUND', 2],
    ['RUN_HELD', 5],
    ['RUN_STATE_UNWRITABLE', 1],
  ])('%s leads to %i', (code, expected) => {
    expect(isCode(code) && exitCodeOf([problem(code, '')])).toBe(expected);
  });

  it('are those of the first error, and 0 for warnings', () => {
    expect(exitCodeOf([warning('CLI_USAGE', ''), problem('CONFIG_VALUE', ''), problem('CLI_USAGE', '')])).toBe(3);
    expect(exitCodeOf([warning('CLI_USAGE', '')])).toBe(EXIT.done);
  });

  it('say that a run can go on where the disk refused to let it', () => {
    expect(exitCodeOf([problem('RUN_DISK_FULL', '')])).toBe(EXIT.failed);
    expect(exitCodeOfResume([problem('RUN_DISK_FULL', '')])).toBe(EXIT.stopped);
    expect(exitCodeOfResume([problem('RUN_NOT_FOUND', '')])).toBe(EXIT.usage);
  });

  it('say how a run ended', () => {
    const counts = { succeeded: 0, kept: 0, failed: 0, skipped: 0, cancelled: 0, allowed: 0 };
    const verdicts = ['succeeded', 'succeeded with allowed failures', 'nothing ran', 'failed', 'cancelled'] as const;
    expect(verdicts.map((verdict) => exitCodeOfEnd({ kind: 'finished', verdict, outputs: {}, counts }))).toEqual([
      0, 0, 0, 1, 1,
    ]);
    expect(exitCodeOfEnd({ kind: 'paused', signal: 'SIGINT' })).toBe(130);
    expect(exitCodeOfEnd({ kind: 'paused', signal: 'SIGTERM' })).toBe(143);
    expect(exitCodeOfEnd({ kind: 'paused' })).toBe(5);
    expect(exitCodeOfEnd({ kind: 'broken', diagnostic: problem('CONFIG_VALUE', '') })).toBe(5);
  });
});

it.each([
  [false, { FORCE_COLOR: '1' }, true, false],
  [undefined, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [undefined, { NO_COLOR: '' }, true, true],
  [undefined, { FORCE_COLOR: '1' }, false, true],
  [undefined, { FORCE_COLOR: '0' }, true, false],
  [undefined, { TERM: 'dumb' }, true, false],
  [undefined, {}, false, false],
] as const)('colours: flag %j, %j, terminal %j give %j', (flag, env, isTerminal, expected) => {
  expect(wantsColor(flag, env, isTerminal)).toBe(expected);
});

it('completes every command and its options', () => {
  const root = completionRoot({ workflow: ['ci'] });
  for (const { name, flags } of COMMANDS) {
    const command = root.commands.get(name);
    expect(command, name).toBeDefined();
    expect([...(command?.options.keys() ?? [])]).toEqual(expect.arrayContaining(flags.map((flag) => flag.name)));
  }
});
