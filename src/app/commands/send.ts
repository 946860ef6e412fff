/** Sends an event to a run: to the process that drives it, or into the journal of one that is stopped. Knows no terminal. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Diagnostic, problem, type Result, warning } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { decide } from '../../core/run/decide.ts';
import type { Recorded } from '../../core/run/event.ts';
import { fold } from '../../core/run/fold.ts';
import { type SignalCommand, signalProblem } from '../../core/run/signals.ts';
import { createMask, NO_MASK } from '../../host/mask/mask.ts';
import type { Project } from '../project.ts';
import { surroundingsOf } from '../wire.ts';
import { readRun } from './find-run.ts';
import { planSteps } from './plan-steps.ts';
import { plansOf } from './run-plans.ts';

export interface GivenEvent {
  readonly name: string;
  readonly data: Json;
  /** Who sends it. */
  readonly by: string;
}

export interface Sent {
  readonly id: string;
  /** `taken`: the run has it. `written`: the run is stopped, and has it when it goes on. `handed`: its process has not answered yet. */
  readonly kind: 'taken' | 'written' | 'handed';
  readonly diagnostics: readonly Diagnostic[];
}

/** How long it waits for the word of the process that drives the run, and how often it looks. */
const ANSWER_MS = 5_000;
const LOOK_MS = 100;

export async function sendEvent(project: Project, given: string, event: GivenEvent): Promise<Result<Sent>> {
  const run = await readRun(project.store, given);
  if (!run.ok) return run;
  const { id, story, plan, held } = run.value;
  const command: SignalCommand = { kind: 'signal', ...event, ticket: randomUUID() };
  const wrong = signalProblem(command);
  if (wrong !== null) return refuse(wrong);
  if (story.finished) return refuse(isOver(id, story.finished.verdict));
  const diagnostics = unawaited(plan, event.name);
  const sent = held ? await sendToLive(project, id, command) : await sendToStopped(project, id, command);
  return sent.ok ? { ok: true, value: { id, kind: sent.value, diagnostics } } : sent;
}

function refuse(diagnostic: Diagnostic): Result<never> {
  return { ok: false, diagnostics: [diagnostic] };
}

function isOver(id: string, verdict: string): Diagnostic {
  return problem(
    'RUN_OVER',
    `Run ${id} has ended with the verdict \`${verdict}\`: nothing waits for an event any more.`,
  );
}

/** A name that no step waits for is most likely mistyped; but a later plan may have one. */
function unawaited(plan: Plan | null, name: string): readonly Diagnostic[] {
  if (plan === null) return [];
  const names = [...planSteps(plan).values()].flatMap(({ node }) =>
    node.kind === 'await' && node.what.kind === 'event' ? [node.what.name] : [],
  );
  if (names.includes(name)) return [];
  const message = `No step of the workflow waits for an event \`${name}\`; it is kept.`;
  return [warning('RUN_EVENT_UNAWAITED', message, similarHint('an event', name, names))];
}

async function sendToLive(project: Project, id: string, command: SignalCommand): Promise<Result<Sent['kind']>> {
  const { store } = project;
  const sent = await store.sendCommand(id, command as unknown as Json); // a command is plain JSON
  if (!sent.ok) return sent;
  for (let waited = 0; waited < ANSWER_MS; waited += LOOK_MS) {
    const read = await store.read(id);
    const answer = read.ok ? answerTo(read.value.records, command) : undefined;
    if (answer?.accepted === true) return { ok: true, value: 'taken' };
    if (answer !== undefined) return refuse(roomProblem(command.name));
    await pause(LOOK_MS);
  }
  return { ok: true, value: 'handed' };
}

function answerTo(records: readonly Recorded[], { ticket }: SignalCommand) {
  return records.findLast(
    (record) =>
      record.type === 'command.received' &&
      record.data !== undefined &&
      isJsonObject(record.data) &&
      record.data.ticket === ticket,
  ) as Extract<Recorded, { type: 'command.received' }> | undefined; // its type was just compared
}

function roomProblem(name: string): Diagnostic {
  return problem(
    'RUN_EVENTS_FULL',
    `The run refused the event \`${name}\`: it keeps too many that no step has taken.`,
    {
      hint: 'See with `giga runs show` whether a step waits for them, and whether its `match` lets them through.',
    },
  );
}

/** The next resume goes on with it. */
async function sendToStopped(project: Project, id: string, command: SignalCommand): Promise<Result<Sent['kind']>> {
  const opened = await project.store.open(id);
  if (!opened.ok) return opened;
  const { writer, reading } = opened.value;
  try {
    const plans = await plansOf(project, reading.records);
    if (!plans.ok) return plans;
    const state = fold(surroundingsOf(project, id, plans.value), reading.records);
    const decision = decide(state, withoutSecrets(project, plans.value.get(state.planHash), command));
    const { events = [] } = decision;
    if (events.length > 0) await writer.synced(writer.append(events).at(-1)?.seq ?? -1);
    return decision.ok ? { ok: true, value: 'written' } : refuse(decision.diagnostic);
  } finally {
    await writer.close();
  }
}

function withoutSecrets(project: Project, plan: Plan | undefined, command: SignalCommand): SignalCommand {
  const secrets = (plan?.secrets ?? []).flatMap((name) => project.env[name] ?? []);
  const mask = secrets.length > 0 ? createMask(secrets) : NO_MASK;
  return { ...command, data: mask.json(command.data ?? null) };
}
