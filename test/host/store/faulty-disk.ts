/** The real disk, but for what a test makes fail: by operation and path, with the code the operating system would give. */
import { type Disk, realDisk } from '../../../src/host/files.ts';
import { fault } from '../../../src/testing/memory-disk.ts';

export interface Faults {
  /** The code with which the next and all later calls fail; by operation. */
  readonly failing: Partial<Record<keyof Disk, string>>;
  /** How many bytes each write may take at most; the last one counts for all later ones. Throws where it is a code. */
  readonly writes: (number | string)[];
  readonly calls: { -readonly [operation in keyof Disk]?: number };
}

export function faultyDisk(): Disk & { readonly faults: Faults } {
  const faults: Faults = { failing: {}, writes: [], calls: {} };
  const guard = <K extends keyof Disk>(operation: K): Disk[K] => {
    const real = realDisk[operation] as (...given: unknown[]) => unknown; // only handed on
    const guarded = (...given: unknown[]): unknown => {
      faults.calls[operation] = (faults.calls[operation] ?? 0) + 1;
      const code = faults.failing[operation];
      if (code === undefined) return real(...given);
      if (operation === 'sync' || operation === 'syncFolder') return Promise.reject(fault(code));
      throw fault(code);
    };
    return guarded as Disk[K]; // the same shape as what it stands for
  };
  const write = guard('write');
  const names = Object.keys(realDisk) as (keyof Disk)[]; // the keys of a Disk
  const guarded = Object.fromEntries(names.map((name) => [name, guard(name)])) as unknown as Disk; // every key of a Disk is there
  return {
    ...guarded,
    faults,
    write: (fd, bytes, offset) => {
      const limit = faults.writes.length > 1 ? faults.writes.shift() : faults.writes[0];
      if (typeof limit === 'string') throw fault(limit);
      if (limit === 0) return 0;
      return limit === undefined ? write(fd, bytes, offset) : write(fd, bytes.subarray(0, offset + limit), offset);
    },
  };
}
