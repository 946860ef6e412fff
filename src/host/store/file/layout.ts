/** Where the file store keeps what. The only place that knows the names inside the state folder. */
import { join } from 'node:path';

export const LAYOUT = 1;

/**
 *     .gitignore               everything in here stays out of the repository
 *     layout.json              the version of this layout
 *     index.json               a summary of the runs; a cache
 *     plans/HASH.json          plans, by the hash of their canonical JSON
 *     claims/HASH/             who has a lock or the place of a group, and who waits for it; HASH is that of its name
 *     once/HASH.json           who does, or has done, what is done once; HASH is that of its key
 *     budget/DAY.jsonl         what all runs have spent and set aside on a day of which the spending is bounded
 *     runs/ID/lock.EPOCH       who took the run for writing; made once, never changed, never removed
 *     runs/ID/journal/EPOCH.jsonl
 *     runs/ID/inbox/N.json     commands to the process that drives the run
 *     runs/ID/logs/            output of the steps
 *     runs/ID/artifacts/       files that steps made, a folder for each attempt
 *     runs/ID/workspace.json   how the workspace stood when the run stopped
 *     runs/ID/memory/          notes of its agents, where they are not asked in earnest
 *     sessions/NAME/N.jsonl    conversations of agents, a part for each process that went on with one
 *     memory/NAME/N.jsonl      notes of agents; the last part counts
 *     trees/                   a git repository of giga's own: files of the workspace from before steps
 *     worktrees/ID/            a git worktree in which the run works
 */
export interface Layout {
  readonly state: string;
  readonly version: string;
  readonly gitignore: string;
  readonly index: string;
  readonly indexLock: string;
  readonly plans: string;
  readonly runs: string;
  readonly claims: string;
  readonly once: string;
  readonly budget: string;
  readonly sessions: string;
  readonly memory: string;
  plan(hash: string): string;
  run(run: string): RunLayout;
}

export interface RunLayout {
  readonly folder: string;
  readonly journal: string;
  readonly inbox: string;
  readonly logs: string;
  /** Notes of agents that are not asked in earnest. */
  readonly memory: string;
  lock(epoch: number): string;
  segment(epoch: number): string;
}

/** The names below an absolute state folder. */
export function layoutOf(state: string): Layout {
  const plans = join(state, 'plans');
  const runs = join(state, 'runs');
  return {
    state,
    version: join(state, 'layout.json'),
    gitignore: join(state, '.gitignore'),
    index: join(state, 'index.json'),
    indexLock: join(state, 'index.lock'),
    plans,
    runs,
    claims: join(state, 'claims'),
    once: join(state, 'once'),
    budget: join(state, 'budget'),
    sessions: join(state, 'sessions'),
    memory: join(state, 'memory'),
    plan: (hash) => join(plans, `${hash}.json`),
    run: (run) => runLayout(join(runs, run)),
  };
}

function runLayout(folder: string): RunLayout {
  const journal = join(folder, 'journal');
  return {
    folder,
    journal,
    inbox: join(folder, 'inbox'),
    logs: join(folder, 'logs'),
    memory: join(folder, 'memory'),
    lock: (epoch) => join(folder, `lock.${epoch}`),
    segment: (epoch) => join(journal, `${epoch}.jsonl`),
  };
}

/** Whether a text may be the id of a run: nothing that could lead out of the folder of runs. */
export function isRunId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

/** The numbers N of the names that are `before` + N + `behind`, ascending; other names are no business of ours. */
export function numbersIn(names: readonly string[], before: string, behind: string): number[] {
  const numbers: number[] = [];
  for (const name of names) {
    if (!name.startsWith(before) || !name.endsWith(behind)) continue;
    const digits = name.slice(before.length, name.length - behind.length);
    if (/^[1-9]\d{0,14}$/.test(digits)) numbers.push(Number(digits));
  }
  return numbers.toSorted((a, b) => a - b);
}
