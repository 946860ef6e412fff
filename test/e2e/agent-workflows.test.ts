/** Workflows that an agent calls as tools, with the real command: each call is a run of its own, under what the step may do. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Workplace } from '../cli/giga.ts';
import { type MessagesServer, messagesServer, type Reply } from '../host/claude/messages-server.ts';
import { calls, messagesIn, says, toldBy, turnsIn } from './model.ts';
import { appears, eventsOf, inPlace, isClear, marks, start } from './place.ts';

let answers: readonly Reply[] = [];
let server: MessagesServer;
beforeEach(async () => {
  server = await messagesServer(({ body }) => answers[turnsIn(body)] ?? { status: 400, json: { error: {} } });
});
afterEach(() => server.close());

const CHECK = `description: Checks one package.
inputs:
  package: { type: string, required: true, pattern: '^[a-z]+$', description: Its name. }
  depth: { type: integer, default: 1 }
steps:
  look: { run: 'echo looked >> log/marks; echo "\${{ inputs.package }} \${{ inputs.depth }}"; test "\${{ inputs.package }}" != bad' }
  env: { run: 'env | cut -d= -f1 | sort > log/env' }
outputs: { found: "\${{ steps.look.outputs.stdout }}" }
`;
const ASK = `steps:
  ask:
    claude: { prompt: Check it., tools: [{ workflow: check.yaml }] }
    permissions: { write: [log] }
`;

function inRepository(use: (place: Workplace) => Promise<void>): Promise<void> {
  return inPlace(
    async (place) => {
      await place.bash('rmdir .git && git init -q . && mkdir log');
      place.put('check.yaml', CHECK);
      place.put('ask.yaml', ASK);
      await use(place);
    },
    { ANTHROPIC_API_KEY: 'sk-test-key', ANTHROPIC_BASE_URL: server.url },
  );
}

it('a workflow is a tool with its inputs as arguments, and gives its outputs', () =>
  inRepository(async (place) => {
    answers = [calls(['check', { package: 'core', depth: 2 }]), says('Fine.')];
    const run = await place.giga('run', 'ask.yaml', '--json');
    isClear(run);
    expect(run.code).toBe(0);
    expect(server.asked[0]?.body['tools']).toMatchObject([
      {
        name: 'check',
        description: 'Checks one package.',
        input_schema: {
          required: ['package'],
          properties: { package: { type: 'string', description: 'Its name.' }, depth: { default: 1 } },
        },
      },
    ]);
    expect(toldBy(server)).toContain('\\"found\\": \\"core 2\\"');
    const news = eventsOf(run).flatMap(({ data }) => (data === undefined ? [] : [data]));
    expect(news.find((one) => (one as { kind: string }).kind === 'tool-ended')).toMatchObject({
      tool: 'check',
      arguments: { package: 'core', depth: 2 },
      verdict: 'ok',
      digest: expect.any(String),
    });
    // Its steps have nothing that those of the caller have not.
    expect(readFileSync(join(place.folder, 'log/env'), 'utf8')).not.toContain('ANTHROPIC_API_KEY');
    const listed = await place.giga('runs', 'list', '--json');
    expect(eventsOf(listed)).toHaveLength(1);
    const shown = await place.giga('runs', 'show');
    expect(shown.out).toMatch(/called\n {2}\w{4}-[0-9a-f]{8} {2}succeeded .* check\.yaml/);
    const id = /\w{4}-[0-9a-f]{8}/.exec(shown.out)?.[0] ?? '';
    expect((await place.giga('logs', id, 'look')).out).toContain('core 2');
    await place.giga('runs', 'prune', '--keep', '0');
    expect(existsSync(join(place.folder, '.giga/runs', id))).toBe(false);
  }));

it('one that fails says which step did, and wrong arguments start nothing', () =>
  inRepository(async (place) => {
    answers = [
      calls(['check', { package: 'bad' }]),
      calls(['check', { package: 'BAD' }]),
      calls(['check', { package: 'core', more: 1 }]),
      says('Well.'),
    ];
    expect((await place.giga('run', 'ask.yaml')).code).toBe(0);
    const told = messagesIn(server.asked.at(-1)?.body ?? {}).map((message) => JSON.stringify(message));
    expect(told[2]).toContain('\\"verdict\\": \\"failed\\"');
    expect(told[2]).toMatch(/\\"step\\": \\"look\\".*bad 1/);
    expect(told[4]).toContain('is_error');
    expect(told[6]).toContain('is_error');
    expect(marks(place, 'log/marks')).toHaveLength(1);
  }));

it('a call that was cut off by a kill goes on where it was, and is not begun anew', () =>
  inRepository(async (place) => {
    place.put(
      'check.yaml',
      `steps:
  - { id: once, run: 'echo once >> log/marks' }
  - { id: long, run: 'touch log/long; until [ -e log/go ]; do sleep 0.05; done; echo "after \${{ steps.once.outputs.exit-code }}"' }
outputs: { said: "\${{ steps.long.outputs.stdout }}" }
`,
    );
    answers = [calls(['check', {}]), says('Fine.')];
    const run = start(place, 'run', 'ask.yaml');
    await appears(place, 'log/long');
    run.child.kill('SIGKILL');
    await run.ended;
    place.put('log/go', '');
    const again = await place.giga('resume');
    expect(again).toMatchObject({ code: 0 });
    expect(again.err).toContain('ask.yaml');
    expect(marks(place, 'log/marks')).toEqual(['once']);
    expect(toldBy(server)).toContain('after 0');
    expect(toldBy(server)).not.toContain('interrupted');
    expect(server.asked).toHaveLength(2);
  }));

it('stops with the agent, and goes on with it', () =>
  inRepository(async (place) => {
    place.put(
      'check.yaml',
      'steps:\n  long: { run: "echo run >> log/marks; until [ -e log/go ]; do sleep 0.05; done" }\n',
    );
    answers = [calls(['check', {}]), says('Fine.')];
    const run = start(place, 'run', 'ask.yaml');
    await appears(place, 'log/marks');
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    place.put('log/go', '');
    expect(await place.giga('resume')).toMatchObject({ code: 0 });
    expect(marks(place, 'log/marks')).toEqual(['run', 'run']);
  }));

it('a timeout of the agent ends what it called', () =>
  inRepository(async (place) => {
    place.put('check.yaml', 'steps:\n  long: { run: "echo $$ > log/pid; exec sleep 300" }\n');
    place.put('ask.yaml', ASK.replace('permissions', 'timeout: 2s\n    permissions'));
    answers = [calls(['check', {}])];
    expect((await place.giga('run', 'ask.yaml')).code).toBe(1);
    const pid = Number(readFileSync(join(place.folder, 'log/pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    const shown = await place.giga('runs', 'show');
    expect(shown.out).toMatch(/-[0-9a-f]{8} {2}cancelled/);
  }));

it('what it writes outside of what the agent may write is put back', () =>
  inRepository(async (place) => {
    place.put('check.yaml', 'steps:\n  write: { run: "echo x > new.txt" }\n');
    answers = [calls(['check', {}])];
    const run = await place.giga('run', 'ask.yaml');
    expect([run.code, /STEP_WRITE_OUTSIDE/.test(`${run.out}${run.err}`)]).toEqual([1, true]);
    expect(existsSync(join(place.folder, 'new.txt'))).toBe(false);
  }));

it('what would not be held, or never come, is refused before the run', () =>
  inRepository(async (place) => {
    const refused = async (tools: string, check = CHECK, permissions = '{}'): Promise<string> => {
      place.put('check.yaml', check);
      place.put('a.yaml', `steps: { a: { claude: { prompt: x, tools: ${tools} }, permissions: ${permissions} } }\n`);
      const run = await place.giga('run', 'a.yaml');
      expect(run.code).toBe(3);
      return `${run.out}${run.err}`;
    };
    const one = '[{ workflow: check.yaml }]';
    expect(await refused('[{ workflow: nothing.yaml }]')).toContain('nothing.yaml');
    expect(await refused('[{ workflow: a.yaml }]')).toContain('PLAN_FILE_CYCLE');
    expect(await refused('[{ workflow: check.yaml, name: read }]')).toContain('two tools `read`');
    expect(await refused('[{ workflow: check.yaml }, { workflow: check.yaml }]')).toContain('two tools `check`');
    expect(await refused('[{ workflow: check.yaml, name: a b }]')).toContain('cannot be the name');
    expect(await refused('[{ workflow: check.yaml, when: x }]')).toContain('DOC_UNKNOWN_KEY');
    expect(await refused(one, CHECK, '{ tools: [read] }')).toContain('do not allow the tool `check`');
    expect(await refused(one, 'steps: { a: { approve: { message: ok } } }\n')).toContain('waits for a person');
    expect(await refused(one, 'steps: { g: { steps: [{ claude: hi }] } }\n')).toContain('asks a model');
    expect(
      await refused(one, 'mcp: { s: { command: x, sampling: true } }\nsteps: { a: { mcp: { server: s, tool: t } } }\n'),
    ).toContain('asks a model');
    expect(await refused(one, 'secrets: [TOKEN]\nsteps: { a: { run: "true" } }\n')).toContain('the secret `TOKEN`');
    expect(
      await refused(one, 'permissions: { net: [example.com] }\nsteps: { a: { run: "true" } }\n', '{ net: [] }'),
    ).toContain('PLAN_PERMISSION');
    expect(await refused(one, 'steps: { a: { runn: x } }\n')).toContain('check.yaml');
  }));
