/** Shows a run that goes on in this process until it ends, hears signals, and gives the exit code. Knows no command. */
import { randomUUID } from 'node:crypto';
import { tellingLog } from '../app/commands/logs.ts';
import { readSummaries } from '../app/commands/summaries.ts';
import type { LiveRun } from '../app/live-run.ts';
import { slashed } from '../app/workspace.ts';
import type { McpAnswerOfPerson, McpQuestion } from '../core/mcp.ts';
import type { ApprovalRequest } from '../core/run/approval.ts';
import type { Path, Recorded } from '../core/run/event.ts';
import type { Call } from './command-spec.ts';
import { exitCodeOfEnd } from './exit-code.ts';
import { requestLines, requestOf } from './render/approval-lines.ts';
import { costLines } from './render/cost-text.ts';
import { jobSummary } from './render/job-summary.ts';
import { lineBuffer } from './render/line-buffer.ts';
import { indexPlan } from './render/plan-index.ts';
import { livePresenter, type Presenter, type PresenterOptions, plainPresenter } from './render/presenter.ts';
import { printProblems } from './render/problems.ts';
import type { RunFacts } from './render/result-lines.ts';
import { processTicker } from './render/screen.ts';
import type { StepLine } from './render/step-line.ts';
import { painter, quoted } from './render/text.ts';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export async function showRun(call: Call, run: LiveRun): Promise<number> {
  printProblems(run.warnings, call);
  const ticker = processTicker();
  const began = ticker.now();
  const index = indexPlan(run.plan);
  const facts: RunFacts = {
    id: run.id,
    file: run.plan.file,
    steps: index.leaves,
    resumed: run.resumed,
    ...(run.models && { models: run.models }),
  };
  const steps: StepLine[] = [];
  const presenter = presenterFor(call, {
    ticker,
    index,
    facts,
    costs: run.costs,
    onStep: (line) => keepForSummary(steps, line),
  });
  const failedLogs = new Map<string, string>();
  const failed: string[] = [];
  const attempts = new Map<Path, number>();
  const data = lineBuffer(call.io.out, ticker);
  run.onProgress((path, line) => presenter.progress(path, line));
  if (call.io.canAsk && !call.io.env['CI'] && !call.flags.on('no-input')) run.onQuestion(askInTurn(presenter));
  const tellAsked = (request: ApprovalRequest): void => {
    if (!call.flags.on('wait')) return; // else it is told at the end
    for (const line of requestLines(request, { run: run.id, where: whereText(call), paint: painter(call.color) }))
      presenter.note(line);
  };
  for (const request of run.asking) tellAsked(request);
  run.subscribe((record) => {
    if (call.json) data.print([JSON.stringify(record)]);
    noteLogs(record, failedLogs, failed);
    if (record.type === 'attempt.started') attempts.set(record.node, record.attempt);
    presenter.record(record);
    if (record.type === 'run.opened') presenter.stands(run.standing);
    if (record.type === 'wait.started' && record.purpose === 'approval') tellAsked(requestOf(record));
  });
  const deafen = hearSignals(run, presenter);
  const end = await run.ended;
  deafen();
  data.flush();
  const summaries = readSummaries(run.logFolder, attempts);
  presenter.end(
    end,
    failed.flatMap((log) => tellingLog(log) ?? []).map((log) => slashed(call.cwd, log)),
    summaries,
  );
  const worktree = run.keptWorktree();
  if (worktree !== null)
    call.io.err.write(`work   ${slashed(call.cwd, worktree.folder)} · branch ${worktree.branch}\n`);
  await writeSummary(call.io.env, () =>
    jobSummary({ facts, end, steps, summaries, elapsedMs: ticker.now() - began, spent: costLines(run.costs) }),
  );
  if (end.kind === 'broken') printProblems([end.diagnostic], call);
  return exitCodeOfEnd(end);
}

/** Questions of MCP servers, one after the other, while nothing else is painted. */
function askInTurn(presenter: Presenter): (asked: McpQuestion, stopped: AbortSignal) => Promise<McpAnswerOfPerson> {
  let turn: Promise<unknown> = Promise.resolve();
  return (asked, stopped) => {
    const answer = turn.then(async () => {
      const release = presenter.hold();
      try {
        return await (await import('./ask-question.ts')).askQuestion(asked, stopped);
      } finally {
        release();
      }
    });
    turn = answer.catch(() => undefined);
    return answer;
  };
}

/** The first signal pauses the run, which stays resumable; a second one kills what still runs. */
function hearSignals(run: LiveRun, presenter: Presenter): () => void {
  let stopping = false;
  const hear = (signal: NodeJS.Signals): void => {
    if (stopping) run.kill();
    else {
      stopping = true;
      presenter.note(`${signal}: stopping; press Ctrl-C again to kill`);
      run.pause(signal);
    }
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return () => {
    for (const signal of SIGNALS) process.off(signal, hear);
  };
}

function noteLogs(record: Recorded, logs: Map<string, string>, failed: string[]): void {
  if (record.type === 'attempt.ended' && record.log !== undefined) {
    if (record.outcome === 'succeeded') logs.delete(record.node);
    else logs.set(record.node, record.log);
  }
  if (record.type !== 'step.settled' || record.result !== 'failed') return;
  const log = logs.get(record.node);
  if (log !== undefined) failed.push(log);
}

type Shown = Pick<PresenterOptions, 'ticker' | 'index' | 'facts' | 'costs'> & {
  readonly onStep: (line: StepLine) => void;
};

function presenterFor(call: Call, { onStep, ...shown }: Shown): Presenter {
  const { io, color, flags } = call;
  const options = { ...shown, sink: io.err, color, verbose: flags.on('verbose'), where: whereText(call) };
  if (io.err.isTerminal && !io.env['CI'] && io.env['TERM'] !== 'dumb') return livePresenter(options);
  if (io.env['GITHUB_ACTIONS'] !== 'true') return plainPresenter({ ...options, dialect: { kind: 'plain' } });
  return plainPresenter({ ...options, onStep, dialect: { kind: 'github', token: randomUUID() } });
}

/** More steps than this are not summed up; of those that succeeded, nobody wants the output there. */
const SUMMARY_STEPS = 5000;

function keepForSummary(steps: StepLine[], line: StepLine): void {
  if (steps.length < SUMMARY_STEPS) steps.push(line.state === 'failed' ? line : { ...line, output: [] });
}

/** GitHub shows what stands in this file on the page of the job. That it cannot be written is no reason to fail. */
async function writeSummary(env: NodeJS.ProcessEnv, text: () => string): Promise<void> {
  const file = env['GITHUB_ACTIONS'] === 'true' ? env['GITHUB_STEP_SUMMARY'] : undefined;
  if (file === undefined || file === '') return;
  const { appendFile } = await import('node:fs/promises');
  await appendFile(file, text()).catch(() => undefined);
}

/** The options by which a later `giga` finds the same runs, for lines that people copy. */
export function whereText(call: Call): string {
  const words = [];
  const [folder, state] = [call.flags.text('cwd'), call.flags.text('state')];
  if (folder !== undefined) words.push('-C', quoted(folder));
  if (state !== undefined) words.push('--state', quoted(state));
  return words.map((word) => ` ${word}`).join('');
}
