/** Agents of the real command, over loopback: they work under their permissions, and go on where a kill -9 has left them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Outcome, Workplace } from '../cli/giga.ts';
import { type MessagesServer, messagesServer, type Reply } from '../host/claude/messages-server.ts';
import { missing } from '../host/sandbox/support.ts';
import { calls, messagesIn, says, toldBy, turnsIn } from './model.ts';
import { appears, eventsOf, inPlace, isClear, marks, outputsOf, start } from './place.ts';

/** The answers, by how many there are in the conversation. */
let answers: readonly Reply[] = [];
let server: MessagesServer;
beforeEach(async () => {
  server = await messagesServer(({ body }) => {
    const before = turnsIn(body);
    return (
      answers[before] ?? {
        status: 400,
        json: { type: 'error', error: { type: 'invalid_request_error', message: `no answer ${before}` } },
      }
    );
  });
});
afterEach(() => server.close());

function inRepository(use: (place: Workplace) => Promise<void>): Promise<void> {
  return inPlace(
    async (place) => {
      await place.bash('rmdir .git && git init -q . && printf "exports.add = (a, b) => a - b;\\n" > add.js');
      place.put('test.js', "if (require('./add.js').add(1, 2) !== 3) throw new Error('1 + 2 is not 3');\n");
      place.put('notes.md', 'notes\n');
      await use(place);
    },
    { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: server.url },
  );
}

const FIX = `steps:
  fix:
    claude: { prompt: Make the test pass., tools: [read, search, edit, run], max-turns: 8 }
    permissions: { write: [add.js, log], run: [node, bash] }
    ensures: [{ run: node test.js }]
`;

/** What was noted of a kind. */
function newsOf(run: Outcome, kind: string): readonly JsonObject[] {
  return eventsOf(run).flatMap(({ data }) => {
    const news = data as JsonObject | undefined; // as the published schema says
    return news?.['kind'] === kind ? [news] : [];
  });
}

const told = (): string => toldBy(server);

describe.skipIf(missing !== null)('an agent', () => {
  it('mends a failing test under its permissions, and what it did is in the journal', () =>
    inRepository(async (place) => {
      place.put('fix.yaml', FIX);
      answers = [
        calls(['run', { command: ['node', 'test.js'] }], ['search', { text: 'add' }], ['read', { path: 'add.js' }]),
        calls(['edit', { path: 'add.js', old: 'a - b', new: 'a + b' }]),
        calls(['run', { script: 'node test.js && echo fine; echo x > test.js' }]),
        says('It passes.'),
      ];
      const run = await place.giga('run', 'fix.yaml', '--json');
      isClear(run);
      expect(run).toMatchObject({ code: 0 });
      expect(readFileSync(join(place.folder, 'add.js'), 'utf8')).toContain('a + b');
      expect(server.asked).toHaveLength(4);
      expect(JSON.stringify(server.asked[1]?.body)).toContain('1 + 2 is not 3');
      expect(told()).toContain('Read-only file system');
      const noted = eventsOf(run).flatMap(({ data }) =>
        typeof data === 'object' && data !== null ? [data as JsonObject] : [],
      ); // as the published schema says
      const ended = noted.flatMap(({ kind, tool, verdict }) =>
        kind === 'tool-ended' ? [`${String(tool)} ${String(verdict)}`] : [],
      );
      expect([ended[0], ...ended.slice(3)]).toEqual(['run failed', 'edit ok', 'run failed']);
      expect(ended.slice(1, 3)).toEqual(expect.arrayContaining(['search ok', 'read ok'])); // side by side
      expect(noted.filter(({ kind }) => kind === 'turn-ended')).toHaveLength(3);
    }));

  it('that is killed in the middle of a call goes on, pays nothing twice, and is told that it was interrupted', () =>
    inRepository(async (place) => {
      place.put('fix.yaml', FIX.replace('[{ run: node test.js }]', '[{ exists: log/marks }]'));
      answers = [
        calls(['read', { path: 'add.js' }]),
        calls(['run', { script: 'mkdir -p log; echo once >> log/marks; sleep 300' }]),
        says('Well then.'),
      ];
      await place.bash('mkdir log');
      const run = start(place, 'run', 'fix.yaml', '--json');
      await appears(place, 'log/marks');
      run.child.kill('SIGKILL');
      await run.ended;
      expect(server.asked).toHaveLength(2);
      const again = await place.giga('resume', '--json');
      expect(again).toMatchObject({ code: 0 });
      expect(server.asked).toHaveLength(3);
      expect(told()).toContain('begun and then interrupted');
      expect(marks(place, 'log/marks')).toEqual(['once']);
      const roles = messagesIn(server.asked.at(-1)?.body ?? {}).map(({ role }) => role);
      expect(roles).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    }));

  it('that is killed while the model answers asks for that answer alone again', () =>
    inRepository(async (place) => {
      place.put('fix.yaml', FIX.replace('    ensures: [{ run: node test.js }]\n', ''));
      answers = [calls(['read', { path: 'add.js' }]), { hangs: true }];
      const run = start(place, 'run', 'fix.yaml');
      while (server.asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      run.child.kill('SIGKILL');
      await run.ended;
      answers = [answers[0] ?? says(''), says('Read it.')];
      const again = await place.giga('resume');
      expect(again).toMatchObject({ code: 0 });
      expect(server.asked.map(({ body }) => turnsIn(body))).toEqual([0, 1, 1]);
    }));

  it('fails where it asks for what it may not do, and nothing of that was done', () =>
    inRepository(async (place) => {
      place.put('fix.yaml', FIX);
      answers = [calls(['edit', { path: 'notes.md', old: 'notes', new: 'x' }])];
      const run = await place.giga('run', 'fix.yaml');
      expect(run.code).toBe(1);
      expect(`${run.out}${run.err}`).toContain('STEP_TOOL_DENIED');
      expect(readFileSync(join(place.folder, 'notes.md'), 'utf8')).toBe('notes\n');
      expect(server.asked).toHaveLength(1);
    }));

  it('is told when its programs took too much memory', () =>
    inRepository(async (place) => {
      place.put('fix.yaml', FIX.replace('max-turns: 8', 'sandbox: { memory: 200MiB }').replace(/ {4}ensures.*\n/, ''));
      const greedy = 'const a = []; setInterval(() => a.push(Buffer.alloc(8e6, 1)), 5)';
      answers = [calls(['run', { command: ['node', '-e', greedy] }]), says('Too much.')];
      expect(await place.giga('run', 'fix.yaml')).toMatchObject({ code: 0 });
      expect(told()).toContain('it used more than 200 MiB of memory');
    }));

  it('without a sandbox runs what is named, and what it writes elsewhere is put back and fails the step', () =>
    inRepository(async (place) => {
      place.put('fix.yaml', FIX.replace('max-turns: 8', 'max-turns: 8, sandbox: none'));
      answers = [calls(['run', { script: 'echo x > notes.md; echo y > add.js; echo z > new.txt' }])];
      const run = await place.giga('run', 'fix.yaml');
      expect(run.code).toBe(1);
      expect(`${run.out}${run.err}`).toMatch(/STEP_WRITE_OUTSIDE[\s\S]*`new.txt`|`new.txt`[\s\S]*STEP_WRITE_OUTSIDE/);
      expect(readFileSync(join(place.folder, 'notes.md'), 'utf8')).toBe('notes\n');
      expect(readFileSync(join(place.folder, 'add.js'), 'utf8')).toBe('y\n');
      expect(existsSync(join(place.folder, 'new.txt'))).toBe(false);
      answers = [calls(['run', { script: 'echo z > add.js' }]), says('Done.')];
      place.put('fix.yaml', FIX.replace('max-turns: 8', 'max-turns: 8, sandbox: none').replace(/ {4}ensures.*\n/, ''));
      // What giga itself writes is none of the agent's.
      const beside = await place.bash(
        'giga run fix.yaml --json > events.log 2>&1; echo $?; grep -c . events.log > /dev/null && echo kept',
      );
      expect(beside.out).toBe('0\nkept\n');
    }));

  it('in the sandbox fails where something else of the workspace changed, which stays as it is', () =>
    inRepository(async (place) => {
      place.put('fix.yaml', FIX.replace(/ {4}ensures.*\n/, ''));
      answers = [
        calls(['run', { script: 'mkdir -p log; touch log/begun; while [ ! -e notes.new ]; do sleep 0.05; done' }]),
        says('Done.'),
      ];
      await place.bash('mkdir log');
      const run = start(place, 'run', 'fix.yaml', '--json');
      await appears(place, 'log/begun');
      place.put('notes.md', 'by a person');
      place.put('notes.new', 'by a person');
      const ended = await run.ended;
      expect([ended.code, ended.out]).toEqual([1, expect.stringContaining('STEP_WRITE_OUTSIDE')]);
      expect(readFileSync(join(place.folder, 'notes.md'), 'utf8')).toBe('by a person');
      expect(newsOf(ended, 'write-outside')).toMatchObject([
        { turn: 1, files: ['notes.md', 'notes.new'], 'others-at-work': false },
      ]);
      expect(server.asked).toHaveLength(1);
    }));

  it('in the sandbox is not blamed for what other steps of the run do meanwhile', () =>
    inRepository(async (place) => {
      const beside = "  beside: { run: 'until [ -e log/begun ]; do sleep 0.05; done; echo x > notes.new' }\n";
      place.put('fix.yaml', FIX.replace(/ {4}ensures.*\n/, beside));
      answers = [
        calls(['run', { script: 'touch log/begun; while [ ! -e notes.new ]; do sleep 0.05; done' }]),
        says('Done.'),
      ];
      await place.bash('mkdir log');
      const ended = await place.giga('run', 'fix.yaml', '--json');
      expect(ended.code).toBe(0);
      expect(newsOf(ended, 'write-outside')).toMatchObject([{ files: ['notes.new'], 'others-at-work': true }]);
    }));

  it('calls the tools of MCP servers, and what they write elsewhere is put back', () =>
    inRepository(async (place) => {
      const program = join(
        import.meta.dirname,
        '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js',
      );
      place.put(
        'files.yaml',
        `mcp: { files: { command: '${process.execPath}', args: ['${program}', '${place.folder}'] } }
steps:
  note:
    claude: { prompt: Note it., mcp: files }
    permissions: { write: [notes.md], tools: ['files__read_text_file', 'files__write_file'] }
`,
      );
      const path = (name: string): JsonObject => ({ path: join(place.folder, name) });
      answers = [
        calls(['files__read_text_file', path('notes.md')]),
        calls(['files__write_file', { ...path('notes.md'), content: 'noted\n' }]),
        says('Noted.'),
      ];
      expect(await place.giga('run', 'files.yaml')).toMatchObject({ code: 0 });
      expect(JSON.stringify(messagesIn(server.asked[1]?.body ?? {}).at(-1))).toContain('notes');
      expect(readFileSync(join(place.folder, 'notes.md'), 'utf8')).toBe('noted\n');
      const names = server.asked[0]?.body['tools'];
      expect(Array.isArray(names) && names.map((tool) => (tool as JsonObject)['name'])).toEqual(
        expect.arrayContaining(['files__read_text_file', 'files__write_file']),
      ); // giga sent them
      answers = [calls(['files__write_file', { ...path('add.js'), content: 'x\n' }])];
      const run = await place.giga('run', 'files.yaml');
      expect([run.code, /STEP_WRITE_OUTSIDE/.test(`${run.out}${run.err}`)]).toEqual([1, true]);
      expect(readFileSync(join(place.folder, 'add.js'), 'utf8')).toContain('a - b');
    }));

  it('gives structured answers, mended where they are wrong, and counts its turns', () =>
    inRepository(async (place) => {
      const output = '{ type: object, required: [n], properties: { n: { type: integer } } }';
      place.put(
        'count.yaml',
        `steps:\n  count: { claude: { prompt: Count., tools: read, output: ${output} } }\noutputs: { n: "\${{ steps.count.outputs.n }}", turns: "\${{ steps.count.outputs.turns }}" }\n`,
      );
      answers = [calls(['read', { path: '.' }]), says('many'), says('{"n": 3}')];
      const run = await place.giga('run', 'count.yaml', '--json');
      expect([run.code, outputsOf(run)]).toEqual([0, { n: 3, turns: 3 }]);
      expect(told()).toContain('not JSON');
    }));
});

it('what could never work is refused before the run', () =>
  inPlace(async (place) => {
    const refused = async (claude: string, permissions = '{}'): Promise<string> => {
      place.put('a.yaml', `steps: { a: { claude: ${claude}, permissions: ${permissions} } }\n`);
      const { code, out, err } = await place.giga('validate', 'a.yaml');
      expect([claude, code]).toEqual([claude, 3]);
      return `${out}${err}`;
    };
    expect(await refused('{ prompt: x, tools: [edit] }')).toContain('`edit` may write nothing');
    expect(await refused('{ prompt: x, tools: [fetch] }')).toContain('`fetch` may reach no host');
    expect(await refused('{ prompt: x, tools: [run], sandbox: none }')).toContain(
      'may start nothing that is not named',
    );
    expect(await refused('{ prompt: x, tools: [run], sandbox: { memory: 1MiB } }')).toContain('at least `16MiB`');
    expect(await refused('{ prompt: x, tools: [read], sandbox: { memory: 1GiB } }')).toContain('programs of `run`');
    expect(await refused('{ prompt: x, tools: [run], sandbox: { memory: much } }')).toContain('PLAN_BAD_SIZE');
    expect(await refused('{ prompt: x, tools: [run], sandbox: some }')).toContain('`none`');
    expect(await refused('{ prompt: x, tools: [reed] }')).toContain('Did you mean `read`?');
    expect(await refused('{ prompt: x, tools: [run] }', '{ tools: [read] }')).toContain('do not allow the tool `run`');
    expect(await refused('{ prompt: x, tools: [read], runner: cli, fallback: [claude-haiku-5-5] }')).toContain(
      'falls back on no other model',
    );
    expect(await refused('{ prompt: x, max-turns: 3 }')).toContain('this step has no `tools`');
    expect(await refused('{ prompt: x, mcp: nobody }')).toContain('There is no MCP server `nobody`');
  }));
