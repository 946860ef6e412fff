/** Whether the system itself can execute a file. bash would read any other as a script of its own; without it, that is up to the system. */
import { closeSync, openSync, readSync } from 'node:fs';

const FORMATS: readonly (readonly number[])[] = [
  [0x23, 0x21], // #!
  [0x7f, 0x45, 0x4c, 0x46], // ELF
  [0xcf, 0xfa, 0xed, 0xfe], // Mach-O
  [0xca, 0xfe, 0xba, 0xbe], // Mach-O for several processors
];

export function hasOwnFormat(path: string): boolean {
  try {
    const fd = openSync(path, 'r');
    const start = Buffer.alloc(4);
    try {
      readSync(fd, start, 0, start.length, 0);
    } finally {
      closeSync(fd);
    }
    return FORMATS.some((format) => format.every((byte, at) => start[at] === byte));
  } catch {
    return false; // a program may be executable and not readable
  }
}
