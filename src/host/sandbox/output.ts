/** Keeps the beginning and the end of a stream that may be of any length. Knows no processes. */
import { StringDecoder } from 'node:string_decoder';
import type { Mask } from '../../core/ports.ts';
import type { SandboxOutput } from '../../core/sandbox.ts';

export interface OutputKeeper {
  push(chunk: Uint8Array): void;
  end(): SandboxOutput;
}

/** Half of `maxBytes` is for the beginning, half for the end; the mask sees all of it. */
export function keepOutput(maxBytes: number, mask: Mask): OutputKeeper {
  const masked = mask.stream();
  const headRoom = Math.ceil(maxBytes / 2);
  const tailRoom = maxBytes - headRoom;
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let bytes = 0;
  const take = (chunk: Uint8Array): void => {
    bytes += chunk.length;
    const forHead = chunk.subarray(0, Math.max(0, headRoom - head.length));
    if (forHead.length > 0) head = Buffer.concat([head, forHead]);
    const rest = chunk.subarray(forHead.length);
    if (rest.length === 0) return;
    const joined = Buffer.concat([tail, rest.subarray(Math.max(0, rest.length - tailRoom))]);
    tail = joined.subarray(Math.max(0, joined.length - tailRoom));
  };
  return {
    push: (chunk) => take(masked.push(chunk)),
    end() {
      take(masked.end());
      const left = bytes - head.length - tail.length;
      if (left <= 0) return { text: wholeText(Buffer.concat([head, tail])), bytes, truncated: false };
      const text = `${wholeText(head)}\n[… ${left} bytes are left out …]\n${afterCut(tail)}`;
      return { text, bytes, truncated: true };
    },
  };
}

/** Without half of a character at its end. */
function wholeText(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes);
}

/** Without half of a character at its beginning. */
function afterCut(bytes: Buffer): string {
  let start = 0;
  while (start < 4 && start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.subarray(start).toString('utf8');
}
