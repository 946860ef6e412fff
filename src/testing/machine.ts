/** A virtual machine: its time, its disk, its processes and the names that they share. What is on it outlives every process. */
import { BEGINNING_MS } from '../sim/simulate.ts';
import { type MemoryClaims, memoryClaims } from './memory-claims.ts';
import { type MemoryDisk, memoryDisk, type Numbers } from './memory-disk.ts';
import type { VirtualProcess } from './virtual-process.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

export interface Machine {
  readonly time: VirtualTime;
  readonly disk: MemoryDisk;
  readonly claims: MemoryClaims;
  readonly processes: VirtualProcess[];
}

/** `chance` says what the disk loses. */
export function virtualMachine(chance: Numbers): Machine {
  const disk = memoryDisk(chance, ['/project']);
  return { time: virtualTime(BEGINNING_MS), disk, claims: memoryClaims(), processes: [] };
}
