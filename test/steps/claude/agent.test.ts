/** The loop of an agent: what the model is told, what is noted, and how it ends. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { WorkspaceGuard } from '../../../src/core/workspace-guard.ts';
import { createMask } from '../../../src/host/mask/mask.ts';
import { runAgent } from '../../../src/steps/claude/agent.ts';
import type { AgentEnd } from '../../../src/steps/claude/agent-types.ts';
import type { ModelAnswer } from '../../../src/steps/claude/conversation.ts';
import {
  answering,
  calls,
  jobOf,
  lastHeard,
  memorySessions,
  noting,
  portsOf,
  says,
  scripted,
  text,
  tool,
  USAGE,
} from './scripted.ts';

function codeOf(end: AgentEnd): string {
  return end.kind === 'failed' ? end.error.code : end.kind;
}

test('an answer without calls is the end', async () => {
  const model = scripted(says('Done.'));
  const { context, news } = noting();
  const end = await runAgent(jobOf(), portsOf(model), context);
  expect(end).toEqual({
    kind: 'answered',
    content: [text('Done.')],
    session: expect.any(String),
    model: 'claude-test',
    turns: 1,
    usage: USAGE,
    denied: [],
  });
  expect(model.heard).toEqual([
    { model: 'claude-test', messages: [{ role: 'user', content: [text('Do it.')] }], tools: [] },
  ]);
  expect(news.map(({ kind }) => kind)).toEqual(['session-began', 'session-ended']);
});

test('a tool is called, noted, and its result told', async () => {
  const look = tool('look', 'looks', ({ at }) => `seen at ${String(at)}`);
  const model = scripted(calls(['c1', 'look', { at: 'a' }]), says('Done.'));
  const { context, news } = noting();
  const end = await runAgent(jobOf([look]), portsOf(model), context);
  expect(end).toMatchObject({
    kind: 'answered',
    turns: 2,
    usage: { input: 20, output: 10, cacheRead: 2, cacheWrite5m: 4 },
  });
  expect(lastHeard(model)).toEqual([{ type: 'tool_result', tool_use_id: 'c1', content: [text('seen at a')] }]);
  expect(model.heard[0]?.tools).toEqual([
    { name: 'look', description: 'The tool look.', input_schema: { type: 'object' } },
  ]);
  expect(news.slice(1, 3)).toEqual([
    {
      kind: 'tool-ended',
      turn: 1,
      call: 'c1',
      tool: 'look',
      arguments: { at: 'a' },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      bytes: 36,
      'duration-ms': 3,
      verdict: 'ok',
    },
    { kind: 'turn-ended', turn: 1, session: expect.any(String), messages: 3 },
  ]);
});

test('calls that only look run side by side, and others one after the other', async () => {
  const order: string[] = [];
  let waiting = 0;
  let release = (): void => {};
  const both = new Promise<void>((resolve) => (release = resolve));
  const look = tool('look', 'looks', async ({ n }) => {
    if (++waiting === 2) release();
    await both; // comes only when both are under way
    order.push(`look ${String(n)}`);
    return '';
  });
  const act = tool('act', 'acts', async ({ n }) => {
    order.push(`begin ${String(n)}`);
    await Promise.resolve();
    order.push(`end ${String(n)}`);
    return '';
  });
  const model = scripted(
    calls(['a', 'look', { n: 1 }], ['b', 'look', { n: 2 }], ['c', 'act', { n: 3 }], ['d', 'act', { n: 4 }]),
    says('Done.'),
  );
  await runAgent(jobOf([look, act]), portsOf(model), noting().context);
  expect(order).toEqual(['look 1', 'look 2', 'begin 3', 'end 3', 'begin 4', 'end 4']);
  expect(lastHeard(model)).toMatchObject(['a', 'b', 'c', 'd'].map((id) => ({ tool_use_id: id })));
});

test('arguments are checked before the call, and the model may mend them', async () => {
  let made = 0;
  const schema = { type: 'object', required: ['path'], properties: { path: { type: 'string' } } };
  const look = tool('look', 'looks', () => `${++made}`, schema);
  const model = scripted(
    calls(['a', 'look', { path: 3 }], ['b', 'look'], ['c', 'nothing']),
    calls(['d', 'look', { path: 'x' }]),
    says('Done.'),
  );
  const { context, news } = noting();
  expect(codeOf(await runAgent(jobOf([look]), portsOf(model), context))).toBe('answered');
  expect(made).toBe(1);
  expect(news.flatMap(({ kind, verdict }) => (kind === 'tool-ended' ? [verdict] : []))).toEqual([
    'failed',
    'failed',
    'failed',
    'ok',
  ]);
  const told = JSON.stringify(model.heard[1]?.messages.at(-1));
  for (const said of ['`path` must be', 'is_error', 'There is no tool `nothing` here. There are: look.'])
    expect(told).toContain(said);
});

test('a denied call fails the step at the end of its turn', async () => {
  const asked: string[] = [];
  const denying = tool('edit', 'edits', () => ({ verdict: 'denied', content: [{ type: 'text', text: 'No.' }] }));
  const look = tool('look', 'looks', () => (asked.push('look'), 'seen'));
  const model = scripted(calls(['a', 'edit'], ['b', 'look']));
  const { context, news } = noting();
  const end = await runAgent(jobOf([denying, look]), portsOf(model), context);
  expect(end).toMatchObject({
    kind: 'failed',
    error: { code: 'STEP_TOOL_DENIED', retryable: false },
    denied: ['edit'],
  });
  expect(asked).toEqual(['look']);
  expect(news.at(-1)).toMatchObject({ kind: 'session-ended', why: 'STEP_TOOL_DENIED' });
});

test('with `on-denied: continue` the model goes on without it', async () => {
  const look = tool('look', 'looks', () => 'seen');
  const model = scripted(calls(['a', 'look']), says('I could not look.'));
  const job = jobOf([look], { onDenied: 'continue', mayCall: () => false });
  const end = await runAgent(job, portsOf(model), noting().context);
  expect(end).toMatchObject({ kind: 'answered', denied: ['look'] });
  expect(model.heard[0]?.tools).toEqual([]);
  expect(lastHeard(model)).toMatchObject([{ is_error: true }]);
});

test('turns are bounded, and what is asked for in the last one is not done', async () => {
  let made = 0;
  const act = tool('act', 'acts', () => `${++made}`);
  const model = scripted(calls(['a', 'act']), calls(['b', 'act']));
  const end = await runAgent(jobOf([act], { maxTurns: 2 }), portsOf(model), noting().context);
  expect([codeOf(end), made]).toEqual(['STEP_TURNS_EXHAUSTED', 1]);
});

test('a pause is gone on from, with what was said so far', async () => {
  const model = scripted(says('Searching', 'pause_turn'), says('Found.'));
  const end = await runAgent(jobOf(), portsOf(model), noting().context);
  expect(codeOf(end)).toBe('answered');
  expect(model.heard[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
});

test('what is no answer is a failure of its own', async () => {
  const answered = (stop: string | null, value = 'Half a sen'): ModelAnswer =>
    answering(value === '' ? [{ type: 'thinking', thinking: 'Hm.' }] : [text(value)], stop);
  const cases: readonly (readonly [ModelAnswer, string, boolean | undefined])[] = [
    [answered('refusal'), 'STEP_CLAUDE_REFUSED', false],
    [answered('max_tokens'), 'STEP_CLAUDE_TRUNCATED', false],
    [answered('model_context_window_exceeded'), 'STEP_CLAUDE_CONTEXT', false],
    [answered('end_turn', ''), 'STEP_CLAUDE_EMPTY', undefined],
    [answered('end_turn', '  \n'), 'STEP_CLAUDE_EMPTY', undefined],
    [answered('tool_use'), 'STEP_CLAUDE_ANSWER', false],
    [answered('something_new'), 'STEP_CLAUDE_ANSWER', false],
    [answered(null), 'STEP_CLAUDE_ANSWER', false],
  ];
  for (const [answer, code, retryable] of cases) {
    const end = await runAgent(jobOf(), portsOf(scripted(answer)), noting().context);
    expect(end).toMatchObject({ kind: 'failed', error: { code }, turns: 1 });
    expect(end.kind === 'failed' && end.error.retryable).toBe(retryable);
  }
});

test('a failure of the model is the failure of the attempt, and the next one goes on with the conversation', async () => {
  const look = tool('look', 'looks', () => 'seen');
  const overloaded: ModelAnswer = {
    kind: 'failed',
    error: { code: 'STEP_HTTP_STATUS', severity: 'error', message: 'Overloaded.', retryAfterMs: 5 },
  };
  const sessions = memorySessions();
  const first = noting();
  const end = await runAgent(
    jobOf([look]),
    portsOf(scripted(calls(['a', 'look']), overloaded), { sessions }),
    first.context,
  );
  expect(end).toMatchObject({ kind: 'failed', error: { retryAfterMs: 5 }, turns: 1 });
  const model = scripted(says('Done.'));
  const news = [...first.news, { kind: 'attempt-ended', outcome: 'failed' }];
  expect(
    await runAgent(jobOf([look]), portsOf(model, { sessions }), noting({ attempt: 2 }, news).context),
  ).toMatchObject({ kind: 'answered', turns: 2 });
  expect(model.heard[0]?.messages).toHaveLength(3);
});

test('an answer that is not good enough is complained of, within bounds', async () => {
  const model = scripted(says('one'), says('two'), says('three'));
  const check = (_: unknown, repairs: number): string | null => (repairs < 2 ? `Not yet: ${repairs}.` : null);
  const end = await runAgent(jobOf([], { check }), portsOf(model), noting().context);
  expect(end).toMatchObject({ kind: 'answered', content: [text('three')], turns: 3 });
  expect(lastHeard(model)).toEqual([text('Not yet: 1.')]);
  const refusing = jobOf([], { check: () => ({ code: 'STEP_CLAUDE_EMPTY', severity: 'error', message: 'No.' }) });
  expect(codeOf(await runAgent(refusing, portsOf(scripted(says('one'))), noting().context))).toBe('STEP_CLAUDE_EMPTY');
});

test('secrets in results reach neither the model nor the disk', async () => {
  const look = tool('look', 'looks', () => 'the password is hunter2-hunter2');
  const model = scripted(calls(['a', 'look']), says('Done.'));
  const sessions = memorySessions();
  await runAgent(jobOf([look]), portsOf(model, { sessions, mask: createMask(['hunter2-hunter2']) }), noting().context);
  expect(JSON.stringify([...sessions.kept, model.heard])).not.toContain('hunter2-hunter2');
  expect(JSON.stringify(lastHeard(model))).toContain('the password is');
});

test('large results are cut, and say so', async () => {
  const look = tool('look', 'looks', () => 'x'.repeat(10_000_000));
  const model = scripted(calls(['a', 'look']), says('Done.'));
  await runAgent(jobOf([look]), portsOf(model), noting().context);
  const told = JSON.stringify(lastHeard(model));
  expect(told.length).toBeLessThan(201_000);
  expect(told).toContain('cut: 10000000 characters');
});

test('images are shown, and values where there is nothing else', async () => {
  const look = tool('look', 'looks', () => ({
    verdict: 'ok',
    content: [
      { type: 'image', mediaType: 'image/png', data: 'AAAA' },
      { type: 'image', mediaType: 'image/tiff', data: 'AAAA' },
    ],
  }));
  const value = tool('value', 'looks', () => ({ verdict: 'ok', content: [], structured: { n: 1 } }));
  const model = scripted(calls(['a', 'look'], ['b', 'value']), says('Done.'));
  await runAgent(jobOf([look, value]), portsOf(model), noting().context);
  expect(lastHeard(model)).toMatchObject([
    {
      content: [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        text('(an image, image/tiff, is not shown)'),
      ],
    },
    { content: [text('{"n":1}')] },
  ]);
});

test('who is stopped in the middle of a call says nothing of it', async () => {
  const abort = new AbortController();
  const act = tool('act', 'acts', () => (abort.abort('paused'), 'half'));
  const { context, news } = noting({ signal: abort.signal });
  expect(await runAgent(jobOf([act]), portsOf(scripted(calls(['a', 'act']))), context)).toEqual({ kind: 'stopped' });
  expect(news.map(({ kind }) => kind)).toEqual(['session-began']);
});

test('where nothing can be noted any more, nothing more is done', async () => {
  let made = 0;
  const act = tool('act', 'acts', () => `${++made}`);
  const note = async ({ kind }: JsonObject): Promise<boolean> => kind === 'session-began';
  const model = scripted(calls(['a', 'act'], ['b', 'act']));
  expect(await runAgent(jobOf([act]), portsOf(model), noting({ note }).context)).toEqual({ kind: 'stopped' });
  expect([made, model.heard.length]).toEqual([1, 1]);
});

test('a call that cannot be kept is not made', async () => {
  let made = 0;
  const act = tool('act', 'acts', () => `${++made}`);
  const sessions = memorySessions();
  sessions.failing = 2; // the prompt and the answer
  const end = await runAgent(jobOf([act]), portsOf(scripted(calls(['a', 'act'])), { sessions }), noting().context);
  expect([codeOf(end), made]).toEqual(['STEP_SESSION_FAILED', 0]);
});

test('what changed that may not is put back, noted, and fails the turn', async () => {
  const asked: string[] = [];
  const guard: WorkspaceGuard = {
    save: async () => (asked.push('save'), { ok: true, value: 'tree1' }),
    putBack: async (before, isAllowed) => {
      asked.push(`back to ${before}`);
      return { ok: true, value: { files: ['a', 'b'].filter((path) => !isAllowed(path)), after: 'tree2' } };
    },
    compare: () => Promise.reject(new Error('it acts')),
  };
  const act = tool('act', 'acts', () => (asked.push('act'), 'acted'));
  const look = tool('look', 'looks', () => 'seen');
  const { context, news } = noting();
  const job = jobOf([act, look], { mayWrite: (path) => path === 'a' });
  const end = await runAgent(job, portsOf(scripted(calls(['a', 'look']), calls(['b', 'act'])), { guard }), context);
  expect(end).toMatchObject({ kind: 'failed', error: { code: 'STEP_WRITE_OUTSIDE', retryable: false }, turns: 2 });
  expect(asked).toEqual(['save', 'act', 'back to tree1']);
  expect(news.slice(-2)).toMatchObject([
    { kind: 'write-reverted', turn: 2, files: ['b'], after: 'tree2' },
    { kind: 'session-ended', why: 'STEP_WRITE_OUTSIDE' },
  ]);
  const fine = await runAgent(
    jobOf([act]),
    portsOf(scripted(calls(['b', 'act']), says('Done.')), { guard }),
    noting().context,
  );
  expect(fine.kind).toBe('answered');
});

test('what nobody could see is not done', async () => {
  let made = 0;
  const error = { code: 'STEP_WORKSPACE_UNSEEN', severity: 'error', message: 'No git.' } as const;
  const guard: WorkspaceGuard = {
    save: async () => ({ ok: false, diagnostics: [error] }),
    putBack: async () => ({ ok: false, diagnostics: [error] }),
    compare: async () => ({ ok: false, diagnostics: [error] }),
  };
  const act = tool('act', 'acts', () => `${++made}`);
  const end = await runAgent(jobOf([act]), portsOf(scripted(calls(['a', 'act'])), { guard }), noting().context);
  expect([codeOf(end), made]).toEqual(['STEP_WORKSPACE_UNSEEN', 0]);
});
