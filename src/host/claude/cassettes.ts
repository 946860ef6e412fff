/** Keeps the answers of models in files that stand beside a workflow, and gives them back: one file a request, readable in a diff. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelClient, ModelEnd, ModelMessage } from '../../core/claude/model-client.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { canonical, isJsonObject, type Json, type JsonObject, sha256 } from '../../core/json.ts';
import type { Mask } from '../../core/ports.ts';
import { errorCode, realDisk, writeDurably } from '../files.ts';
import { readMessage } from './kept-message.ts';

/** Digits of the digest in the name of a file. */
const DIGITS = 16;

/** A request without secrets: the same whatever their values are. */
function normal(body: JsonObject, mask: Mask): JsonObject {
  return mask.active ? mask.json(body) : body;
}

function fileOf(folder: string, request: JsonObject): string {
  const model = String(request.model ?? 'model').replaceAll(/[^A-Za-z0-9.-]/g, '-');
  return join(folder, `${model}-${sha256(canonical(request)).slice(0, DIGITS)}.json`);
}

/** Asks, and keeps each answer. The same request may be answered differently each time: all answers are kept, in order. */
export function recordTo(client: ModelClient, folder: string, mask: Mask): ModelClient {
  let before: Promise<unknown> = Promise.resolve();
  /** How many answers each file has got in this run: those of an earlier one are replaced. */
  const counts = new Map<string, number>();
  const keep = async (request: JsonObject, message: ModelMessage): Promise<void> => {
    const file = fileOf(folder, request);
    const count = counts.get(file) ?? 0;
    counts.set(file, count + 1);
    const answers = [...answersIn(file).slice(0, count), mask.active ? mask.json(asJson(message)) : asJson(message)];
    mkdirSync(folder, { recursive: true });
    const text = `${JSON.stringify({ cassette: 1, request, answers }, null, 2)}\n`;
    await writeDurably(realDisk, file, Buffer.from(text));
  };
  return {
    ...client,
    async send(body, hear, signal, wanted, rates): Promise<ModelEnd> {
      const end = await client.send(body, hear, signal, wanted, rates);
      if (end.kind === 'failed') return end;
      const written = before.then(() => keep(normal(body, mask), end.message));
      before = written.catch(() => {});
      try {
        await written;
        return end;
      } catch (error) {
        const message = `The answer could not be recorded in \`${folder}\`: ${errorCode(error) ?? String(error)}.`;
        return { kind: 'failed', error: problem('STEP_WRITE_FAILED', message), isFree: false };
      }
    },
  };
}

/** Never asks. Repeated requests get their answers in order, and the last one again. */
export function replayFrom(folder: string, mask: Mask): ModelClient {
  const counts = new Map<string, number>();
  return {
    async send(body, hear): Promise<ModelEnd> {
      const request = normal(body, mask);
      const file = fileOf(folder, request);
      const answers = answersIn(file);
      const count = counts.get(file) ?? 0;
      counts.set(file, count + 1);
      const message = readMessage(answers[Math.min(count, answers.length - 1)] ?? null);
      if (message === null) return { kind: 'failed', error: missing(file, request), isFree: true };
      for (const { text } of message.content) if (typeof text === 'string') hear(text);
      return { kind: 'answered', message, by: 'cassette' };
    },
    count: async () => null,
  };
}

function missing(file: string, request: JsonObject) {
  return {
    ...problem(
      'STEP_CLAUDE_CASSETTE',
      `There is no recorded answer of ${String(request.model)}: \`${file}\` is not there.`,
      {
        hint: 'Record it with `giga run --record`. A changed prompt, file or model is another request.',
      },
    ),
    retryable: false,
  };
}

/** None where there is no such file, or it holds something else. */
function answersIn(file: string): readonly Json[] {
  try {
    const json = JSON.parse(readFileSync(file, 'utf8')) as Json; // JSON.parse gives Json
    return isJsonObject(json) && json.cassette === 1 && Array.isArray(json.answers) ? json.answers : [];
  } catch {
    return [];
  }
}

function asJson(message: ModelMessage): JsonObject {
  return message as unknown as JsonObject; // it is plain JSON
}
