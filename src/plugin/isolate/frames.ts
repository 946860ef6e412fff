/** Messages over a stream of bytes: four bytes of length, then JSON. Knows nothing of what they say. */

/** Bytes of one message. */
const MAX_FRAME = 16 * 1024 * 1024;

export function encodeFrame(message: unknown): Buffer {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32BE(length, 0);
  frame.write(text, 4);
  return frame;
}

/** Takes bytes as they come and gives whole messages. Throws for one that is too long, or no JSON. */
export function frameReader(hear: (message: unknown) => void): (bytes: Uint8Array) => void {
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
      hear(JSON.parse(body.toString('utf8')));
    }
  };
}
