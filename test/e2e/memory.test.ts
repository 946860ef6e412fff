/** Notes of agents, with the real command over loopback: they last from run to run, also over a kill, and are looked at by people. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Workplace } from '../cli/giga.ts';
import { type MessagesServer, messagesServer, type Reply, streamOf } from '../host/claude/messages-server.ts';
import { inPlace, outputsOf, start, until } from './place.ts';

/** The answers, by how many there are in the conversation. */
let answers: readonly Reply[] = [];
let server: MessagesServer;
beforeEach(async () => {
  server = await messagesServer(({ body }) => answers[turnsIn(body)] ?? { status: 400, json: {} });
});
afterEach(() => server.close());

function messagesIn(body: JsonObject): readonly JsonObject[] {
  return Array.isArray(body.messages) ? (body.messages as readonly JsonObject[]) : []; // giga sent them
}

function turnsIn(body: JsonObject): number {
  return messagesIn(body).filter(({ role }) => role === 'assistant').length;
}

function memory(...inputs: readonly JsonObject[]): Reply {
  const blocks = inputs.map(
    (input, at): JsonObject => ({ type: 'tool_use', id: `toolu_${at}`, name: 'memory', input }),
  );
  return { stream: streamOf(blocks, { stop: 'tool_use' }) };
}

const DONE: Reply = { stream: streamOf([{ type: 'text', text: 'Done.' }]) };

/** What the model was told last. */
function told(): string {
  return JSON.stringify(messagesIn(server.asked.at(-1)?.body ?? {}).at(-1) ?? null);
}

const LEARN = `steps: { learn: { claude: { prompt: Learn., memory: lessons } } }
outputs: { text: '\${{ steps.learn.outputs.text }}', turns: '\${{ steps.learn.outputs.turns }}' }
`;

function inProject(use: (place: Workplace) => Promise<void>): Promise<void> {
  return inPlace(
    async (place) => {
      place.put('learn.yaml', LEARN);
      await use(place);
    },
    { ANTHROPIC_API_KEY: 'sk-test-key', ANTHROPIC_BASE_URL: server.url },
  );
}

const NOTE = { command: 'create', path: '/memories/style.md', file_text: 'Tabs.\nKey: sk-test-key\n' };

describe('memory', () => {
  it('lasts from run to run, without secrets, and each call is in the journal', () =>
    inProject(async (place) => {
      answers = [memory({ command: 'view', path: '/memories' }), memory(NOTE), DONE];
      expect((await place.giga('run', 'learn.yaml')).code).toBe(0);
      expect(server.asked[0]?.body.tools).toEqual([{ type: 'memory_20250818', name: 'memory' }]);
      const events = (await place.giga('runs', 'events', '--json')).out;
      expect(events.match(/"kind":"tool-ended"[^}]*"command":"(\w+)"/g)).toHaveLength(2);
      answers = [memory({ command: 'view', path: '/memories/style.md' }), DONE];
      const second = await place.giga('run', 'learn.yaml', '--json');
      expect(outputsOf(second)).toEqual({ text: 'Done.', turns: 2 });
      expect(told()).toContain('Tabs.');
      expect(told()).not.toContain('sk-test-key');
      expect(readFileSync(join(place.folder, '.giga/memory/lessons/1.jsonl'), 'utf8')).not.toContain('sk-test-key');
    }));

  it('is not repeated, and not lost, where giga is killed behind a change', () =>
    inProject(async (place) => {
      answers = [memory(NOTE), { hangs: true }];
      const running = start(place, 'run', 'learn.yaml');
      await until(() => server.asked.length === 2);
      running.child.kill('SIGKILL');
      await running.ended;
      answers = [memory(NOTE), DONE];
      expect((await place.giga('resume')).code).toBe(0);
      expect(server.asked[2]?.body).toEqual(server.asked[1]?.body);
      expect(told()).toContain('created successfully');
    }));

  it('of a run that is not in earnest stays with the run', () =>
    inProject(async (place) => {
      expect((await place.giga('run', 'learn.yaml', '--fake')).code).toBe(0);
      answers = [memory(NOTE), memory({ command: 'view', path: '/memories' }), DONE];
      expect((await place.giga('run', 'learn.yaml', '--record')).code).toBe(0);
      expect(existsSync(join(place.folder, '.giga/memory'))).toBe(false);
      const before = server.asked.length;
      expect((await place.giga('run', 'learn.yaml', '--replay')).code).toBe(0);
      expect([server.asked.length, readdirSync(join(place.folder, 'learn.cassettes')).length]).toEqual([before, 3]);
    }));
});
