/** What the processes of a sandbox take of the machine: their number and their memory, by its own `/proc`. Knows no bounds. */
import { readdirSync, readFileSync, statfsSync } from 'node:fs';

/** The processes in the sandbox whose first one this is, seen from outside; none where it is gone. */
export function processesBeside(first: number | null): readonly string[] {
  if (first === null) return [];
  try {
    return readdirSync(procOf(first)).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function procOf(first: number): string {
  return `/proc/${first}/root/proc`;
}

/**
 * Whether these processes, with the files that they keep in memory, take more than so many bytes. Pages that forked processes share
 * are counted once; that costs more, and is done only where they are too many when counted for each.
 */
export function takesMore(first: number, pids: readonly string[], maxBytes: number): boolean {
  const files = filesInMemory(first);
  const sum = (file: string, names: readonly string[]): number =>
    pids.reduce((all, pid) => all + bytesIn(`${procOf(first)}/${pid}/${file}`, names), files);
  if (sum('status', ['RssAnon', 'RssShmem', 'VmSwap']) <= maxBytes) return false;
  return sum('smaps_rollup', ['Pss_Anon', 'Pss_Shmem', 'SwapPss']) > maxBytes;
}

/** The lines of these names, which are in kB; 0 for a process that is gone. */
function bytesIn(path: string, names: readonly string[]): number {
  let text = '';
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return 0;
  }
  return names.reduce(
    (sum, name) => sum + 1_024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0),
    0,
  );
}

const TMPFS = 0x01_02_19_94;

/** Of the file systems in memory that can be written inside: each counts once. */
function filesInMemory(first: number): number {
  return ['', '/tmp', '/dev'].reduce((sum, folder) => {
    try {
      const { type, blocks, bfree, bsize } = statfsSync(`/proc/${first}/root${folder}`);
      return type === TMPFS ? sum + (blocks - bfree) * bsize : sum;
    } catch {
      return sum;
    }
  }, 0);
}
