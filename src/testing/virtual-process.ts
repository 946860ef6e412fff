/** A process of a virtual machine: every moment of it is counted, so that it can be made to die at any of them. Knows not what it does. */
import type { Disk } from '../host/files.ts';
import type { Holder, Processes } from '../host/store/file/holder.ts';
import type { MemoryDisk } from './memory-disk.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

/** What becomes of all that a process does that is gone: to it, as if the disk failed; nobody is there to hear of it. */
export class Gone extends Error {
  readonly code = 'EIO';
  constructor() {
    super('The process is gone.');
  }
}

export interface VirtualProcess extends Owner {
  readonly pid: number;
  /** How many moments it has lived. */
  readonly moments: number;
  /** One more has come. Throws Gone where it is not survived. */
  moment(): void;
  die(): void;
  standStill(does: boolean): void;
}

/** `onMoment` hears the number of each moment, from 1, and may let it be the last. */
export function virtualProcess(pid: number, onMoment: (moment: number) => void = () => {}): VirtualProcess {
  let moments = 0;
  const process = {
    pid,
    isAlive: true,
    standsStill: false,
    get moments() {
      return moments;
    },
    moment() {
      if (!process.isAlive) throw new Gone();
      onMoment(++moments);
      if (!process.isAlive) throw new Gone();
    },
    die() {
      process.isAlive = false;
    },
    standStill(does: boolean) {
      process.standsStill = does;
    },
  };
  return process;
}

/** The disk as a process sees it: each operation is a moment, and a sync takes as long as `syncMs` says. */
export function diskOf(disk: MemoryDisk, process: VirtualProcess, time: VirtualTime, syncMs: () => number): Disk {
  return disk.usedBy({
    before: () => process.moment(),
    later: () => new Promise((resolve) => time.after(process, syncMs(), resolve, 'world')),
  });
}

/** Who holds a lock on this machine, by what the machine knows of its processes. */
export function processesOf(self: VirtualProcess, all: readonly VirtualProcess[]): Processes {
  const holder: Holder = { pid: self.pid, host: 'virtual', startTime: '1', boot: '1', pidNamespace: '1' };
  return {
    self: () => holder,
    liveness: ({ pid }) => (all.some((one) => one.pid === pid && one.isAlive) ? 'alive' : 'dead'),
  };
}
