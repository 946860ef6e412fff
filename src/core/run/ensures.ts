/**
 * What must be true after the work of a node, as giga finds it: the state before is captured before the node begins, expressions are
 * evaluated, and the rest is looked at by someone else, all of it at once. A step that did nothing fails by it, as hollow.
 */

import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Capture } from '../expr/ast.ts';
import type { Json, JsonObject } from '../json.ts';
import { known } from '../known.ts';
import { DEFAULT_GRACE_MS } from '../plan/plan.ts';
import type { Ensure } from '../plan/proof.ts';
import { computedOutputs, evaluateOutputs, outputSpecs } from './computed-outputs.ts';
import type { Ensured, EnsureWork } from './effect.ts';
import { type Answer, evaluateFor, explain, isTruthy } from './evaluation.ts';
import type { AttemptEnded, Path, RunEvent } from './event.ts';
import type { Node } from './node.ts';
import { envSeen } from './resolve.ts';
import { generationOf } from './rework-cause.ts';
import type { Run } from './run.ts';
import { insideOf, type Scene, sceneOf } from './scene.ts';
import { SelfContext } from './self-context.ts';
import { captureFor } from './waiting.ts';
import { refusal } from './wishes.ts';

/** Marks captures of the state before: no expression asks for one. */
const BEFORE = 'before ';

export type EnsureAnswer =
  | { readonly kind: 'holds' }
  | { readonly kind: 'fails'; readonly error: Diagnostic }
  /** Someone is asked first, or it is over before anyone could be. */
  | { readonly kind: 'ask'; readonly event: RunEvent | null }
  | { readonly kind: 'stopped' };

const HOLDS: EnsureAnswer = { kind: 'holds' };

/** Captures the state before a node begins, where it ensures a change. */
export function askBefore(run: Run, node: Node): RunEvent | null | 'go' {
  const captures: Capture[] = [];
  for (const ensure of node.plan.ensures ?? []) {
    const capture = captureOf(run, node, ensure);
    if (capture === null) continue;
    if (capture.kind !== 'value') return refusal(run, node, capture);
    const { key } = capture.value;
    const diagnostic = node.refused?.get(key);
    if (diagnostic !== undefined) return refusal(run, node, { kind: 'error', diagnostic });
    if (!node.captured?.has(key)) captures.push(capture.value);
  }
  return captures.length === 0 ? 'go' : captureFor(run, node, { captures });
}

function captureOf(run: Run, node: Node, ensure: Ensure): Answer<Capture> | null {
  if (ensure.kind === 'commit') return { kind: 'value', value: { key: `${BEFORE}head`, kind: 'head', args: [] } };
  if (ensure.kind !== 'files-changed') return null;
  const globs = globsOf(run, node, ensure);
  if (globs.kind !== 'value') return globs;
  return { kind: 'value', value: { key: keyOf(globs.value), kind: 'state', args: globs.value } };
}

function keyOf(globs: readonly string[]): string {
  return `${BEFORE}${JSON.stringify(globs)}`;
}

/** Whether something was captured as the state before: it is that of one beginning of the node. */
export function isOfBefore(key: string): boolean {
  return key.startsWith(BEFORE);
}

function globsOf(
  run: Run,
  node: Node,
  { globs, cwd }: Ensure & { readonly kind: 'exists' | 'files-changed' },
): Answer<readonly string[]> {
  const folder = cwd === undefined ? null : evaluateFor(run, node, cwd, sceneOf(node));
  if (folder !== null && folder.kind !== 'value') return folder;
  const answer = evaluateFor(run, node, globs, sceneOf(node));
  if (answer.kind !== 'value') return answer;
  const within = folder === null || folder.value === '' ? '' : `${String(folder.value).replace(/\/+$/, '')}/`;
  const texts = (answer.value as Json[]).map(String); // the compiler makes a list
  return {
    kind: 'value',
    value: texts.map((glob) => glob.replace(/^(!?)(?:\.\/)?/, `$1${within.replaceAll('$', '$$$$')}`)),
  };
}

/** Whether what a node ensures holds now that its work has succeeded, and given these outputs. */
export function askEnsured(run: Run, node: Node, outputs: JsonObject): EnsureAnswer {
  const { ensures } = node.plan;
  if (ensures === undefined) return HOLDS;
  const scene = endScene(node, outputs);
  for (const ensure of ensures) {
    const wrong = ensure.kind === 'output' ? askOutput(run, node, ensure, scene) : null;
    if (wrong !== null) return wrong;
  }
  if (ensures.every(({ kind }) => kind === 'output')) return HOLDS;
  const look = lookOf(run, node, scene);
  if (look.kind === 'missing') return { kind: 'ask', event: captureFor(run, node, look) };
  if (look.kind === 'error') return { kind: 'fails', error: look.diagnostic };
  return askLook(run, node);
}

/** One look at all that is no expression. */
function askLook(run: Run, node: Node): EnsureAnswer {
  const checks = node.checks?.about === 'ensures' ? node.checks : null;
  if (checks?.last) {
    const error = checks.last.error ?? hollow(node.path, 'what it ensures does not hold');
    return checks.last.holds ? HOLDS : { kind: 'fails', error };
  }
  if (node.stop !== null) return { kind: 'stopped' };
  if (checks !== null) return { kind: 'ask', event: null };
  const event: RunEvent = { type: 'check.started', node: node.path, op: run.lastOp + 1, round: 1, about: 'ensures' };
  return { kind: 'ask', event };
}

function askOutput(
  run: Run,
  node: Node,
  { holds }: Ensure & { readonly kind: 'output' },
  scene: Scene,
): EnsureAnswer | null {
  const answer = evaluateFor(run, node, { kind: 'value', expression: holds }, scene);
  if (answer.kind === 'missing') return { kind: 'ask', event: captureFor(run, node, answer) };
  if (answer.kind === 'error') return { kind: 'fails', error: answer.diagnostic };
  if (isTruthy(answer.value)) return null;
  const found = explain(run, holds, scene).map(({ source, value }) => `${source} is ${brief(value)}`);
  return { kind: 'fails', error: hollow(node.path, `\`${holds.source}\` does not hold`, found.join(', ')) };
}

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** The step says that it succeeded, and what it was to bring about is not there. */
export function hollow(path: Path, what: string, found = ''): Diagnostic {
  const whose = path === '' ? 'The run' : `Step \`${path}\``;
  return problem('STEP_HOLLOW', `${whose} did its work, and ${what}.`, {
    hint: found === '' ? '`ensures` says what must be true afterwards.' : `Found: ${found}.`,
  });
}

/** What has to be looked at, evaluated, and the environment in which that is done. */
function lookOf(run: Run, node: Node, scene: Scene): Answer<Pick<EnsureWork, 'asked' | 'env'>> {
  const asked: Ensured[] = [];
  for (const ensure of known(node.plan.ensures)) {
    const one = ensure.kind === 'output' ? null : ensuredOf(run, node, ensure, scene);
    if (one !== null && one.kind !== 'value') return one;
    if (one !== null) asked.push(one.value);
  }
  const env = envSeen(run, sceneOf(node));
  return env.kind === 'value' ? { kind: 'value', value: { asked, env: env.value } } : env;
}

function ensuredOf(
  run: Run,
  node: Node,
  ensure: Exclude<Ensure, { readonly kind: 'output' }>,
  scene: Scene,
): Answer<Ensured> {
  if (ensure.kind === 'commit') {
    return { kind: 'value', value: { kind: 'commit', before: node.captured?.get(`${BEFORE}head`) ?? null } };
  }
  if (ensure.kind !== 'probe') {
    const globs = globsOf(run, node, ensure);
    if (globs.kind !== 'value') return globs;
    const before = node.captured?.get(keyOf(globs.value)) ?? null;
    return { kind: 'value', value: { kind: ensure.kind, globs: globs.value, before } };
  }
  const { action, source, secrets = [], clearEnv, graceMs = DEFAULT_GRACE_MS } = ensure;
  const request = evaluateFor(run, node, ensure.with, scene);
  if (request.kind !== 'value') return request;
  const manner = { secrets, clearEnv: clearEnv !== undefined, graceMs };
  return { kind: 'value', value: { kind: 'probe', action, source, request: request.value, ...manner } };
}

/** What is handed to whoever looks: it is evaluated again, and comes to the same. */
export function ensureWork(run: Run, node: Node, op: number): EnsureWork {
  const look = lookOf(run, node, endScene(node, endOutputs(run, node)));
  if (look.kind !== 'value') throw new Error(`Bug: \`${node.path}\` cannot say what it ensures`);
  const stepKey = `${run.id}/${node.path}/${generationOf(run, node)}`;
  return { kind: 'ensure', node: node.path, op, ...look.value, stepKey };
}

/** What a node gives now that its work is done. */
function endOutputs(run: Run, node: Node): JsonObject {
  if (node.slots === null) {
    const ended = node.ended as AttemptEnded; // it is the end of its attempt that asks
    const computed = computedOutputs(run, node, ended);
    if (computed.kind !== 'value') throw new Error(`Bug: \`${node.path}\` was asked without its outputs`);
    return { ...ended.outputs, ...computed.value.outputs };
  }
  const [scope] = node.slots.live.values();
  const specs = scope && outputSpecs(node, scope.slot);
  if (scope === undefined || specs === undefined) return {};
  const outputs = evaluateOutputs(run, node, specs, insideOf(node, scope));
  if (outputs.kind !== 'value') throw new Error(`Bug: \`${node.path}\` was asked without its outputs`);
  return outputs.value;
}

/** What a node sees at the end of its work: `self` with its outputs; a composite also the steps inside it. */
function endScene(node: Node, outputs: JsonObject): Scene {
  const [scope] = node.slots?.live.values() ?? [];
  const isSeen = scope !== undefined && node.plan.kind !== 'workflow';
  const scene: Scene = { ...sceneOf(node), from: isSeen ? scope : node.scope };
  const ended: AttemptEnded =
    node.slots === null && node.ended !== null
      ? { ...node.ended, outputs }
      : { type: 'attempt.ended', node: node.path, op: 0, outcome: 'succeeded', outputs, durationMs: 0 };
  return { ...scene, self: new SelfContext(node, ended, scene) };
}
