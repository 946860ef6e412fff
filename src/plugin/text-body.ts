/** Takes the body of an answer as text, up to a number of bytes. Knows no sockets. */
import { problem } from '../core/diagnostic/diagnostic.ts';
import type { BodySink } from '../core/http.ts';

export function textBody(maxBytes: number): BodySink & { text(): string } {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    async write(chunk) {
      bytes += chunk.length;
      if (bytes > maxBytes) return problem('STEP_HTTP_FAILED', `The answer has more than ${maxBytes} bytes.`);
      chunks.push(chunk);
      return null;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}
