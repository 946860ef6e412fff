/** Runs a program that talks in lines, in a process group of its own. Knows no steps. */
import { type ChildProcess, spawn } from 'node:child_process';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { LineProgramEnd, LineProgramSpec, LinePrograms } from '../../core/line-program.ts';
import { errorCode } from '../files.ts';
import { signalExitCode } from '../platform/signals.ts';
import { signalGroup } from './group.ts';
import { killAfter, stopLeftovers } from './leftovers.ts';
import { listenForStop } from './stopping.ts';

/** A longer line ends the program. */
const MAX_LINE = 32 * 1_048_576;
const MAX_STDERR = 8_192;

export const linePrograms: LinePrograms = {
  async run(spec, signal) {
    const child = await startOne(spec);
    return 'code' in child ? { kind: 'refused', diagnostic: child } : follow(child, spec, signal);
  },
};

async function startOne({ argv: [file, ...args], cwd, env }: LineProgramSpec) {
  let error: unknown;
  try {
    const child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    child.on('error', () => {}); // of a start it is told below
    if (child.pid !== undefined) return child;
    error = await new Promise<unknown>((resolve) => child.once('error', resolve));
  } catch (thrown) {
    error = thrown;
  }
  const code = errorCode(error) ?? String(error);
  return problem(
    'STEP_PROGRAM_MISSING',
    code === 'ENOENT' ? `There is no program \`${file}\`.` : `\`${file}\` could not be started: ${code}.`,
  );
}

async function follow(child: ChildProcess, spec: LineProgramSpec, signal: AbortSignal): Promise<LineProgramEnd> {
  const pid = child.pid ?? 0;
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR);
  });
  child.stdin?.on('error', () => {}); // it has read what it wanted
  child.stdin?.end(spec.stdin);
  const exited = new Promise<number>((resolve) =>
    child.once('exit', (code, by) => resolve(by === null ? (code ?? 0) : signalExitCode(by))),
  );
  const leave = listenForStop({ stop: signal }, spec.graceMs, {
    term: () => signalGroup(pid, 'SIGTERM'),
    kill: () => signalGroup(pid, 'SIGKILL'),
  });
  const isWhole = await hearAll(child, spec.hear);
  if (!isWhole) signalGroup(pid, 'SIGKILL');
  const code = await exited;
  const graceLeftMs = leave();
  if (graceLeftMs === null) await stopLeftovers(pid);
  else await killAfter(pid, graceLeftMs);
  return { kind: signal.aborted ? 'stopped' : 'exited', code, stderr };
}

/** False where a line has no end, or nobody wants the next one. */
async function hearAll({ stdout }: ChildProcess, hear: LineProgramSpec['hear']): Promise<boolean> {
  if (stdout === null) return true;
  stdout.setEncoding('utf8');
  let rest = '';
  try {
    for await (const part of stdout as AsyncIterable<string>) {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) await hear(line);
      if (rest.length > MAX_LINE) return false;
    }
    if (rest !== '') await hear(rest);
    return true;
  } catch {
    return false; // the stream broke, or whoever hears it has heard enough
  }
}
