/** How much memory a process holds. Knows the operating system's books, nothing of what the process is. */
import { readdirSync, readFileSync } from 'node:fs';

const KIB = 1_024;

/** Bytes of a process that are in memory; null where nobody can say. */
function memoryOf(pid: number): number | null {
  try {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return found === null ? null : Number(found[1]) * KIB;
  } catch {
    return null;
  }
}

/** Of a process and all that it started, as far as they belong to it still. */
export function memoryOfTree(pid: number): number | null {
  const own = memoryOf(pid);
  if (own === null) return null;
  return childrenOf(pid).reduce((sum, child) => sum + (memoryOfTree(child) ?? 0), own);
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
