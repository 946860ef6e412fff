/** Random steps that hold no others. Knows what may be said of each kind, and nothing of how it runs. */
import type { Template } from '../core/expr/ast.ts';
import type { ActionNode, ApproveNode, Awaited, AwaitNode, NodeBase, PlanNode } from '../core/plan/plan.ts';
import type { Ensure, Probe, Verify } from '../core/plan/proof.ts';
import { type Around, type Making, mayBeOdd, mayTime } from './random-steps.ts';
import { makeValue } from './random-values.ts';
import { isAnswered, LOOK_REQUEST, VALUES } from './random-world.ts';
import { binary, call, list, literal, object, plain, read, value } from './words.ts';

/** A step without others inside; `back`: ids of the members that it depends on. */
export function makeLeaf(making: Making, around: Around, base: NodeBase, back: readonly string[]): PlanNode {
  const { chance } = making;
  const given = makeValue(chance, around.sight);
  const form = chance.below(20);
  const mayGoBack = making.isOdd && back.length > 0 && chance.once(3);
  if (form < 11 && !mayGoBack) return makeAction(making, around, base, given);
  const { ensures: _ensures, retry: _retry, ...bare } = base; // what the language refuses there
  if (mayGoBack) return makeApproval(making, bare, given, back);
  if (form < 13) return { ...bare, kind: 'set', values: object({ v: given, w: list([given]) }) };
  if (form === 13) return { ...bare, kind: 'fail', message: plain('No.') };
  if (form === 14) return { ...bare, kind: 'wait', for: plain(chance.pick(['1s', '20ms', '1m1s', 'soon'])) };
  return form < 17 ? makeAwait(making, around, bare) : makeApproval(making, bare, given, back);
}

function makeAction(making: Making, around: Around, base: NodeBase, given: Template): ActionNode {
  const { chance } = making;
  const request = { with: object({ script: given }), kind: 'action' } as const;
  if (chance.once(14)) {
    const { ensures: _ensures, retry: _retry, claim: _claim, ...bare } = base; // it would hold its lock while others wait for it
    return { ...bare, ...request, action: 'service' };
  }
  return {
    ...base,
    ...request,
    action: 'run',
    ...(chance.once(9) && { env: { E: chance.once(3) ? value(call('__envRun', literal('date'))) : plain('e') } }),
    ...(chance.once(7) && { outputs: makeOutputs(making) }),
    ...limitsOf(making),
    ...guardOf(making),
    ...onceOf(making, base.id, around),
    ...(chance.once(12) && { files: plain({ cwd: '', globs: ['**'] }) }),
    ...(chance.once(12) && { cache: { with: plain({ inputs: null, outputs: [], key: 1, env: [], ttlMs: null }) } }),
    ...(chance.once(20) && { graceMs: 50 }),
    ...(chance.once(20) && { clearEnv: true }),
    ...(chance.once(20) && { artifacts: plain({ paths: ['*.txt'], ifNone: 'ignore' }) }),
  };
}

function makeOutputs({ chance }: Making): NonNullable<NodeBase['outputs']> {
  if (chance.once(8)) return { v: { value: value(call('fromJSON', literal('{'))) } };
  return {
    v: { value: chance.once(2) ? value(read('self.outputs.v')) : plain('v2') },
    u: { value: value(read('self.result')) },
  };
}

function limitsOf(making: Making): Partial<ActionNode> {
  const { chance } = making;
  if (!chance.once(7) || !mayTime(making)) return {};
  return {
    ...(chance.once(2) && { timeoutMs: chance.between(1, 4_000) }),
    ...(chance.once(2) && { totalTimeoutMs: chance.between(1, 6_000) }),
    ...(chance.once(3) && { idleTimeoutMs: chance.between(1, 4_000) }),
  };
}

/** What is done in another step, and looked at. */
const LOOK: Probe = { kind: 'probe', action: 'run', with: plain(LOOK_REQUEST), source: 'look' };

function guardOf(making: Making): Partial<ActionNode> {
  const { chance } = making;
  if (!making.isOdd || !chance.once(2)) return {};
  making.isBeyond = making.isTimed = true; // an attempt that is cut off is in doubt
  const verify = chance.pick<Verify | null>([
    LOOK,
    LOOK,
    { kind: 'condition', holds: binary(call('hashFiles', literal('**')), '==', literal('v1')) },
    null,
  ]);
  const retry = chance.once(4) ? {} : { retry: { attempts: 3, delayMs: 5, backoff: 'constant', factor: 1 } as const };
  return { idempotent: false, ...(verify !== null && { verify }), ...retry };
}

/** A key that others have as well is taken by whoever is first. */
function onceOf(making: Making, id: string, { isRepeated, depth }: Around): Pick<ActionNode, 'once'> {
  if (!making.chance.once(making.isOdd ? 3 : 6)) return {};
  const isShared = mayBeOdd(making);
  making.isTimed ||= isShared;
  if (isShared) return { once: plain(`a key at ${depth}`) }; // a hook that waits for the key of its step would do so for ever
  return isRepeated || depth > 0 ? {} : { once: plain(`key of ${id}`) };
}

/** What a step ensures; `given`: where what it gave is read. */
export function makeEnsures({ chance }: Making, given: string): readonly Ensure[] {
  const output: Ensure = { kind: 'output', holds: binary(read(given), '!=', literal(chance.pick(VALUES))) };
  return chance.pick<readonly Ensure[]>([
    [output],
    [LOOK],
    [output, { kind: 'exists', globs: plain(['a']) }],
    [{ kind: 'files-changed', globs: plain(['a', '!b']) }, { kind: 'commit' }],
  ]);
}

/** Without a time limit only what comes some day: else the run would wait for ever. */
function patience(making: Making, id: string): { readonly timeoutMs?: number } {
  const { chance } = making;
  if (!isAnswered(making.seed, id)) return { timeoutMs: 1_100 }; // nothing comes, however long it takes
  return chance.once(4) && mayTime(making) ? { timeoutMs: chance.between(1, 4_000) } : {};
}

function makeAwait(making: Making, around: Around, base: NodeBase): AwaitNode {
  return { ...base, kind: 'await', what: makeAwaited(making, around, base.id), ...patience(making, base.id) };
}

function makeAwaited(making: Making, around: Around, id: string): Awaited {
  const { chance } = making;
  const form = chance.below(4);
  if (form === 0 && !around.isRepeated) {
    if (!isAnswered(making.seed, id)) return { kind: 'event', name: `${id}-never` };
    const data = chance.pick(VALUES);
    const sent = chance.once(2) ? [data] : [chance.pick(VALUES), data];
    for (const one of sent)
      making.signals.push({ afterMs: chance.between(1, 5_000), name: `e-${id}`, data: one, by: 'someone' });
    making.signals.sort((a, b) => a.afterMs - b.afterMs);
    return {
      kind: 'event',
      name: `e-${id}`,
      ...(chance.once(2) && { match: binary(read('event'), '==', literal(data)) }),
    };
  }
  if (form === 1) return { kind: 'file', path: plain('a.txt') };
  if (form === 2) return { kind: 'probe', action: 'run', with: plain(LOOK_REQUEST), source: 'look', everyMs: 200 };
  const until = isAnswered(making.seed, id) ? binary(call('now'), '==', literal('due')) : makeNever();
  return { kind: 'condition', until, everyMs: chance.pick([90, 700]) };
}

function makeNever() {
  return binary(literal(1), '==', literal(2));
}

function makeApproval(making: Making, base: NodeBase, message: Template, back: readonly string[]): ApproveNode {
  const { chance } = making;
  const isText = message.kind === 'literal';
  const limit = patience(making, base.id);
  const usual = limit.timeoutMs !== undefined && chance.once(2) ? { default: chance.pick(['approve', 'reject']) } : {};
  const asked = {
    kind: 'approve',
    message: isText ? message : plain('Go on?'),
    options: ['approve', 'reject'],
  } as const;
  const more = {
    ...(chance.once(5) && { show: plain('All of it.') }),
    ...(chance.once(5) && { approvers: ['someone'] }),
  };
  const whole = { ...base, ...asked, ...limit, ...usual, ...more };
  if (back.length > 0 && mayBeOdd(making)) {
    making.isTimed = true; // who had not begun yet is done once, and not again
    return { ...whole, onReject: { to: chance.pick(back), max: chance.between(1, 2) } };
  }
  return chance.once(3) ? { ...whole, onReject: 'skip' } : whole;
}
