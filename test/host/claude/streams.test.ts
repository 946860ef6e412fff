import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { ModelMessage } from '../../../src/core/claude/model-client.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { createClaudeClient } from '../../../src/host/claude/client.ts';
import { createClock } from '../../../src/host/clock.ts';
import { messagesServer, type Reply } from './messages-server.ts';

const FOLDER = new URL('../../../../shared/conformance/claude-streams/', import.meta.url);
const names = existsSync(FOLDER)
  ? readdirSync(FOLDER).flatMap((file) => (file.endsWith('.sse') ? [file.slice(0, -'.sse'.length)] : []))
  : [];
const asked = { model: 'claude-sonnet-5-5', max_tokens: 10, messages: [{ role: 'user', content: 'x' }] };

let reply: Reply = { hangs: true };
const server = await messagesServer(() => reply);
afterAll(() => server.close());
const client = createClaudeClient({ apiKey: 'key', baseUrl: server.url, clock: createClock() });

async function messageOf(given: Reply, body: JsonObject = asked): Promise<ModelMessage> {
  reply = given;
  const end = await client.send(body, () => {}, new AbortController().signal);
  if (end.kind === 'failed') throw new Error(JSON.stringify(end.error));
  return end.message;
}

function expectedOf(name: string) {
  const json = JSON.parse(readFileSync(new URL(`${name}.expected.json`, FOLDER), 'utf8'));
  const content = json.content.map(({ parsed_output: _parsed, ...block }: JsonObject) => block);
  return { id: json.id, model: json.model, content, stop: json.stop_reason };
}

/** Where a stream may be torn: evenly, byte by byte at its beginning, inside of characters, at line ends. */
function cutsOf(bytes: Uint8Array): readonly (readonly [string, readonly number[]])[] {
  const every = (size: number): number[] =>
    Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => (index + 1) * size);
  const inside = [...bytes.keys()].filter((at) => ((bytes[at] ?? 0) & 0xc0) === 0x80);
  const lines = [...bytes.keys()].filter((at) => bytes[at] === 10);
  const afterLines = lines.flatMap((at) => [at, at + 1]);
  return [
    ['whole', []],
    ['every 1000 bytes', every(1_000)],
    ['every 7 bytes of the first 3000', every(7).filter((at) => at < 3_000)],
    ['inside of characters', inside.slice(0, 2_000)],
    ['before and after line ends', afterLines.slice(0, 2_000)],
  ];
}

describe.skipIf(names.length === 0)(
  `recorded streams (${names.length}; none: ../shared/conformance is not there)`,
  () => {
    test('are there', () => expect(names.length).toBe(25));

    test.each(names)('%s gives the expected message, however it is torn', async (name) => {
      const stream = readFileSync(new URL(`${name}.sse`, FOLDER));
      const request = new URL(`${name}.request.json`, FOLDER);
      const body = existsSync(request) ? (JSON.parse(readFileSync(request, 'utf8')) as JsonObject) : asked;
      for (const [how, cuts] of cutsOf(stream))
        expect([how, await messageOf({ stream, cuts }, body)]).toEqual([
          how,
          { ...expectedOf(name), usage: expect.anything(), ...stopDetails(name) },
        ]);
    });

    test.each(names)('%s is never an answer when it is cut', async (name) => {
      const stream = readFileSync(new URL(`${name}.sse`, FOLDER));
      const end = stream.lastIndexOf('event: message_stop');
      expect(end).toBeGreaterThan(0);
      for (let cut = 1; cut < 20; cut++) {
        const bytes = stream.subarray(0, Math.floor((end * cut) / 20));
        for (const breaks of [true, undefined]) {
          reply = { stream: bytes, ...(breaks && { breaks }) };
          const answer = await client.send(asked, () => {}, new AbortController().signal);
          expect([cut, breaks, answer]).toMatchObject([
            cut,
            breaks,
            {
              kind: 'failed',
              error: { code: expect.stringMatching(/^STEP_CLAUDE_(?:CUT|CONNECTION)$/), retryable: true },
            },
          ]);
        }
      }
    });
  },
);

function stopDetails(name: string): { readonly stopDetails?: string } {
  const { stop_details: details } = JSON.parse(readFileSync(new URL(`${name}.expected.json`, FOLDER), 'utf8'));
  return typeof details?.explanation === 'string' ? { stopDetails: details.explanation } : {};
}
