/**
 * Locks and places of groups, for the steps of one run. In this process they queue in the order in which they ask, and only the first
 * of them stands in the queue of all processes: so ten thousand items that want a lock cost one look at the disk at a time. Knows
 * no steps.
 */
import { sha256 } from '../../../core/json.ts';
import type { ClaimSource } from '../../../core/ports.ts';
import type { ClaimWork } from '../../../core/run/effect.ts';
import { type Disk, realDisk } from '../../files.ts';
import { type Name, nameOf } from './claim-name.ts';
import { follow } from './claim-turn.ts';
import { machineProcesses, type Processes } from './holder.ts';
import type { Layout } from './layout.ts';

export interface ClaimsOptions {
  readonly layout: Pick<Layout, 'claims'>;
  /** The run for which names are taken. */
  readonly run: string;
  /** Asks another run to end: `on-conflict: cancel-running`. */
  readonly cancelRun: (run: string) => void;
  readonly disk?: Disk;
  readonly processes?: Processes;
}

export interface Claims extends ClaimSource {
  /** Gives back all that is held. */
  close(): void;
}

/** Who begins to wait for a name when those before are through; each gets the rest of the queue. */
type Queue = Set<(rest: Queue) => void>;

/** What this process wants of one name: who has it or stands in the queue of all, and who comes after. */
interface Local {
  readonly name: Name;
  readonly node: string;
  readonly queue: Queue;
}

export function createClaims(options: ClaimsOptions): Claims {
  const { run, cancelRun, disk = realDisk, processes = machineProcesses() } = options;
  const locals = new Map<string, Local>();
  const held = new Map<number, { readonly folder: string; readonly name: Name; readonly number: number }>();

  const advance = (folder: string): void => {
    const queue = locals.get(folder)?.queue;
    locals.delete(folder);
    const [first] = queue ?? [];
    if (queue === undefined || first === undefined) return;
    queue.delete(first);
    first(queue);
  };
  const giveBack = (op: number): string | null => {
    const taken = held.get(op);
    held.delete(op);
    taken?.name.giveBack(taken.number);
    return taken?.folder ?? null;
  };
  const take: Claims['take'] = (work, signal, waiting) =>
    new Promise((resolve) => {
      const folder = claimFolder(options.layout, work);
      const start = (queue: Queue): void => {
        signal.removeEventListener('abort', leave);
        const name = nameOf(disk, processes, folder);
        locals.set(folder, { name, node: work.node, queue });
        const turn = { work, run, name, waiting, cancelRun, place: null, told: '', isRefused: false };
        follow(disk, turn, signal, (answer) => {
          if (answer?.taken === undefined) advance(folder);
          else held.set(work.op, { folder, name, number: answer.taken });
          resolve(answer === null ? null : answer.error ? { error: answer.error } : {});
        });
      };
      const leave = (): void => {
        locals.get(folder)?.queue.delete(start);
        resolve(null);
      };
      const local = locals.get(folder);
      if (local === undefined) return start(new Set());
      const { pid, host } = processes.self();
      waiting({ run, node: local.node, pid, host });
      local.queue.add(start);
      signal.addEventListener('abort', leave, { once: true });
      return undefined;
    });
  return {
    take,
    release(op) {
      const folder = giveBack(op);
      if (folder !== null) advance(folder);
    },
    close() {
      for (const op of held.keys()) giveBack(op);
      locals.clear();
    },
  };
}

export function claimFolder({ claims }: Pick<Layout, 'claims'>, { of, name }: Pick<ClaimWork, 'of' | 'name'>): string {
  return `${claims}/${sha256(`${of} ${name}`).slice(0, 32)}`;
}
