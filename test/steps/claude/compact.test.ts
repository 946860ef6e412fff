/** Conversations that are too long for what they themselves say are summed up, once and for whoever goes on with them. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { runAgent } from '../../../src/steps/claude/agent.ts';
import { partToSumUp, summedUp } from '../../../src/steps/claude/compact.ts';
import type { Message, ModelAnswer } from '../../../src/steps/claude/conversation.ts';
import { standingOf } from '../../../src/steps/claude/transcript.ts';
import * as script from './scripted.ts';
import { jobOf, memorySessions, noting, portsOf, scripted, text, tool } from './scripted.ts';

const look = tool('look', 'looks', ({ at }) => `seen at ${String(at)}`);

/** Nobody counted its prompt: then the estimate stands. */
function uncounted(answer: ModelAnswer): ModelAnswer {
  const usage = { input: 0, output: 5, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  return answer.kind === 'answered' ? { ...answer, message: { ...answer.message, usage } } : answer;
}

const says = (value: string, stop?: string): ModelAnswer => uncounted(script.says(value, stop));

/** Says much, and calls a tool that gives little. */
function talks(id: string): ModelAnswer {
  const thinking = { type: 'thinking', thinking: 'hm', signature: 's' };
  const answer = script.answering(
    [thinking, text(`${id} `.repeat(1_500)), { type: 'tool_use', id, name: 'look', input: { at: id } }],
    'tool_use',
  );
  return uncounted(answer);
}

const shapes = (messages: readonly Message[]): readonly string[] =>
  messages.map(({ role, content }) => `${role} ${content.map(({ type }) => type).join()}`);
const LONG = [talks('c1'), talks('c2'), talks('c3')];

test('the beginning becomes what the model says of it; the question and the last turn stay', async () => {
  const model = scripted(...LONG, says('All was seen.'), says('Done.'));
  const { context, news } = noting();
  const end = await runAgent(jobOf([look], { room: 4_000 }), portsOf(model), context);
  expect(end).toMatchObject({ kind: 'answered', turns: 5, content: [text('Done.')] });
  const [asked, after] = model.heard.slice(3);
  expect(asked).toMatchObject({ isAside: true, tools: [{ name: 'look' }] });
  expect(shapes(asked?.messages ?? [])).toEqual([
    'user text',
    'assistant thinking,text,tool_use',
    'user tool_result',
    'assistant thinking,text,tool_use',
    'user tool_result,text',
  ]);
  expect(after?.isAside).toBeUndefined();
  expect(shapes(after?.messages ?? [])).toEqual(['user text,text', 'assistant text,tool_use', 'user tool_result']);
  expect(after?.messages[0]?.content).toEqual([
    text('Do it.'),
    text(expect.stringMatching(/summed up.*\n\nAll was seen\.$/s) as string),
  ]);
  expect(news.filter(({ kind }) => kind === 'context-edited')).toEqual([
    expect.objectContaining({ turn: 5, messages: 4, results: 0 }),
  ]);
});

test('whoever goes on after a crash sends the summary, and asks for none', async () => {
  const sessions = memorySessions();
  const first = noting();
  const dies = scripted(...LONG, says('All was seen.'), () => {
    throw new Error('killed');
  });
  await expect(runAgent(jobOf([look], { room: 4_000 }), portsOf(dies, { sessions }), first.context)).rejects.toThrow(
    'killed',
  );
  const second = noting({}, first.news);
  const model = scripted(says('Done.'));
  await runAgent(jobOf([look], { room: 4_000 }), portsOf(model, { sessions }), second.context);
  expect(model.heard).toHaveLength(1);
  expect(model.heard[0]?.messages).toEqual(dies.heard.at(-1)?.messages);
  expect(second.news.filter(({ kind }) => kind === 'context-edited')).toHaveLength(1);
});

test('a summary that is none leaves the conversation as it is, to be counted by who can', async () => {
  const model = scripted(...LONG, says('', 'refusal'), says('Done.'));
  const { context } = noting();
  await runAgent(jobOf([look], { room: 4_000 }), portsOf(model), context);
  expect(model.heard[4]).toMatchObject({ isLong: true });
  expect(model.heard[4]?.messages).toHaveLength(7);
});

test('a summary counts as a turn, and is asked for once in a row', async () => {
  const { context } = noting();
  const few = await runAgent(
    jobOf([look], { room: 4_000, maxTurns: 4 }),
    portsOf(scripted(...LONG, says('All.'))),
    context,
  );
  expect(few).toMatchObject({ kind: 'failed', error: { code: 'STEP_TURNS_EXHAUSTED' } });
  const model = scripted(...LONG, says('a long one '.repeat(2_000)), says('Done.'));
  await runAgent(jobOf([look], { room: 4_000 }), portsOf(model), noting().context);
  expect(model.heard[4]).toMatchObject({ isLong: true });
});

test('what is summed up ends before an answer, and fits itself', () => {
  const said = (role: Message['role'], characters: number): Message => ({
    role,
    content: [text('x'.repeat(characters))],
  });
  const talk = ['user', 'assistant', 'user', 'assistant', 'user', 'assistant', 'user'].map((role) =>
    said(role as Message['role'], 3_000),
  );
  const at = (limit: number): number | null => partToSumUp(talk, 1, { limit, frame: 0 });
  expect([at(20_000), at(5_000), at(4_000), at(1_000)]).toEqual([5, 3, 3, null]);
  expect(summedUp(talk, 2, 'x')).toBeNull();
  expect(summedUp([], 0, 'x')).toBeNull();
});

test('what is left of another conversation is known as such', () => {
  const messages = ['user', 'assistant', 'user', 'assistant'].map((role) => ({ role, content: [text('x')] }));
  const opened = { kind: 'opened', run: 'r', step: 's', model: 'm', messages };
  const asked = { kind: 'message', role: 'user', content: [text('y')] };
  const line = { kind: 'summed-up', until: 3, summary: 's', model: 'm', usage: {}, turn: 2, before: 9, tokens: 3 };
  expect(standingOf([opened, asked, line])).toMatchObject({ copied: 2, turns: 1 });
  expect(standingOf([opened, asked, line])?.sent).toHaveLength(3);
});

test('a line that says something else than a summary stands nowhere', () => {
  const talk: readonly JsonObject[] = ['user', 'assistant', 'user', 'assistant', 'user'].map((role) => ({
    kind: 'message',
    role,
    content: [text('x')],
    ...(role === 'assistant' && { stop: 'pause_turn', usage: {} }),
  }));
  const line = { kind: 'summed-up', until: 3, summary: 's', model: 'm', usage: {}, turn: 4, before: 9, tokens: 3 };
  expect(standingOf([...talk, line])?.sent).toHaveLength(3);
  for (const wrong of [
    { until: 2 },
    { until: 'x' },
    { summary: 1 },
    { turn: null },
    { before: null },
    { tokens: null },
  ])
    expect(standingOf([...talk, { ...line, ...wrong }])).toBeNull();
});
