/** `runner: cli`: a program on the PATH that talks as the command line of Claude does; what it says is noted, judged and gone on from. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Outcome, Workplace } from '../cli/giga.ts';
import { messagesServer } from '../host/claude/messages-server.ts';
import { calls, says, turnsIn } from './model.ts';
import { eventsOf, filesBelow, inPlace, outputsOf, start, until } from './place.ts';

const SESSION = '35fa8db0-a142-4308-b146-a28f5d1cbf8e';
/** Keeps how it was called, and says what the test wrote down for it. */
const PROGRAM = `#!${process.execPath}
const fs = require('node:fs');
const input = fs.readFileSync(0, 'utf8');
fs.appendFileSync('calls.log', JSON.stringify({ argv: process.argv.slice(2), input, env: Object.keys(process.env) }) + '\\n');
eval(fs.readFileSync('says.js', 'utf8'));
`;

const lines = (...said: readonly JsonObject[]): string =>
  said.map((line) => `console.log(${JSON.stringify(JSON.stringify(line))});`).join('\n');
const init = { type: 'system', subtype: 'init', session_id: SESSION, model: 'claude-opus-4-8' };
const tool = (id: string, name: string, input: JsonObject): JsonObject => ({
  type: 'assistant',
  message: { content: [{ type: 'tool_use', id, name, input }] },
  parent_tool_use_id: null,
});
const gave = (id: string, isError = false): JsonObject => ({
  type: 'user',
  message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'seen', is_error: isError }] },
});
const result = (more: JsonObject = {}): JsonObject => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  result: 'All done.',
  stop_reason: 'end_turn',
  total_cost_usd: 0.25,
  usage: { input_tokens: 20, output_tokens: 10 },
  modelUsage: { 'claude-opus-4-8': {} },
  permission_denials: [],
  num_turns: 2,
  ...more,
});

function withCli(use: (place: Workplace) => Promise<void>): Promise<void> {
  return inPlace(
    async (place) => {
      await place.bash('rmdir .git && git init -q . && printf "calls.log\\nsays.js\\nbin/\\n" > .gitignore');
      place.put('bin/claude', PROGRAM);
      chmodSync(join(place.folder, 'bin/claude'), 0o755);
      place.env['PATH'] = `${join(place.folder, 'bin')}:${place.env['PATH']}`;
      place.put('notes.md', 'notes\n');
      place.put(
        'a.yaml',
        `steps:
  a:
    claude: { prompt: Do it., runner: cli, model: claude-opus-5-5, tools: [read, edit], max-turns: 5 }
    permissions: { write: [src/**] }
outputs: { text: "\${{ steps.a.outputs.text }}", cost: "\${{ steps.a.outputs.cost }}", turns: "\${{ steps.a.outputs.turns }}" }
`,
      );
      await use(place);
    },
    { ANTHROPIC_API_KEY: 'sk-test' },
  );
}

function callsIn(
  place: Workplace,
): readonly { readonly argv: readonly string[]; readonly input: string; readonly env: readonly string[] }[] {
  const text = readFileSync(join(place.folder, 'calls.log'), 'utf8').trim();
  return text.split('\n').map((line): ReturnType<typeof callsIn>[number] => JSON.parse(line));
}

it('is started under the permissions of the step, and what it does is noted', () =>
  withCli(async (place) => {
    place.put(
      'says.js',
      lines(
        init,
        tool('t1', 'Read', { file_path: 'notes.md' }),
        gave('t1'),
        tool('t2', 'Edit', {}),
        gave('t2', true),
        { type: 'assistant', message: { content: [{ type: 'text', text: 'All done.' }] } },
        result(),
      ),
    );
    const run = await place.giga('run', 'a.yaml', '--json');
    expect([run.code, outputsOf(run)]).toEqual([0, { text: 'All done.', cost: 0.25, turns: 3 }]);
    const [call] = callsIn(place);
    expect(call?.argv).toEqual(
      expect.arrayContaining([
        '-p',
        '--tools=Read,Edit,Write',
        '--allowedTools=Edit(./src/**)',
        '--disallowedTools=Read(./**/.env)',
        '--disallowedTools=Edit(./**/.git/**)',
        '--setting-sources=',
        '--strict-mcp-config',
        '--max-turns=5',
        'claude-opus-5-5',
      ]),
    );
    expect(call?.env).toEqual(expect.arrayContaining(['ANTHROPIC_API_KEY', 'PATH', 'HOME']));
    expect(JSON.parse(call?.input ?? '')).toEqual({
      type: 'user',
      message: { role: 'user', content: [{ type: 'text', text: 'Do it.' }] },
    });
    const noted = eventsOf(run).flatMap(({ data }) =>
      typeof data === 'object' && data !== null ? [data as JsonObject] : [],
    ); // as the published schema says
    expect(
      noted.map(({ kind, tool: name, verdict }) =>
        [kind, name, verdict].filter((part) => part !== undefined).join(' '),
      ),
    ).toEqual([
      'call-reserved',
      'cli-session',
      'tool-ended read ok',
      'turn-ended',
      'tool-ended edit failed',
      'turn-ended',
      'call-ended',
    ]);
  }));

/** What was noted, without what differs between any two runs. */
function notesOf(run: Outcome): readonly JsonObject[] {
  return eventsOf(run).flatMap(({ data }) => (typeof data === 'object' && data !== null ? [data as JsonObject] : [])); // as the published schema says
}

it('notes what it does as an agent of the API does', async () => {
  const server = await messagesServer(({ body }) => {
    const turns = [
      calls(['read', { path: 'notes.md' }]),
      calls(['edit', { path: 'src/a.md', old: 'x', new: 'y' }]),
      says('All done.'),
    ];
    return turns[turnsIn(body)] ?? { status: 400, json: {} };
  });
  const shapes: (readonly JsonObject[])[] = [];
  await withCli(async (place) => {
    place.env['ANTHROPIC_BASE_URL'] = server.url;
    const said = { type: 'assistant', message: { content: [{ type: 'text', text: 'All done.' }] } };
    place.put(
      'says.js',
      lines(
        init,
        tool('t1', 'Read', { file_path: 'notes.md' }),
        gave('t1'),
        tool('t2', 'Edit', {}),
        gave('t2', true),
        said,
        result(),
      ),
    );
    const flow = readFileSync(join(place.folder, 'a.yaml'), 'utf8');
    for (const text of [flow, flow.replace('runner: cli, ', '')]) {
      place.put('a.yaml', text);
      const run = await place.giga('run', 'a.yaml', '--json');
      expect([run.code, outputsOf(run)]).toMatchObject([0, { text: 'All done.', turns: 3 }]);
      const notes = notesOf(run).filter(({ kind }) => kind === 'tool-ended' || kind === 'turn-ended');
      shapes.push(
        notes.map(({ kind, turn, tool: name = null, verdict = null, ...rest }) => ({
          kind: kind ?? null,
          turn: turn ?? null,
          tool: name,
          verdict,
          keys: Object.keys(rest).toSorted(),
        })),
      );
      const money = notesOf(run).filter(({ kind }) => kind === 'call-reserved' || kind === 'call-ended');
      const keys = new Set(money.map((one) => Object.keys(one).toSorted().join(' ')));
      expect([...keys].toSorted()).toEqual(['call kind model stop usage usd', 'call kind model tokens usd']);
    }
  });
  await server.close();
  expect(shapes[0]).toEqual(shapes[1]);
  expect(shapes[0]?.map(({ tool: name }) => name)).toEqual(['read', null, 'edit', null]);
});

it('an answer by a schema is held against it', () =>
  withCli(async (place) => {
    const output = 'output: { type: object, required: [n], properties: { n: { type: integer } } }';
    place.put(
      'a.yaml',
      `steps: { a: { claude: { prompt: Count., runner: cli, tools: [read], ${output} } } }\noutputs: { n: "\${{ steps.a.outputs.n }}" }\n`,
    );
    place.put('says.js', lines(init, result({ result: 'Here.', structured_output: { n: 3 } })));
    const run = await place.giga('run', 'a.yaml', '--json');
    expect([run.code, outputsOf(run)]).toEqual([0, { n: 3 }]);
    expect(callsIn(place)[0]?.argv).toEqual(expect.arrayContaining(['--json-schema']));
    for (const wrong of [{ structured_output: { n: 'many' } }, { result: 'many' }]) {
      place.put('says.js', lines(init, result(wrong)));
      const bad = await place.giga('run', 'a.yaml', '--json');
      expect([bad.code, bad.out.includes('"STEP_CLAUDE_SCHEMA"')]).toEqual([1, true]);
    }
  }));

it(
  'that hangs is a failure with a code, and nothing of it goes on',
  () =>
    withCli(async (place) => {
      const flow = readFileSync(join(place.folder, 'a.yaml'), 'utf8');
      place.put('a.yaml', flow.replace('    permissions', '    timeout: 3s\n    permissions'));
      const hanging =
        "fs.writeFileSync('pid', String(process.pid)); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";
      place.put('says.js', `${lines(init)}\n${hanging}`);
      place.put('.gitignore', 'calls.log\nsays.js\nbin/\npid\n');
      const hung = await place.giga('run', 'a.yaml', '--json');
      expect([hung.code, hung.out.includes('"STEP_TIMEOUT"')]).toEqual([1, true]);
      expect(() => process.kill(Number(readFileSync(join(place.folder, 'pid'), 'utf8')), 0)).toThrow('ESRCH');
    }),
  120_000,
);

it(
  'that says what nobody understands is a failure with a code',
  () =>
    withCli(async (place) => {
      const garbage = [
        "console.log('Welcome!'); console.log('{'); console.log('[1]'); console.log('null');",
        "console.log(JSON.stringify({ type: 'result' }));",
        "console.log(JSON.stringify({ type: 'assistant', message: 3 })); console.log(JSON.stringify({ type: 'user' }));",
        "process.stdout.write('x'.repeat(40_000_000));",
        'process.stdout.write(Buffer.from([0xff, 0xfe, 0x00, 0x0a]));',
      ];
      for (const says of garbage) {
        place.put('says.js', says);
        const run = await place.giga('run', 'a.yaml', '--json');
        expect([says, run.code, run.out.includes('"STEP_CLAUDE_CLI"')]).toEqual([says, 1, true]);
      }
    }),
  120_000,
);

it('is never taken for done when it is not', () =>
  withCli(async (place) => {
    const cases: readonly (readonly [string, string])[] = [
      [lines(init), 'STEP_CLAUDE_CLI'],
      [`${lines(init)}\nprocess.stderr.write('went wrong'); process.exitCode = 3;`, 'STEP_CLAUDE_CLI'],
      [lines(init, result({ subtype: 'error_max_turns', is_error: true })), 'STEP_TURNS_EXHAUSTED'],
      [lines(init, result({ subtype: 'error_during_execution', is_error: true })), 'STEP_CLAUDE_CLI'],
      [lines(init, result({ is_error: true, api_error_status: 529, result: 'overloaded' })), 'STEP_CLAUDE_OVERLOADED'],
      [lines(init, result({ is_error: true, api_error_status: 401, result: 'no key' })), 'STEP_CLAUDE_AUTH'],
      [lines(init, result({ stop_reason: 'refusal' })), 'STEP_CLAUDE_REFUSED'],
      [lines(init, result({ result: ' ' })), 'STEP_CLAUDE_EMPTY'],
      [lines(init, result({ permission_denials: [{ tool_name: 'Edit' }] })), 'STEP_TOOL_DENIED'],
      [`${lines(init, result())}\nfs.writeFileSync('notes.md', 'changed');`, 'STEP_WRITE_OUTSIDE'],
    ];
    for (const [says, code] of cases) {
      place.put('says.js', says);
      const run = await place.giga('run', 'a.yaml', '--json');
      expect([run.code, code, run.out.includes(`"${code}"`)]).toEqual([1, code, true]);
    }
    expect(readFileSync(join(place.folder, 'notes.md'), 'utf8')).toBe('notes\n');
    place.env['PATH'] = '/usr/bin:/bin';
    const none = await place.giga('run', 'a.yaml');
    expect(`${none.out}${none.err}`).toContain('There is no program `claude`');
  }));

it('goes on with its session after a kill -9, and nothing of the first one goes on beside it', () =>
  withCli(async (place) => {
    place.put(
      'says.js',
      `${lines(init, tool('t1', 'Read', {}), gave('t1'))}\nfs.writeFileSync('begun', ''); setTimeout(() => fs.writeFileSync('late', ''), 20_000);`,
    );
    const run = start(place, 'run', 'a.yaml');
    const journals = (): string =>
      [...filesBelow(join(place.folder, '.giga'))].map(([, bytes]) => bytes.toString('utf8')).join('');
    await until(() => existsSync(join(place.folder, 'begun')) && journals().includes('turn-ended'));
    run.child.kill('SIGKILL');
    await run.ended;
    place.put('says.js', lines(init, result()));
    const again = await place.giga('resume', '--json');
    expect([again.code, outputsOf(again)['text']]).toEqual([0, 'All done.']);
    const [, second] = callsIn(place);
    expect(second?.argv).toEqual(expect.arrayContaining(['--resume', SESSION]));
    expect(second?.input).toContain('You were interrupted');
    expect(existsSync(join(place.folder, 'late'))).toBe(false);
  }));

it('is not started where answers are made up', () =>
  withCli(async (place) => {
    place.put('says.js', lines(init, result()));
    expect(await place.giga('run', 'a.yaml', '--fake')).toMatchObject({ code: 0 });
    expect(existsSync(join(place.folder, 'calls.log'))).toBe(false);
  }));

it('is not given what giga cannot hold it to', () =>
  inPlace(async (place) => {
    for (const claude of [
      '{ prompt: x, runner: cli, tools: [run] }',
      '{ prompt: x, runner: cli }',
      '{ prompt: x, runner: cli, tools: [read] }',
      '{ prompt: x, runner: cli, tools: [read], mcp: x }',
    ]) {
      const permissions = claude.endsWith('[read] }') ? '{ read: [src] }' : '{ run: [x] }';
      place.put(
        'a.yaml',
        `mcp: { x: { command: x } }\nsteps: { a: { claude: ${claude}, permissions: ${permissions} } }\n`,
      );
      const { code, out, err } = await place.giga('validate', 'a.yaml');
      expect([claude, code, `${out}${err}`.includes('PLAN_CLAUDE')]).toEqual([claude, 3, true]);
    }
  }));

it('is not started where its turns may cost more than the budget, and pays what it says where they do not', () =>
  withCli(async (place) => {
    place.put('says.js', lines(init, result()));
    const text = readFileSync(join(place.folder, 'a.yaml'), 'utf8');
    // Five turns of a million tokens at 5 dollars a million, and of 16,000 at 20.
    place.put('a.yaml', `budget: { usd: 26.59 }\n${text}`);
    const poor = await place.giga('run', 'a.yaml');
    expect(poor.code).toBe(1);
    expect(poor.err).toContain('does not fit into the budget of the run (usd 26.59): it may take usd 26.60');
    expect(existsSync(join(place.folder, 'calls.log'))).toBe(false);
    const rich = await place.giga('resume', '--budget', 'usd=26.60');
    expect(rich.code).toBe(0);
    expect(rich.err).toContain('spent  $0.25 of $26.60 · 1 call · 30 tokens');
  }));
