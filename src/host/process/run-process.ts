/** Runs one program in a process of its own, from its command line to its end. Knows no workers and no steps. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { Mask } from '../../core/ports.ts';
import {
  type Environment,
  NO_OUTPUT,
  type ProcessEnd,
  type ProcessSpec,
  type StopSignals,
} from '../../core/process.ts';
import { writeWholeFile } from '../files.ts';
import { signalExitCode } from '../platform/signals.ts';
import { commandLine } from './command-line.ts';
import type { FindProgram } from './find-program.ts';
import { signalGroup } from './group.ts';
import { clearHandedFiles, handedVariables, takeHandedFiles } from './handed-files.ts';
import { killAfter, stopLeftovers } from './leftovers.ts';
import { closeLog, type LogPair, openLogs, removeFile } from './logs.ts';
import { type OutletTools, openOutlets } from './outlets.ts';
import { type Stream, start } from './start.ts';
import { listenForStop } from './stopping.ts';
import { followLastLine, type Tails } from './tails.ts';
import { valueProblem } from './values.ts';

export interface ProcessTools extends OutletTools {
  readonly find: FindProgram;
  readonly tails: Tails;
}

export async function runProcess(spec: ProcessSpec, signals: StopSignals, tools: ProcessTools): Promise<ProcessEnd> {
  const env = wholeEnvironment(spec);
  const wrong = valueProblem(spec);
  if (wrong !== null) return refused(wrong);
  let logs: LogPair;
  try {
    logs = openLogs(spec.log);
  } catch (error) {
    return refused(logProblem(error as NodeJS.ErrnoException, spec)); // what fs throws is an ErrnoException
  }
  let end: ProcessEnd;
  try {
    end = await runWithLogs(spec, env, logs, signals, tools);
  } catch (error) {
    end = refused(logProblem(error as NodeJS.ErrnoException, spec)); // only the disk throws here
  }
  const output = { stdout: closeLog(logs.out, spec.maxOutput), stderr: closeLog(logs.err, spec.maxOutput) };
  return end.kind === 'refused' ? end : { ...end, ...output, files: takeHandedFiles(spec, tools.mask) };
}

async function runWithLogs(
  spec: ProcessSpec,
  env: Environment,
  logs: LogPair,
  signals: StopSignals,
  tools: ProcessTools,
): Promise<ProcessEnd> {
  const line = commandLine(spec, env, tools.find);
  if (!line.ok) return refused(line.diagnostics[0] ?? problem('STEP_NOT_STARTED', 'The program could not be started.'));
  clearHandedFiles(spec);
  const stdin = openStdin(spec, tools.mask);
  try {
    if (signals.stop.aborted) return stoppedBeforeStart();
    const outlets = openOutlets(logs, programText(spec), tools);
    const started = await start(line.value, spec, env, [stdin, ...outlets.stdio]);
    outlets.begin(started.kind === 'started' ? started.child : null);
    if (started.kind === 'refused') return started;
    if (stdin === 'pipe') feed(started.child, spec.stdin ?? '');
    spec.onStart?.(started.pid);
    const unwatch = watchLines(spec, logs, tools.tails);
    const end = await follow(started.child, started.pid, spec.graceMs, signals);
    const failure = await outlets.drain();
    unwatch();
    return failure === null || end.kind === 'refused'
      ? end
      : { ...end, kind: 'lost', diagnostic: logProblem(failure, spec) };
  } finally {
    if (typeof stdin === 'number') closeSync(stdin);
    line.value.dispose();
  }
}

/** Follows a running program until it has ended and nothing is left of its group. */
async function follow(child: ChildProcess, pid: number, graceMs: number, signals: StopSignals): Promise<ProcessEnd> {
  const { code, by, graceLeftMs } = await exited(child, pid, graceMs, signals);
  let leftovers: readonly string[] = [];
  if (graceLeftMs === null) leftovers = await stopLeftovers(pid);
  else await killAfter(pid, graceLeftMs);
  const output = { ...NO_OUTPUT, leftovers };
  if (by !== null) return { kind: 'signalled', signal: by, code: signalExitCode(by), ...output };
  return { kind: 'exited', code: code ?? 0, ...output };
}

function programText({ program }: ProcessSpec): string {
  return program.kind === 'script' ? program.script : program.argv.join('\n');
}

interface Exit {
  readonly code: number | null;
  readonly by: NodeJS.Signals | null;
  /** What is left of the grace when it was stopped; null when it was not. */
  readonly graceLeftMs: number | null;
}

function exited(child: ChildProcess, pid: number, graceMs: number, signals: StopSignals): Promise<Exit> {
  return new Promise((resolve) => {
    const leave = listenForStop(signals, graceMs, {
      term: () => signalGroup(pid, 'SIGTERM'),
      kill: () => signalGroup(pid, 'SIGKILL'),
    });
    child.once('exit', (code, by) => resolve({ code, by, graceLeftMs: leave() }));
  });
}

/**
 * Standard input is a file where no secret can be in it: programs can open `/dev/stdin` anew, and nobody has to wait for
 * a program that reads slowly. In a run with secrets it is a pipe, so that none of them reaches the disk.
 */
function openStdin(spec: ProcessSpec, mask: Mask): Stream {
  if (spec.stdin === undefined) return 'ignore';
  if (mask.active) return 'pipe';
  const path = join(spec.log.folder, `${spec.log.name}.in`);
  try {
    writeWholeFile(path, spec.stdin, { mode: 0o600 });
    return openSync(path, 'r');
  } finally {
    removeFile(path);
  }
}

function feed(child: ChildProcess, text: string): void {
  child.stdin?.on('error', () => {}); // EPIPE: the program has read what it wanted
  child.stdin?.end(text);
}

function watchLines(spec: ProcessSpec, logs: LogPair, tails: Tails): () => void {
  const { onLine, onOutput } = spec;
  if (onLine === undefined && onOutput === undefined) return () => {};
  const ticks = [followLastLine(logs.out.fd, onLine, onOutput), followLastLine(logs.err.fd, onLine, onOutput)];
  return tails.watch(() => {
    for (const tick of ticks) tick();
  });
}

/** The variables that the program sees. `PWD` is the folder by the name that was asked for; shells keep it when it is right. */
function wholeEnvironment(spec: ProcessSpec): Record<string, string> {
  const env: Record<string, string> = {
    ...spec.environment,
    ...spec.variables,
    ...handedVariables(spec),
    PWD: spec.cwd,
  };
  delete env['BASH_ENV'];
  delete env['OLDPWD'];
  return env;
}

function refused(diagnostic: Diagnostic): ProcessEnd {
  return { kind: 'refused', diagnostic };
}

export function stoppedBeforeStart(): ProcessEnd {
  return { kind: 'signalled', signal: 'SIGTERM', code: signalExitCode('SIGTERM'), ...NO_OUTPUT };
}

function logProblem(error: NodeJS.ErrnoException, spec: ProcessSpec): Diagnostic {
  return problem(
    'STEP_LOG_FAILED',
    `The output of the step could not be kept in \`${spec.log.folder}\`: ${error.code ?? error.message}.`,
    {
      hint: error.code === 'ENOSPC' ? 'Free some space, then resume.' : 'Check the folder of the run, then resume.',
    },
  );
}
