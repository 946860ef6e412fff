/** Agents whose MCP servers change under them, or are gone with a killed giga: real commands, real servers, a model over loopback. */
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { eventsOf, inPlace, start, until } from '../e2e/place.ts';
import { type MessagesServer, messagesServer, type Reply, streamOf } from '../host/claude/messages-server.ts';
import type { Workplace } from './giga.ts';

const FAULTY = resolve('test/steps/mcp/faulty-server.mjs');
/** The answers, by how many there are in the conversation. */
let answers: readonly Reply[] = [];
let model: MessagesServer;
beforeEach(async () => {
  model = await messagesServer(({ body }) => answers[turnsIn(body)] ?? { status: 400, json: {} });
});
afterEach(() => model.close());

function turnsIn({ messages }: JsonObject): number {
  return Array.isArray(messages) ? messages.filter((one) => JSON.stringify(one).includes('"assistant"')).length : 0;
}
let ids = 0;
const calls = (name: string, input: JsonObject = {}): Reply => ({
  stream: streamOf([{ type: 'tool_use', id: `toolu_${++ids}`, name: `it__${name}`, input }], { stop: 'tool_use' }),
});
const says = (text: string): Reply => ({ stream: streamOf([{ type: 'text', text }]) });
const withAgent = (use: (place: Workplace) => Promise<void>, more = ''): Promise<void> =>
  inPlace(
    async (place) => {
      await place.bash('rmdir .git && git init -q .');
      place.put(
        'agent.yaml',
        `mcp: { it: { command: '${process.execPath}', args: ['${FAULTY}']${more} } }
steps: { ask: { claude: { prompt: Go on., mcp: it, max-turns: 9 }, permissions: { tools: ['it__*'] } } }
`,
      );
      await use(place);
    },
    { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: model.url },
  );
const newsOf = (run: Parameters<typeof eventsOf>[0], kind: string): readonly JsonObject[] =>
  eventsOf(run).flatMap(({ data }) => {
    const news = (data ?? {}) as JsonObject; // an event of giga
    return news['kind'] === kind ? [news] : [];
  });
const offeredIn = (index: number): string => JSON.stringify(model.asked[index]?.body['tools']);
const toldIn = (index: number): string => JSON.stringify([model.asked[index]?.body['messages'] ?? []].flat().at(-1));

describe('a server whose tools change', () => {
  it('offers an agent others from its next turn on, and a call of one that is gone fails', () =>
    withAgent(async (place) => {
      answers = [calls('trade'), calls('trade'), calls('fresh'), says('Done.')];
      const run = await place.giga('run', 'agent.yaml', '--json');
      expect(run.code).toBe(0);
      expect([offeredIn(0).includes('it__trade'), offeredIn(0).includes('it__fresh')]).toEqual([true, false]);
      expect([offeredIn(1).includes('it__trade'), offeredIn(1).includes('it__fresh')]).toEqual([false, true]);
      expect(toldIn(2)).toContain('There is no tool `it__trade` here');
      expect(toldIn(3)).toContain('"fresh"');
      expect(newsOf(run, 'tools-changed')).toMatchObject([
        { server: 'it', added: ['fresh'], removed: ['trade'], changed: [] },
      ]);
    }));

  it('ends an agent where it was pinned, before the model reads what it says now', () =>
    withAgent(async (place) => {
      answers = [calls('change'), says('Done.')];
      expect((await place.giga('mcp', 'pin', 'it', '--workflow', 'agent.yaml')).code).toBe(0);
      const run = await place.giga('run', 'agent.yaml');
      expect([run.code, run.err]).toEqual([1, expect.stringContaining('POLICY_MCP_CHANGED')]);
      expect(model.asked).toHaveLength(1);
    }));
});

describe('a stateful server of an agent that was killed', () => {
  const killedWhen = async (place: Workplace, asked: number): Promise<void> => {
    const run = start(place, 'run', 'agent.yaml');
    await until(() => model.asked.length === asked);
    run.child.kill('SIGKILL');
    await run.ended;
  };

  it('is brought to where it was before the next call', () =>
    withAgent(async (place) => {
      const before = [calls('count'), calls('fail'), calls('count')];
      answers = [...before, { hangs: true }];
      await killedWhen(place, 4);
      answers = [...before, calls('count'), says('Done.')];
      const run = await place.giga('resume', '--json');
      expect([run.code, toldIn(5)]).toEqual([0, expect.stringContaining('"text":"3"')]);
      expect(newsOf(run, 'calls-repeated')).toEqual([
        { kind: 'calls-repeated', server: 'it', calls: 2, different: [] },
      ]);
    }, ', stateful: true'));

  it('that gives something else then, or cannot be brought back, is said to', () =>
    withAgent(async (place) => {
      const before = [calls('pid')];
      answers = [...before, { hangs: true }];
      await killedWhen(place, 2);
      answers = [...before, calls('count'), says('Done.')];
      const run = await place.giga('resume', '--json');
      expect(newsOf(run, 'calls-repeated')).toMatchObject([{ calls: 1, different: ['it__pid'] }]);
      expect(toldIn(3)).toContain('"text":"1"');
    }, ', stateful: true'));

  it('is not called again where it remembers nothing', () =>
    withAgent(async (place) => {
      answers = [calls('count'), { hangs: true }];
      await killedWhen(place, 2);
      answers = [...answers.slice(0, 1), calls('count'), says('Done.')];
      const run = await place.giga('resume', '--json');
      expect([run.code, toldIn(3), newsOf(run, 'calls-repeated')]).toEqual([
        0,
        expect.stringContaining('"text":"1"'),
        [],
      ]);
    }));

  it('that dies under an agent is brought back as well, by the same giga', () =>
    withAgent(async (place) => {
      answers = [calls('count'), calls('die'), calls('count'), calls('count'), says('Done.')];
      const run = await place.giga('run', 'agent.yaml', '--json');
      expect([run.code, toldIn(3), toldIn(4)]).toEqual([
        0,
        expect.stringContaining('"text":"2"'),
        expect.stringContaining('"text":"3"'),
      ]);
      expect(newsOf(run, 'calls-repeated')).toHaveLength(1);
    }, ', stateful: true'));
});
