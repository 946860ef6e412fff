/** Commands around a program of Node that keep it from this machine: no network, no processes, no files but its own libraries, and its end with giga's. Knows no plugins, and starts nothing. */
import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { currentPlatform } from '../platform/platform.ts';
import { createFindProgram } from '../process/find-program.ts';

/** The command to start instead of one. */
export type Confinement = (argv: readonly string[]) => readonly string[];

/** Those that this machine has programs for, the one that keeps from most first. Whether one works is seen when it is used. `path`: where programs are looked for. */
export function confinements(path: string): Confinement[] {
  if (!currentPlatform().hasProc) return [];
  const find = createFindProgram();
  const around = (name: string, args: () => readonly string[]): readonly Confinement[] => {
    const found = find(name, { PATH: path }, '/');
    if (found.kind !== 'found') return [];
    return [(argv) => [found.path, ...args(), '--', ...argv]];
  };
  return [...around('bwrap', sandbox), ...around('setpriv', () => ['--pdeathsig', 'KILL'])];
}

function sandbox(): readonly string[] {
  return [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-net',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--disable-userns',
    '--cap-drop',
    'ALL',
    '--hostname',
    'plugin',
    '--die-with-parent',
    '--clearenv',
    ...libraries(),
    '--remount-ro',
    '/',
    '--chdir',
    '/',
  ];
}

/** The program itself, and where it found what it is linked with: as it was for this process, which is the same program. */
function libraries(): readonly string[] {
  const node = realpathSync(process.execPath);
  const mapped = readFileSync('/proc/self/maps', 'latin1').matchAll(/ (\/\S+\.so(?:\.\S+)?)$/gm);
  const folders = new Set([...mapped].map(([, file = '']) => dirname(file)));
  const links = ['/lib', '/lib32', '/lib64', '/usr/lib32', '/usr/lib64'].flatMap((path) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isSymbolicLink() === true) return ['--symlink', readlinkSync(path), path];
    // Names of the loader lie here, as links to where it is.
    return found?.isDirectory() === true && path.endsWith('64') ? ['--ro-bind', path, path] : [];
  });
  return [
    ...links,
    ...[...folders].toSorted().flatMap((path) => ['--ro-bind', path, path]),
    '--ro-bind',
    node,
    process.execPath,
  ];
}
