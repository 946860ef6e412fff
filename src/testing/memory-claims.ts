/** Names that one holder has at a time, in memory: for all processes of a virtual machine. Knows no files. */
import type { JsonObject } from '../core/json.ts';
import type { ClaimAnswer, ClaimSource } from '../core/ports.ts';
import type { ClaimWork } from '../core/run/effect.ts';
import type { OnceDone } from '../core/run/event.ts';
import type { Owner } from './virtual-time.ts';

export interface MemoryClaims {
  /** As one process takes them. `done`: what was done once, by key, as far as its run knows. */
  claimsOf(owner: Owner, done?: ReadonlyMap<string, OnceDone>): ClaimSource;
  /** Gives back what processes hold that are gone. */
  clear(): void;
}

interface Asking {
  readonly owner: Owner;
  readonly work: ClaimWork;
  readonly waiting: (news: JsonObject) => void;
  readonly resolve: (answer: ClaimAnswer | null) => void;
}

export function memoryClaims(): MemoryClaims {
  /** By name: who has it, and then who waits for it, in the order in which they asked. */
  const queues = new Map<string, Asking[]>();
  const done = new Map<string, OnceDone>();

  const hold = (asking: Asking): void => {
    const { of, name } = asking.work;
    const before = of === 'once' ? done.get(name) : undefined;
    if (before === undefined) return asking.resolve({});
    giveUp(asking.owner, asking.work.op);
    return asking.resolve({ done: before });
  };
  const giveUp = (owner: Owner, op: number): void => {
    for (const queue of queues.values()) {
      const index = queue.findIndex((one) => one.owner === owner && one.work.op === op);
      if (index < 0) continue;
      queue.splice(index, 1);
      if (index === 0) letIn(queue);
    }
  };
  const letIn = (queue: Asking[]): void => {
    while (queue[0] !== undefined && !queue[0].owner.isAlive) queue.shift();
    if (queue[0] !== undefined) hold(queue[0]);
  };
  return {
    claimsOf: (owner, known = new Map()) => {
      for (const [key, success] of known) done.set(key, success);
      return {
        take: (work, signal, waiting) =>
          new Promise((resolve) => {
            const key = `${work.of} ${work.name}`;
            const queue = queues.get(key) ?? [];
            queues.set(key, queue);
            const asking: Asking = { owner, work, waiting, resolve };
            queue.push(asking);
            const first = queue[0];
            if (first === asking) hold(asking);
            else waiting({ run: 'r', node: first?.work.node ?? '' });
            signal.addEventListener('abort', () => {
              resolve(null);
              if (queue[0] !== asking) giveUp(owner, work.op);
            });
          }),
        release: (op, success) => {
          for (const queue of queues.values()) {
            const asking = queue.find((one) => one.owner === owner && one.work.op === op);
            if (asking !== undefined && success !== undefined) done.set(asking.work.name, success);
          }
          giveUp(owner, op);
        },
      };
    },
    clear: () => {
      for (const queue of queues.values()) {
        const isFree = queue[0] !== undefined && !queue[0].owner.isAlive;
        queue.splice(0, queue.length, ...queue.filter(({ owner }) => owner.isAlive));
        if (isFree) letIn(queue);
      }
    },
  };
}
