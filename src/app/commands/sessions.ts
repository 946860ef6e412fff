/** The conversations that a project keeps: what there is, whose it is, and removing them. Knows no terminal. */
import { join } from 'node:path';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { costOf, priceTable } from '../../core/money/prices.ts';
import { similarHint } from '../../core/nearest.ts';
import type { SessionEntry, SessionStore } from '../../core/sessions.ts';
import { createSessions } from '../../host/store/file/sessions.ts';
import type { Message } from '../../steps/claude/conversation.ts';
import { type Standing, standingOf } from '../../steps/claude/transcript.ts';
import { configuredPrices } from '../config/money.ts';
import type { Project } from '../project.ts';

export interface KeptSession extends SessionEntry {
  /** Null where the session is damaged, or one of an older version. */
  readonly run: string | null;
  readonly step: string | null;
  readonly model: string | null;
  /** The session of which it is a branch. */
  readonly from: string | null;
  /** `answered`, `open`, `damaged`, or the code of the failure with which it ended. */
  readonly state: string;
  /** Answers of the model, without those of the session of which it is a branch. */
  readonly turns: number;
  readonly messages: number;
  /** Of prompts and answers. */
  readonly tokens: number;
  /** At list prices, whoever answered; null where nobody knows one. */
  readonly listPriceUsd: number | null;
}

export interface WholeSession extends KeptSession {
  readonly system: string | null;
  readonly said: readonly Message[];
  /** How many of them were said in the session of which it is a branch. */
  readonly copied: number;
}

export function sessionsOf(project: Project): SessionStore {
  return createSessions(join(project.state, 'sessions'));
}

/** The latest first. */
export async function listSessions(project: Project): Promise<Result<readonly WholeSession[]>> {
  const store = sessionsOf(project);
  const entries = store.list();
  if (!entries.ok) return entries;
  const runs = await project.store.list();
  const prices = priceTable(configuredPrices(project.config));
  const sessions: WholeSession[] = [];
  for (const entry of entries.value) sessions.push(await readSession(store, entry, runs, prices));
  return { ok: true, value: sessions.toSorted((a, b) => b.changedAt - a.changedAt || (a.name < b.name ? -1 : 1)) };
}

async function readSession(
  store: SessionStore,
  entry: SessionEntry,
  runs: readonly string[],
  prices: ReturnType<typeof priceTable>,
): Promise<WholeSession> {
  const opened = await store.open(entry.name);
  const standing = opened.ok ? standingOf(opened.value.lines) : null;
  if (opened.ok) opened.value.close();
  const opening = standing?.opening ?? null;
  return {
    ...entry,
    run: opening?.run ?? runs.find((run) => entry.name.startsWith(`${run}-`)) ?? null,
    step: opening?.step ?? null,
    model: standing?.models.at(-1) ?? opening?.model ?? null,
    from: opening?.from ?? null,
    state: stateOf(standing),
    turns: standing?.turns ?? 0,
    messages: standing?.messages.length ?? 0,
    tokens: standing === null ? 0 : tokensIn(standing),
    listPriceUsd: standing === null ? null : priceIn(standing, prices),
    system: opening?.system ?? null,
    said: standing?.messages ?? [],
    copied: standing?.copied ?? 0,
  };
}

function stateOf(standing: Standing | null): string {
  if (standing === null || standing.messages.length === 0) return 'damaged';
  return standing.ended ?? 'open';
}

function tokensIn({ usage }: Standing): number {
  return usage.input + usage.output + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}

function priceIn({ models, usage }: Standing, prices: ReturnType<typeof priceTable>): number | null {
  const [model, ...others] = models;
  if (model === undefined || others.length > 0) return null;
  const { cacheWrite5m: cacheWrite, ...rest } = usage;
  const cost = costOf(model, { ...rest, cacheWrite }, {}, prices);
  return cost === 'unknown' ? null : cost.usd;
}

/** By the beginning of its name, or by its step; of several of a step, the latest. */
export function findSession(sessions: readonly WholeSession[], name: string, step?: string): Result<WholeSession> {
  if (step !== undefined) {
    const ofRun = sessions.filter(({ run }) => run?.startsWith(name.toLowerCase()));
    const [found] = ofRun.filter((one) => one.step === step);
    if (found !== undefined) return { ok: true, value: found };
    const steps = ofRun.flatMap((one) => one.step ?? []);
    const message =
      ofRun.length === 0
        ? `No run "${name}" has conversations.`
        : `Step "${step}" of run "${name}" has no conversation.`;
    return refuse(message, steps.length === 0 ? {} : similarHint('one', step, steps));
  }
  const found = sessions.filter((one) => one.name.startsWith(name));
  const exact = found.find((session) => session.name === name) ?? (found.length === 1 ? found[0] : undefined);
  const one = exact ?? sessions.find((session) => session.step === name);
  if (one !== undefined && name !== '') return { ok: true, value: one };
  if (found.length === 0 || name === '') {
    const names = sessions.flatMap((session) => [session.name, session.step ?? session.name]);
    const hint = { hint: '`giga claude sessions list` shows what there is.', ...similarHint('one', name, names) };
    return refuse(`There is no conversation "${name}".`, hint);
  }
  const some = found.slice(0, 5).map((session) => session.name);
  const more = found.length > 5 ? `, and ${found.length - 5} more` : '';
  return refuse(`${found.length} conversations begin with "${name}": ${some.join(', ')}${more}.`, {
    hint: 'Write more of the name, or a run and a step.',
  });
}

function refuse(message: string, more: { readonly hint?: string }): Result<never> {
  return { ok: false, diagnostics: [problem('CLI_UNKNOWN_SESSION', message, more)] };
}

/** One of a run that is at work may be written at any moment. */
export async function removeSession(
  project: Project,
  { name, run }: KeptSession,
  isDry: boolean,
): Promise<Result<void>> {
  const holder = run === null ? null : await project.store.holder(run);
  if (holder !== null) {
    const message = `The conversation \`${name}\` is of run ${run}, which is at work (process ${holder.pid} on ${holder.host}).`;
    return { ok: false, diagnostics: [problem('RUN_HELD', message, { hint: 'Wait for its end, or stop it.' })] };
  }
  return isDry ? { ok: true, value: undefined } : sessionsOf(project).remove(name);
}

/** The conversations of a run that is gone. What cannot be removed stays, and is told. */
export function forgetSessions(project: Project, run: string): ReturnType<SessionStore['ofRun']> {
  const store = sessionsOf(project);
  const entries = store.ofRun(run);
  if (!entries.ok) return entries;
  for (const { name } of entries.value) {
    const removed = store.remove(name);
    if (!removed.ok) return removed;
  }
  return entries;
}
