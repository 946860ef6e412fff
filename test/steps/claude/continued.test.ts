/** A conversation that goes on with that of another step, killed anywhere: what the model is told is what was said there, then the question. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { runAgent } from '../../../src/steps/claude/agent.ts';
import { conversationBefore, goneTools, saidTo } from '../../../src/steps/claude/continued.ts';
import type { Block, Conversation, Message, ModelAnswer } from '../../../src/steps/claude/conversation.ts';
import { openedLine, standingOf } from '../../../src/steps/claude/transcript.ts';
import { answering, calls, jobOf, memorySessions, noting, portsOf, says, scripted, text, tool } from './scripted.ts';

const thought: Block = { type: 'thinking', thinking: 'Hm.', signature: 's' };

/** The first conversation, with thoughts and a call of a tool. */
async function first(): Promise<{
  sessions: ReturnType<typeof memorySessions>;
  session: string;
  said: readonly Message[];
}> {
  const sessions = memorySessions();
  const model = scripted(calls(['a', 'look']), answering([thought, text('Looked.')], 'end_turn'));
  const { context } = noting({ stepKey: 'r1/first/1' });
  const opening = { run: 'r1', step: 'first', model: 'claude-test', system: 'Be brief.' };
  const end = await runAgent(
    jobOf([tool('look', 'looks', () => 'seen')], { opening }),
    portsOf(model, { sessions }),
    context,
  );
  if (end.kind !== 'answered') throw new Error('the first one is answered');
  const standing = standingOf(sessions.kept.get(end.session) ?? []);
  return { sessions, session: end.session, said: standing?.messages ?? [] };
}

async function before({ sessions, session }: Awaited<ReturnType<typeof first>>) {
  const found = await conversationBefore(sessions, { session, step: 'first' });
  if (!found.ok || found.value === null) throw new Error('there is one');
  return found.value;
}

class Killed extends Error {}

test('killed once at every point, and once more, the request is what was said and the question', async () => {
  const lives = async (budget: readonly number[]) => {
    const world = await first();
    const parent = JSON.stringify(world.sessions.kept.get(world.session));
    const opening = {
      run: 'r1',
      step: 'second',
      model: 'claude-test',
      from: world.session,
      messages: saidTo('claude-test', await before(world)),
    };
    const heard: Conversation[] = [];
    const news: JsonObject[] = [];
    let left = 0;
    const step = (): void => {
      if (left-- <= 0) throw new Killed();
    };
    const { sessions } = world;
    const killing = {
      async open(name: string) {
        const opened = await sessions.open(name);
        if (!opened.ok) return opened;
        const append = async (lines: readonly JsonObject[]) => {
          step();
          // A torn write keeps the first lines only.
          for (const line of lines) {
            await opened.value.append([line]);
            step();
          }
          return null;
        };
        return { ok: true as const, value: { ...opened.value, append } };
      },
    };
    const note = async (one: JsonObject): Promise<boolean> => (step(), news.push(structuredClone(one)), step(), true);
    const model = {
      async ask(conversation: Conversation): Promise<ModelAnswer> {
        step();
        heard.push(structuredClone<Conversation>(conversation));
        step();
        return says('Second.');
      },
    };
    for (const most of [...budget, Number.POSITIVE_INFINITY]) {
      left = most;
      const { context } = noting({ stepKey: 'r1/second/1', note }, [...news]);
      try {
        const end = await runAgent(jobOf([], { opening }), portsOf(model, { sessions: killing }), context);
        expect([budget, end]).toMatchObject([budget, { kind: 'answered', content: [text('Second.')], turns: 1 }]);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
    }
    expect(JSON.stringify(sessions.kept.get(world.session))).toBe(parent);
    for (const { messages } of heard)
      expect([budget, messages]).toEqual([budget, [...world.said, { role: 'user', content: [text('Do it.')] }]]);
    return heard.length;
  };
  expect(await lives([])).toBe(1);
  for (let once = 0; once < 24; once++) for (const twice of [0, 3, 7]) await lives([once, twice]);
});

test('thoughts go with the model that had them, and with no other', async () => {
  const said = await before(await first());
  const thoughts = (model: string): number =>
    saidTo(model, said).flatMap(({ content }) => content.filter(({ type }) => type === 'thinking')).length;
  expect([thoughts('claude-test'), thoughts('claude-test-20260101'), thoughts('claude-other')]).toEqual([1, 1, 0]);
  expect(saidTo('claude-other', said).map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
});

test('of a tool that is not there any more there is a definition that says so', async () => {
  const { standing } = await before(await first());
  const look = { name: 'look', description: 'Looks.', input_schema: {} };
  expect(goneTools(standing.messages, [look])).toEqual([]);
  expect(goneTools(standing.messages, [])).toMatchObject([{ name: 'look', input_schema: { type: 'object' } }]);
});

test.each<[string, string | null, JsonObject[], string]>([
  ['none', null, [], 'STEP_NO_SESSION'],
  ['a name that is none', '../x', [], 'STEP_NO_SESSION'],
  ['one that is gone', 's.1', [], 'STEP_SESSION_LOST'],
  ['one that is damaged', 's.1', [{ kind: 'turn-ended', x: 1 }, { kind: 'what' }], 'STEP_SESSION_LOST'],
  [
    'one without an end',
    's.1',
    [openedLine({ run: 'r', step: 's', model: 'm' }), { kind: 'message', role: 'user', content: [] }],
    'STEP_NO_SESSION',
  ],
  [
    'one that failed',
    's.1',
    [
      { kind: 'message', role: 'user', content: [] },
      { kind: 'ended', why: 'STEP_TOOL_DENIED' },
    ],
    'STEP_NO_SESSION',
  ],
])('%s cannot go on', async (_what, session, lines, code) => {
  const sessions = memorySessions();
  sessions.kept.set('s.1', lines);
  const found = await conversationBefore(sessions, { session, step: 'first' });
  expect(found).toMatchObject({ ok: false, diagnostics: [{ code, retryable: false }] });
});

test('in the first iteration of a loop there is none yet', async () => {
  expect(await conversationBefore(memorySessions(), { session: null })).toEqual({ ok: true, value: null });
  expect(await conversationBefore(memorySessions(), undefined)).toEqual({ ok: true, value: null });
});
