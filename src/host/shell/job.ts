/** Runs one step in a worker, from its frame to its end. Knows no pool. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { unreachable } from '../../core/json.ts';
import type { Mask } from '../../core/ports.ts';
import { NO_OUTPUT, type ProcessEnd, type ProcessSpec, type StopSignals } from '../../core/process.ts';
import { signalExitCode } from '../platform/signals.ts';
import { signalGroup } from '../process/group.ts';
import { handedVariables, takeHandedFiles } from '../process/handed-files.ts';
import { killAfter, stopLeftovers } from '../process/leftovers.ts';
import { cwdProblem } from '../process/start.ts';
import { listenForStop } from '../process/stopping.ts';
import type { Stragglers } from '../process/stragglers.ts';
import type { Tails } from '../process/tails.ts';
import { startsNothing } from './fits.ts';
import { type JobLogs, openJobLogs } from './job-logs.ts';
import type { JobEnd, Worker } from './worker.ts';

export interface JobTools {
  readonly mask: Mask;
  readonly tails: Tails;
  readonly stragglers: Stragglers;
}

/** Gives the step to an idle worker; null if it does not fit into a frame. The worker may be dead afterwards. */
export async function runJob(
  worker: Worker,
  spec: ProcessSpec,
  signals: StopSignals,
  { mask, tails, stragglers }: JobTools,
): Promise<ProcessEnd | null> {
  const logs = openJobLogs(worker.scratch, spec, tails);
  const end = await giveJob(worker, spec, signals);
  if (end === null || end.kind === 'no-cwd') logs.take({ out: false, err: false });
  if (end === null) return null;
  const answer = processEnd(end, spec, logs, mask, signals.stop.aborted);
  if (!worker.isAlive || startsNothing(scriptOf(spec)) || !stragglers.has(worker.pid)) return answer;
  return withLeftovers(worker, answer);
}

/** What a step left behind could disturb the next one: it is stopped, and the worker is not used again. */
async function withLeftovers(worker: Worker, end: ProcessEnd): Promise<ProcessEnd> {
  const leftovers = await stopLeftovers(worker.pid, worker.pid);
  if (leftovers.length === 0 || end.kind === 'refused') return end;
  worker.end();
  return { ...end, leftovers };
}

/** Only scripts come to workers: `fitsWorker` saw to it. */
function scriptOf({ program }: ProcessSpec): string {
  return program.kind === 'script' ? program.script : '';
}

const NOT_STOPPED = (): number | null => null;

/**
 * An aborted signal sends TERM to the worker's group, which the worker itself survives; when the step has ended or the grace is
 * over, the group is ended with the worker, which is not used again.
 */
function giveJob(worker: Worker, spec: ProcessSpec, signals: StopSignals): Promise<JobEnd | null> {
  return new Promise((resolve) => {
    const job = { cwd: spec.cwd, variables: { ...spec.variables, ...handedVariables(spec) }, script: scriptOf(spec) };
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
    case 'no-cwd': {
      const diagnostic =
        cwdProblem(spec.cwd) ?? problem('STEP_CWD_MISSING', `The working folder \`${spec.cwd}\` cannot be entered.`);
      return { kind: 'refused', diagnostic };
    }
    case 'died': {
      const output = { ...NO_OUTPUT, ...logs.take(), files: takeHandedFiles(spec, mask) };
      if (isStopped) return { kind: 'signalled', signal: 'SIGKILL', code: signalExitCode('SIGKILL'), ...output };
      const hint = 'The step runs again, in a shell of its own.';
      return {
        kind: 'lost',
        diagnostic: problem('STEP_LOST', 'The shell in which the step ran has died.', { hint }),
        ...output,
      };
    }
    default:
      return unreachable(end);
  }
}
