/** The step type `run`: a script in a shell, or a list without one. Knows requests and answers, not how programs are started. */
import { join, resolve } from 'node:path';
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { bareObject } from '../../core/json.ts';
import type { RunRequest } from '../../core/plan/run-request.ts';
import type { Mask, StepAnswer, StepContext, StepType } from '../../core/ports.ts';
import type { Environment, HandedFile, Processes, ProcessSpec, Program } from '../../core/process.ts';
import type { AttemptWork } from '../../core/run/effect.ts';
import { isTimeLimit } from '../../core/run/time-limits.ts';
import { checkValues } from '../../core/shell/guard.ts';
import { answerOf, maskDiagnostic, OUTPUT_VARIABLE, type StopCause } from './answer.ts';
import { clearText, EMPTY_ENVIRONMENT, type Secrets, stepVariables } from './environment.ts';
import { logName } from './log-name.ts';
import { isArgv, isScript, readRequest } from './request.ts';

export interface RunStepOptions {
  readonly processes: Processes;
  readonly mask: Mask;
  readonly secrets: Secrets;
  /** What `inheritedEnvironment` made of giga's own variables; one object for all steps. */
  readonly inherited: Environment;
}

const DEFAULT_MAX_OUTPUT = 1_048_576;
const SUCCESS: readonly number[] = [0];

const FILES: readonly HandedFile[] = [
  { variable: OUTPUT_VARIABLE, suffix: 'output', maxBytes: 1_048_576, isKept: false },
  { variable: 'GIGA_SUMMARY', suffix: 'summary', maxBytes: 1_048_576, isKept: true },
];

export function createRunStep(options: RunStepOptions): StepType {
  return {
    name: 'run',
    async perform(json, context): Promise<StepAnswer> {
      const request = readRequest(json);
      if ('code' in request) return { outcome: 'failed', error: request };
      const refusal = refusedValue(request, options.secrets);
      if (refusal !== null) return { outcome: 'failed', error: maskDiagnostic(refusal, options.mask) };
      const spec = specOf(request, context, options);
      const end = await options.processes.execute(spec, { stop: context.signal, kill: context.kill });
      return answerOf(end, {
        work: context.work,
        successCodes: request.successCodes ?? SUCCESS,
        stopped: stopCause(context.signal),
        log: join(context.run.folder, `${spec.log.name}.out`),
        mask: options.mask,
      });
    },
  };
}

function stopCause(signal: AbortSignal): StopCause | null {
  if (!signal.aborted) return null;
  if (isTimeLimit(signal.reason)) return 'timed-out';
  switch (signal.reason) {
    case 'paused':
    case 'killed':
      return 'interrupted';
    default:
      return 'cancelled';
  }
}

/** What a program of a step is given. */
export function specOf(request: RunRequest, context: StepContext, options: RunStepOptions): ProcessSpec {
  const { work, run } = context;
  const values = isScript(request) ? request.values : {};
  return {
    program: programOf(request, work, options.secrets),
    environment: work.clearEnv ? EMPTY_ENVIRONMENT : options.inherited,
    variables: stepVariables(work, values, options.secrets, run.id),
    cwd: resolve(run.root, request.cwd),
    ...(request.stdin === undefined ? {} : { stdin: clearText(request.stdin, options.secrets) }),
    log: { folder: run.folder, name: logName(work.node, work.attempt) },
    files: FILES,
    maxOutput: request.maxOutput ?? DEFAULT_MAX_OUTPUT,
    graceMs: work.graceMs,
    onLine: (line) => context.progress(line),
    ...(work.idleTimeoutMs === undefined ? {} : { onOutput: () => context.alive?.() }),
  };
}

/**
 * Only a first attempt may share a shell: if a script brings its shell down, the next attempt has one of its own. A shared shell
 * does not tell of output.
 */
function programOf(request: RunRequest, work: AttemptWork, secrets: Secrets): Program {
  const worker = work.attempt === 1 && work.idleTimeoutMs === undefined && !work.guarded;
  if (isArgv(request)) return { kind: 'argv', argv: request.argv.map((item) => clearText(item, secrets)), worker };
  return {
    kind: 'script',
    shell: request.shell,
    script: request.script,
    worker: worker && request.worker === true,
  };
}

/** What is wrong with the values that the shell gets, for the first that the shell would take amiss; null when all is well. */
function refusedValue(request: RunRequest, secrets: Secrets): Diagnostic | null {
  if (!isScript(request)) return null;
  const values = bareObject(
    Object.entries(request.values).map(([name, text]) => [name, clearText(text, secrets)] as const),
  );
  return checkValues({ values, integers: request.integers, guard: request.guard });
}
