/** An agent that is the `claude` command line: giga starts it under the same permissions, notes what it does, and judges its end. Knows no HTTP. */

import { resolve } from 'node:path';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import type { LinePrograms } from '../../core/line-program.ts';
import { mayWrite, readPermissions } from '../../core/permissions/permissions.ts';
import type { StepAnswer, StepContext } from '../../core/ports.ts';
import type { Environment } from '../../core/process.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { failed } from '../ends.ts';
import type { AgentMeans, AgentWork } from './agent-step.ts';
import { outputsOf, unsatisfied, valueIn } from './answer.ts';
import { maxTokensOf } from './body.ts';
import { cliCommand, ownName } from './cli-command.ts';
import { type CliEvent, type CliResult, type CliTool, cliEvent } from './cli-stream.ts';
import { setAsideForAgent } from './pay.ts';
import { callNews } from './tool-result.ts';

export interface CliMeans {
  readonly programs: LinePrograms;
  /** Such as `claude`. */
  readonly program: string;
  /** With what it signs in. */
  readonly env: Environment;
}

const GO_ON =
  'You were interrupted, perhaps in the middle of a call: nobody knows what of it was done. Look at how things stand, then go on.';

export async function performCli(work: AgentWork, means: AgentMeans, cli: CliMeans): Promise<StepAnswer> {
  const { agent, request, asking } = work;
  const { context } = asking;
  const permissions = readPermissions(agent.permissions);
  const guard = await means.guard();
  if (guard === null && agent.tools.includes('run')) return failed(never(unseen()));
  const before = guard === null ? null : await guard.save();
  if (before?.ok === false) return failed(before.diagnostics[0]);
  const earlier = sessionBefore(context.work.news ?? []);
  const { effort, system, output } = request;
  const heard = listener(work, context);
  const content = earlier === null ? (work.question.content ?? '') : GO_ON;
  const purse = await setAsideForAgent(asking, {
    model: work.model,
    maxTurns: agent.maxTurns,
    maxTokens: maxTokensOf(request, work.model),
  });
  if (purse === null) return { outcome: 'interrupted' };
  if (!purse.ok) return failed(purse.diagnostics.map(never)[0]);
  const end = await cli.programs.run(
    {
      argv: cliCommand(cli.program, {
        tools: agent.tools,
        permissions,
        maxTurns: agent.maxTurns,
        ...(request.model === undefined ? {} : { model: request.model }),
        ...(effort === undefined ? {} : { effort }),
        ...(system === undefined ? {} : { system }),
        ...(output === undefined ? {} : { output }),
        ...(earlier === null ? {} : { resume: earlier }),
      }),
      cwd: resolve(context.run.root, request.cwd),
      // By this variable a later giga finds what a killed one left.
      env: { ...cli.env, ...means.environment(context, permissions.env), GIGA_OUTPUT: `${context.run.folder}/agent` },
      stdin: `${JSON.stringify({ type: 'user', message: { role: 'user', content } })}\n`,
      graceMs: context.work.graceMs,
      hear: (line) => heard.hear(means.mask.text(line)),
    },
    context.signal,
  );
  if (end.kind === 'refused') return failed(missing(end.diagnostic, cli.program));
  const reverted =
    guard === null || before === null ? null : await guard.putBack(before.value, (path) => mayWrite(permissions, path));
  if (reverted?.ok === false) return failed(reverted.diagnostics[0]);
  const outside = reverted?.value ?? { files: [], after: '' };
  if (outside.files.length > 0) {
    const { files, after } = outside;
    if (!(await context.note({ kind: 'write-reverted', turn: heard.turns(), files: files.slice(0, 1_000), after })))
      return { outcome: 'interrupted' };
    return failed(wroteOutside(files, after), heard.totals());
  }
  if (end.kind === 'stopped') return { outcome: 'interrupted' };
  const result = heard.result();
  if (result === null) return failed(cut(end.code, means.mask.text(end.stderr)), heard.totals());
  await context.note({
    kind: 'call-ended',
    call: purse.value.call,
    model: result.model ?? work.model,
    usd: result.usd,
    usage: result.usage,
    stop: result.stop,
  });
  purse.value.settle({ tokens: tokensIn(result.usage), usd: result.usd });
  const error = wrongIn(result, work);
  return error === null ? succeeded(work, result, heard.totals()) : failed(error, heard.totals());
}

function tokensIn(usage: JsonObject): number {
  return Object.values(usage).reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0);
}

interface Listener {
  hear(line: string): Promise<void>;
  result(): CliResult | null;
  turns(): number;
  totals(): JsonObject;
}

/** Notes what is heard, in the order in which it is said. */
function listener(work: AgentWork, context: StepContext): Listener {
  const { clock } = work.asking;
  const open = new Map<string, CliTool & { readonly since: number }>();
  let session = '';
  let turns = 0;
  let messages = 1;
  let result: CliResult | null = null;
  const note = async (news: JsonObject): Promise<void> => {
    if (!(await context.note(news))) throw new Error('the journal takes no more'); // who runs it ends it
  };
  const take = async (event: CliEvent): Promise<void> => {
    switch (event.kind) {
      case 'began':
        session = event.session;
        return note({ kind: 'cli-session', session });
      case 'said':
        messages += 1;
        if (!event.isInner) turns += 1;
        for (const call of event.calls) open.set(call.id, { ...call, since: clock.monotonicMs() });
        context.progress(event.calls.map(({ name }) => name).join(', ') || event.text.slice(-200));
        return;
      case 'gave':
        messages += 1;
        for (const { id, content, isError } of event.results) {
          const call = open.get(id);
          open.delete(id);
          if (call === undefined) continue;
          const durationMs = Math.max(0, Math.round(clock.monotonicMs() - call.since));
          await note(
            callNews(
              turns,
              { ...call, name: ownName(call.name) },
              {
                block: { type: 'tool_result', content },
                verdict: isError ? 'failed' : 'ok',
                durationMs,
              },
            ),
          );
        }
        return note({ kind: 'turn-ended', turn: turns, session: `cli-${session}`, messages });
      case 'ended':
        ({ result } = event);
        return;
      default:
        return event satisfies never;
    }
  };
  return {
    async hear(line) {
      context.alive?.();
      const event = cliEvent(line);
      if (event !== null) await take(event);
    },
    result: () => result,
    turns: () => turns,
    totals: () => ({
      usage: result?.usage ?? {},
      cost: result?.usd ?? null,
      model: result?.model ?? work.model,
      turns,
      session,
      denied: result?.denied.length ?? 0,
    }),
  };
}

/** The session of an attempt that was cut off; null where the last one came to its end. */
function sessionBefore(news: readonly JsonObject[]): string | null {
  let session: string | null = null;
  for (const { kind, session: named } of news) {
    if (kind === 'attempt-ended') session = null;
    if (kind === 'cli-session' && typeof named === 'string' && /^[0-9a-f-]{36}$/.test(named)) session = named;
  }
  return session;
}

/** Why the end is none; null where it is. */
function wrongIn(result: CliResult, { agent, request }: AgentWork): AttemptError | null {
  const { subtype, isError, text, denied, stop, status } = result;
  if (subtype === 'error_max_turns')
    return never(
      problem('STEP_TURNS_EXHAUSTED', `The agent was not done after ${agent.maxTurns} turns.`, {
        hint: 'Raise `max-turns`, or ask for less.',
      }),
    );
  if (stop === 'refusal') return never(problem('STEP_CLAUDE_REFUSED', 'The model refused to answer.'));
  if (status === 429) return problem('STEP_CLAUDE_RATE_LIMIT', `The API asks to wait: ${shown(text)}`);
  if (status !== null && status >= 500)
    return problem('STEP_CLAUDE_OVERLOADED', `The API failed (${status}): ${shown(text)}`);
  if (status === 401 || status === 403)
    return never(problem('STEP_CLAUDE_AUTH', `The API does not accept the key: ${shown(text)}`));
  if (isError || subtype !== 'success')
    return problem('STEP_CLAUDE_CLI', `The agent ended with \`${subtype}\`: ${shown(text)}`);
  if (denied.length > 0 && agent.onDenied === 'fail') {
    const names = [...new Set(denied.map(ownName))].map((name) => `\`${name}\``).join(', ');
    return never(problem('STEP_TOOL_DENIED', `The agent asked for what it may not do: a call of ${names} was denied.`));
  }
  if (request.output !== undefined) {
    const found = valueIn(answerText(result), request.output);
    return 'value' in found ? null : unsatisfied(found.faults, 0);
  }
  return text.trim() === '' ? problem('STEP_CLAUDE_EMPTY', 'The agent ended with an empty answer.') : null;
}

function succeeded({ request }: AgentWork, result: CliResult, totals: JsonObject): StepAnswer {
  if (request.output === undefined) return { outcome: 'succeeded', outputs: { text: result.text, ...totals } };
  const found = valueIn(answerText(result), request.output);
  const fields = 'value' in found ? outputsOf(found.value, request.output) : {};
  return { outcome: 'succeeded', outputs: { ...fields, ...totals } };
}

function answerText({ structured, text }: CliResult): string {
  return structured === null ? text : JSON.stringify(structured);
}

function never(error: AttemptError): AttemptError {
  return { ...error, retryable: false };
}

function shown(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300) || '(it said nothing)';
}

function unseen(): AttemptError {
  return problem(
    'STEP_WORKSPACE_UNSEEN',
    'Programs of an agent run only in a git repository: elsewhere nobody could see what they change.',
    {
      hint: 'Make the workspace a repository, or leave out the tool `run`.',
    },
  );
}

function missing({ message }: Diagnostic, program: string): AttemptError {
  return never(
    problem('STEP_CLAUDE_CLI', message, {
      hint: `Install it (\`npm install -g @anthropic-ai/claude-code\`), so that \`${program}\` is on the PATH, or leave out \`runner: cli\`.`,
    }),
  );
}

function cut(code: number, stderr: string): AttemptError {
  return problem(
    'STEP_CLAUDE_CLI',
    `The agent ended (exit code ${code}) before it had come to an end: ${shown(stderr)}`,
  );
}

function wroteOutside(files: readonly string[], after: string): AttemptError {
  const named = files
    .slice(0, 5)
    .map((file) => `\`${file}\``)
    .join(', ');
  return never(
    problem(
      'STEP_WRITE_OUTSIDE',
      `While the agent ran, ${named}${files.length > 5 ? ` and ${files.length - 5} more` : ''} changed, which it may not write. It was put back.`,
      {
        hint: `Allow it (\`permissions: { write: [...] }\`), or keep other steps from writing at the same time. What it was is kept as the git tree ${after}.`,
      },
    ),
  );
}
