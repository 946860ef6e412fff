/** Runs one step in a worker, from its job to its end. Knows no pool. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { unreachable } from '../../core/json.ts';
import type { Mask } from '../../core/ports.ts';
import {
  NO_OUTPUT,
  type ProcessEnd,
  type ProcessOutput,
  type ProcessSpec,
  type StopSignals,
} from '../../core/process.ts';
import { signalExitCode } from '../platform/signals.ts';
import type { FindProgram } from '../process/find-program.ts';
import { signalGroup } from '../process/group.ts';
import { handedVariables, takeHandedFiles } from '../process/handed-files.ts';
import { killAfter, stopLeftovers } from '../process/leftovers.ts';
import { logPath, readLog, removeFile } from '../process/logs.ts';
import { cwdProblem } from '../process/start.ts';
import { listenForStop } from '../process/stopping.ts';
import type { Stragglers } from '../process/stragglers.ts';
import type { Tails } from '../process/tails.ts';
import { isEcho, startsNothing } from './fits.ts';
import type { Job } from './frame.ts';
import { type JobLogs, openJobLogs } from './job-logs.ts';
import { hasOwnFormat } from './own-format.ts';
import type { JobEnd, Worker } from './worker.ts';

export interface JobTools {
  readonly mask: Mask;
  readonly tails: Tails;
  readonly stragglers: Stragglers;
}

/** What a worker is told of a step; null if it cannot start it. */
export function jobOf(spec: ProcessSpec, kind: Job['kind'], find: FindProgram): Job | null {
  const { program, cwd } = spec;
  if (program.kind === 'argv') {
    const args = argvOf(program.argv, spec, find);
    return (
      args && {
        kind,
        cwd,
        variables: { ...spec.variables, ...handedVariables(spec), ...levelOf(spec) },
        args,
        script: '',
      }
    );
  }
  const { script } = program;
  if (kind === 'plain')
    return { kind, cwd, variables: {}, args: isEcho(script) ? [logPath(spec.log, 'out')] : [], script };
  return { kind, cwd, variables: { ...spec.variables, ...handedVariables(spec) }, args: [], script };
}

/** Where the program is, what it sees as its own name, and what it is given. */
function argvOf(
  argv: readonly string[],
  { environment, variables, cwd }: ProcessSpec,
  find: FindProgram,
): readonly string[] | null {
  const [name = '', ...rest] = argv;
  if (name === '') return null;
  const path = variables['PATH'] ?? environment['PATH'];
  const found = find(name, path === undefined ? {} : { PATH: path }, cwd);
  return found.kind === 'found' && hasOwnFormat(found.path) ? [found.path, name, ...rest] : null;
}

/** A program without a shell is not one level deeper than giga. */
function levelOf({ environment }: ProcessSpec): { readonly SHLVL?: string } {
  const level = environment['SHLVL'];
  return level === undefined ? {} : { SHLVL: level };
}

/** Gives the step to an idle worker; null if it does not fit into a frame. The worker may be dead afterwards. */
export async function runJob(
  worker: Worker,
  job: Job,
  spec: ProcessSpec,
  signals: StopSignals,
  { mask, tails, stragglers }: JobTools,
): Promise<ProcessEnd | null> {
  const logs = openJobLogs(worker.scratch, spec, tails);
  const end = await giveJob(worker, job, spec, signals);
  if (end === null || end.kind === 'no-cwd') logs.take({ out: false, err: false });
  if (end === null) return null;
  const answer = processEnd(end, spec, logs, mask, signals.stop.aborted);
  if (!worker.isAlive || (job.kind === 'script' && startsNothing(job.script)) || !stragglers.has(worker.pid))
    return answer;
  return withLeftovers(worker, answer);
}

/**
 * Gives a plain command to a worker that does nothing else but such ones; null if it needs a shell of its own after all. Nothing can
 * be left of it, and there is nothing to stop: only where the worker hangs does it matter that someone asked.
 */
export function runPlain(
  worker: Worker,
  job: Job,
  spec: ProcessSpec,
  signals: StopSignals,
  { tails }: JobTools,
): Promise<ProcessEnd | null> {
  return new Promise((resolve) => {
    const unwatch = tails.watch(() => {
      if (signals.stop.aborted) worker.end();
    });
    const done = (end: JobEnd): void => {
      unwatch();
      resolve(plainEnd(end, job, spec, signals.stop.aborted));
    };
    if (worker.isAlive && worker.give(job, done)) return;
    unwatch();
    resolve(null);
  });
}

function plainEnd(end: JobEnd, job: Job, spec: ProcessSpec, isStopped: boolean): ProcessEnd | null {
  const [log] = job.args;
  if (end.kind === 'no-cwd') return noCwd(spec);
  if (end.kind === 'died') return diedEnd(NO_OUTPUT, isStopped);
  if (log === undefined) return { kind: 'exited', code: end.status, ...NO_OUTPUT };
  if (end.status !== 0) return null; // its output could not be kept: a shell of its own says why
  const stdout = readLog(log, spec.maxOutput);
  if (stdout.bytes === 0) removeFile(log);
  return { kind: 'exited', code: 0, ...NO_OUTPUT, stdout };
}

/** What a step left behind could disturb the next one: it is stopped, and the worker is not used again. */
async function withLeftovers(worker: Worker, end: ProcessEnd): Promise<ProcessEnd> {
  const leftovers = await stopLeftovers(worker.pid, worker.pid);
  if (leftovers.length === 0 || end.kind === 'refused') return end;
  worker.end();
  return { ...end, leftovers };
}

const NOT_STOPPED = (): number | null => null;

/**
 * An aborted signal sends TERM to the worker's group, which the worker itself survives; when the step has ended or the grace is
 * over, the group is ended with the worker, which is not used again.
 */
function giveJob(worker: Worker, job: Job, spec: ProcessSpec, signals: StopSignals): Promise<JobEnd | null> {
  return new Promise((resolve) => {
    let leave = NOT_STOPPED;
    const done = (end: JobEnd): void => {
      const graceLeftMs = leave();
      if (graceLeftMs === null) resolve(end);
      else void endGroup(worker, graceLeftMs).then(() => resolve(end));
    };
    if (!worker.give(job, done)) return resolve(null);
    leave = listenForStop(signals, spec.graceMs, {
      term: () => signalGroup(worker.pid, 'SIGTERM'),
      kill: () => worker.end(),
    });
  });
}

/** What the step started may use the rest of the grace, as after a shell of its own. */
async function endGroup(worker: Worker, graceLeftMs: number): Promise<void> {
  await killAfter(worker.pid, graceLeftMs, worker.pid);
  worker.end();
}

function processEnd(end: JobEnd, spec: ProcessSpec, logs: JobLogs, mask: Mask, isStopped: boolean): ProcessEnd {
  switch (end.kind) {
    case 'ended': {
      const output = logs.take({ out: end.hasOut, err: end.hasErr });
      return { kind: 'exited', code: end.status, ...NO_OUTPUT, ...output, files: takeHandedFiles(spec, mask) };
    }
    case 'no-cwd':
      return noCwd(spec);
    case 'died':
      return diedEnd({ ...NO_OUTPUT, ...logs.take(), files: takeHandedFiles(spec, mask) }, isStopped);
    default:
      return unreachable(end);
  }
}

function noCwd({ cwd }: ProcessSpec): ProcessEnd {
  const diagnostic = cwdProblem(cwd) ?? problem('STEP_CWD_MISSING', `The working folder \`${cwd}\` cannot be entered.`);
  return { kind: 'refused', diagnostic };
}

function diedEnd(output: ProcessOutput, isStopped: boolean): ProcessEnd {
  if (isStopped) return { kind: 'signalled', signal: 'SIGKILL', code: signalExitCode('SIGKILL'), ...output };
  const hint = 'The step runs again, in a shell of its own.';
  return {
    kind: 'lost',
    diagnostic: problem('STEP_LOST', 'The shell in which the step ran has died.', { hint }),
    ...output,
  };
}
