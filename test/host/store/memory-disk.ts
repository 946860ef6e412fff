/**
 * A disk in memory that behaves as a bad day allows: what was not synced may be lost in a crash, in part, names and bytes alike;
 * a failed sync leaves pages that look well and are gone; from a chosen operation on everything fails.
 */
import { dirname } from 'node:path';
import type { Disk } from '../../../src/host/files.ts';

/** Gives whole numbers below `below`. */
export type Chance = (below: number) => number;

interface File {
  bytes: Buffer;
  /** How much of it is on disk. */
  synced: number;
  /** What a failed sync has lost for good: it reads well until the crash. */
  lost: readonly [from: number, to: number];
  readonly changedAt: number;
}
type Entry = File | 'folder';

export interface MemoryDisk extends Disk {
  /** Everything fails after so many more operations. */
  failAfter(operations: number): void;
  /** The next syncs fail, and lose what they were to write. */
  failSyncs(count: number): void;
  /** The process is gone, its files are closed; the machine goes on. */
  kill(): void;
  /** The power is gone: of what was not synced, chance keeps some. */
  losePower(): void;
}

export function memoryDisk(chance: Chance): MemoryDisk {
  const names = new Map<string, Entry>([['/', 'folder']]);
  let onDisk = new Map<string, Entry>(names);
  let open = new Map<number, File>();
  let lastFd = 2;
  let ticks = 0;
  let left = Number.POSITIVE_INFINITY;
  let failingSyncs = 0;

  const step = (): void => {
    if (left-- <= 0) throw fault('EIO');
  };
  const at = (path: string): Entry => names.get(path) ?? raise('ENOENT');
  const fileAt = (path: string): File => {
    const entry = at(path);
    return entry === 'folder' ? raise('EISDIR') : entry;
  };
  const add = (path: string, entry: Entry): void => {
    step();
    if (names.has(path)) raise('EEXIST');
    if (at(dirname(path)) !== 'folder') raise('ENOTDIR');
    names.set(path, entry);
  };
  const childrenOf = (map: ReadonlyMap<string, Entry>, path: string): string[] =>
    [...map.keys()].filter((name) => name !== '/' && dirname(name) === path);
  const opened = (fd: number): File => open.get(fd) ?? raise('EBADF');
  const later = async (): Promise<void> => {
    for (let ticks = chance(4); ticks > 0; ticks--) await Promise.resolve();
  };
  return {
    failAfter: (operations) => {
      left = operations;
    },
    failSyncs: (count) => {
      failingSyncs = count;
    },
    kill: () => {
      open = new Map();
      left = Number.POSITIVE_INFINITY;
    },
    losePower: () => {
      open = new Map();
      left = Number.POSITIVE_INFINITY;
      for (const path of new Set([...names.keys(), ...onDisk.keys()])) {
        const [now, before] = [names.get(path), onDisk.get(path)];
        const kept = now === before || chance(2) === 0 ? now : before;
        if (kept && (path === '/' || names.get(dirname(path)) === 'folder')) names.set(path, kept);
        else names.delete(path);
      }
      for (const entry of names.values()) if (entry !== 'folder') loseBytes(entry, chance);
      onDisk = new Map(names);
    },
    createFile: (path) => {
      const file: File = { bytes: Buffer.alloc(0), synced: 0, lost: [0, 0], changedAt: ++ticks };
      add(path, file);
      open.set(++lastFd, file);
      return lastFd;
    },
    write: (fd, bytes, offset) => {
      step();
      const file = opened(fd);
      const taken = Math.min(bytes.length - offset, chance(3) === 0 ? chance(bytes.length) : bytes.length);
      file.bytes = Buffer.concat([file.bytes, bytes.subarray(offset, offset + taken)]);
      return taken;
    },
    sync: async (fd) => {
      step();
      const file = opened(fd);
      const upTo = file.bytes.length;
      await later();
      step();
      if (failingSyncs > 0) {
        failingSyncs--;
        file.lost = [file.synced, upTo];
        throw fault('EIO');
      }
      file.synced = Math.max(file.synced, upTo);
    },
    close: (fd) => void open.delete(fd),
    syncFolder: async (path) => {
      step();
      await later();
      step();
      for (const name of childrenOf(onDisk, path)) if (!names.has(name)) onDisk.delete(name);
      for (const name of childrenOf(names, path)) onDisk.set(name, at(name));
    },
    link: (from, to) => add(to, fileAt(from)),
    rename: (from, to) => {
      step();
      for (const [name, entry] of names) {
        if (name !== from && !name.startsWith(`${from}/`)) continue;
        names.delete(name);
        names.set(to + name.slice(from.length), entry);
      }
    },
    removeFile: (path) => {
      step();
      if (!names.delete(path)) raise('ENOENT');
    },
    removeFolder: (path) => {
      for (const name of names.keys()) if (name === path || name.startsWith(`${path}/`)) names.delete(name);
    },
    makeFolder: (path) => add(path, 'folder'),
    makeFolders: (path) => {
      const missing: string[] = [];
      for (let folder = path; !names.has(folder); folder = dirname(folder)) missing.unshift(folder);
      for (const folder of missing) add(folder, 'folder');
      return missing[0];
    },
    exists: (path) => names.has(path),
    names: (path) =>
      at(path) === 'folder' ? childrenOf(names, path).map((name) => name.slice(path.length + 1)) : raise('ENOTDIR'),
    read: (path) => Buffer.from(fileAt(path).bytes),
    readEnd: (path, bytes) => Buffer.from(fileAt(path).bytes.subarray(-bytes)),
    changedAt: (path) => fileAt(path).changedAt,
    watch: () => () => {},
  };
}

/** Pages that a sync failed to write are gone though a later one went well; the rest behind the last sync is kept up to anywhere. */
function loseBytes(file: File, chance: Chance): void {
  const kept = file.synced + chance(file.bytes.length - file.synced + 1);
  const bytes = Buffer.from(file.bytes.subarray(0, kept));
  const [from, to] = file.lost;
  if (kept > from) bytes.fill(0, from, Math.min(to, kept));
  if (kept > file.synced && chance(4) === 0) bytes.fill(0, file.synced, file.synced + chance(kept - file.synced));
  file.bytes = bytes;
  file.synced = bytes.length;
  file.lost = [0, 0];
}

export function fault(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

function raise(code: string): never {
  throw fault(code);
}
