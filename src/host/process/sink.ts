/** Takes the bytes of one stream, masked and up to a limit, into its log file. Holds no more than one chunk. */
import type { Mask } from '../../core/ports.ts';
import { realDisk, writeAll } from '../files.ts';

export interface Sink {
  push(chunk: Uint8Array): void;
  /** What the mask held back. */
  end(): void;
  /** The first error of the disk; what came after it was dropped. */
  failure(): NodeJS.ErrnoException | null;
}

/** A sink into the file `fd`. What is over `maxBytes` is dropped, and a line at the end says so. */
export function createSink(fd: number, mask: ReturnType<Mask['stream']>, maxBytes: number): Sink {
  let written = 0;
  let full = false;
  let failure: NodeJS.ErrnoException | null = null;

  const put = (bytes: Uint8Array): void => {
    if (failure !== null) return;
    try {
      writeAll(realDisk, fd, bytes);
    } catch (error) {
      failure = error as NodeJS.ErrnoException; // what fs throws is an ErrnoException
    }
  };
  const write = (bytes: Uint8Array): void => {
    if (full || bytes.length === 0) return;
    const room = maxBytes - written;
    put(bytes.length > room ? bytes.subarray(0, room) : bytes);
    written += Math.min(bytes.length, room);
    if (bytes.length <= room) return;
    full = true;
    put(Buffer.from(`\n[giga: the log ends here, at its limit of ${maxBytes} bytes]\n`));
  };
  return {
    push: (chunk) => write(mask.push(chunk)),
    end: () => write(mask.end()),
    failure: () => failure,
  };
}
