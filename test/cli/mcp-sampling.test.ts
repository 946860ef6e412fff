/** Servers that ask for model calls: real commands, real servers, and a model over loopback. */
import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { eventsOf, inPlace, outputsOf } from '../e2e/place.ts';
import { type MessagesServer, messagesServer, streamOf } from '../host/claude/messages-server.ts';
import type { Workplace } from './giga.ts';

const FAULTY = resolve('test/steps/mcp/faulty-server.mjs');
let model: MessagesServer;
beforeEach(async () => {
  model = await messagesServer(({ path }) =>
    path.includes('count_tokens')
      ? { status: 200, json: { input_tokens: 10 } }
      : { stream: streamOf([{ type: 'text', text: 'A short answer.' }]) },
  );
});
afterEach(() => model.close());

const put = (place: Workplace, sampling: string, args: string, more = ''): void =>
  place.put(
    'ask.yaml',
    `mcp: { it: { command: '${process.execPath}', args: ['${FAULTY}']${sampling} } }
steps: { ask: { mcp: { server: it, tool: sample, arguments: ${args} }${more} } }
outputs: { text: '\${{ steps.ask.outputs.text }}' }
`,
  );
const withModel = (use: (place: Workplace) => Promise<void>): Promise<void> =>
  inPlace(use, { ANTHROPIC_API_KEY: 'sk-test-0123456789', ANTHROPIC_BASE_URL: model.url });
const sentTo = (): readonly JsonObject[] =>
  model.asked.flatMap(({ path, body }) => (path.includes('count_tokens') ? [] : [body]));

it('answers within its bounds, and the step that called the server pays', () =>
  withModel(async (place) => {
    put(
      place,
      ', sampling: { model: claude-haiku-4-5, max-tokens: 7 }',
      '{ maxTokens: 100, systemPrompt: Be short., stopSequences: [END], temperature: 0.3 }',
      ', budget: { usd: 1 }',
    );
    const run = await place.giga('run', 'ask.yaml', '--json');
    expect(JSON.parse(String(outputsOf(run)['text']))).toMatchObject({
      role: 'assistant',
      content: { type: 'text', text: 'A short answer.' },
      stopReason: 'endTurn',
    });
    expect(sentTo()).toEqual([
      {
        model: 'claude-haiku-4-5',
        max_tokens: 7,
        system: 'Be short.',
        stop_sequences: ['END'],
        stream: true,
        messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      },
    ]);
    const news = eventsOf(run).flatMap(({ type, data }) => (type === 'attempt.noted' ? [data] : []));
    expect(news).toMatchObject([
      { kind: 'call-reserved', server: 'it', call: 1, usd: expect.any(Number) },
      { kind: 'call-ended', server: 'it', call: 1, usd: expect.any(Number) },
      { kind: 'tool-ended', tool: 'it.sample', verdict: 'ok' },
    ]);
    const audit = (await place.giga('mcp', 'audit')).out.split('\n').map((line) => line.split(/ {2,}/));
    expect(audit).toMatchObject([
      [expect.any(String), 'ask', 'it model-call', expect.stringContaining('"usd"')],
      [
        expect.any(String),
        'ask',
        'it.sample',
        'ok',
        expect.stringContaining(' ms'),
        expect.any(String),
        expect.any(String),
        expect.stringContaining('Be short.'),
      ],
      [''],
    ]);
    place.put('none.yaml', 'steps: { a: { run: echo } }\n');
    await place.giga('run', 'none.yaml');
    expect(await place.giga('mcp', 'audit')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('no MCP server'),
    });
  }));

it('is refused where nobody allowed it, and above its number', () =>
  withModel(async (place) => {
    put(place, '', '{ isStrict: true }');
    expect((await place.giga('run', 'ask.yaml')).err).toContain('POLICY_MCP_SAMPLING');
    expect(sentTo()).toEqual([]);
    put(place, ', sampling: { calls: 2 }', '{ times: 3, isStrict: true }');
    const run = await place.giga('run', 'ask.yaml');
    expect([run.code, run.err]).toEqual([1, expect.stringContaining('asked for more than 2 model calls')]);
    expect(sentTo()).toHaveLength(2);
  }));

it('ends with the budget of the step, which says so', () =>
  withModel(async (place) => {
    put(place, ', sampling: true', '{ isStrict: true }', ', budget: { tokens: 3 }');
    const run = await place.giga('run', 'ask.yaml');
    expect([run.code, run.err]).toEqual([1, expect.stringContaining('STEP_BUDGET')]);
    expect(sentTo()).toEqual([]);
    put(place, ', sampling: true', '{}', ', budget: { tokens: 3 }');
    const done = await place.giga('run', 'ask.yaml', '--json');
    expect([done.code, outputsOf(done)['text']]).toEqual([0, expect.stringContaining('budget')]);
  }));

it('is made up with --fake, recorded and replayed as other calls are', () =>
  withModel(async (place) => {
    put(place, ', sampling: true', '{}');
    const textOf = async (...flags: string[]): Promise<unknown> =>
      JSON.parse(String(outputsOf(await place.giga('run', 'ask.yaml', '--json', ...flags))['text'])).content?.text;
    expect(await textOf('--fake')).toBe('This is a made-up answer.');
    expect(sentTo()).toEqual([]);
    expect(await textOf('--record')).toBe('A short answer.');
    await model.close();
    expect(await textOf('--replay')).toBe('A short answer.');
    put(place, ', sampling: true', '{ systemPrompt: Another one., isStrict: true }');
    expect((await place.giga('run', 'ask.yaml', '--replay')).err).toContain('STEP_CLAUDE_CASSETTE');
  }));

it('tells no model a secret that a server was given', () =>
  withModel(async (place) => {
    place.env['TOKEN'] = 'very-secret-token';
    place.put(
      'ask.yaml',
      `secrets: [TOKEN]
mcp: { it: { command: '${process.execPath}', args: ['${FAULTY}'], env: { TOKEN: '\${{ secrets.TOKEN }}' }, sampling: true } }
steps: { ask: { mcp: { server: it, tool: sample } } }
`,
    );
    expect((await place.giga('run', 'ask.yaml')).code).toBe(0);
    expect(JSON.stringify(sentTo())).toContain('***');
    expect(JSON.stringify(sentTo())).not.toContain('very-secret-token');
  }));

it('keeps the key of the API from the server', () =>
  withModel(async (place) => {
    place.put(
      'ask.yaml',
      `mcp: { it: { command: '${process.execPath}', args: ['${FAULTY}'], sampling: true } }
steps: { ask: { mcp: { server: it, tool: env } }, look: { run: 'echo "key \${ANTHROPIC_API_KEY:-none}"' } }
outputs: { env: '\${{ steps.ask.outputs.text }}', key: '\${{ steps.look.outputs.stdout }}' }
`,
    );
    const { env, key } = outputsOf(await place.giga('run', 'ask.yaml', '--json'));
    expect([String(env).includes('ANTHROPIC'), key]).toEqual([false, expect.stringContaining('key none')]);
  }));

it('is asked for by the server of an agent, whose step pays', () =>
  withModel(async (place) => {
    await model.close();
    const use = { type: 'tool_use', id: 'toolu_1', name: 'it__sample', input: {} };
    model = await messagesServer((_, index) => {
      if (index === 0) return { stream: streamOf([use], { stop: 'tool_use' }) };
      return { stream: streamOf([{ type: 'text', text: index === 1 ? 'For the server.' : 'Done.' }]) };
    });
    place.env['ANTHROPIC_BASE_URL'] = model.url;
    place.put(
      'agent.yaml',
      `mcp: { it: { command: '${process.execPath}', args: ['${FAULTY}'], sampling: true } }
steps: { ask: { claude: { prompt: Sample., mcp: it }, permissions: { tools: [it__sample] } } }
`,
    );
    const run = await place.giga('run', 'agent.yaml', '--json');
    expect([run.code, JSON.stringify(model.asked.at(-1)?.body)]).toEqual([
      0,
      expect.stringContaining('For the server.'),
    ]);
    const calls = eventsOf(run).flatMap(({ data }) => {
      const { kind, call, server } = (data ?? {}) as JsonObject; // an event of giga
      return kind === 'call-reserved' ? [[call, server]] : [];
    });
    expect(calls).toEqual([
      [1, undefined],
      [2, 'it'],
      [3, undefined],
    ]);
  }));
