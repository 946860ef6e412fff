/** Capabilities of giga's own process, behind the gateway that servers of others stand behind. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Capability } from '../../../src/core/capability.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { EMPTY_LOCK, type Lock, pinOf } from '../../../src/core/lock.ts';
import type { McpServer } from '../../../src/core/plan/mcp-request.ts';
import { type Bench, openBench } from './servers.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'giga-')));
const text = (words: string): JsonObject => ({ content: [{ type: 'text', text: words }] });
const inputSchema = { type: 'object', properties: { n: { type: 'integer' } } };
const outputSchema = { type: 'object', required: ['twice'], properties: { twice: { type: 'integer' } } };
let isStopped = false;
const tool = (name: string, call: Capability['tools'][number]['call'], more: object = {}) => ({
  name,
  description: name,
  inputSchema,
  call,
  ...more,
});
const MATHS: Capability = {
  version: '1',
  instructions: 'Count well.',
  tools: [
    tool('twice', async ({ n = 1 }) => ({ ...text('done'), structuredContent: { twice: 2 * Number(n) } }), {
      outputSchema,
    }),
    tool('wrong', async () => ({ ...text('done'), structuredContent: { twice: 'two' } }), { outputSchema }),
    tool('throws', async () => Promise.reject(new Error('no such number'))),
    tool('nothing', async () => undefined as never),
    tool('large', async () => text('x'.repeat(100_000))),
    tool('huge', async () => text('x'.repeat(20_000_000))),
    tool(
      'hangs',
      (_, { signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(text(String((isStopped = true)))))),
    ),
    tool('works', async (_, { progress }) => {
      progress('half');
      return text('whole');
    }),
  ],
  resources: [
    {
      uri: 'maths://pi',
      definition: { name: 'Pi' },
      read: async () => ({ contents: [{ uri: 'maths://pi', text: '3.14' }] }),
    },
  ],
  prompts: [
    {
      name: 'ask',
      definition: { description: 'Asks.' },
      get: async ({ n }) => ({
        messages: [{ role: 'user', content: { type: 'text', text: `What is ${String(n)}?` } }],
      }),
    },
  ],
};
const maths: McpServer = { name: 'maths', capability: 'test/maths' };
const open: Bench[] = [];
function benchWith(lock: Lock = EMPTY_LOCK): Bench {
  const bench = openBench(root, { lock, capabilities: new Map([['test/maths', MATHS]]) });
  open.push(bench);
  return bench;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ pool }) => pool.close()));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a capability', () => {
  test('is called, read and asked as a server is', async () => {
    const { perform } = benchWith();
    expect((await perform(maths, { tool: 'twice', arguments: { n: 4 } })).outputs).toMatchObject({
      structured: { twice: 8 },
    });
    expect((await perform(maths, { resource: 'maths://pi' })).outputs).toMatchObject({ text: '3.14' });
    expect((await perform(maths, { prompt: 'ask', arguments: { n: 7 } })).outputs).toMatchObject({
      text: 'What is 7?',
    });
    const lines: string[] = [];
    const notes: JsonObject[] = [];
    const done = await perform(
      maths,
      { tool: 'works' },
      { progress: (line) => lines.push(line), note: async (news) => notes.push(news) > 0 },
    );
    expect([done.outcome, lines, notes]).toMatchObject([
      'succeeded',
      ['half'],
      [{ kind: 'tool-ended', tool: 'maths.works', verdict: 'ok' }],
    ]);
  });

  test.each([
    [{ tool: 'twice', arguments: { n: 'x' } }, 'STEP_MCP_ARGUMENTS'],
    [{ tool: 'other' }, 'STEP_MCP_UNKNOWN'],
    [{ resource: 'maths://e' }, 'STEP_MCP_UNKNOWN'],
    [{ prompt: 'other' }, 'STEP_MCP_UNKNOWN'],
    [{ tool: 'wrong' }, 'STEP_MCP_RESULT'],
    [{ tool: 'throws' }, 'STEP_MCP_ERROR'],
    [{ tool: 'nothing' }, 'STEP_MCP_RESULT'],
    [{ tool: 'large', maxOutput: 1_000 }, 'STEP_MCP_TOO_LARGE'],
    [{ tool: 'huge' }, 'STEP_MCP_TOO_LARGE'],
    [{ tool: 'twice', tools: ['works'] }, 'POLICY_MCP_TOOL'],
  ])('is held to what servers are held to: %j', async (asked, code) => {
    expect((await benchWith().perform(maths, asked)).error?.code).toBe(code);
  });

  test('is bounded in time, and told when nobody waits', async () => {
    isStopped = false;
    expect((await benchWith().perform({ ...maths, timeoutMs: 20 }, { tool: 'hangs' })).error).toMatchObject({
      code: 'STEP_MCP_TIMEOUT',
      retryable: true,
    });
    expect(isStopped).toBe(true);
    const stop = new AbortController();
    const call = benchWith().perform(maths, { tool: 'hangs' }, { signal: stop.signal });
    stop.abort('cancelled');
    expect((await call).outcome).toBe('cancelled');
  });

  test('is pinned', async () => {
    const pin = pinOf({ instructions: 'Count badly.' }, { tools: [] });
    const { error } = await benchWith({ ...EMPTY_LOCK, mcp: { maths: pin } }).perform(maths, { tool: 'twice' });
    expect([error?.code, error?.hint]).toEqual(['POLICY_MCP_CHANGED', expect.stringContaining('Count well.')]);
  });

  test('that nobody brings cannot be used', async () => {
    expect((await benchWith().perform({ name: 'x', capability: 'no/such' }, { tool: 'y' })).error).toMatchObject({
      code: 'STEP_MCP_START',
      retryable: false,
    });
  });
});
