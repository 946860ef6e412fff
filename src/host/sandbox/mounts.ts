/** What a program in the sandbox finds in its file system, as arguments of bubblewrap. The order counts: what comes later lies over it. */
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { SandboxSpec } from '../../core/sandbox.ts';
import { isIn, placesOf, repositoriesIn, secretFiles, statOf } from './paths.ts';

/** Where programs and what they are linked with lie. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/nix'];
/** Of the settings of the machine only what says nothing of its secrets. */
const SETTINGS = [
  'alternatives',
  'ca-certificates',
  'group',
  'hosts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nsswitch.conf',
  'passwd',
  'pki',
  'protocols',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
  'timezone',
];
export const HOME = '/tmp/home';
const TMP_BYTES = 1024 ** 3;

/** Whoever is inside sees no process, no file, no variable and no connection of the machine but these. */
export function baseMounts(): readonly string[] {
  const system = SYSTEM.flatMap((path) => {
    const found = statOf(path);
    if (found === null) return [];
    return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
  });
  return [
    ...system,
    ...SETTINGS.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--size',
    String(TMP_BYTES),
    '--tmpfs',
    '/tmp',
    '--dir',
    HOME,
    '--dir',
    '/var/tmp',
    ...nodeMounts(),
  ];
}

/** The folder that this Node was installed to, where it is none of the system's. */
function nodeMounts(): readonly string[] {
  const prefix = nodePrefix();
  return prefix === null ? [] : ['--ro-bind', prefix, prefix];
}

function nodePrefix(): string | null {
  const bin = dirname(realpathSync(process.execPath));
  if (SYSTEM.some((path) => isIn(bin, path))) return null;
  return bin.endsWith('/bin') && dirname(bin) !== '/' && dirname(bin) !== process.env['HOME'] ? dirname(bin) : bin;
}

/** The folders of giga's own `PATH` that are there in the sandbox. */
export function searchPath(): string {
  const prefix = nodePrefix();
  const there = [...SYSTEM, ...(prefix === null ? [] : [prefix])];
  const folders = (process.env['PATH'] ?? '').split(':').filter((path) => there.some((one) => isIn(path, one)));
  return [...new Set([...folders, '/usr/local/bin', '/usr/bin', '/bin'])].join(':');
}

/** The workspace, as `permissions` leave it. `hidden`: folders that are not there for anyone inside. */
export async function workspaceMounts(
  { root, permissions }: Pick<SandboxSpec, 'root' | 'permissions'>,
  hidden: readonly string[],
): Promise<Result<readonly string[]>> {
  if (realpathSync(root) !== root) return { ok: false, diagnostics: [notReal(root)] };
  const write = await placesOf(root, permissions.write, { makes: true });
  if (!write.ok) return write;
  const read = permissions.read === null ? null : await placesOf(root, permissions.read, { makes: false });
  if (read?.ok === false) return read;
  const at = (place: string): string => join(root, place);
  const visible =
    read === null
      ? ['--ro-bind', root, root]
      : ['--tmpfs', root, ...read.value.flatMap((place) => ['--ro-bind', at(place), at(place)])];
  const writable = write.value.flatMap((place) => ['--bind', at(place), at(place)]);
  const open = [...write.value, ...(read?.value ?? [''])];
  const isThere = (place: string): boolean => open.some((one) => isIn(place, one));
  const kept = [...new Set([...(isThere('.git') ? ['.git'] : []), ...repositoriesIn(root, write.value)])];
  const closed = (await secretFiles(root, permissions)).filter(isThere);
  return {
    ok: true,
    value: [
      ...visible,
      ...writable,
      ...kept.filter((place) => statOf(at(place)) !== null).flatMap((place) => ['--ro-bind', at(place), at(place)]),
      ...repositoryMounts(root),
      ...closed.flatMap((place) => ['--ro-bind', '/dev/null', at(place)]),
      ...['.giga', ...hidden.filter((one) => isIn(one, root)).map((one) => one.slice(root.length + 1))]
        .filter((place) => place !== '' && isThere(place) && statOf(at(place))?.isDirectory() === true)
        .flatMap((place) => ['--tmpfs', at(place), '--remount-ro', at(place)]),
      ...(read === null ? [] : ['--remount-ro', root]),
    ],
  };
}

/** A worktree keeps its history in the repository that it belongs to. */
function repositoryMounts(root: string): readonly string[] {
  const path = join(root, '.git');
  if (statOf(path)?.isFile() !== true) return [];
  const [, folder] = /^gitdir: (.+)$/m.exec(readFileSync(path, 'utf8')) ?? [];
  if (folder === undefined) return [];
  const own = resolve(root, folder);
  const common = dirname(dirname(own));
  return own.includes('/worktrees/') && statOf(join(common, 'objects')) !== null ? ['--ro-bind', common, common] : [];
}

function notReal(root: string): Diagnostic {
  return problem('STEP_SANDBOX_FAILED', `The workspace \`${root}\` is reached through a symbolic link.`);
}
