import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { McpAnswerOfPerson } from '../../../src/core/mcp.ts';
import type { McpServer } from '../../../src/core/plan/mcp-request.ts';
import type { StepAnswer } from '../../../src/core/ports.ts';
import { groupMembers } from '../../../src/host/process/group.ts';
import { type Bench, type BenchOptions, faulty, openBench } from './servers.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'giga-')));
/** Process groups that were started, and those that are known to be gone. */
let started: number[];
let ended: number[];
let bench: Bench;
const open = (options: BenchOptions = {}): Bench =>
  openBench(root, {
    groups: { started: (group) => started.push(group), ended: (group) => ended.push(group) },
    ...options,
  });
beforeEach(() => {
  started = [];
  ended = [];
  bench = open();
});
afterEach(async () => {
  await bench.pool.close();
  const left = started.filter((group) => groupMembers(group).length > 0 || !ended.includes(group));
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const call = (tool: string, server: McpServer = faulty(), more = {}): Promise<StepAnswer> =>
  bench.perform(server, { tool }, more);

describe('a server', () => {
  test.each([
    [faulty('dies-at-start'), 'It ended with exit code 7. It wrote last: no such database'],
    [{ name: 'x', command: 'no-such-program-here' }, 'ENOENT'],
    [{ name: 'x', url: 'http://127.0.0.1:2/mcp' }, 'ECONNREFUSED'],
  ])('that cannot be started is said so, with why: %j', async (server, why) => {
    const { outcome, error } = await bench.perform(server, { tool: 'x' });
    expect([outcome, error?.code, error?.retryable]).toEqual(['failed', 'STEP_MCP_START', true]);
    expect(error?.message).toContain(why);
  });

  test('that says nothing at its start is not waited for without end', async () => {
    const { error } = await call('pid', faulty('silent', { timeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'STEP_MCP_START', retryable: true });
  });

  test('that dies in the middle of a call may be asked again', async () => {
    const { error } = await call('die');
    expect(error).toMatchObject({
      code: 'STEP_MCP_LOST',
      retryable: true,
      message: expect.stringContaining('exit code 3'),
    });
    expect((await call('pid')).outcome).toBe('succeeded');
    expect(started).toHaveLength(2);
  });

  test('that hangs loses the call, and not itself', async () => {
    const server = faulty('', { timeoutMs: 300 });
    const before = (await call('pid', server)).outputs?.['text'];
    expect((await call('hang', server)).error).toMatchObject({ code: 'STEP_MCP_TIMEOUT', retryable: true });
    expect((await call('pid', server)).outputs?.['text']).toBe(before);
  });

  test('that does not even answer a ping any more is started anew', async () => {
    const server = faulty('deaf', { timeoutMs: 300 });
    expect((await call('hang', server)).error?.code).toBe('STEP_MCP_TIMEOUT');
    expect((await call('pid', server)).outcome).toBe('succeeded');
    expect(started).toHaveLength(2);
  });

  test('that floods is ended', async () => {
    const { error } = await call('flood');
    expect(error).toMatchObject({
      code: 'STEP_MCP_LOST',
      message: expect.stringContaining('more than 16777216 bytes'),
    });
  });

  test('whose step has run out of time is told', async () => {
    const stop = new AbortController();
    const answering = call('hang', faulty(), { signal: stop.signal, timeoutMs: 50 });
    await call('pid');
    stop.abort('timed-out');
    expect(await answering).toMatchObject({ outcome: 'timed-out', error: { code: 'STEP_TIMEOUT' } });
  });

  test('that does not want to end is ended', async () => {
    expect((await call('pid', faulty('stays'))).outcome).toBe('succeeded');
  });

  test('whose calls wait for each other is not started by each of them', async () => {
    const server = faulty('dies-at-start', { stateful: true });
    const ends = await Promise.all([1, 2, 3, 4].map(() => call('pid', server)));
    const isLeft = ends.map(({ error }) => error?.message.includes('left alone'));
    expect(isLeft).toEqual([false, false, true, true]);
  });

  test('that fails again and again is left alone for a while', async () => {
    const server = faulty('dies-at-start');
    for (const _ of [1, 2]) expect((await call('pid', server)).error?.message).toContain('exit code 7');
    const { error } = await call('pid', server);
    expect(error).toMatchObject({ code: 'STEP_MCP_START', retryable: true, retryAfterMs: expect.any(Number) });
    expect(error?.message).toContain('left alone');
    expect(started).toHaveLength(2);
  });
});

describe('the pool', () => {
  const pidOf = async (server: McpServer): Promise<unknown> => (await call('pid', server)).outputs?.['text'];

  test('starts a server once for all steps, also when they come together', async () => {
    const pids = await Promise.all([pidOf(faulty()), pidOf(faulty()), pidOf(faulty())]);
    expect([new Set(pids).size, started.length]).toEqual([1, 1]);
  });

  test('takes a further replica while the others are at work, and no more than there may be', async () => {
    const server = faulty('', { replicas: 2 });
    const first = await pidOf(server);
    const stop = new AbortController();
    const hanging = call('hang', server, { signal: stop.signal });
    const second = await pidOf(server);
    expect(second).not.toBe(first);
    const both = [call('hang', server, { signal: stop.signal }), call('pid', server)];
    expect(await both[1]).toMatchObject({ outcome: 'succeeded' });
    expect(started).toHaveLength(2);
    stop.abort('cancelled');
    await Promise.all([hanging, ...both]);
    expect(await pidOf(server)).toBe(first);
  });

  test('lets calls of a stateful server come one after the other', async () => {
    const server = faulty('', { stateful: true });
    const stop = new AbortController();
    const hanging = call('hang', server, { signal: stop.signal });
    let isThrough = false;
    const next = pidOf(server).then(() => (isThrough = true));
    await call('pid', faulty('', { env: { OTHER: 'server' } }));
    expect(isThrough).toBe(false);
    stop.abort('cancelled');
    await Promise.all([hanging, next]);
    expect(started).toHaveLength(2);
  });

  test('goes on with a start whose first step was stopped', async () => {
    const stop = new AbortController();
    const first = call('pid', faulty(), { signal: stop.signal });
    const second = call('pid');
    stop.abort('cancelled');
    expect((await first).outcome).toBe('cancelled');
    expect((await second).outcome).toBe('succeeded');
    expect(started).toHaveLength(1);
  });

  test('ends a call that is under way when it is closed', async () => {
    const hanging = call('hang');
    await call('pid');
    await bench.pool.close();
    expect((await hanging).outcome).toBe('failed');
  });
});

describe('a server that misbehaves', () => {
  const soon = faulty('', { timeoutMs: 400 });
  const isStillThere = async (server = soon): Promise<void> =>
    expect((await call('hello', server)).outputs?.['text']).toBe('hello you');

  test('with notifications and words without end loses the call, and nothing else', async () => {
    expect((await call('noise', faulty('', { timeoutMs: 30_000 }))).error).toMatchObject({
      code: 'STEP_MCP_LOST',
      retryable: true,
      message: expect.stringContaining('messages that nobody asked for'),
    });
    await isStillThere(faulty('', { timeoutMs: 30_000 }));
  });

  test('with many words to stderr and many notifications is heard', async () => {
    expect((await call('babble', faulty('', { timeoutMs: 30_000 }))).outputs?.['text']).toBe('said');
  });

  test('with answers to what nobody asked has not answered', async () => {
    expect((await call('stray', soon)).error?.code).toBe('STEP_MCP_TIMEOUT');
    await isStillThere();
  });

  test('with two answers has given the first', async () => {
    expect((await call('twin', soon)).outputs?.['text']).toBe('one');
    await isStillThere();
  });

  test('with an answer that comes too late is asked again', async () => {
    expect((await call('late', soon)).error?.code).toBe('STEP_MCP_TIMEOUT');
    await isStillThere();
  });

  test('with a line that never ends is given up', async () => {
    expect((await call('drip', soon)).error?.code).toBe('STEP_MCP_TIMEOUT');
  });
});

describe('what a server asks of giga', () => {
  test('its roots are the workspace', async () => {
    expect(JSON.parse(String((await call('roots')).outputs?.['text']))).toEqual({
      roots: [{ uri: `file://${root}`, name: root.split('/').at(-1) }],
    });
  });

  test('a question is declined where nobody is there, and a model call is refused', async () => {
    expect((await call('ask')).outputs?.['text']).toBe('{"action":"decline"}');
    expect((await call('sample')).outputs?.['text']).toContain('asked for a model call, which it may not');
    expect((await bench.perform(faulty(), { tool: 'sample', arguments: { isStrict: true } })).error).toMatchObject({
      code: 'POLICY_MCP_SAMPLING',
      hint: expect.stringContaining('sampling: true'),
    });
    const connection = await bench.pool.lease(faulty(), { signal: new AbortController().signal, timeoutMs: 5_000 });
    if (!connection.ok) throw new Error(connection.error.message);
    const ask = { kind: 'tool', name: 'sample', arguments: {} } as const;
    const answer = await connection.value.connection.request(ask, {
      signal: new AbortController().signal,
      timeoutMs: 5_000,
    });
    connection.value.release();
    expect(JSON.stringify(answer)).toContain('Model calls are not allowed here.');
  });

  test('a question is put to a person', async () => {
    await bench.pool.close();
    bench = open({
      face: {
        elicit: async ({ server, message }) => ({ action: 'accept', content: { name: `${server} ${message}` } }),
      },
    });
    expect(JSON.parse(String((await call('ask')).outputs?.['text']))).toEqual({
      action: 'accept',
      content: { name: 'faulty Who?' },
    });
  });

  test('a question may take a person longer than the server may take', async () => {
    await bench.pool.close();
    const elicit = async (): Promise<McpAnswerOfPerson> => {
      const other = faulty('', { timeoutMs: 300, env: { OTHER: 'server' } });
      for (const _ of [1, 2]) expect((await call('hang', other)).error?.code).toBe('STEP_MCP_TIMEOUT');
      return { action: 'accept', content: { name: 'slow' } };
    };
    bench = open({ face: { elicit } });
    expect((await call('ask', faulty('', { timeoutMs: 300 }))).outputs?.['text']).toContain('slow');
  });
});
