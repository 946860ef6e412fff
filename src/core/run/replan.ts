/** Starts a run anew under a plan, with what succeeded before as its first cache. Knows fingerprints, not how they are made. */

import type { Json, JsonObject } from '../json.ts';
import { known } from '../known.ts';
import { isComposite, isGuarded, isService } from '../plan/plan.ts';
import { doubtOf } from './doubt.ts';
import { hidesFiles, isStale } from './drift.ts';
import type { Effect } from './effect.ts';
import { isOfBefore } from './ensures.ts';
import type { Cause, DoubtCause, Path, RunEvent } from './event.ts';
import { withoutFiles } from './files-read.ts';
import { againBefore } from './join.ts';
import type { Node } from './node.ts';
import { barePath, isAtOrIn } from './plan-paths.ts';
import { type Run, setPlan } from './run.ts';

/** A success that may stand for a later one of the same fingerprint. */
export interface Success {
  /** Under which it is remembered. */
  readonly key: string;
  readonly fingerprint: string;
  readonly parts: Readonly<Record<string, string>> | null;
  readonly outputs: JsonObject;
  readonly attempt: number;
  readonly endedAt: number;
  readonly durationMs: number;
  /** How often the workspace had been changed by others by then. */
  readonly drifts: number;
}

/** What outlives a plan, of one leaf. */
export interface Carried {
  readonly anonymous: boolean;
  readonly attempts: number;
  readonly interruptions: number;
  readonly captured: ReadonlyMap<string, Json> | null;
  readonly success: Success | null;
  /** Of a step that must not be done twice: why it is not known whether it was. */
  readonly doubt: DoubtCause | null;
  /** Its success was undone. */
  readonly undone?: true;
}

export interface Layer {
  readonly byPath: ReadonlyMap<Path, Carried>;
  /** Steps without a name of their own, by fingerprint: each stands for one. */
  readonly byPrint: Map<string, Success[]>;
}

/** Which steps a command wants to run, or not. */
export interface Selection {
  readonly rerun: readonly Path[];
  readonly downstream: boolean;
  readonly only: readonly Path[] | null;
  /** What may have read files that changed since is not kept. */
  readonly strict: boolean;
}

export function replan(run: Run, event: Extract<RunEvent, { readonly type: 'run.replanned' }>): readonly Effect[] {
  if (run.memory === null) throw new Error('Bug: a plan is replaced right after the journal was folded, never later');
  const memory = run.memory;
  for (const node of run.nodes) if (node !== undefined && node.state !== 'settled') carryOut(memory, node);
  const stops: Effect[] = [...run.ops].map(([op, open]) => ({ type: 'stop', op, node: open.node.path }));
  run.layer = layerOf(memory);
  run.selection = selectionOf(event);
  run.memory = run.replaying ? new Map(memory) : null;
  setPlan(run, event.plan);
  return stops;
}

function selectionOf(event: Extract<RunEvent, { readonly type: 'run.replanned' }>): Selection | null {
  if (event.rerun === undefined && event.only === undefined) return null;
  const { rerun = [], downstream = false, only = null, strict = false } = event;
  return { rerun, downstream, only, strict };
}

function layerOf(memory: ReadonlyMap<Path, Carried>): Layer {
  const byPrint = new Map<string, Success[]>();
  for (const { anonymous, success } of memory.values()) {
    if (!anonymous || success === null) continue;
    const same = byPrint.get(success.fingerprint);
    if (same === undefined) byPrint.set(success.fingerprint, [success]);
    else same.push(success);
  }
  return { byPath: new Map(memory), byPrint };
}

/** Keeps what a later plan may start from; costs nothing once the run went on. */
export function remember(run: Run, node: Node): void {
  const { memory } = run;
  if (memory === null || node.ending || isComposite(node.plan)) return;
  const success = successOf(node); // also of what `verify`, or a person, says was done before
  const worked = node.begun || node.result === 'kept' || success !== null;
  if (!worked && capturedBy(node) === null) return;
  const key = success?.key ?? node.path;
  // Who was passed over has what it had: it may be kept when its turn comes.
  carry(memory, node, key, success ?? (worked && !isStill(node) ? null : (memory.get(key)?.success ?? null)), 0);
}

/** What an unsettled leaf hands on: it is in the middle of an attempt, or had no turn yet. */
function carryOut(memory: Map<string, Carried>, node: Node): void {
  if (isComposite(node.plan) || (node.attempts === 0 && capturedBy(node) === null)) return;
  const success = node.begun && !isStill(node) ? null : (memory.get(node.path)?.success ?? null);
  carry(memory, node, node.path, success, node.interruptions);
}

function carry(
  memory: Map<string, Carried>,
  node: Node,
  key: string,
  success: Success | null,
  interruptions: number,
): void {
  const { anonymous, attempts } = node;
  const captured = capturedBy(node);
  memory.set(key, { anonymous, attempts, interruptions, captured, success, doubt: doubtLeft(node) });
}

/** What it took for itself, also while `verify` takes its own. */
function capturedBy({ captured, doubt }: Node): Node['captured'] {
  return doubt?.setAside ? doubt.setAside.captured : captured;
}

/** What it did before stands: nobody has said yet that it is to be done again. */
function isStill({ doubt }: Node): boolean {
  return doubt?.why === 'changed';
}

/** What is not known of an effect, however the step settled. */
function doubtLeft({ plan, result, doubt, ended }: Node): DoubtCause | null {
  if (!isGuarded(plan) || result === 'succeeded' || result === 'kept') return null;
  if (doubt !== null) return doubt.why;
  if (ended === null) return null;
  if (ended.outcome === 'succeeded') return 'unproven';
  return ended.outcome === 'cancelled' ? 'cut-off' : 'failed';
}

function successOf(node: Node): Success | null {
  const { path, fingerprint, parts, outputs, attempts, endedAt, durationMs, drifts } = node;
  if (fingerprint === null || (node.result !== 'succeeded' && node.result !== 'kept')) return null;
  // A path says nothing of a step without a name of its own: another may stand there in the next plan.
  const key = node.anonymous ? namelessKey(fingerprint, path) : path;
  return { key, fingerprint, parts, outputs: outputs ?? {}, attempt: attempts, endedAt, durationMs, drifts };
}

function namelessKey(fingerprint: string, path: Path): string {
  return `~${fingerprint}~${path}`;
}

/** Of equal steps without a name each takes its own success first, so that none takes what another is remembered by. */
function pick(successes: readonly Success[], fingerprint: string, path: Path): number {
  const own = successes.findIndex(({ key }) => key === namelessKey(fingerprint, path));
  return Math.max(own, 0);
}

function takeNameless(run: Run, { path }: Node, fingerprint: string): Success | undefined {
  const successes = run.layer?.byPrint.get(fingerprint);
  return successes?.splice(pick(successes, fingerprint, path), 1)[0];
}

/** An attempt begins: what succeeded here before no longer stands for anything. */
export function forgetSuccess(run: Run, node: Node): void {
  run.memory?.delete(node.path);
  const stale = node.anonymous ? takeNameless(run, node, known(node.fingerprint)) : undefined;
  if (stale !== undefined) run.memory?.delete(stale.key);
  if (!run.replaying) run.memory = null; // the run goes on: a new plan needs a new fold
}

/** What succeeded at these paths, and inside them, no longer stands for anything. */
export function forgetWithin(run: Run, paths: readonly Path[], more: Pick<Carried, 'undone'> = {}): void {
  const named = new Set(paths);
  for (const [key, carried] of run.memory ?? []) {
    const path = carried.anonymous && key.startsWith('~') ? key.slice(key.indexOf('~', 1) + 1) : key;
    if (!isAtOrIn(named, path)) continue;
    if (carried.anonymous) run.memory?.delete(key);
    else run.memory?.set(key, { ...carried, success: null, ...more });
  }
}

/** A new node goes on counting where an earlier plan left off. */
export function carryIn(run: Run, node: Node): void {
  if (run.layer === null || node.anonymous || isComposite(node.plan)) return;
  const carried = run.layer.byPath.get(node.path);
  if (carried === undefined) return;
  node.attempts = carried.attempts;
  node.interruptions = carried.interruptions;
  if (carried.doubt !== null && isGuarded(node.plan)) node.doubt = doubtOf(carried.doubt);
  node.captured = withoutFiles(carried.captured);
  // The state before is that of one beginning: what has succeeded begins anew.
  if (carried.success !== null)
    for (const key of node.captured?.keys() ?? []) if (isOfBefore(key)) node.captured?.delete(key);
}

/** What a step did under an earlier plan, whether it still stands for it or not. */
export function successAt(run: Run, node: Node): Success | null {
  return node.anonymous ? null : (run.layer?.byPath.get(node.path)?.success ?? null);
}

/** Whether it is worth evaluating a node before it has a place to start. */
export function mayBeKept(run: Run, node: Node): boolean {
  if (run.layer === null || node.ending || node.sentBack || node.scope?.anew) return false;
  if (run.undone.size > 0 && isAtOrIn(run.undone, node.path)) return false;
  return node.anonymous ? run.layer.byPrint.size > 0 : Boolean(run.layer.byPath.get(node.path)?.success);
}

/** The success that stands for this node, if its fingerprint still holds and no command says otherwise. */
export function keptFor(run: Run, node: Node, fingerprint: string): Success | null {
  if (!mayBeKept(run, node) || runsAgain(run, node)) return null;
  const nameless = node.anonymous ? (run.layer?.byPrint.get(fingerprint) ?? []) : [];
  const success = node.anonymous
    ? nameless[pick(nameless, fingerprint, node.path)]
    : run.layer?.byPath.get(node.path)?.success;
  if (run.selection?.strict === true && success && isStale(run, node, success)) return null;
  return success?.fingerprint === fingerprint ? success : null;
}

/** A node was kept: it takes over what is known of the success, which stands for no other. */
export function takeKept(
  run: Run,
  node: Node,
  { attempt, endedAt }: Extract<Cause, { readonly kind: 'kept' }>,
  fingerprint: string,
): void {
  node.attempts = attempt;
  node.endedAt = endedAt;
  node.fingerprint = fingerprint;
  const success = node.anonymous ? takeNameless(run, node, fingerprint) : run.layer?.byPath.get(node.path)?.success;
  if (success) run.memory?.delete(success.key);
  node.parts = success?.parts ?? null;
  node.durationMs = success?.durationMs ?? 0;
  node.drifts = success?.drifts ?? 0;
}

/** Whether a node is to be done again whatever there is: by a command, or sent back by a rejection. */
export function isAskedAgain(run: Run, node: Node): boolean {
  return node.sentBack || runsAgain(run, node);
}

/** Whether a command names this node, or what it depends on, to run again. */
function runsAgain(run: Run, node: Node): boolean {
  const { selection } = run;
  if (selection === null) return false;
  if (isListed(selection.rerun, node.path)) return true;
  if (!selection.downstream) return false;
  for (let at: Node | undefined = node; at !== undefined; at = at.scope?.owner)
    if (againBefore(at) || againInLoop(at)) return true;
  return false;
}

/** Whether an earlier iteration runs again: later ones come after it. */
function againInLoop({ scope }: Node): boolean {
  return scope?.owner.plan.kind === 'loop' && scope.slot >= 0 && scope.owner.slots?.again === true;
}

/** Whether what depends on a settled node runs again because of it. */
export function spreadsAgain(run: Run, node: Node): boolean {
  if (run.selection?.downstream !== true) return false;
  return node.slots?.again === true || runsAgain(run, node) || ranForStrict(run, node);
}

/** Under `strict` what depends on a step that ran runs again: what that read may have changed. */
function ranForStrict({ selection }: Run, node: Node): boolean {
  return selection?.strict === true && hidesFiles(node) && node.result === 'succeeded';
}

/** Whether a command leaves this leaf out. What a run does at its end, or a child workflow that did something, and what only computes, is never left out. */
export function isLeftOut(run: Run, node: Node): boolean {
  const { only = null, downstream = false } = run.selection ?? {};
  if (only === null || node.ending || node.scope?.anew || node.plan.kind === 'set') return false;
  if (isService(node.plan) || isListed(only, node.path)) return false;
  return !(downstream && runsAgain(run, node));
}

/** By a path of its own, that of something around it, or one without items and iterations, which means all of them. */
function isListed(paths: readonly Path[], path: Path): boolean {
  const isIn = (at: Path, listed: Path): boolean =>
    at === listed || (at.startsWith(listed) && '/[#'.includes(at.charAt(listed.length)));
  const bare = barePath(path);
  return paths.some((listed) => isIn(path, listed) || isIn(bare, listed));
}
