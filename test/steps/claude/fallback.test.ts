/** Another model takes the place of one that cannot go on: it is told what was done as text, and nothing is done twice. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { runAgent } from '../../../src/steps/claude/agent.ts';
import type { Block, ModelAnswer } from '../../../src/steps/claude/conversation.ts';
import { retold } from '../../../src/steps/claude/fallback.ts';
import { answering, calls, jobOf, memorySessions, noting, portsOf, says, scripted, text, tool } from './scripted.ts';

const MODELS = ['first', 'second', 'third'] as const;

function overloaded(code: 'STEP_CLAUDE_OVERLOADED' | 'STEP_CLAUDE_AUTH' = 'STEP_CLAUDE_OVERLOADED'): ModelAnswer {
  return { kind: 'failed', error: { code, severity: 'error', message: 'It is busy.' } };
}

const THOUGHT: Block = { type: 'thinking', thinking: 'secret thoughts', signature: 'bound to first' };

test('a model that is overloaded in the middle is followed by another, which is told all as text', async () => {
  const done: JsonObject[] = [];
  const act = tool('act', 'acts', (args) => (done.push(args), 'it moved'));
  const asks = answering(
    [THOUGHT, text('Let me see.'), { type: 'tool_use', id: 'a', name: 'act', input: { n: 1 } }],
    'tool_use',
  );
  const model = scripted(asks, overloaded(), calls(['b', 'act', { n: 2 }]), says('Done.'));
  const { context, news } = noting();
  const end = await runAgent(jobOf([act], { models: MODELS }), portsOf(model), context);
  expect(end).toMatchObject({ kind: 'answered', model: 'second', turns: 3, content: [text('Done.')] });
  expect(model.heard.map((heard) => heard.model)).toEqual(['first', 'first', 'second', 'second']);
  const [clean, ...more] = model.heard[2]?.messages ?? [];
  expect(more).toEqual([]);
  expect(clean?.role).toBe('user');
  expect(clean?.content[0]).toEqual(text('Do it.'));
  const told = JSON.stringify(clean);
  for (const said of ['It said:\\nLet me see.', 'It called `act` (a) with {\\"n\\":1}', 'The call a gave:', 'it moved'])
    expect(told).toContain(said);
  for (const block of clean?.content ?? []) expect(block.type).toBe('text');
  expect(told).not.toContain('secret thoughts');
  expect(model.heard[3]?.messages).toHaveLength(3);
  expect(done).toEqual([{ n: 1 }, { n: 2 }]);
  expect(news.filter(({ kind }) => kind === 'model-changed')).toEqual([
    { kind: 'model-changed', from: 'first', to: 'second', why: 'STEP_CLAUDE_OVERLOADED', session: expect.any(String) },
  ]);
});

test('what a model refused is not told on, and the last one that fails is the failure', async () => {
  const model = scripted(says('I will not.', 'refusal'), overloaded(), says('Nor I.', 'refusal'));
  const { context, news } = noting();
  const end = await runAgent(jobOf([], { models: MODELS }), portsOf(model), context);
  expect(end).toMatchObject({ kind: 'failed', error: { code: 'STEP_CLAUDE_REFUSED' }, model: 'third' });
  expect(model.heard.map(({ messages }) => messages)).toEqual(
    Array.from({ length: 3 }, () => [{ role: 'user', content: [text('Do it.')] }]),
  );
  expect(news.map(({ kind, to }) => [kind, to])).toEqual([
    ['session-began', undefined],
    ['model-changed', 'second'],
    ['model-changed', 'third'],
    ['session-ended', undefined],
  ]);
});

test('a failure that another model would have as well ends it', async () => {
  const end = await runAgent(
    jobOf([], { models: MODELS }),
    portsOf(scripted(overloaded('STEP_CLAUDE_AUTH'))),
    noting().context,
  );
  expect(end).toMatchObject({ kind: 'failed', error: { code: 'STEP_CLAUDE_AUTH' }, model: 'first' });
});

test('after a crash the model that had taken over goes on, with nothing lost', async () => {
  const sessions = memorySessions();
  const look = tool('look', 'looks', () => 'seen');
  const first = noting();
  const crashing = scripted(calls(['a', 'look']), overloaded(), calls(['b', 'look']), overloaded('STEP_CLAUDE_AUTH'));
  await runAgent(jobOf([look], { models: MODELS }), portsOf(crashing, { sessions }), first.context);
  const model = scripted(says('Done.'));
  const again = noting({ attempt: 2 }, first.news);
  expect(await runAgent(jobOf([look], { models: MODELS }), portsOf(model, { sessions }), again.context)).toMatchObject({
    kind: 'answered',
    model: 'second',
    turns: 3,
  });
  expect(model.heard[0]?.model).toBe('second');
  expect(model.heard[0]?.messages).toHaveLength(3);
});

test('images of results stay, complaints are told, and blocks that are none are left out', () => {
  const image: Block = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aa' } };
  const { content } = retold([
    { role: 'user', content: [text('Look.')] },
    { role: 'assistant', content: [THOUGHT, { type: 'redacted_thinking', data: 'x' }, { type: 'tool_use', id: 'a' }] },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'a', is_error: true, content: [image, text('no'), 3] }],
    },
    { role: 'user', content: [text('Mend it.'), { type: 'tool_result', tool_use_id: 'b', content: 'plain' }] },
  ]);
  expect(content.slice(2)).toEqual([
    text('It called `` (a) with {}.'),
    text('The call a failed, and gave:'),
    image,
    text('no'),
    text('It was told:\nMend it.'),
    text('The call b gave:'),
    text('plain'),
  ]);
});

test('a conversation of another step that goes on is told as well', async () => {
  const messages = [
    { role: 'user' as const, content: [text('Draft it.')] },
    { role: 'assistant' as const, content: [THOUGHT, text('A draft.')] },
  ];
  const opening = { run: 'r1', step: 'fix', model: 'first', from: 'draft.1', messages };
  const model = scripted(overloaded(), says('Done.'));
  const end = await runAgent(jobOf([], { models: MODELS, opening }), portsOf(model), noting().context);
  expect(end).toMatchObject({ kind: 'answered', model: 'second' });
  const [clean, ...more] = model.heard[1]?.messages ?? [];
  expect([clean?.content[0], more]).toEqual([text('Draft it.'), []]);
  expect(clean?.content.slice(2)).toEqual([text('It said:\nA draft.'), text('It was told:\nDo it.')]);
});
