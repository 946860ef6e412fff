/** Takes the bodies of answers: into memory up to a limit, or into a file. Knows no requests. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { BodySink, HttpHead } from '../../core/http.ts';
import type { Json } from '../../core/json.ts';
import { depthOfText } from '../../core/json-depth.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { FileInProgress } from '../../core/workspace-files.ts';
import { plainJson } from '../run/output-file.ts';

/** The greatest file that is saved: 1 GiB. */
export const MAX_SAVED_BYTES = 1_073_741_824;
const MAX_DEPTH = 64;

export interface MemoryBody extends BodySink {
  text(): string;
  readonly bytes: number;
}

/** `isCut`: what is over the limit is left out, as of the body of a failure; else it is a failure itself. */
export function memoryBody(maxBytes: number, isCut: boolean): MemoryBody {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    async write(chunk) {
      const room = maxBytes - bytes;
      bytes += chunk.length;
      chunks.push(chunk.length > room ? chunk.subarray(0, Math.max(0, room)) : chunk);
      return isCut || chunk.length <= room
        ? null
        : tooLarge(maxBytes, 'Put it into a file with `save`, or raise `max-output`.');
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
    get bytes() {
      return bytes;
    },
  };
}

export interface FileBody extends BodySink {
  readonly bytes: number;
}

export function fileBody(file: FileInProgress, maxBytes: number): FileBody {
  let bytes = 0;
  return {
    async write(chunk) {
      bytes += chunk.length;
      if (bytes > maxBytes) return tooLarge(maxBytes, 'Fetch it with a program, in a `run` step.');
      try {
        await file.write(chunk);
        return null;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return problem('STEP_WRITE_FAILED', `The body could not be saved: ${why}.`, { hint: 'Nothing was changed.' });
      }
    },
    get bytes() {
      return bytes;
    },
  };
}

function tooLarge(maxBytes: number, hint: string): AttemptError {
  const message = `The body of the answer has more than ${maxBytes} bytes.`;
  return { ...problem('STEP_HTTP_TOO_LARGE', message, { hint }), retryable: false };
}

export function saysJson({ headers }: HttpHead): boolean {
  const type = headers['content-type'];
  return typeof type === 'string' && /^[^;]*[/+]json\s*(?:;|$)/i.test(type);
}

/** The value of a JSON text, with objects that have no prototype; undefined for what is none, is nested too deep or holds too large a number. */
export function jsonIn(text: string): Json | undefined {
  if (depthOfText(text) > MAX_DEPTH) return undefined;
  try {
    return plainJson(JSON.parse(text) as Json); // JSON.parse gives Json
  } catch {
    return undefined;
  }
}
