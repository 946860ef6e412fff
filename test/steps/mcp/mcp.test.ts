import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { McpServer } from '../../../src/core/plan/mcp-request.ts';
import { type Bench, everything, faulty, filesystem, type Listening, listenEverything, openBench } from './servers.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'giga-')));
const SECRETS = new Map([['TOKEN', 's3cr3t']]);
let bench: Bench;
let listening: Listening;
beforeAll(async () => {
  bench = openBench(root, { secrets: SECRETS });
  listening = await listenEverything();
});
afterAll(async () => {
  await bench.pool.close();
  await listening.stop();
  rmSync(root, { recursive: true, force: true });
});

const LINES: readonly (readonly [string, () => McpServer])[] = [
  ['stdio', () => everything],
  ['streamable HTTP', () => listening.server],
];

describe.each(LINES)('server-everything over %s', (_, server) => {
  test('calls a tool', async () => {
    expect(await bench.perform(server(), { tool: 'echo', arguments: { message: 'hi' } })).toEqual({
      outcome: 'succeeded',
      outputs: { content: [{ type: 'text', text: 'Echo: hi' }], text: 'Echo: hi', structured: null },
    });
  });

  test('gives what is structured', async () => {
    const answer = await bench.perform(server(), {
      tool: 'get-structured-content',
      arguments: { location: 'New York' },
    });
    expect(answer.outputs?.['structured']).toMatchObject({ temperature: expect.any(Number) });
  });

  test('reads a resource', async () => {
    const answer = await bench.perform(server(), { resource: 'demo://resource/static/document/features.md' });
    expect(answer).toMatchObject({ outcome: 'succeeded', outputs: { text: expect.stringContaining('#') } });
  });

  test('gets a prompt', async () => {
    const answer = await bench.perform(server(), { prompt: 'args-prompt', arguments: { city: 'Rome' } });
    expect(answer).toMatchObject({ outcome: 'succeeded', outputs: { text: expect.stringContaining('Rome') } });
  });

  test('shows progress, and lives by it', async () => {
    const lines: string[] = [];
    let signs = 0;
    const answer = await bench.perform(
      { ...server(), timeoutMs: 2_000 },
      { tool: 'trigger-long-running-operation', arguments: { duration: 0.2, steps: 2 } },
      { progress: (line) => lines.push(line), alive: () => (signs += 1) },
    );
    expect(answer.outcome).toBe('succeeded');
    // The last one may come together with the answer, and is of no use then.
    expect([lines[0], signs]).toEqual(['1/2', lines.length]);
  });

  test('is stopped in the middle', async () => {
    const stop = new AbortController();
    const answer = await bench.perform(
      server(),
      { tool: 'trigger-long-running-operation', arguments: { duration: 600, steps: 6_000 } },
      { signal: stop.signal, progress: () => stop.abort('cancelled') },
    );
    expect(answer).toMatchObject({ outcome: 'cancelled', error: { code: 'STEP_CANCELLED' } });
  });

  test('refuses arguments before they are sent', async () => {
    const answer = await bench.perform(server(), { tool: 'get-sum', arguments: { a: 'one', b: 2 } });
    expect(answer).toMatchObject({ outcome: 'failed', error: { code: 'STEP_MCP_ARGUMENTS', retryable: false } });
    expect(answer.error?.message).toContain('`a`');
  });

  test('has no tool of that name', async () => {
    const answer = await bench.perform(server(), { tool: 'ehco' });
    expect(answer.error).toMatchObject({ code: 'STEP_MCP_UNKNOWN', hint: expect.stringContaining('`echo`') });
  });
});

describe('server-filesystem', () => {
  test('reads and writes in its folder only', async () => {
    writeFileSync(join(root, 'a.txt'), 'alpha');
    const server = filesystem(root);
    const read = await bench.perform(server, { tool: 'read_text_file', arguments: { path: join(root, 'a.txt') } });
    expect(read.outputs).toMatchObject({ text: 'alpha', structured: { content: 'alpha' } });
    await bench.perform(server, { tool: 'write_file', arguments: { path: join(root, 'b.txt'), content: 'beta' } });
    expect(readFileSync(join(root, 'b.txt'), 'utf8')).toBe('beta');
    const outside = await bench.perform(server, { tool: 'read_text_file', arguments: { path: '/etc/hostname' } });
    expect(outside).toMatchObject({
      outcome: 'failed',
      error: { code: 'STEP_MCP_TOOL_FAILED' },
      outputs: { text: expect.any(String) },
    });
    expect(outside.error?.hint).toContain('Access denied');
  });

  test('takes the workspace as its root', async () => {
    const { command, args } = filesystem('/nowhere');
    const server = { name: 'rooted', ...(command && { command }), args: args?.slice(0, 1) ?? [] };
    // The server asks for the roots by itself, and calls may come before it has looked at them.
    await vi.waitFor(async () => {
      const answer = await bench.perform(server, { tool: 'list_allowed_directories' });
      expect(answer.outputs?.['text']).toContain(root);
    }, 20_000);
  });
});

describe('a tool', () => {
  const call = (tool: string, more: JsonObject = {}, server = faulty()) => bench.perform(server, { tool, ...more });

  test('that says that it failed has failed', async () => {
    expect(await call('fail')).toMatchObject({
      outcome: 'failed',
      error: { code: 'STEP_MCP_TOOL_FAILED', hint: 'It said:\nthe disk is on fire' },
      outputs: { text: 'the disk is on fire' },
    });
  });

  test.each([
    ['error', 'STEP_MCP_ERROR', 'answered the tool `error` with error -32050: no such thing'],
    ['wrong', 'STEP_MCP_RESULT', '`n` must be a number'],
    ['large', 'STEP_MCP_TOO_LARGE', 'bytes, and 1048576 are kept'],
  ])('that answers with %s has failed for good', async (tool, code, words) => {
    const { outcome, error } = await call(tool);
    expect([outcome, error?.code, error?.retryable]).toEqual(['failed', code, false]);
    expect(error?.message).toContain(words);
  });

  test.each([200, 100_000])('that nests %i levels deep has failed for good', async (levels) => {
    const { outcome, error } = await call('deep', { arguments: { levels } });
    expect([outcome, error?.code, error?.retryable]).toEqual(['failed', 'STEP_MCP_RESULT', false]);
    expect((await call('pid')).outcome).toBe('succeeded');
  });

  test('may give as much as `max-output` of the step or the server says', async () => {
    expect(await call('large', { maxOutput: 5_000_000 })).toMatchObject({ outcome: 'succeeded' });
    expect(await call('large', {}, faulty('', { maxOutput: 5_000_000 }))).toMatchObject({ outcome: 'succeeded' });
  });

  test('is found behind lines that are no messages', async () => {
    expect((await call('garbage')).outputs?.['text']).toBe('after garbage');
  });

  test('has its arguments held against references, too', async () => {
    expect((await call('hello', { arguments: { to: 'me' } })).outputs?.['text']).toBe('hello me');
    expect((await call('hello', { arguments: { to: 1 } })).error?.code).toBe('STEP_MCP_ARGUMENTS');
  });

  test.each([
    [faulty('', { tools: ['he*'] }), {}, 'POLICY_MCP_TOOL'],
    [faulty(), { tools: ['hello'] }, 'POLICY_MCP_TOOL'],
    [faulty('', { tools: ['p*d'] }), { tools: ['pid'] }, undefined],
  ])('is called only where it is allowed: %j %j', async (server, more, code) => {
    expect((await call('pid', more, server)).error?.code).toBe(code);
  });

  test('sees nothing of the environment but its own variables and what a program needs', async () => {
    const env = { TOKEN: { secretText: [{ secret: 'TOKEN' }] }, A: 'b' };
    const { outputs } = await call('env', {}, faulty('', { env }));
    const seen = JSON.parse(String(outputs?.['text']));
    expect(seen).toMatchObject({ TOKEN: 's3cr3t', A: 'b', PATH: process.env['PATH'] });
    expect(seen['HOST_ONLY']).toBeUndefined();
  });

  test('gets the variables that a file of configuration names', async () => {
    const env = { A: '${HOST_ONLY}', B: '${TOKEN}', C: '${NOT_SET:-c}' };
    const { outputs } = await call('env', {}, faulty('', { from: '.mcp.json', env }));
    expect(JSON.parse(String(outputs?.['text']))).toMatchObject({ A: 'h', B: 's3cr3t', C: 'c' });
    const { error } = await call('env', {}, faulty('', { from: '.mcp.json', env: { D: '${NOT_SET}' } }));
    expect(error).toMatchObject({
      code: 'STEP_MCP_START',
      retryable: false,
      message: expect.stringContaining('NOT_SET'),
    });
  });

  test('is told in the journal', async () => {
    const news: JsonObject[] = [];
    const note = async (one: JsonObject) => news.push(one) > 0;
    for (const tool of ['pid', 'fail', 'hello'])
      await bench.perform(faulty('', { tools: ['pid', 'fail'] }), { tool, arguments: { x: 1 } }, { note });
    expect(news).toMatchObject([
      {
        kind: 'tool-ended',
        tool: 'faulty.pid',
        arguments: { x: 1 },
        verdict: 'ok',
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      { kind: 'tool-ended', tool: 'faulty.fail', verdict: 'failed' },
      { kind: 'tool-ended', tool: 'faulty.hello', verdict: 'denied', digest: null, bytes: 0 },
    ]);
  });

  test('is asked only at a host that the step may reach', async () => {
    const asked = { tool: 'echo', arguments: { message: 'x' } };
    const refused = await bench.perform(listening.server, { ...asked, net: ['example.com'] });
    expect(refused.error?.code).toBe('POLICY_MCP_TOOL');
    const answer = await bench.perform(listening.server, { ...asked, net: ['127.0.0.1'] });
    expect(answer.outcome).toBe('succeeded');
  });
});

describe('a request that is none', () => {
  test.each([{ tool: 1 }, { tool: 'x', arguments: [] }, {}])('%j', async (asked) => {
    expect((await bench.perform(faulty(), asked)).error?.code).toBe('STEP_BAD_REQUEST');
  });
  test('to no server', async () => {
    expect((await bench.perform({ name: 'x' }, { tool: 'x' })).error?.code).toBe('STEP_BAD_REQUEST');
  });
});
