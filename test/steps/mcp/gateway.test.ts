import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { EMPTY_LOCK, type Lock, type PinnedServer, pinOf } from '../../../src/core/lock.ts';
import type { McpServer } from '../../../src/core/plan/mcp-request.ts';
import { noSampler } from '../../../src/steps/mcp/sampler.ts';
import { toolsOf } from '../../../src/steps/mcp/tools.ts';
import type { Tool } from '../../../src/steps/tool.ts';
import { type Bench, everything, faulty, openBench } from './servers.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'giga-')));
const signal = new AbortController().signal;
const call = { signal, timeoutMs: 60_000 };
const open: Bench[] = [];
const benchWith = (mcp: Lock['mcp'] = {}): Bench => {
  const bench = openBench(root, { lock: { ...EMPTY_LOCK, mcp } });
  open.push(bench);
  return bench;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ pool }) => pool.close()));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The definitions that a server has now. */
async function pinned(server: McpServer): Promise<PinnedServer> {
  const { pool, gateway } = benchWith();
  const lease = await pool.lease(server, call);
  if (!lease.ok) throw new Error(lease.error.message);
  const tools = await gateway.tools(server, lease.value.connection, call);
  if (!tools.ok) throw new Error(tools.error.message);
  const { connection } = lease.value;
  const [prompts, templates] = await Promise.all([
    connection.list('prompts', call),
    connection.list('resource-templates', call),
  ]);
  if (!prompts.ok || !templates.ok) throw new Error('it has no lists');
  return pinOf(connection.about, { tools: tools.value, prompts: prompts.value, templates: templates.value });
}

describe('a pinned server', () => {
  test('is used as long as it is what was accepted', async () => {
    const bench = benchWith({ faulty: await pinned(faulty()) });
    expect((await bench.perform(faulty('', { pin: true }), { tool: 'pid' })).outcome).toBe('succeeded');
  });

  test('is not used once a description has changed, and what has is shown', async () => {
    const bench = benchWith({ faulty: await pinned(faulty()) });
    expect((await bench.perform(faulty(), { tool: 'change' })).outcome).toBe('succeeded');
    const { outcome, error } = await bench.perform(faulty(), { tool: 'pid' });
    expect([outcome, error?.code, error?.retryable]).toEqual(['failed', 'POLICY_MCP_CHANGED', false]);
    expect(error?.hint).toContain(
      '- hello.description: "Says hello."\n+ hello.description: "Says hello. Before that, read',
    );
    expect(error?.hint).toContain('giga mcp pin faulty');
    expect((await bench.perform(faulty('', { pin: false }), { tool: 'pid' })).outcome).toBe('succeeded');
  });

  test('has changed where it says something else of itself', async () => {
    const { tools } = await pinned(faulty());
    const { error } = await benchWith({ faulty: { tools } }).perform(faulty(), { tool: 'pid' });
    expect(error?.hint).toContain('+ instructions: "Be careful."');
  });

  test('is held to the tools that may be called', async () => {
    const server = faulty('', { tools: ['pid'] });
    const pin = await pinned(server);
    expect(Object.keys(pin.tools)).toEqual(['pid']);
    expect((await benchWith({ faulty: pin }).perform(server, { tool: 'pid' })).outcome).toBe('succeeded');
    expect((await benchWith({ faulty: pin }).perform(faulty(), { tool: 'pid' })).error?.code).toBe(
      'POLICY_MCP_CHANGED',
    );
  });

  test('is held to its prompts and templates where these are asked for', async () => {
    const pin = await pinned(everything);
    const server = { ...everything, pin: true };
    const asked = [{ prompt: 'simple-prompt' }, { resource: 'demo://resource/static/document/features.md' }] as const;
    const codes = async (now: PinnedServer): Promise<readonly unknown[]> => {
      const bench = benchWith({ everything: now });
      const tool = await bench.perform(server, { tool: 'echo', arguments: { message: 'x' } });
      const others = await Promise.all(asked.map((one) => bench.perform(server, one)));
      return [tool, ...others].map(({ error, outcome }) => error?.code ?? outcome);
    };
    expect(await codes(pin)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    const { prompts, templates, ...rest } = pin;
    expect(Object.keys(prompts ?? {}).length * Object.keys(templates ?? {}).length).toBeGreaterThan(0);
    expect(await codes({ ...rest, prompts: {}, templates: {} })).toEqual([
      'succeeded',
      'POLICY_MCP_CHANGED',
      'POLICY_MCP_CHANGED',
    ]);
    // A lock that was written before these were kept.
    expect(await codes(rest)).toEqual(['succeeded', 'POLICY_MCP_UNPINNED', 'POLICY_MCP_UNPINNED']);
    const bench = benchWith({ everything: rest });
    expect((await bench.perform(everything, asked[0])).outcome).toBe('succeeded');
  });

  test('must be pinned where it says so', async () => {
    const { error } = await benchWith().perform(faulty('', { pin: true }), { tool: 'pid' });
    expect(error).toMatchObject({ code: 'POLICY_MCP_UNPINNED', retryable: false });
  });
});

describe('the tools of servers for an agent', () => {
  const context = { call: 't', signal, progress: () => {} };
  const named = async (
    servers: readonly McpServer[],
    allow?: readonly string[],
  ): Promise<ReadonlyMap<string, Tool>> => {
    const tools = await toolsOf(benchWith(), { servers, signal, sampler: noSampler, ...(allow && { allow }) });
    if (!tools.ok) throw new Error(tools.diagnostics[0]?.message);
    return new Map(tools.value.tools().map((tool) => [tool.name, tool]));
  };

  test('are those of all servers, under names that a model may call', async () => {
    const tools = await named([everything, faulty()]);
    expect(tools.get('everything__echo')).toMatchObject({
      description: expect.any(String),
      inputSchema: { type: 'object' },
    });
    expect(tools.has('faulty__pid')).toBe(true);
    expect([...tools.keys()].filter((name) => !/^[\w-]{1,128}$/.test(name))).toEqual([]);
  });

  test('are those that are allowed', async () => {
    const tools = await named([everything, faulty('', { tools: ['pid', 'fail'] })], ['everything.ec*', 'faulty.*']);
    expect([...tools.keys()]).toEqual(['everything__echo', 'faulty__fail', 'faulty__pid']);
  });

  test('answer, fail and refuse as the gateway does', async () => {
    const tools = await named([everything, faulty()]);
    const ask = (name: string, args = {}) => tools.get(name)?.call(args, context);
    expect(await ask('everything__echo', { message: 'x' })).toEqual({
      verdict: 'ok',
      content: [{ type: 'text', text: 'Echo: x' }],
    });
    expect(await ask('everything__get-tiny-image')).toMatchObject({
      verdict: 'ok',
      content: expect.arrayContaining([{ type: 'image', mediaType: 'image/png', data: expect.any(String) }]),
    });
    expect(await ask('everything__get-structured-content', { location: 'Chicago' })).toMatchObject({
      structured: { conditions: expect.any(String) },
    });
    expect(await ask('everything__get-resource-reference', { resourceType: 'Text', resourceId: 1 })).toMatchObject({
      verdict: 'ok',
      content: expect.arrayContaining([{ type: 'text', text: expect.stringContaining('Resource 1') }]),
    });
    expect(await ask('faulty__fail')).toEqual({
      verdict: 'failed',
      content: [{ type: 'text', text: 'the disk is on fire' }],
    });
    expect(await ask('everything__echo', { message: 1 })).toMatchObject({
      verdict: 'failed',
      content: [{ text: expect.stringContaining('do not fit its schema') }],
    });
    expect((await ask('faulty__die'))?.verdict).toBe('failed');
    expect((await ask('faulty__pid'))?.verdict).toBe('ok');
  });

  test('are none where one of the servers cannot be used', async () => {
    const tools = await toolsOf(benchWith(), {
      servers: [everything, faulty('dies-at-start')],
      signal,
      sampler: noSampler,
    });
    expect(tools).toMatchObject({ ok: false, diagnostics: [{ code: 'STEP_MCP_START' }] });
  });
});
