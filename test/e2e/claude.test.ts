/** `claude` steps of the real command, against a server of the Messages API on loopback. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Workplace } from '../cli/giga.ts';
import { type MessagesServer, messagesServer, type Reply, textStream } from '../host/claude/messages-server.ts';
import { eventsOf, filesBelow, inPlace, isClear, outputsOf, start, until } from './place.ts';

const KEY = 'sk-ant-0123456789abcdef';
let reply: (index: number) => Reply;
let server: MessagesServer;
beforeEach(async () => {
  reply = () => ({ stream: textStream('Hello.') });
  server = await messagesServer((_asked, index) => reply(index));
});
afterEach(() => server.close());

function inProject(use: (place: Workplace) => Promise<void>, more: NodeJS.ProcessEnv = {}): Promise<void> {
  return inPlace(use, { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: server.url, ...more });
}

const HELLO = 'steps:\n  hello: { claude: Say hello. }\noutputs: { said: "${{ steps.hello.outputs.text }}" }\n';

it('an answer is an output, and the key stands nowhere', () =>
  inProject(async (place) => {
    place.put('w.yaml', HELLO.replace('outputs', '  show: { run: env }\noutputs'));
    const outcome = await place.giga('run', 'w.yaml', '--json', '-v');
    expect([outcome.code, outputsOf(outcome)]).toEqual([0, { said: 'Hello.' }]);
    expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(`${outcome.out}${outcome.err}`).not.toContain(KEY);
    for (const [name, bytes] of filesBelow(place.folder)) expect([name, bytes.includes(KEY)]).toEqual([name, false]);
    isClear(outcome);
  }));

it('without a key the step says so, and nothing is sent', () =>
  inProject(
    async (place) => {
      place.put('w.yaml', HELLO);
      const outcome = await place.giga('run', 'w.yaml');
      expect([outcome.code, server.asked.length]).toEqual([1, 0]);
      expect(`${outcome.out}${outcome.err}`).toContain('STEP_CLAUDE_KEY');
      isClear(outcome);
    },
    { ANTHROPIC_API_KEY: '' },
  ));

it.each([
  ['a refusal', textStream('No.', { stop: 'refusal' }), 'STEP_CLAUDE_REFUSED'],
  ['an empty answer', textStream(''), 'STEP_CLAUDE_EMPTY'],
  ['a cut answer', textStream('The first', { stop: 'max_tokens' }), 'STEP_CLAUDE_TRUNCATED'],
])('%s fails the run', (_what, stream, code) =>
  inProject(async (place) => {
    reply = () => ({ stream });
    place.put('w.yaml', HELLO);
    const outcome = await place.giga('run', 'w.yaml');
    expect([outcome.code, `${outcome.out}${outcome.err}`]).toEqual([1, expect.stringContaining(code)]);
    isClear(outcome);
  }),
);

it('the same question is paid for once a day, unless it says otherwise', () =>
  inProject(async (place) => {
    reply = (index) => ({ stream: textStream(`Answer ${index}.`) });
    place.put('w.yaml', HELLO);
    const said: unknown[] = [];
    for (let run = 0; run < 2; run++) said.push(outputsOf(await place.giga('run', 'w.yaml', '--json')));
    expect([said, server.asked.length]).toEqual([[{ said: 'Answer 0.' }, { said: 'Answer 0.' }], 1]);
    place.put('w.yaml', HELLO.replace('Say hello.', "{ prompt: Say hello., cache: 'off' }"));
    expect(outputsOf(await place.giga('run', 'w.yaml', '--json'))).toEqual({ said: 'Answer 1.' });
  }));

it('recorded answers stand beside the workflow, and are replayed without key and network', () =>
  inProject(async (place) => {
    place.put('w.yaml', HELLO);
    expect((await place.giga('run', 'w.yaml', '--record')).code).toBe(0);
    expect(readdirSync(join(place.folder, 'w.cassettes')).length).toBe(1);
    await server.close();
    const replayed = await place.giga('run', 'w.yaml', '--replay', '--json');
    expect([replayed.code, outputsOf(replayed)]).toEqual([0, { said: 'Hello.' }]);
    place.put('w.yaml', HELLO.replace('hello.', 'goodbye.'));
    const missing = await place.giga('run', 'w.yaml', '--replay');
    expect([missing.code, `${missing.out}${missing.err}`]).toEqual([
      1,
      expect.stringContaining('STEP_CLAUDE_CASSETTE'),
    ]);
    isClear(missing);
  }));

it('made-up answers fit what is wanted, and no one is asked', () =>
  inProject(async (place) => {
    const output = 'output: { type: object, required: [n], properties: { n: { type: integer, minimum: 4 } } }';
    place.put(
      'w.yaml',
      `steps:\n  a: { claude: { prompt: x, ${output} } }\noutputs: { n: "\${{ steps.a.outputs.n }}", by: "\${{ steps.a.outputs.by }}" }\n`,
    );
    const outcome = await place.giga('run', 'w.yaml', '--fake', '--json');
    expect([outcome.code, outputsOf(outcome), server.asked.length]).toEqual([0, { n: 4, by: 'fake' }, 0]);
    const both = await place.giga('run', 'w.yaml', '--fake', '--replay');
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('--fake and --replay')]);
  }));

it('a Ctrl-C in the middle of an answer stops it at once, and a resume asks anew', () =>
  inProject(async (place) => {
    reply = (index) => (index === 0 ? { hangs: true } : { stream: textStream('Hello again.') });
    place.put('w.yaml', HELLO);
    const run = start(place, 'run', 'w.yaml');
    await until(() => server.asked.length === 1);
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    const resumed = await place.giga('resume', '--json');
    expect([resumed.code, outputsOf(resumed)]).toEqual([0, { said: 'Hello again.' }]);
    expect(eventsOf(resumed).some(({ type }) => type === 'attempt.noted')).toBe(true);
  }));

it('a kill -9 in the middle of an answer loses no more than that', () =>
  inProject(async (place) => {
    reply = (index) => (index === 1 ? { hangs: true } : { stream: textStream(`Answer ${index}.`) });
    const two = "steps:\n  a: { claude: First. }\n  b: { claude: 'Second: ${{ steps.a.outputs.text }}' }\n";
    place.put('w.yaml', two);
    const run = start(place, 'run', 'w.yaml');
    await until(() => server.asked.length === 2);
    run.child.kill('SIGKILL');
    await run.ended;
    const resumed = await place.giga('resume', '--json');
    expect([resumed.code, server.asked.length]).toEqual([0, 3]);
  }));

it('a run goes on with the models that it began with', () =>
  inProject(async (place) => {
    place.put('w.yaml', 'steps:\n  a: { claude: Say hello. }\n  b: { run: test -f there, needs: a }\n');
    const faked = await place.giga('run', 'w.yaml', '--fake');
    expect([faked.code, server.asked.length]).toEqual([1, 0]);
    expect(faked.err).toMatch(/RESULT failed · .*answers made up \(--fake\)/);
    expect((await place.giga('runs', 'list')).out).toContain('w.yaml · answers made up (--fake)');
    expect((await place.giga('runs', 'show')).out).toContain('failed · answers made up (--fake)');
    expect(eventsOf(await place.giga('runs', 'list', '--json'))).toMatchObject([{ models: 'fake' }]);
    expect(eventsOf(await place.giga('runs', 'show', '--json'))[0]).toMatchObject({ models: 'fake' });
    const mixed = await place.giga('resume', '--replay');
    expect([mixed.code, mixed.err]).toEqual([1, expect.stringContaining('RUN_OTHER_MODELS')]);
    place.put('there', '');
    const resumed = await place.giga('resume', '--from', 'a', '--json');
    expect([resumed.code, server.asked.length]).toEqual([0, 0]);
    expect(eventsOf(resumed)[0]).toMatchObject({ type: 'run.opened', models: 'fake' });
    expect(resumed.err).toContain('RESULT succeeded · 2 ok · answers made up (--fake)');
    place.put('w.yaml', 'steps:\n  a: { claude: Say hello. }\n  b: { run: test -f nowhere, needs: a }\n');
    expect((await place.giga('run', 'w.yaml')).code).toBe(1);
    expect((await place.giga('resume', '--fake')).err).toContain('RUN_OTHER_MODELS');
  }));
