/**
 * Process groups that are noted in files while they run: `<folder>/<name>.json` says which process leads one. Whoever takes a run
 * over ends those that a killed giga left behind. A process is known by its number and when it started. Knows no services.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NotedGroups } from '../../core/process.ts';
import { writeWholeFile } from '../files.ts';
import { describeProcess, machineProcesses, parseHolder } from '../store/file/holder.ts';
import { signalGroup } from './group.ts';
import { killAfter } from './leftovers.ts';

const SUFFIX = '.json';
/** From TERM to KILL for what a killed giga left. */
const GRACE_MS = 5_000;

export const notedGroups: NotedGroups = {
  note(folder, name, group) {
    quietly(() => {
      mkdirSync(folder, { recursive: true });
      writeWholeFile(join(folder, `${name}${SUFFIX}`), JSON.stringify(describeProcess(group)));
    });
  },
  forget(folder, name) {
    quietly(() => rmSync(join(folder, `${name}${SUFFIX}`), { force: true }));
  },
};

/** Ends every noted group whose leader still lives on this machine, and forgets all. Never rejects. */
export async function endNotedGroups(folder: string): Promise<void> {
  const processes = machineProcesses();
  const ends = notesIn(folder).map(async (file) => {
    const leader = readLeader(file);
    if (leader !== null && processes.liveness(leader) === 'alive') {
      signalGroup(leader.pid, 'SIGTERM');
      await killAfter(leader.pid, GRACE_MS);
    }
    quietly(() => rmSync(file, { force: true }));
  });
  await Promise.allSettled(ends);
}

function notesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).flatMap((name) => (name.endsWith(SUFFIX) ? [join(folder, name)] : []));
  } catch {
    return [];
  }
}

function readLeader(file: string): ReturnType<typeof parseHolder> {
  try {
    return parseHolder(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A note is a help for a later giga, and no condition of what runs.
  }
}
