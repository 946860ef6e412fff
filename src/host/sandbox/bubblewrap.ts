/**
 * A sandbox made by bubblewrap: namespaces of its own for users, processes, mounts, network and names; no rights, no way to new namespaces,
 * an empty environment; ended with giga, whatever becomes of it. Knows no steps and no models.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { Mask } from '../../core/ports.ts';
import type { Shell } from '../../core/process.ts';
import { type Sandbox, type SandboxEnd, type SandboxSpec, USUAL_MEMORY } from '../../core/sandbox.ts';
import { createFindProgram } from '../process/find-program.ts';
import { egressArguments, openEgress } from './egress.ts';
import { baseMounts, HOME, searchPath, workspaceMounts } from './mounts.ts';
import { type Supervised, supervise } from './supervise.ts';

export interface BubblewrapOptions {
  readonly mask: Mask;
  /** Folders, absolute, that nobody inside sees: giga's own state. */
  readonly hidden: readonly string[];
  /** Where `bwrap` is looked for. Default: giga's own `PATH`. */
  readonly path?: string;
  /** Processes inside at once. */
  readonly maxProcesses?: number;
}

const ISOLATION = [
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
  'sandbox',
  '--die-with-parent',
  '--new-session',
  '--clearenv',
];
const MAX_PROCESSES = 512;
const MAX_FILE_BYTES = 4 * 1024 ** 3;
/** Above what all together may have: who grows slowly is told why it was ended, who grows at once gets no more. */
const MORE_DATA_BYTES = 512 * 1024 ** 2;
const MAX_OPEN_FILES = 4_096;
const TRIAL_MS = 10_000;

export function createBubblewrap(options: BubblewrapOptions): Sandbox {
  let asked: Promise<Found> | null = null;
  const find = (): Promise<Found> => (asked ??= findBubblewrap(options.path ?? process.env['PATH'] ?? ''));
  return {
    kind: 'bubblewrap',
    async problem() {
      const found = await find();
      return found.ok ? null : found.diagnostic;
    },
    async run(spec, signal) {
      const found = await find();
      if (!found.ok) return { kind: 'refused', diagnostic: found.diagnostic };
      try {
        return await runInside(found.file, spec, options, signal);
      } catch (error) {
        return {
          kind: 'refused',
          diagnostic: problem('STEP_SANDBOX_FAILED', `The sandbox could not be set up: ${String(error)}.`),
        };
      }
    },
  };
}

type Found = { readonly ok: true; readonly file: string } | { readonly ok: false; readonly diagnostic: Diagnostic };

/** It may be installed and not work: without user namespaces, or in a container that does not let it mount. */
async function findBubblewrap(path: string): Promise<Found> {
  const found = createFindProgram()('bwrap', { PATH: path }, '/');
  if (found.kind !== 'found') return { ok: false, diagnostic: absent('`bwrap` is not installed') };
  const args = [...ISOLATION, ...baseMounts(), '--', 'true'];
  const complaint = await new Promise<string | null>((resolve) =>
    execFile(found.path, args, { env: {}, timeout: TRIAL_MS }, (error, _out, said) =>
      resolve(error === null ? null : said.trim().split('\n')[0] || error.message),
    ),
  );
  if (complaint === null) return { ok: true, file: found.path };
  return { ok: false, diagnostic: absent(`\`bwrap\` does not work here: ${complaint}`) };
}

function absent(why: string): Diagnostic {
  return problem('STEP_SANDBOX_MISSING', `There is no sandbox: ${why}.`, {
    hint: 'Install bubblewrap (on Linux, with user namespaces), or leave out the tool `run`.',
  });
}

async function runInside(
  file: string,
  spec: SandboxSpec,
  options: BubblewrapOptions,
  signal: AbortSignal,
): Promise<SandboxEnd> {
  const root = realpathSync(spec.root);
  const mounts = await workspaceMounts({ ...spec, root }, options.hidden);
  if (!mounts.ok) return { kind: 'refused', diagnostic: mounts.diagnostics[0] ?? absent('its mounts are refused') };
  const { net, named } = spec.permissions;
  const egress = net.length === 0 ? null : await openEgress({ net, named });
  try {
    const out = egress === null ? NO_WAY_OUT : egressArguments(egress, realpathSync(process.execPath));
    const cwd = root + spec.cwd.slice(spec.root.length);
    const env = { ...out.env, ...spec.env, PATH: searchPath(), HOME, TMPDIR: '/tmp', LANG: 'C.UTF-8', PWD: cwd };
    const bounds = { processes: options.maxProcesses ?? MAX_PROCESSES, memory: spec.memory ?? USUAL_MEMORY };
    const args = [
      ...ISOLATION,
      '--info-fd',
      '3',
      ...baseMounts(),
      ...mounts.value,
      ...out.mounts,
      ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
      '--chdir',
      cwd,
      '--',
      ...limits(bounds),
      ...out.before,
      ...commandOf(spec.program),
    ];
    const { maxOutput, timeoutMs } = spec;
    const { mask } = options;
    return await supervise({ file, args, cwd: '/', env: {}, maxOutput, timeoutMs, mask, bounds }, signal);
  } finally {
    egress?.close();
  }
}

const NO_WAY_OUT = { mounts: [], env: {}, before: [] };

/** The system's own bounds, where there is who sets them; of root's processes it counts none. */
function limits({ processes, memory }: NonNullable<Supervised['bounds']>): readonly string[] {
  const prlimit = '/usr/bin/prlimit';
  try {
    accessSync(prlimit, constants.X_OK);
  } catch {
    return [];
  }
  return [
    prlimit,
    '--core=0',
    `--nproc=${processes}`,
    `--nofile=${MAX_OPEN_FILES}`,
    `--fsize=${MAX_FILE_BYTES}`,
    `--data=${memory + MORE_DATA_BYTES}`,
    '--',
  ];
}

const SHELLS: Readonly<Record<Shell, readonly string[]>> = {
  bash: ['bash', '--noprofile', '--norc', '-euo', 'pipefail', '-c'],
  sh: ['sh', '-eu', '-c'],
  python: ['python3', '-c'],
  node: ['node', '-e'],
  pwsh: ['pwsh', '-NoLogo', '-NoProfile', '-NonInteractive', '-Command'],
  cmd: ['cmd', '/d', '/s', '/c'],
};

export function commandOf(program: SandboxSpec['program']): readonly string[] {
  return program.kind === 'argv' ? program.argv : [...SHELLS[program.shell], program.script];
}
