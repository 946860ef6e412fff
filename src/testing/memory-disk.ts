/**
 * A disk in memory that behaves as a bad day allows: what was not synced may be lost in a crash, in part, names and bytes alike;
 * a failed sync leaves pages that look well and are gone; from a chosen operation on everything fails. Knows nothing of what is kept on it.
 */
import { dirname } from 'node:path';
import type { Disk } from '../host/files.ts';

/** Gives whole numbers from 0 to below `below`. */
export type Numbers = (below: number) => number;

/** Who uses the disk: each process sees it through a user of its own. */
export interface DiskUser {
  /** Called before each operation; what it throws is what the operation comes to. */
  before(operation: keyof Disk): void;
  /** Resolves when a sync has taken its time. */
  later(): Promise<void>;
}

export interface MemoryDisk extends Disk {
  /** The same disk, as another process uses it. */
  usedBy(user: DiskUser): Disk;
  /** So many more operations go well; then all fail with this code (`EIO`). `ENOSPC` stands only against what takes room. */
  failAfter(operations: number, code?: string): void;
  /** The next syncs fail, and lose what they were to write. */
  failSyncs(count: number): void;
  /** All works again. */
  mend(): void;
  /** The process is gone, its files are closed; the machine goes on. */
  kill(): void;
  /** The power is gone: of what was not synced, chance keeps some. */
  losePower(): void;
  /** All names with their bytes, as one text: to see whether anything was changed. */
  fingerprint(): string;
}

interface File {
  /** More than is written, so that it can grow. */
  bytes: Buffer;
  length: number;
  /** How much of it is on disk. */
  synced: number;
  /** What a failed sync has lost for good: it reads well until the crash. */
  lost: readonly [from: number, to: number];
  readonly changedAt: number;
}
type Entry = File | 'folder';

interface Platter {
  readonly chance: Numbers;
  names: Map<string, Entry>;
  onDisk: Map<string, Entry>;
  open: Map<number, File>;
  lastFd: number;
  ticks: number;
  /** Operations until all fail. */
  left: number;
  code: string;
  failingSyncs: number;
}

/** `chance` says how much of a write is taken at once, and what is kept of what was not synced. `folders` were always there. */
export function memoryDisk(chance: Numbers, folders: readonly string[] = []): MemoryDisk {
  const names = new Map<string, Entry>(['/', ...folders].map((folder) => [folder, 'folder']));
  const platter: Platter = {
    chance,
    names,
    onDisk: new Map(names),
    open: new Map(),
    lastFd: 2,
    ticks: 0,
    left: Number.POSITIVE_INFINITY,
    code: 'EIO',
    failingSyncs: 0,
  };
  return { ...diskOf(platter, alone(chance)), ...troubleOf(platter), usedBy: (user) => diskOf(platter, user) };
}

/** One process, whose syncs take a little while. */
function alone(chance: Numbers): DiskUser {
  return {
    before: () => {},
    later: async () => {
      for (let ticks = chance(4); ticks > 0; ticks--) await Promise.resolve();
    },
  };
}

function troubleOf(platter: Platter): Omit<MemoryDisk, keyof Disk | 'usedBy'> {
  const mend = (): void => {
    platter.left = Number.POSITIVE_INFINITY;
    platter.failingSyncs = 0;
  };
  return {
    mend,
    failAfter: (operations, code = 'EIO') => {
      platter.left = operations;
      platter.code = code;
    },
    failSyncs: (count) => {
      platter.failingSyncs = count;
    },
    kill: () => {
      platter.open = new Map();
      platter.left = Number.POSITIVE_INFINITY;
    },
    losePower: () => losePower(platter),
    fingerprint: () =>
      [...platter.names]
        .map(([name, entry]) => `${name} ${entry === 'folder' ? '' : contentOf(entry).toString('latin1')}`)
        .toSorted()
        .join('\n'),
  };
}

function diskOf(platter: Platter, user: DiskUser): Disk {
  const step = (operation: keyof Disk): void => {
    user.before(operation);
    if (platter.left-- > 0) return;
    if (platter.code !== 'ENOSPC' || TAKES_ROOM.has(operation)) throw fault(platter.code);
  };
  const add = (operation: keyof Disk, path: string, entry: Entry): void => {
    step(operation);
    if (platter.names.has(path)) raise('EEXIST');
    if (entryAt(platter, dirname(path)) !== 'folder') raise('ENOTDIR');
    platter.names.set(path, entry);
  };
  return {
    createFile: (path) => {
      const file = {
        bytes: Buffer.allocUnsafe(512),
        length: 0,
        synced: 0,
        lost: [0, 0],
        changedAt: ++platter.ticks,
      } as const;
      add('createFile', path, { ...file });
      platter.open.set(++platter.lastFd, fileAt(platter, path));
      return platter.lastFd;
    },
    write: (fd, bytes, offset) => {
      const file = openAt(platter, fd);
      try {
        step('write');
      } catch (error) {
        append(file, bytes.subarray(offset, offset + platter.chance(bytes.length - offset)));
        throw error;
      }
      const { chance } = platter;
      const taken = Math.min(bytes.length - offset, chance(3) === 0 ? chance(bytes.length) : bytes.length);
      append(file, bytes.subarray(offset, offset + taken));
      return taken;
    },
    sync: async (fd) => {
      step('sync');
      const file = openAt(platter, fd);
      const upTo = file.length;
      await user.later();
      step('sync');
      if (platter.failingSyncs > 0) {
        platter.failingSyncs--;
        file.lost = [file.synced, upTo];
        throw fault('EIO');
      }
      file.synced = Math.max(file.synced, upTo);
    },
    close: (fd) => void platter.open.delete(fd),
    syncFolder: async (path) => {
      step('syncFolder');
      await user.later();
      step('syncFolder');
      const { names, onDisk } = platter;
      for (const name of childrenOf(onDisk, path)) if (!names.has(name)) onDisk.delete(name);
      for (const name of childrenOf(names, path)) onDisk.set(name, entryAt(platter, name));
    },
    link: (from, to) => add('link', to, fileAt(platter, from)),
    rename: (from, to) => {
      step('rename');
      rename(platter, from, to);
    },
    removeFile: (path) => {
      step('removeFile');
      if (!platter.names.delete(path)) raise('ENOENT');
    },
    removeFolder: (path) => {
      const { names } = platter;
      for (const name of names.keys()) if (name === path || name.startsWith(`${path}/`)) names.delete(name);
    },
    makeFolder: (path) => add('makeFolder', path, 'folder'),
    makeFolders: (path) => {
      const missing: string[] = [];
      for (let folder = path; !platter.names.has(folder); folder = dirname(folder)) missing.unshift(folder);
      for (const folder of missing) add('makeFolders', folder, 'folder');
      return missing[0];
    },
    ...looksAt(platter, user),
  };
}

const TAKES_ROOM: ReadonlySet<keyof Disk> = new Set([
  'createFile',
  'write',
  'link',
  'rename',
  'makeFolder',
  'makeFolders',
]);

type Looks = Pick<Disk, 'exists' | 'names' | 'read' | 'readEnd' | 'changedAt' | 'watch'>;

/** What only looks fails for nobody but a process that is gone. */
function looksAt(platter: Platter, user: DiskUser): Looks {
  const look = <T>(operation: keyof Disk, then: () => T): T => {
    user.before(operation);
    return then();
  };
  return {
    exists: (path) => look('exists', () => platter.names.has(path)),
    names: (path) =>
      look('names', () =>
        entryAt(platter, path) === 'folder'
          ? childrenOf(platter.names, path).map((name) => name.slice(path === '/' ? 1 : path.length + 1))
          : raise('ENOTDIR'),
      ),
    read: (path) => look('read', () => Buffer.from(contentOf(fileAt(platter, path)))),
    readEnd: (path, bytes) => look('readEnd', () => Buffer.from(contentOf(fileAt(platter, path)).subarray(-bytes))),
    changedAt: (path) => fileAt(platter, path).changedAt,
    watch: () => () => {},
  };
}

function entryAt({ names }: Platter, path: string): Entry {
  return names.get(path) ?? raise('ENOENT');
}

function fileAt(platter: Platter, path: string): File {
  const entry = entryAt(platter, path);
  return entry === 'folder' ? raise('EISDIR') : entry;
}

function openAt({ open }: Platter, fd: number): File {
  return open.get(fd) ?? raise('EBADF');
}

function childrenOf(map: ReadonlyMap<string, Entry>, folder: string): string[] {
  const from = folder === '/' ? 1 : folder.length + 1;
  const children: string[] = [];
  for (const name of map.keys())
    if (name.length > from && name.startsWith(folder) && name.lastIndexOf('/') === from - 1) children.push(name);
  return children;
}

function contentOf({ bytes, length }: File): Buffer {
  return bytes.subarray(0, length);
}

function append(file: File, bytes: Uint8Array): void {
  const length = file.length + bytes.length;
  if (length > file.bytes.length) {
    const grown = Buffer.allocUnsafe(2 * length);
    file.bytes.copy(grown, 0, 0, file.length);
    file.bytes = grown;
  }
  file.bytes.set(bytes, file.length);
  file.length = length;
}

function rename({ names }: Platter, from: string, to: string): void {
  for (const [name, entry] of names) {
    if (name !== from && !name.startsWith(`${from}/`)) continue;
    names.delete(name);
    names.set(to + name.slice(from.length), entry);
  }
}

function losePower(platter: Platter): void {
  const { names, onDisk, chance } = platter;
  platter.open = new Map();
  platter.left = Number.POSITIVE_INFINITY;
  for (const path of new Set([...names.keys(), ...onDisk.keys()])) {
    const [now, before] = [names.get(path), onDisk.get(path)];
    const kept = now === before || chance(2) === 0 ? now : before;
    if (kept && (path === '/' || names.get(dirname(path)) === 'folder')) names.set(path, kept);
    else names.delete(path);
  }
  for (const entry of names.values()) if (entry !== 'folder') loseBytes(entry, chance);
  platter.onDisk = new Map(names);
}

/** Pages that a sync failed to write are gone though a later one went well; the rest behind the last sync is kept up to anywhere. */
function loseBytes(file: File, chance: Numbers): void {
  const kept = file.synced + chance(file.length - file.synced + 1);
  const bytes = Buffer.from(file.bytes.subarray(0, kept));
  const [from, to] = file.lost;
  if (kept > from) bytes.fill(0, from, Math.min(to, kept));
  if (kept > file.synced && chance(4) === 0) {
    const hole = file.synced + chance(kept - file.synced);
    bytes.fill(0, hole, hole + chance(kept - hole));
  }
  file.bytes = bytes;
  file.length = file.synced = bytes.length;
  file.lost = [0, 0];
}

/** An error as the operating system gives it. */
export function fault(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

function raise(code: string): never {
  throw fault(code);
}
