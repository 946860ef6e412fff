/** An agent whose tools are the workflows that another giga serves: real commands, and a model over loopback. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { inPlace } from '../e2e/place.ts';
import { type MessagesServer, messagesServer, streamOf } from '../host/claude/messages-server.ts';

const messagesIn = (body: JsonObject | undefined): readonly JsonObject[] =>
  (body?.['messages'] ?? []) as readonly JsonObject[]; // giga sent them

let model: MessagesServer;
beforeEach(async () => {
  const ask = { type: 'tool_use', id: 'toolu_1', name: 'house__count', input: { text: 'one two three' } };
  model = await messagesServer(({ body }) =>
    messagesIn(body).length === 1
      ? { stream: streamOf([ask], { stop: 'tool_use' }) }
      : { stream: streamOf([{ type: 'text', text: 'Three.' }]) },
  );
});
afterEach(() => model.close());

it('calls a workflow as a tool, and is told its verdict and outputs', () =>
  inPlace(
    async (place) => {
      await place.bash('rmdir .git && git init -q .');
      place.put(
        'workflows/count.yaml',
        `description: Counts words.
inputs: { text: { type: string, required: true } }
steps: { count: { run: wc -w, stdin: '\${{ inputs.text }}', outputs: { words: '\${{ int(trim(self.stdout)) }}' } } }
outputs: { words: '\${{ steps.count.outputs.words }}' }
`,
      );
      place.put(
        'ask.yaml',
        `mcp: { house: { command: '${process.execPath}', args: ['${place.program}', mcp, serve, -w, count] } }
steps: { ask: { claude: { prompt: How many words?, mcp: house }, permissions: { tools: [house__count] } } }
outputs: { text: '\${{ steps.ask.outputs.text }}' }
`,
      );
      const run = await place.giga('run', 'ask.yaml');
      expect([run.code, run.err]).toEqual([0, expect.stringContaining('output text = Three.')]);
      const [first, second] = model.asked.map(({ body }) => body);
      expect(first?.['tools']).toMatchObject([
        { name: 'house__count', description: 'Counts words.', input_schema: { required: ['text'] } },
      ]);
      const told = JSON.stringify(messagesIn(second).at(-1));
      expect(told).toMatch(/\\"verdict\\": ?\\"succeeded\\"/);
      expect(told).toMatch(/\\"words\\": ?3/);
    },
    { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: model.url },
  ));
