/** Joins the parts into a run that goes on: engine, journal, steps, captures, mask. Only connects; decides nothing. */
import { dirname, join } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { PriceTable } from '../core/money/prices.ts';
import type { Spender } from '../core/money/spender.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { PluginHost } from '../core/plugin.ts';
import type { ArtifactKeeper, Clock, JournalWriter, Mask, StepType } from '../core/ports.ts';
import type { Environment } from '../core/process.ts';
import { doubtsOf, requestsOf } from '../core/run/approval.ts';
import { costsOf } from '../core/run/costs.ts';
import type { Command } from '../core/run/decide.ts';
import type { Path, Recorded, RunEvent } from '../core/run/event.ts';
import type { Run, Surroundings } from '../core/run/run.ts';
import type { SignalCommand } from '../core/run/signals.ts';
import { validateJson } from '../core/schema/validate.ts';
import { type Drive, type DriveEnd, drive } from '../engine/drive.ts';
import { makeCaptureSource } from '../host/capture/index.ts';
import { createClock } from '../host/clock.ts';
import type { Trees } from '../host/git/trees.ts';
import { createMask, NO_MASK, shortSecrets } from '../host/mask/mask.ts';
import { endNotedGroups } from '../host/process/noted-groups.ts';
import { endOrphans } from '../host/process/orphans.ts';
import { createProcesses } from '../host/process/processes.ts';
import { createClaims } from '../host/store/file/claims.ts';
import { createOnceClaims } from '../host/store/file/once-claims.ts';
import { createFileWatch } from '../host/workspace/watch.ts';
import { inheritedEnvironment } from '../steps/run/environment.ts';
import { createRunStep } from '../steps/run/run.ts';
import { answerBeforehand, maskedAnswer, readAnswer } from './answers.ts';
import { admitBy, approversOf } from './approvers.ts';
import { claudeKeys } from './claude-key.ts';
import type { ModelSource, Models } from './claude-step.ts';
import { commandRunner } from './command-runner.ts';
import { settingsOf } from './config/config.ts';
import { lateCache } from './late-cache.ts';
import type { LiveRun, RunEnd } from './live-run.ts';
import type { Mcp, McpTools } from './mcp-steps.ts';
import type { Project } from './project.ts';
import { spendingOf } from './spending.ts';
import { stepTypes } from './step-types.ts';
import type { SignedVerdict } from './verdict-file.ts';
import { forgetWorktree, keptWorktree, mergesWorktree } from './worktrees.ts';

export interface Launch {
  /** As the run sees it: in its worktree, where it has one. */
  readonly project: Project;
  readonly id: string;
  readonly plan: Plan;
  readonly resumed: boolean;
  readonly writer: JournalWriter;
  /** Folded from every record so far. */
  readonly state: Run;
  /** Values of the secrets that the plan declares, by name. */
  readonly secrets: ReadonlyMap<string, string>;
  /** What it waited for when it was stopped. */
  readonly standing?: readonly Recorded[];
  /** What opens the run in this process, folded first. */
  readonly opening: readonly RunEvent[];
  /** How it deals with people. */
  readonly people?: People;
  /** Stands between the engine and the step types. */
  readonly through?: (types: StepTypes, spender: Spender) => StepTypes;
  /** No step takes the result of an earlier run. */
  readonly noCache?: boolean;
  /** Where the answers of models come from. Absent: they are asked. */
  readonly models?: ModelSource;
}
type StepTypes = ReadonlyMap<string, StepType>;

export interface People {
  /** Stays while only verdicts are waited for. */
  readonly stays?: boolean;
  /** Verdicts that were given beforehand. */
  readonly verdicts?: readonly SignedVerdict[];
}

/** As a part of a Launch: absent where nothing is said. */
export function peopleOf({ people }: { readonly people?: People }): Pick<Launch, 'people'> {
  return people === undefined ? {} : { people };
}

/** What a run is told of the world around it; constant while it is held. */
export function surroundingsOf(project: Project, id: string, plans: ReadonlyMap<string, Plan>): Surroundings {
  const runContext = { dir: dirname(project.store.logFolder(id)) };
  return { plans, validate: firstFault, admit: admitBy(approversOf(project.config)), runContext };
}

/** Null when a value satisfies a schema, else what is wrong with it first. */
export function firstFault(schema: JsonObject, value: Json): string | null {
  const [fault] = validateJson(value, schema);
  if (!fault) return null;
  return fault.path === '' ? fault.message : `\`${fault.path}\` ${fault.message}`;
}

export function launch(parts: Launch): LiveRun {
  const { project, id, plan, writer, state, secrets } = parts;
  const clock = createClock();
  const keys = claudeKeys(plan, project.env);
  const hidden = new Map([...keys, ...secrets]);
  const mask: Mask = hidden.size > 0 ? createMask(hidden.values()) : NO_MASK;
  const inherited = inheritedEnvironment(project.env, [...plan.secrets, ...keys.keys()]);
  const processes = createProcesses({ mask, workers: !hasOneStep(plan) });
  const programs = { processes, mask, secrets, inherited };
  const records = makeRecords();
  const logFolder = project.store.logFolder(id);
  const names = createClaims({
    layout: project.store.layout,
    run: id,
    cancelRun: (run) => void askToCancel(project, run),
  });
  const claims = createOnceClaims(names, project.store.once, { run: id, clock });
  let onQuestion: McpTools['elicit'];
  const servers = lateServers({
    clock,
    secrets,
    env: project.env,
    root: project.root,
    state: project.state,
    logFolder,
    elicit: async (asked, stopped) => (await onQuestion?.(asked, stopped)) ?? { action: 'decline' },
  });
  const plugins = latePlugins(project, inherited, clock);
  const cache = lateCache(project, clock, parts.noCache === true);
  const spending = spendingOf(project, id, state, clock);
  let onProgress: (node: Path, line: string) => void = () => {};
  const engine: Drive = drive({
    state,
    journal: writer,
    clock,
    mask,
    steps: spending.watch(
      (parts.through ?? ((types) => types))(
        stepTypes(
          createRunStep(programs),
          {
            clock,
            mask,
            secrets,
            models: modelsOf(parts, { project, mask, secrets, inherited, state, servers: servers.get }),
            servers: servers.get,
            plugins: plugins.get,
            purse: { spender: spending, isBounded: spending.isBounded, prices: () => pricesOf(project) },
          },
          programs,
        ),
        spending,
      ),
    ),
    files: createFileWatch({ root: project.root, clock }),
    captures: makeCaptureSource({
      root: project.root,
      clock,
      runCommand: commandRunner({ project, processes, inherited, run: id }),
      saveTree: lateTrees(project),
      mergeWorktree: async (how) => (await import('./merge-worktree.ts')).mergeRun({ project, id, plan, how }),
    }),
    claims,
    artifacts: lateArtifacts(mask),
    cache,
    run: { id, folder: logFolder, root: project.root },
    publish(record) {
      records.add(record);
      spending.hear(record);
    },
    asked: (work) => beforehand.hear(work),
    stays: parts.people?.stays === true,
    leaving: (end, seq) => leave(parts, end, seq),
    progress: (node, line) => onProgress(node, line),
  });
  const beforehand = answerBeforehand(parts.people?.verdicts ?? [], { state, clock, answer: engine.command });
  const open = (): void => {
    for (const event of parts.opening) engine.post(event);
  };
  if (parts.resumed) void endWhatWasLeft(logFolder).then(open);
  else open();
  const unwatch = unlessOverSoon(() =>
    project.store.watchInbox(id, (command) => obey(engine, command, { mask, clock }), writer.epoch),
  );
  // Nothing else may be under way while a verdict is waited for.
  const alive = setInterval(() => {}, LONG_MS);
  let signal: NodeJS.Signals | undefined;
  return {
    id,
    plan,
    logFolder,
    resumed: parts.resumed,
    ...(parts.models && parts.models !== 'record' && { models: parts.models }),
    standing: parts.standing ?? [],
    asking: requestsOf(state),
    warnings: shortSecrets(secrets),
    keptWorktree: () => keptWorktree(project, id),
    subscribe: records.subscribe,
    costs: costsOf(state),
    onProgress(listener) {
      onProgress = listener;
    },
    onQuestion(answer) {
      onQuestion = answer;
    },
    pause(given) {
      signal = given;
      engine.pause(given);
    },
    kill: () => engine.kill(),
    cancel: (by) => engine.command({ kind: 'cancel', node: '', cause: 'user', by }),
    ended: engine.ended.then(async (end): Promise<RunEnd> => {
      clearInterval(alive);
      unwatch();
      await Promise.all([servers.close(), plugins.close()]);
      await claims.flushed();
      names.close();
      cache.close();
      processes.close();
      if (end.kind === 'paused') return { kind: 'paused', ...(signal ? { signal } : {}) };
      if (end.kind === 'broken') return end;
      if (end.kind === 'waiting')
        return { ...end, requests: requestsOf(state), doubts: doubtsOf(state), unused: beforehand.unused() };
      const { verdict, outputs, counts, error, keptOver } = end.event;
      return { kind: 'finished', verdict, outputs, counts, ...(error && { error }), ...(keptOver && { keptOver }) };
    }),
  };
}

/** What a giga that was killed left at work: services, and steps, which would go on beside what is begun now. */
async function endWhatWasLeft(logFolder: string): Promise<void> {
  await Promise.all([endNotedGroups(join(dirname(logFolder), 'services')), endOrphans(logFolder)]);
}

/** Few runs have MCP servers. */
function lateServers(tools: McpTools): { readonly get: () => Promise<Mcp>; close(): Promise<void> } {
  let servers: Promise<Mcp> | undefined;
  return {
    get: () => (servers ??= import('./mcp-steps.ts').then(({ mcpOf }) => mcpOf(tools))),
    close: async () => (await servers)?.pool.close(),
  };
}

/** Few runs have plugins. */
function latePlugins(
  project: Project,
  inherited: Environment,
  clock: Clock,
): { readonly get: () => Promise<PluginHost>; close(): Promise<void> } {
  let plugins: Promise<PluginHost> | undefined;
  return {
    get: () => (plugins ??= import('./plugins.ts').then(({ pluginsOf }) => pluginsOf(project, inherited, clock))),
    close: async () => (await plugins)?.close(),
  };
}

/** Few runs save trees: what does so is loaded when the first one does. */
function lateTrees(project: Project): () => Promise<string> {
  let trees: Promise<Trees> | undefined;
  return async () => (await (trees ??= import('./saved-trees.ts').then(({ treesOf }) => treesOf(project)))).save();
}

/** Notes of the workspace what a later process asks for; a worktree that was merged is needed no more. */
async function leave({ project, id, state, plan }: Launch, end: DriveEnd, seq: number): Promise<void> {
  const keepsSome = state.counts.succeeded + state.counts.kept > 0;
  if ((mayGoOn(end) && keepsSome) || plan.workspace?.save)
    await (await import('./workspace-note.ts')).noteWorkspace(project, id, seq);
  if (!mayGoOn(end) && end.kind === 'finished' && mergesWorktree(plan)) await forgetWorktree(project, id, true);
}

/** Whether a later process may go on with the run, and would ask what became of the workspace. */
function mayGoOn(end: DriveEnd): boolean {
  if (end.kind !== 'finished') return end.kind !== 'broken';
  return end.event.verdict === 'failed' || end.event.verdict === 'cancelled';
}

/** Few runs ask what something costs. */
async function pricesOf({ config }: Project): Promise<PriceTable> {
  const [{ configuredPrices }, { priceTable }] = await Promise.all([
    import('./config/money.ts'),
    import('../core/money/prices.ts'),
  ]);
  return priceTable(configuredPrices(config));
}

/** Most runs keep no files: what does so is loaded when the first one does. */
function lateArtifacts(mask: Mask): ArtifactKeeper {
  return {
    keep: async (work, run, signal) => (await import('./io-steps.ts')).artifactKeeper(mask).keep(work, run, signal),
  };
}

/** Another run of the group is to make room: if it is over meanwhile, so much the better. */
async function askToCancel({ store }: Project, run: string): Promise<void> {
  const command = { kind: 'cancel', node: '', cause: 'user', by: 'concurrency.on-conflict' } as const satisfies Command;
  await store.sendCommand(run, command);
}

/** Cassettes stand beside the workflow, as its tests do. */
function modelsOf({ project, plan, models }: Launch, agents: Models['agents']): Models {
  const { root, state, env, config } = project;
  const name = settingsOf(config, 'models.default')[0]?.value;
  return {
    env,
    agents,
    cassettes: join(root, plan.file.replace(/\.(?:ya?ml|md)$/, '.cassettes')),
    answers: join(state, 'answers'),
    config,
    ...(models && { source: models }),
    ...(typeof name === 'string' && { model: name }),
  };
}

/** A shell that is shared costs as much as two that are not: one step gets its own. */
function hasOneStep({ root }: Plan): boolean {
  const [only, ...more] = root.bodies.flatMap((body) => body?.nodes ?? []);
  return only?.kind === 'action' && more.length === 0;
}

const SOON_MS = 100;
const LONG_MS = 2 ** 31 - 1;

/** Begins to watch after a moment, which most short runs do not last: what was left in the inbox until then is found. */
function unlessOverSoon(watch: () => () => void): () => void {
  let unwatch: (() => void) | null = null;
  const timer = setTimeout(() => {
    unwatch = watch();
  }, SOON_MS).unref();
  return () => {
    clearTimeout(timer);
    unwatch?.();
  };
}

/** A command from another process; what the core refuses changes nothing. */
function obey(engine: Drive, command: Json, { mask, clock }: { readonly mask: Mask; readonly clock: Clock }): void {
  if (!isJsonObject(command)) return;
  const asked = command as unknown as Command; // refused by the core when it is none
  if (command.kind === 'cancel' || command.kind === 'assume') engine.command(asked);
  if (asked.kind === 'signal') engine.command(mask.active ? hidden(asked, mask) : asked);
  const answer = command.kind === 'answer' ? readAnswer(command, clock.wallMs()) : null;
  if (answer !== null) engine.command(maskedAnswer(answer, mask));
}

/** An event without the secrets that may be in it. */
function hidden(command: SignalCommand, mask: Mask): SignalCommand {
  return mask.json(command as unknown as JsonObject) as unknown as SignalCommand; // it came as JSON, and masking keeps its shape
}

interface Records {
  add(record: Recorded): void;
  subscribe(listener: (record: Recorded) => void): void;
}

/** Keeps what comes before the first listener, so that none misses the beginning. */
function makeRecords(): Records {
  let early: Recorded[] | null = [];
  const listeners: ((record: Recorded) => void)[] = [];
  return {
    add(record) {
      early?.push(record);
      for (const listener of listeners) listener(record);
    },
    subscribe(listener) {
      for (const record of early ?? []) listener(record);
      early = null;
      listeners.push(listener);
    },
  };
}
