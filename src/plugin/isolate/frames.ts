/** Messages over a stream of bytes: four bytes of length, then as many bytes. Knows nothing of what they say. */

/** Bytes of one message. */
const MAX_FRAME = 16 * 1024 * 1024;

export function encodeFrame(message: unknown): Buffer {
  return textFrame(JSON.stringify(message));
}

export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32BE(length, 0);
  frame.write(text, 4);
  return frame;
}

/** Takes bytes as they come and gives whole messages of JSON. Throws for one that is too long, or no JSON. */
export function frameReader(hear: (message: unknown) => void): (bytes: Uint8Array) => void {
  return byteReader((body) => hear(JSON.parse(body.toString('utf8'))));
}

/** The same for messages that are whatever they are. */
export function byteReader(hear: (body: Buffer) => void): (bytes: Uint8Array) => void {
  let parts: Uint8Array[] = [];
  let have = 0;
  let want = -1;
  /** The next `size` bytes; null where they have not come yet. */
  const take = (size: number): Buffer | null => {
    if (have < size) return null;
    const whole = Buffer.concat(parts);
    parts = have === size ? [] : [whole.subarray(size)];
    have -= size;
    return whole.subarray(0, size);
  };
  return (bytes) => {
    parts.push(bytes);
    have += bytes.length;
    for (;;) {
      if (want < 0) {
        const head = take(4);
        if (head === null) return;
        want = head.readUInt32BE(0);
        if (want > MAX_FRAME) throw new Error(`a message of ${want} bytes`);
      }
      const body = take(want);
      if (body === null) return;
      want = -1;
      hear(body);
    }
  };
}
