/**
 * The step type `service`: starts a program, says when it is ready, and ends it when nobody needs it. Knows requests and answers,
 * not who needs the service.
 */
import { dirname, join } from 'node:path';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { HttpClient } from '../../core/http.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { RunRequest } from '../../core/plan/run-request.ts';
import type { ServiceRequest } from '../../core/plan/service-request.ts';
import type { Clock, StepAnswer, StepContext, StepType } from '../../core/ports.ts';
import type { NotedGroups, ProcessEnd, ProcessSpec } from '../../core/process.ts';
import { isTimeLimit, timeoutProblem } from '../../core/run/time-limits.ts';
import { answerOf } from '../run/answer.ts';
import { logName } from '../run/log-name.ts';
import { readRequest } from '../run/request.ts';
import { type RunStepOptions, specOf } from '../run/run.ts';
import { type Prepared, prepare } from './probes.ts';

export interface ServiceStepOptions extends RunStepOptions {
  readonly client: HttpClient;
  readonly connects: (port: number, signal: AbortSignal) => Promise<boolean>;
  readonly groups: NotedGroups;
  readonly clock: Clock;
}

/** Between two looks at whether it is ready. */
const LOOK_AGAIN_MS = 100;
/** What it printed is in its log. */
const MAX_OUTPUT = 65_536;

export function createServiceStep(options: ServiceStepOptions): StepType {
  return {
    name: 'service',
    async perform(json, context): Promise<StepAnswer> {
      const request = readService(json);
      if ('code' in request) return { outcome: 'failed', error: request };
      const process = start(request.run, context, options);
      const readiness = prepare(request.ready, {
        client: options.client,
        connects: options.connects,
        execute: (signal) => runBeside(request.ready.run, 'ready', context, options, signal),
        logs: [join(context.run.folder, `${process.log}.out`), join(context.run.folder, `${process.log}.err`)],
      });
      const refusal = 'code' in readiness ? readiness : await untilReady(readiness, process, context, options.clock);
      const isReady = refusal === null && process.end() === null && !context.signal.aborted;
      if (isReady && 'port' in readiness) {
        context.serve?.(outputsOf(process, readiness.port));
        await Promise.race([process.ended, aborted(context.signal)]);
      }
      if (process.end() === null) await stop(request, process, isReady, context, options);
      const end = await process.ended;
      const given = 'port' in readiness ? outputsOf(process, readiness.port) : {};
      return answer({ end, given, context, options, refusal, isReady, log: process.log });
    },
  };
}

/** The request as what it is, or why it is none. */
function readService(json: JsonObject): ServiceRequest | Diagnostic {
  const { run, ready, stop } = json;
  const programs = [run, stop, isJsonObject(ready) ? ready.run : undefined];
  for (const program of programs) {
    const read = isJsonObject(program) ? readRequest(program) : null;
    if (read !== null && 'code' in read) return read;
  }
  if (isJsonObject(run) && isJsonObject(ready)) return json as unknown as ServiceRequest; // its parts were just checked
  return problem('STEP_BAD_REQUEST', 'The service has no program, or no `ready`.');
}

/** The program of a service, from its start on. */
interface Running {
  readonly log: string;
  readonly ended: Promise<ProcessEnd>;
  /** How it ended; null while it runs. */
  end(): ProcessEnd | null;
  /** Its process group; null before it runs. */
  group(): number | null;
  /** TERM to all of it, KILL after the grace. */
  stop(): void;
}

function start(request: RunRequest, context: StepContext, options: ServiceStepOptions): Running {
  const { work, run } = context;
  const stop = new AbortController();
  const notes = join(dirname(run.folder), 'services');
  const note = logName(work.node, 0);
  let [group, end]: [number | null, ProcessEnd | null] = [null, null];
  const spec: ProcessSpec = {
    ...ownShell(specOf(request, context, options)),
    maxOutput: MAX_OUTPUT,
    onStart(started) {
      group = started;
      options.groups.note(notes, note, started);
    },
  };
  const ended = options.processes.execute(spec, { stop: stop.signal, kill: context.kill }).then((how) => {
    end = how;
    options.groups.forget(notes, note);
    return how;
  });
  return { log: spec.log.name, ended, end: () => end, group: () => group, stop: () => stop.abort() };
}

/** A shell that is shared with other steps would be theirs no more. */
function ownShell(spec: ProcessSpec): ProcessSpec {
  return spec.program.kind === 'script' ? { ...spec, program: { ...spec.program, worker: false } } : spec;
}

/** A command of the service beside its program: it has its environment, its folder and a log of its own. */
function runBeside(
  request: RunRequest | undefined,
  what: 'ready' | 'stop',
  context: StepContext,
  options: ServiceStepOptions,
  signal: AbortSignal,
): Promise<ProcessEnd> {
  if (request === undefined) throw new Error(`Bug: the service has no \`${what}\``);
  const spec = ownShell(specOf(request, context, options));
  const log = { ...spec.log, name: `${spec.log.name}.${what}` };
  const { onLine: _line, onOutput: _output, ...quiet } = { ...spec, log, files: [] };
  return options.processes.execute(quiet, { stop: signal, kill: context.kill });
}

/** Looks again and again. Null when it is ready, when it has ended, or when the attempt is to stop; else why it never will be. */
async function untilReady(
  { probe }: Prepared,
  process: Running,
  { signal }: StepContext,
  clock: Clock,
): Promise<Diagnostic | null> {
  const over = new AbortController();
  const leave = (): void => over.abort();
  void process.ended.then(leave);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  const stopped = aborted(over.signal);
  while (!over.signal.aborted) {
    const found = await Promise.race([probe(over.signal), stopped.then(() => false)]);
    if (found === true) break;
    if (found !== false) return found;
    await Promise.race([new Promise<void>((done) => void clock.after(LOOK_AGAIN_MS, done)), stopped]);
  }
  over.abort();
  return null;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Its own command first, where there is one and the service came so far; what is left after the grace gets TERM, and KILL after another. */
async function stop(
  request: ServiceRequest,
  process: Running,
  isReady: boolean,
  context: StepContext,
  options: ServiceStepOptions,
): Promise<void> {
  if (request.stop !== undefined && isReady && !context.kill.aborted) {
    const graceOver = new AbortController();
    const takeBack = options.clock.after(context.work.graceMs, () => graceOver.abort());
    await Promise.race([runBeside(request.stop, 'stop', context, options, graceOver.signal), process.ended]);
    await Promise.race([process.ended, aborted(graceOver.signal), aborted(context.kill)]);
    takeBack();
    graceOver.abort();
  }
  process.stop();
}

function outputsOf(process: Running, port: number | null): JsonObject {
  const group = process.group();
  return { ...(group !== null && { pid: group }), ...(port !== null && { port }) };
}

interface Ended {
  readonly end: ProcessEnd;
  readonly given: JsonObject;
  readonly context: StepContext;
  readonly options: ServiceStepOptions;
  readonly refusal: Diagnostic | null;
  readonly isReady: boolean;
  readonly log: string;
}

function answer({ end, given, context, options, refusal, isReady, log }: Ended): StepAnswer {
  const { work, signal } = context;
  const said = answerOf(end, {
    work,
    successCodes: [],
    stopped: null,
    log: join(context.run.folder, `${log}.out`),
    mask: options.mask,
  });
  if (end.kind === 'refused' || end.kind === 'lost') return said;
  const logs = said.log === undefined ? {} : { log: said.log };
  const failed = (error: Diagnostic): StepAnswer => ({
    ...said,
    outcome: 'failed',
    outputs: { ...said.outputs, ...given },
    error,
  });
  if (refusal !== null) return failed(refusal);
  if (!isReady && isTimeLimit(signal.reason)) return { ...failed(notReady(work)), outcome: 'timed-out' };
  if (signal.reason === 'released') return { outcome: 'succeeded', outputs: given, ...logs };
  if (signal.aborted)
    return {
      outcome: 'cancelled',
      outputs: given,
      ...logs,
      error: problem('STEP_CANCELLED', 'The service was stopped.'),
    };
  return failed(endedEarly(said.error, isReady));
}

function notReady(work: StepContext['work']): Diagnostic {
  const { message } = timeoutProblem('timed-out', work);
  return problem('STEP_SERVICE_NOT_READY', `The service did not become ready. ${message}`, {
    hint: 'See in its log what it waits for; check `ready`, or raise `timeout`.',
  });
}

function endedEarly(how: Diagnostic | undefined, isReady: boolean): Diagnostic {
  const when = isReady ? 'while steps still needed it' : 'before it was ready';
  const more = how?.hint === undefined ? {} : { hint: how.hint };
  return problem('STEP_SERVICE_ENDED', `The service ended ${when}. ${how?.message ?? ''}`.trim(), more);
}
