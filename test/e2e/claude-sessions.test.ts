/** Conversations that go on in other steps, with the real command, over loopback. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Workplace } from '../cli/giga.ts';
import {
  type MessagesServer,
  messagesServer,
  type Reply,
  streamOf,
  textStream,
} from '../host/claude/messages-server.ts';
import { appears, inPlace, isClear, outputsOf, start, until } from './place.ts';

let reply: (body: JsonObject, index: number) => Reply;
let server: MessagesServer;
beforeEach(async () => {
  reply = (_body, index) => ({ stream: textStream(`Answer ${index}.`) });
  server = await messagesServer(({ body }, index) => reply(body, index));
});
afterEach(() => server.close());

function inProject(use: (place: Workplace) => Promise<void>): Promise<void> {
  return inPlace(use, { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: server.url });
}

const TWO = `steps:
  draft: { claude: { prompt: Write a poem., system: You are a poet., model: claude-opus-5-5 } }
  between: { needs: draft, run: "touch between; test -e go || sleep 60" }
  shorten: { needs: between, claude: { prompt: Make it shorter., session: "continue:draft" } }
outputs: { said: "\${{ steps.shorten.outputs.text }}" }
`;

/** Who said what, without the marks for the cache of the API. */
function saidIn(index: number): readonly (readonly [string, string])[] {
  const messages = server.asked[index]?.body.messages as readonly JsonObject[]; // giga sent them
  return messages.map(({ role, content }) => [
    String(role),
    (content as readonly JsonObject[]).map(({ type, text }) => (type === 'text' ? text : type)).join('|'),
  ]);
}

it('a kill -9 between two steps: the second one asks in the conversation of the first', () =>
  inProject(async (place) => {
    place.put('w.yaml', TWO);
    const run = start(place, 'run', 'w.yaml');
    await appears(place, 'between');
    run.child.kill('SIGKILL');
    await run.ended;
    place.put('go', '');
    const resumed = await place.giga('resume', '--json');
    expect([resumed.code, outputsOf(resumed), server.asked.length]).toEqual([0, { said: 'Answer 1.' }, 2]);
    expect(saidIn(1)).toEqual([
      ['user', 'Write a poem.'],
      ['assistant', 'Answer 0.'],
      ['user', 'Make it shorter.'],
    ]);
    expect(server.asked[1]?.body).toMatchObject({ model: 'claude-opus-5-5', system: 'You are a poet.' });
    isClear(resumed);
  }));

it('a kill -9 in the middle of the second answer: the question is asked once more, and no more', () =>
  inProject(async (place) => {
    place.put('w.yaml', TWO);
    place.put('go', '');
    const answer = reply;
    reply = (body, index) => (index === 1 ? { hangs: true } : answer(body, index));
    const run = start(place, 'run', 'w.yaml');
    await until(() => server.asked.length === 2);
    run.child.kill('SIGKILL');
    await run.ended;
    expect((await place.giga('resume')).code).toBe(0);
    expect([server.asked.length, saidIn(2)]).toEqual([3, saidIn(1)]);
  }));

it('a conversation that is lost is said to be, and never begun anew', () =>
  inProject(async (place) => {
    place.put('w.yaml', TWO);
    const run = start(place, 'run', 'w.yaml');
    await appears(place, 'between');
    run.child.kill('SIGKILL');
    await run.ended;
    place.put('go', '');
    rmSync(join(place.folder, '.giga/sessions'), { recursive: true });
    const lost = await place.giga('resume');
    expect([lost.code, server.asked.length]).toEqual([1, 1]);
    expect(`${lost.out}${lost.err}`).toContain('STEP_SESSION_LOST');
    isClear(lost);
    const anew = await place.giga('resume', '--from', 'draft');
    expect([anew.code, server.asked.length]).toEqual([0, 3]);
  }));

it('a step that runs again has what continues it run again, in the new conversation', () =>
  inProject(async (place) => {
    place.put('w.yaml', TWO);
    place.put('go', '');
    expect((await place.giga('run', 'w.yaml')).code).toBe(0);
    place.put('w.yaml', TWO.replace('a poem', 'a song'));
    const again = await place.giga('resume', '--json');
    expect([again.code, outputsOf(again)]).toEqual([0, { said: 'Answer 3.' }]);
    expect(saidIn(3)[0]).toEqual(['user', 'Write a song.']);
  }));

it('two steps that continue one conversation do not hear each other', () =>
  inProject(async (place) => {
    place.put(
      'w.yaml',
      `steps:
  - { id: a, claude: First. }
  - { id: b, claude: { prompt: Second., session: "continue:a" } }
  - { id: c, claude: { prompt: Third., session: "continue:a" } }
  - { id: d, claude: { prompt: Fourth., session: "continue:c" } }
`,
    );
    expect((await place.giga('run', 'w.yaml')).code).toBe(0);
    const questions = [1, 2, 3].map((index) => saidIn(index).flatMap(([who, text]) => (who === 'user' ? [text] : [])));
    expect(questions).toEqual([
      ['First.', 'Second.'],
      ['First.', 'Third.'],
      ['First.', 'Third.', 'Fourth.'],
    ]);
  }));

it('another model is told what was said, not what was thought; of tools that are gone it is told so', () =>
  inProject(async (place) => {
    const thought = { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' };
    const call = { type: 'tool_use', id: 'toolu_1', name: 'read', input: { path: 'notes.md' } };
    reply = (_body, index) =>
      index === 0
        ? { stream: streamOf([thought, call], { stop: 'tool_use' }) }
        : {
            stream: streamOf(
              index === 1 ? [thought, { type: 'text', text: 'Read.' }] : [{ type: 'text', text: 'Ok.' }],
            ),
          };
    place.put('notes.md', 'notes\n');
    place.put(
      'w.yaml',
      `steps:
  - { id: a, claude: { prompt: Read., tools: [read] } }
  - { id: same, claude: { prompt: Same., session: "continue:a" } }
  - { id: other, claude: { prompt: Other., session: "continue:a", model: claude-haiku-5-5 } }
`,
    );
    const outcome = await place.giga('run', 'w.yaml');
    expect([outcome.code, outcome.out]).toEqual([0, expect.any(String)]);
    expect(saidIn(2).map(([, text]) => text)).toEqual([
      'Read.',
      'thinking|tool_use',
      'tool_result',
      'thinking|Read.',
      'Same.',
    ]);
    expect(saidIn(3).map(([, text]) => text)).toEqual(['Read.', 'tool_use', 'tool_result', 'Read.', 'Other.']);
    for (const index of [2, 3])
      expect(server.asked[index]?.body.tools).toMatchObject([
        { name: 'read', description: expect.stringMatching(/^No longer/) },
      ]);
  }));

it('a model that takes over is told what was said before, and asked the question', () =>
  inProject(async (place) => {
    const thought = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' };
    reply = (body, index) =>
      body.model === 'claude-opus-5-5' && index > 0
        ? { stream: textStream('', { stop: 'refusal' }) }
        : {
            stream: streamOf([thought, { type: 'text', text: `Answer ${index}.` }], { model: String(body.model) }),
          };
    place.put(
      'w.yaml',
      `steps:
  - { id: a, claude: { prompt: First., model: claude-opus-5-5 } }
  - { id: b, claude: { prompt: Second., session: "continue:a", fallback: claude-haiku-5-5 } }
  - { id: c, claude: { prompt: Third., session: "continue:b", model: claude-haiku-5-5 } }
`,
    );
    expect((await place.giga('run', 'w.yaml')).code).toBe(0);
    expect(server.asked.map(({ body }) => body.model)).toEqual([
      'claude-opus-5-5',
      'claude-opus-5-5',
      'claude-haiku-5-5',
      'claude-haiku-5-5',
    ]);
    expect(saidIn(1).map(([, text]) => text)).toEqual(['First.', 'thinking|Answer 0.', 'Second.']);
    expect(saidIn(2).map(([, text]) => text)).toEqual(['First.', 'Answer 0.', 'Second.']);
    expect(saidIn(3).map(([, text]) => text)).toEqual([
      'First.',
      'Answer 0.',
      'Second.',
      'thinking|Answer 2.',
      'Third.',
    ]);
  }));

it('a step whose conversation came to no answer cannot be continued', () =>
  inProject(async (place) => {
    reply = () => ({ stream: textStream('', { stop: 'refusal' }) });
    place.put(
      'w.yaml',
      'steps:\n  - { id: a, continue-on-error: true, claude: x }\n  - { id: b, claude: { prompt: y, session: "continue:a" } }\n',
    );
    const outcome = await place.giga('run', 'w.yaml');
    expect([outcome.code, server.asked.length]).toEqual([1, 1]);
    expect(`${outcome.out}${outcome.err}`).toContain('STEP_NO_SESSION');
    isClear(outcome);
  }));

it('iterations of a loop go on with each other, also by what is in a group', () =>
  inProject(async (place) => {
    place.put(
      'w.yaml',
      `steps:
  g:
    loop: { max: 4 }
    steps:
      - { id: skip, if: "\${{ loop.iteration == 3 }}", run: "true" }
      - { id: ask, if: "\${{ loop.iteration != 3 }}", claude: { prompt: "Go \${{ loop.iteration }}", session: continue } }
`,
    );
    expect((await place.giga('run', 'w.yaml')).code).toBe(0);
    expect(saidIn(2).map(([, text]) => text)).toEqual(['Go 1', 'Answer 0.', 'Go 2', 'Answer 1.', 'Go 4']);
    expect(readdirSync(join(place.folder, '.giga/sessions')).length).toBe(3);
  }));

it('is recorded, replayed, made up, and answered by what was kept', () =>
  inProject(async (place) => {
    place.put('w.yaml', TWO);
    place.put('go', '');
    const said = async (...flags: string[]) => outputsOf(await place.giga('run', 'w.yaml', '--json', ...flags));
    expect(await said('--record')).toEqual({ said: 'Answer 1.' });
    expect(await said('--replay')).toEqual({ said: 'Answer 1.' });
    expect(await said('--fake')).toEqual({ said: 'This is a made-up answer.' });
    expect([await said(), await said()]).toEqual([{ said: 'Answer 3.' }, { said: 'Answer 3.' }]);
    expect(server.asked.length).toBe(4);
  }));
