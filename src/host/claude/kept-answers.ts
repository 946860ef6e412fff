/** Keeps answers of models by all that was sent, for a day, and gives them to whoever asks the same. Losing one loses nothing but its price. */
import { mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ModelClient, ModelEnd, ModelMessage } from '../../core/claude/model-client.ts';
import { canonical, type Json, type JsonObject, sha256 } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import { temporaryName, writeWholeFile } from '../files.ts';
import { readMessage } from './kept-message.ts';

const KEPT_MS = 86_400_000;

/** `place`: what else an answer depends on, such as the address that is asked. */
export function keepAnswers(client: ModelClient, folder: string, place: string, clock: Clock): ModelClient {
  return {
    ...client,
    async send(body, hear, signal, wanted, rates): Promise<ModelEnd> {
      const file = fileOf(folder, body, place);
      const kept = readKept(file, clock.wallMs());
      if (kept !== null) {
        for (const { text } of kept.content) if (typeof text === 'string') hear(text);
        return { kind: 'answered', message: kept, by: 'cache' };
      }
      const end = await client.send(body, hear, signal, wanted, rates);
      return end.kind === 'failed' ? end : { ...end, keep: () => write(file, end.message) };
    },
  };
}

function fileOf(folder: string, body: JsonObject, place: string): string {
  const key = sha256(canonical([place, body]));
  return join(folder, key.slice(0, 2), `${key}.json`);
}

function readKept(file: string, nowMs: number): ModelMessage | null {
  try {
    const { mtimeMs } = statSync(file);
    if (Math.abs(nowMs - mtimeMs) > KEPT_MS) return null;
    return readMessage(JSON.parse(readFileSync(file, 'utf8')) as Json); // JSON.parse gives Json
  } catch {
    return null;
  }
}

/** At once: the run may be over before anything that is waited for. After a power loss it may be torn, and is none. */
function write(file: string, message: ModelMessage): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const temporary = temporaryName(file);
    writeWholeFile(temporary, JSON.stringify(message), { flag: 'wx' });
    renameSync(temporary, file);
  } catch {
    // Then it is asked again.
  }
}
