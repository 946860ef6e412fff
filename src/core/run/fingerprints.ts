/** The fingerprints of nodes: what they are and do, over those of what they depend on. Knows digests, not what is kept by them. */

import { type FingerprintParts, fingerprintOf, shownValue } from '../fingerprint.ts';
import { canonical, digest, isJsonObject, type Json, sha256 } from '../json.ts';
import { known } from '../known.ts';
import { promptNotes } from '../plan/claude-request.ts';
import { type FilesRead, fileNotes } from '../plan/files.ts';
import type { ActionNode } from '../plan/plan.ts';
import { childAround, inputsAt } from './home.ts';
import { inputsReadBy, inputsReadIn } from './inputs-read.ts';
import type { Node } from './node.ts';
import type { Resolved } from './resolve.ts';
import type { Run } from './run.ts';
import type { Scope } from './scope.ts';

/** The fingerprint of an action that is about to start. */
export function actionPrint(
  run: Run,
  node: Node,
  plan: ActionNode,
  {
    request,
    env,
    artifacts,
    files,
  }: Pick<Resolved, 'request' | 'env' | 'artifacts'> & { readonly files: FilesRead | null },
): { readonly fingerprint: string; readonly parts: FingerprintParts } {
  const values: Record<string, Json> = {
    definition: plan.digest,
    ...withoutPromptFile(requestParts(plan, request)),
  };
  if (artifacts !== null) values['artifacts'] = artifacts as unknown as Json; // plain JSON
  if (files !== null) values['files'] = files.digest;
  for (const [name, value] of Object.entries(env)) values[`env.${name}`] = value as Json; // SecretText is plain JSON with names only
  const notes: Record<string, string> = { ...fileNotes(files), ...promptNotes(request) };
  const inputs = inputsAt(run, node.scope);
  for (const name of inputsReadBy(run, plan)) notes[`input ${name}`] = shownValue(inputs[name] ?? null);
  // Those of the run stand still; those of a child workflow do not, and what is computed at its end is kept with a step.
  if (childAround(node.scope) !== null)
    for (const name of inputsReadIn(plan.outputs)) values[`input ${name}`] = shownValue(inputs[name] ?? null);
  return fingerprintOf({ ...edgeParts(node), ...values }, notes);
}

/** The fingerprint of a leaf that giga does itself, from what it evaluates to. */
export function leafPrint(node: Node, value: Json): string {
  return fingerprintOf({ ...edgeParts(node), definition: node.plan.digest, value }).fingerprint;
}

/** The parts of a request, by the names that users know. */
export function requestParts(plan: ActionNode, request: Json): Record<string, Json> {
  if (!isJsonObject(request)) return { with: request };
  if (plan.action !== 'run') return { ...request };
  const { script, argv, values, cwd, stdin, ...options } = request;
  return {
    run: script ?? argv ?? null,
    ...(isJsonObject(values) && Object.keys(values).length > 0 && { values }),
    ...(cwd && { cwd }),
    ...(stdin !== undefined && { stdin }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

/** Its text is part of the definition, and what changed in it is noted. */
function withoutPromptFile({ promptFile: _file, ...parts }: Record<string, Json>): Record<string, Json> {
  return parts;
}

/** What a node depends on, and what the nodes around it depend on. */
function edgeParts(node: Node): Record<string, Json> {
  const scope = node.scope as Scope; // nothing depends on the run itself
  const parts: Record<string, Json> = {};
  const within = withinPrint(scope.owner);
  if (within !== '') parts.within = within;
  const before = scope.owner.plan.kind === 'loop' ? scope.owner.slots?.results[scope.slot - 1] : null;
  if (before) parts['the iteration before'] = shortPrint(before.print);
  const ofList = (node.plan.kind === 'each' && node.plan.each?.listNeeds) || [];
  for (const index of node.plan.needs) {
    if (ofList.includes(index)) continue;
    const need = scope.nodes[index] as Node; // needs are indexes into the scope
    parts[`needs ${need.plan.id}`] = shortPrint(printOf(need));
  }
  const after = node.plan.after ?? 0;
  if (after > 0) parts[`needs ${(scope.nodes[after - 1] as Node).plan.id}`] = shortPrint(prefixPrint(scope, after));
  return parts;
}

/** Digits of a need's print in a part: enough to prove by. */
const NEED_DIGITS = 16;

function shortPrint(print: string): string {
  return print.slice(0, NEED_DIGITS);
}

/** The digest of what every member of a composite depends on through it. */
function withinPrint(owner: Node): string {
  if (owner.scope === null || owner.slots === null) return '';
  if (owner.slots.within !== null) return owner.slots.within;
  const edges = edgeParts(owner);
  owner.slots.within = Object.keys(edges).length === 0 ? '' : digest(edges);
  return owner.slots.within;
}

/**
 * The digest of a settled node, over all that it depends on; made when first asked for. It also says how the node
 * ended, since what follows a failure is not what follows a success. Walks without recursion: chains may be long.
 */
function printOf(node: Node): string {
  const path: { readonly node: Node; need: number }[] = [{ node, need: 0 }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const missing = missingNeed(top);
    if (missing === null) {
      finishPrint(top.node);
      path.pop();
    } else path.push({ node: missing, need: 0 });
  }
  return known(node.print);
}

/** The next node whose print this one needs and that has none. */
function missingNeed(at: { readonly node: Node; need: number }): Node | null {
  const { node } = at;
  const { scope } = node;
  if (node.print !== null || node.fingerprint !== null || scope === null) return null;
  for (; at.need < node.plan.needs.length; at.need++) {
    const need = scope.nodes[node.plan.needs[at.need] as number] as Node; // both are indexes in range
    if (need.print === null) return need;
  }
  return extendPrefix(scope, node.plan.after ?? 0);
}

/** Makes the digests of a list's beginnings as far as prints are known; gives the first member without one. */
function extendPrefix(scope: Scope, until: number): Node | null {
  while (scope.prints.length < until) {
    const member = scope.nodes[scope.prints.length] as Node; // below the length
    if (member.print === null) return member;
    scope.prints.push(sha256(`${scope.prints.at(-1) ?? ''} ${member.print}`));
  }
  return null;
}

function prefixPrint(scope: Scope, until: number): string {
  for (let missing = extendPrefix(scope, until); missing !== null; missing = extendPrefix(scope, until))
    printOf(missing);
  return known(scope.prints[until - 1]);
}

function finishPrint(node: Node): void {
  if (node.print !== null) return;
  const own = node.fingerprint ?? sha256(canonical({ ...edgeParts(node), own: ownPrint(node) }));
  node.print = sha256(`${own} ${classOf(node)}`);
}

/** How a node ended, for those that depend on it: of a service that it served, whatever became of it then. */
function classOf({ result, service }: Node): string {
  return result === 'kept' || service !== null ? 'succeeded' : String(result);
}

/** What a node without a fingerprint is: its definition with what became of it. */
function ownPrint(node: Node): string {
  if (node.slots === null) return `${node.plan.digest} ${canonical(node.outputs)}`;
  const slots = node.slots.results.map((slot, index) => `${index} ${slot?.print ?? ''}`).join();
  const { items } = node.slots;
  return items === null ? slots : `${canonical([items.keys, items.values])} ${slots}`;
}

/** What the members of a closed scope come to, for what depends on the composite: of a race the winner, since the others may end in any way. */
export function scopePrint(scope: Scope, winner: number | null): string {
  const counting = winner === null ? scope.nodes : scope.nodes.slice(winner, winner + 1);
  const lines = counting.map((node) => `${classOf(node)} ${node.fingerprint ?? ownPrint(node)}`);
  return sha256(lines.join('\n'));
}
