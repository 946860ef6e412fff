/** How much memory a process holds. Knows the operating system's books, nothing of what the process is. */
import { readFileSync } from 'node:fs';

const KIB = 1_024;

/** Bytes of a process that are in memory; null where nobody can say. */
export function memoryOf(pid: number): number | null {
  try {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return found === null ? null : Number(found[1]) * KIB;
  } catch {
    return null;
  }
}
