/** Makes the calls of one turn: those that only look side by side, the others one after the other. Knows tools and no model. */
import type { JsonObject } from '../../core/json.ts';
import { checkSchema } from '../../core/schema/check.ts';
import { validateJson } from '../../core/schema/validate.ts';
import type { ToolAnswer, ToolContext } from '../tool.ts';
import type { AgentJob, OfferedTool } from './agent-types.ts';
import { resultBlock } from './tool-result.ts';
import type { AskedCall, CallResult } from './transcript.ts';

/** Calls side by side. */
const MAX_AT_ONCE = 8;

export interface CallRound {
  readonly job: AgentJob;
  readonly context: Omit<ToolContext, 'call'>;
  /** Names the turn among all of the run. */
  readonly turn: string;
  readonly nowMs: () => number;
  /** Before a call that may do something. False: it must not be made. */
  began(call: AskedCall): Promise<boolean>;
  /** False: nothing more must be done. */
  ended(call: AskedCall, result: CallResult): Promise<boolean>;
}

/** False where it was stopped before all calls had ended. */
export async function makeCalls(calls: readonly AskedCall[], round: CallRound): Promise<boolean> {
  for (const group of groupsOf(calls, round.job)) {
    const results = await Promise.all(group.map((call) => makeCall(call, round)));
    if (results.includes(false)) return false;
  }
  return true;
}

/** Calls that may be made at the same time, in order. */
function groupsOf(calls: readonly AskedCall[], job: AgentJob): readonly (readonly AskedCall[])[] {
  const groups: AskedCall[][] = [];
  let mayJoin = false;
  for (const call of calls) {
    const looks = (offered(job, call)?.reach ?? 'looks') === 'looks';
    const last = groups.at(-1);
    if (looks && mayJoin && last !== undefined && last.length < MAX_AT_ONCE) last.push(call);
    else groups.push([call]);
    mayJoin = looks;
  }
  return groups;
}

export function offered(job: AgentJob, { name }: AskedCall): OfferedTool | undefined {
  return job.tools.find(({ tool }) => tool.name === name);
}

async function makeCall(call: AskedCall, round: CallRound): Promise<boolean> {
  const { job, context, nowMs } = round;
  if (context.signal.aborted) return false;
  const since = nowMs();
  const found = offered(job, call);
  const refusal = found === undefined ? unknownTool(call, job) : refused(call, found, job);
  if (refusal === null && found !== undefined && found.reach !== 'looks' && !(await round.began(call))) return false;
  const answer =
    refusal ??
    (found === undefined
      ? refusal
      : await found.tool.call(call.args, { ...context, call: `${round.turn}/${call.id}`, callId: call.id }));
  // What was cut off is no answer: the next attempt says that it was interrupted.
  if (answer === null || context.signal.aborted) return false;
  const durationMs = Math.max(0, Math.round(nowMs() - since));
  return round.ended(call, { block: resultBlock(call.id, answer), verdict: answer.verdict, durationMs });
}

function refused({ name, args }: AskedCall, { tool }: OfferedTool, job: AgentJob): ToolAnswer | null {
  if (!job.mayCall(name)) return denied(`The permissions of this step do not allow the tool \`${name}\`.`);
  const fault = argumentFault(tool.inputSchema, args);
  return fault === null ? null : failed(`The arguments of \`${name}\` are wrong: ${fault}. Nothing was done.`);
}

/** A schema with keywords that giga does not know is the tool's own to check. */
function argumentFault(schema: JsonObject, args: JsonObject): string | null {
  if (checkSchema(schema).length > 0) return null;
  const [fault] = validateJson(args, schema);
  if (fault === undefined) return null;
  return fault.path === '' ? `they ${fault.message}` : `\`${fault.path}\` ${fault.message}`;
}

function unknownTool({ name }: AskedCall, job: AgentJob): ToolAnswer {
  const names = job.tools.map(({ tool }) => tool.name).join(', ');
  return failed(`There is no tool \`${name}\` here. There are: ${names === '' ? 'none' : names}.`);
}

export function denied(text: string): ToolAnswer {
  return { verdict: 'denied', content: [{ type: 'text', text }] };
}

export function failed(text: string): ToolAnswer {
  return { verdict: 'failed', content: [{ type: 'text', text }] };
}

/** What the model is told of a call that began before a crash. */
export function interrupted(call: AskedCall): CallResult {
  const text =
    'This call was begun and then interrupted: nobody knows what of it was done. It was not repeated. Look at how things stand before you do it again.';
  return { block: resultBlock(call.id, failed(text)), verdict: 'failed', durationMs: 0 };
}
