/** Answers what a run asks: through the process that drives it, or by taking it up when nobody does. Knows no terminal. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Json } from '../../core/json.ts';
import type { JournalWriter } from '../../core/ports.ts';
import { type Answer, judge } from '../../core/run/answer.ts';
import { type ApprovalRequest, requestsOf } from '../../core/run/approval.ts';
import type { RunEvent } from '../../core/run/event.ts';
import { fold } from '../../core/run/fold.ts';
import type { Run } from '../../core/run/run.ts';
import { VERSION } from '../../core/version.ts';
import { createMask } from '../../host/mask/mask.ts';
import { maskedAnswer } from '../answers.ts';
import type { LiveRun } from '../live-run.ts';
import type { Project } from '../project.ts';
import { thisHost } from '../this-host.ts';
import { launch, type People, peopleOf, surroundingsOf } from '../wire.ts';
import { placeOfRun } from '../worktrees.ts';
import { giveUp, prepare } from './resume.ts';
import { readSecrets } from './run.ts';
import { plansOf } from './run-plans.ts';

export interface AskingRun {
  readonly id: string;
  /** The hash of its plan. */
  readonly plan: string;
  readonly requests: readonly ApprovalRequest[];
}

export type Answered =
  /** The process that drives the run has taken it. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'recorded' }
  /** The run goes on here. */
  | { readonly kind: 'live'; readonly run: LiveRun; readonly diagnostics: readonly Diagnostic[] };

export interface AnswerOptions {
  readonly recordOnly?: boolean;
  readonly people?: People;
}

/** A process that drives a run takes what it is sent within this time, or it does not take it. */
const PATIENCE_MS = 30_000;
const POLL_MS = 100;
/** What fits into the inbox of a run, with some room. */
const MAX_ANSWER_BYTES = 48 * 1024;

/** What a run asks; `given` is its id, or the beginning of it. Looks without taking hold. */
export async function askingRun(project: Project, given: string | undefined): Promise<Result<AskingRun>> {
  const found = await project.store.find(given);
  if (!found.ok) return found;
  const state = await folded(project, found.value);
  if (!state.ok) return state;
  return { ok: true, value: { id: found.value, plan: state.value.planHash, requests: requestsOf(state.value) } };
}

async function folded(project: Project, id: string): Promise<Result<Run>> {
  const read = await project.store.read(id);
  if (!read.ok) return read;
  const plans = await plansOf(project, read.value.records);
  if (!plans.ok) return plans;
  return { ok: true, value: fold(surroundingsOf(project, id, plans.value), read.value.records) };
}

/** Gives a verdict. What is wrong with it as such is refused here; who may give it, where the run is held. */
export async function answerRun(
  project: Project,
  id: string,
  answer: Answer,
  options: AnswerOptions = {},
): Promise<Result<Answered>> {
  const state = await folded(project, id);
  if (!state.ok) return state;
  const judged = judge(state.value, answer);
  if (!judged.ok && judged.events.length === 0) return { ok: false, diagnostics: [judged.diagnostic] };
  if (Buffer.byteLength(JSON.stringify(answer)) > MAX_ANSWER_BYTES)
    return {
      ok: false,
      diagnostics: [problem('RUN_FORM_INVALID', 'The verdict is larger than 48 KiB with its form.')],
    };
  if ((await project.store.holder(id)) !== null) {
    const sent = await send(project, id, answer);
    if (sent !== 'gone') return sent;
  }
  return answerStopped(project, id, answer, options);
}

/** Leaves the verdict with the process that holds the run, and waits for what becomes of it. */
async function send(project: Project, id: string, answer: Answer): Promise<Result<Answered> | 'gone'> {
  const letter = { ...answer, id: randomUUID() };
  const sent = await project.store.sendCommand(id, letter);
  if (!sent.ok) return 'gone';
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const isHeld = (await project.store.holder(id)) !== null; // before the look: what the holder wrote last is seen
    const outcome = await outcomeOf(project, id, letter.id);
    if (outcome !== null) return outcome;
    if (!isHeld) return 'gone';
    await sleep(POLL_MS);
  }
  const hint = `See \`giga runs show ${id}\`.`;
  return {
    ok: false,
    diagnostics: [problem('RUN_HELD', `The process that drives run ${id} does not take the verdict.`, { hint })],
  };
}

async function outcomeOf(project: Project, id: string, letter: string): Promise<Result<Answered> | null> {
  const read = await project.store.read(id);
  if (!read.ok) return null;
  for (const record of read.value.records.toReversed()) {
    if (record.type !== 'command.received' || typeof record.data !== 'object' || record.data === null) continue;
    const {
      id: named,
      code,
      message,
    } = record.data as { readonly id?: Json; readonly code?: Json; readonly message?: Json }; // an object
    if (named !== letter) continue;
    if (record.accepted) return { ok: true, value: { kind: 'taken' } };
    return { ok: false, diagnostics: [problem(code as Diagnostic['code'], String(message))] }; // as this giga wrote it
  }
  return null;
}

/** Takes the run up to record the verdict, and goes on with it. */
async function answerStopped(
  project: Project,
  id: string,
  given: Answer,
  options: AnswerOptions,
): Promise<Result<Answered>> {
  const opened = await project.store.open(id);
  if (!opened.ok) return opened;
  const { writer, reading } = opened.value;
  const prepared = await prepare(project, id, reading, { asIs: true });
  if (!prepared.ok) return giveUp(writer, prepared);
  const { state, plan, hash, opening, diagnostics, changed } = prepared.value;
  const known = plan.secrets.flatMap((name) => project.env[name] || []);
  const answer = known.length > 0 ? maskedAnswer(given, createMask(known)) : given;
  const isEdited = state.status === 'running' && state.planHash !== hash;
  const judged = judge(state, isEdited ? { ...answer, digest: `${answer.digest} of an edited plan` } : answer);
  const begins: RunEvent = { type: 'run.opened', ...thisHost(), giga: VERSION, ...(changed && { changed }) };
  if (!judged.ok) {
    if (judged.events.length > 0) await record(writer, [begins, ...judged.events]);
    else await writer.close();
    return { ok: false, diagnostics: [isEdited ? edited(id) : judged.diagnostic] };
  }
  if (options.recordOnly === true) {
    await record(writer, [begins, ...judged.events]);
    return { ok: true, value: { kind: 'recorded' } };
  }
  const secrets = readSecrets(project, plan);
  if (!secrets.ok) return giveUp(writer, secrets);
  const all = [begins, ...opening, ...judged.events];
  const started = {
    project: await placeOfRun(project, id),
    id,
    plan,
    resumed: true,
    writer,
    state,
    secrets: secrets.value,
    opening: all,
  };
  return { ok: true, value: { kind: 'live', run: launch({ ...started, ...peopleOf(options) }), diagnostics } };
}

async function record(writer: JournalWriter, events: readonly RunEvent[]): Promise<void> {
  const records = writer.append(events);
  await writer.synced(records.at(-1)?.seq ?? -1);
  await writer.close();
}

function edited(id: string): Diagnostic {
  return problem(
    'POLICY_APPROVAL_CHANGED',
    'The workflow was edited since this was asked, so the verdict would be on something else.',
    {
      hint: `\`giga resume ${id}\` asks anew.`,
    },
  );
}
