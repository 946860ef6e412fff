/** Runs a workflow for a call of its tool, tells how far it is, and stops with the call. Knows runs; no server and no transport. */
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { isDeeper, MAX_GIVEN_DEPTH } from '../../core/json-depth.ts';
import { type GivenInput, parseInput } from '../../core/plan/inputs.ts';
import { isComposite } from '../../core/plan/plan.ts';
import type { Path, Recorded } from '../../core/run/event.ts';
import { createClock } from '../../host/clock.ts';
import { leavesOf } from '../commands/plan-leaves.ts';
import { planSteps, stepAt } from '../commands/plan-steps.ts';
import { startRun } from '../commands/run.ts';
import type { LiveRun } from '../live-run.ts';
import { answerOf, type FailedStep, refusal, type ToolAnswer } from './answer.ts';
import type { LoadedTool } from './offer.ts';
import { beginPulse, type Progress, type Pulse } from './pulse.ts';

/** How a call came to its end before its run did. `left`: nobody is there any more who would hear the answer. */
export type CallEnd = 'cancelled' | 'left';

export interface Asked {
  /** What the client gives as inputs. */
  readonly given: Json;
  /** Aborted with a CallEnd. */
  readonly signal: AbortSignal;
  /** Hears how far it is. */
  readonly progress?: (news: Progress) => void;
}
/** The runs of a server that go on. */
export interface Calls {
  /** Resolves once nothing of the run is alive. Never rejects. */
  call(tool: LoadedTool, asked: Asked): Promise<ToolAnswer>;
  /** Stops all of them, resumable, and takes no more. Resolves once nothing of them is alive. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Those that are being stopped are given no more time. */
  kill(): void;
}

/** Runs at once. Each is bounded by its own `concurrency`. */
const MAX_RUNS = 32;

export function makeCalls(log: (line: string) => void): Calls {
  const going = new Set<Promise<unknown>>();
  const live = new Set<LiveRun>();
  let stopping: NodeJS.Signals | undefined;

  async function perform(tool: LoadedTool, asked: Asked): Promise<ToolAnswer> {
    const given = inputsOf(asked.given);
    if (!given.ok) return refusal(given.diagnostics);
    if (asked.signal.aborted) return busy('The call was given up before there was a run.');
    const started = await startRun(tool.project, tool.loaded, given.value, { trigger: 'mcp' });
    if (!started.ok) return refusal(started.diagnostics);
    const run = started.value;
    live.add(run);
    log(`run ${run.id} of ${tool.loaded.plan.file} begins`);
    if (stopping !== undefined) run.pause(stopping);
    const answer = await follow(run, asked);
    live.delete(run);
    log(`run ${run.id} ends: ${String(answer.structuredContent?.['verdict'])}`);
    return answer;
  }
  return {
    async call(tool, asked) {
      if (stopping !== undefined) return busy('The server is being stopped.');
      if (going.size >= MAX_RUNS) return busy(`${MAX_RUNS} runs go on, which are as many as this server takes on.`);
      const work = perform(tool, asked);
      going.add(work);
      return work.finally(() => going.delete(work));
    },
    async stop(signal) {
      if (stopping === undefined) for (const run of live) run.pause(signal);
      stopping ??= signal;
      await Promise.allSettled(going);
    },
    kill() {
      for (const run of live) run.kill();
    },
  };
}

function busy(text: string): ToolAnswer {
  return { content: [{ type: 'text', text }], isError: true };
}

/** As from a file: values are values already, and the types of the inputs decide what they may be. What nests too deep is not even walked. */
function inputsOf(given: Json): Result<ReadonlyMap<string, GivenInput>> {
  const values = isDeeper(given, MAX_GIVEN_DEPTH) ? null : parseInput(JSON.stringify(given), 'object')?.value;
  if (!isJsonObject(values)) {
    const message = `The arguments of the call must be an object that nests at most ${MAX_GIVEN_DEPTH} deep.`;
    return { ok: false, diagnostics: [problem('PLAN_INPUT_INVALID', message)] };
  }
  const entries = Object.entries(values).map(([name, value]): [string, GivenInput] => [
    name,
    { value, form: 'value', origin: 'an argument of the call' },
  ]);
  return { ok: true, value: new Map(entries) };
}

/** The run to its end. Its first record must be there before it can be ended from outside. */
async function follow(run: LiveRun, { signal, progress }: Asked): Promise<ToolAnswer> {
  let began = false;
  const end = (): void => {
    if (signal.reason === 'left') run.pause('SIGHUP');
    else if (began) run.cancel('the client of the MCP server');
  };
  const failed = new Map<Path, FailedStep>();
  const logs = new Map<Path, string>();
  const pulse = progress && beginPulse(createClock(), leavesOf(run.plan), progress);
  const hear = pulse && follower(run, pulse);
  run.subscribe((record) => {
    if (!began) {
      began = true;
      if (signal.aborted) end();
    }
    noteFailure(record, logs, failed);
    hear?.(record);
  });
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const how = await run.ended;
  pulse?.stop();
  signal.removeEventListener('abort', end);
  return answerOf(run.id, how, innermost(failed));
}

/** A group fails of what is in it, which is told by itself. */
export function innermost(failed: ReadonlyMap<Path, FailedStep>): readonly FailedStep[] {
  return [...failed.values()].filter(({ path }) => !holdsOther(path, failed));
}

function holdsOther(path: Path, failed: ReadonlyMap<Path, unknown>): boolean {
  return [...failed.keys()].some((other) => other.startsWith(path) && '/[#'.includes(other.charAt(path.length) || ' '));
}

export function noteFailure(record: Recorded, logs: Map<Path, string>, failed: Map<Path, FailedStep>): void {
  if (record.type === 'attempt.ended' && record.log !== undefined) logs.set(record.node, record.log);
  if (record.type !== 'step.settled' || record.node === '') return;
  const { node: path, result, error } = record;
  const log = logs.get(path);
  logs.delete(path);
  if (result === 'failed') failed.set(path, { path, ...(error && { error }), ...(log !== undefined && { log }) });
  else failed.delete(path);
}

/** Hears of the steps that settle: a group by what is in it. */
function follower(run: LiveRun, pulse: Pulse): (record: Recorded) => void {
  const steps = planSteps(run.plan);
  run.onProgress(pulse.wrote);
  return (record) => {
    if (record.type !== 'step.settled' || record.node === '') return;
    const node = stepAt(steps, record.node)?.node;
    if (node === undefined || !isComposite(node)) pulse.settled(record.node, record.result);
  };
}
