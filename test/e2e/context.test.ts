/** Agents in more turns than their context has room for, with the real command over loopback: also over a kill -9, and what does not fit at all. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Workplace } from '../cli/giga.ts';
import { type MessagesServer, messagesServer, type Reply, streamOf } from '../host/claude/messages-server.ts';
import { eventsOf, inPlace, start, until } from './place.ts';

/** An answer by how many there are in the conversation. */
let answer: (turn: number, body: JsonObject) => Reply;
/** What the API counts; null: it says that it cannot. */
let counts: number | null;
let server: MessagesServer;
beforeEach(async () => {
  server = await messagesServer(({ body, path }) => {
    if (path.includes('count_tokens'))
      return counts === null ? { status: 500 } : { status: 200, json: { input_tokens: counts } };
    return answer(turnsIn(body), body);
  });
});
afterEach(() => server.close());

function messagesIn(body: JsonObject): readonly JsonObject[] {
  return Array.isArray(body.messages) ? (body.messages as readonly JsonObject[]) : []; // giga sent them
}

function turnsIn(body: JsonObject): number {
  return messagesIn(body).filter(({ role }) => role === 'assistant').length;
}

const bodies = (): readonly JsonObject[] =>
  server.asked.filter(({ path }) => !path.includes('count')).map(({ body }) => body);

/** Reads a file again. Its prompt had more tokens than giga takes it for by itself. */
function reads(turn: number, body: JsonObject): Reply {
  const tokens = Math.round(JSON.stringify(body).length / BYTES_A_TOKEN);
  const blocks = [
    { type: 'thinking', thinking: `thought ${turn}`, signature: 's' },
    { type: 'tool_use', id: `toolu_${turn}`, name: 'read', input: { path: 'big.txt' } },
  ];
  return {
    stream: streamOf(blocks, { stop: 'tool_use', usage: { input_tokens: tokens, output_tokens: 5 } }),
  };
}

const BYTES_A_TOKEN = 2.6;

const DONE: Reply = { stream: streamOf([{ type: 'text', text: 'Done.' }]) };

function inProject(claude: string, use: (place: Workplace) => Promise<void>): Promise<void> {
  return inPlace(
    async (place) => {
      place.put('big.txt', 'all work and no play\n'.repeat(200));
      place.put('long.yaml', `steps: { long: { claude: { prompt: Read it., tools: read, ${claude} } } }\n`);
      await use(place);
    },
    { ANTHROPIC_API_KEY: 'sk-test-key', ANTHROPIC_BASE_URL: server.url },
  );
}

/** How many results were left out of a body, and how many thoughts are in it. */
function seen(body: JsonObject | undefined): readonly number[] {
  const text = JSON.stringify(body?.messages ?? []);
  return [text.split('was left out to make room').length - 1, text.split('"type":"thinking"').length - 1];
}

describe('context', () => {
  it('is made room in, which is noted, and the conversation goes on beyond it', () =>
    inProject('context: 14k', async (place) => {
      counts = null;
      answer = (turn, body) => (turn < 11 ? reads(turn, body) : DONE);
      const run = await place.giga('run', 'long.yaml', '--json');
      expect(run.code).toBe(0);
      const edits = bodies().map(seen);
      const first = edits.findIndex(([results]) => results !== 0);
      // The first thought stands before what was left out.
      const count = edits[first]?.[0] ?? 0;
      expect(edits.slice(first - 1, first + 2)).toEqual([
        [0, first - 1],
        [count, 1],
        [count, 2],
      ]);
      for (const body of bodies()) expect(JSON.stringify(body).length / BYTES_A_TOKEN).toBeLessThan(14_000);
      const news = eventsOf(run).flatMap(({ data }) =>
        (data as JsonObject | undefined)?.kind === 'context-edited' ? [data as JsonObject] : [],
      ); // journals hold maps
      expect(news[0]).toMatchObject({ turn: first + 1, results: count, thoughts: first - 1 });
    }));

  it('is sent in the same shape again after a kill -9', () =>
    inProject('context: 14k', async (place) => {
      counts = null;
      answer = (turn, body) => (turn === 8 ? { hangs: true } : reads(turn, body));
      const running = start(place, 'run', 'long.yaml');
      await until(() => bodies().length === 9);
      running.child.kill('SIGKILL');
      await running.ended;
      answer = (turn, body) => (turn < 9 ? reads(turn, body) : DONE);
      expect((await place.giga('resume')).code).toBe(0);
      expect(seen(bodies()[8])[0]).toBeGreaterThan(0);
      expect(bodies()[9]).toEqual(bodies()[8]);
      const events = (await place.giga('runs', 'events', '--json')).out;
      const edits = events.match(/"kind":"context-edited","turn":\d+/g) ?? [];
      expect([edits.length > 0, new Set(edits).size]).toEqual([true, edits.length]);
    }));

  it.each([
    ['what is too long by its count is not sent', 'context: 1000', 1_200, 'has 1200 tokens, and `context` allows 1000'],
    ['nor by an estimate, where nobody counts', 'context: 1000', null, 'by an estimate'],
    [
      'and nothing is left out where the author says so',
      'context: off, model: claude-haiku-4-5',
      300_000,
      'claude-haiku-4-5 can hold 200000',
    ],
  ])('%s', (_what, claude, counted, why) =>
    inProject(claude, async (place) => {
      counts = counted;
      place.put('big.txt', 'all work and no play\n'.repeat(2_000));
      answer = reads;
      const run = await place.giga('run', 'long.yaml');
      expect([run.code, `${run.out}${run.err}`]).toEqual([1, expect.stringContaining(why)]);
      expect(`${run.out}${run.err}`).toContain('STEP_CLAUDE_CONTEXT');
    }),
  );

  it('is counted where the estimate alone says that it is too long', () =>
    inProject('context: 4000', async (place) => {
      counts = 3_900;
      answer = (turn) =>
        turn === 0
          ? {
              stream: streamOf([{ type: 'tool_use', id: 't', name: 'read', input: { path: 'wide.txt' } }], {
                stop: 'tool_use',
              }),
            }
          : DONE;
      place.put('wide.txt', 'all work and no play\n'.repeat(700));
      expect((await place.giga('run', 'long.yaml')).code).toBe(0);
      expect(server.asked.filter(({ path }) => path.includes('count'))).toHaveLength(1);
    }));
});
