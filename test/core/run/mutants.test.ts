/** Planted bugs: one line of the core is changed, and the property test must notice within 1,000 runs. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decide } from '../../../src/core/run/decide.ts';
import { evolve } from '../../../src/core/run/evolve.ts';
import { fold } from '../../../src/core/run/fold.ts';
import { next } from '../../../src/core/run/next.ts';
import { newRun } from '../../../src/core/run/run.ts';
import { viewRun, viewSteps } from '../../../src/core/run/view.ts';
import { MOVES, PLANS } from './random-plans.ts';
import { type Core, live, newStats } from './simulate.ts';

interface Mutant {
  readonly bug: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** At which it is found soon; else `SEED`. */
  readonly seed?: number;
}

const MUTANTS: readonly Mutant[] = [
  {
    bug: 'a step is kept by the files that it read before',
    file: 'replan.ts',
    from: 'node.captured = withoutFiles(carried.captured)',
    to: 'node.captured = new Map(carried.captured)',
  },
  {
    bug: 'strict keeps what stands over a changed workspace',
    file: 'drift.ts',
    from: 'return hidesFiles(node) && success.drifts < run.drifts',
    to: 'return hidesFiles(node) && success.drifts > run.drifts',
  },
  {
    bug: 'a verdict leaves out what was kept over changes',
    file: 'drift.ts',
    from: 'if (drifts < run.drifts) steps++',
    to: 'if (drifts > run.drifts) steps++',
  },
  {
    bug: 'what was rewound is tried under the same numbers again',
    file: 'rewind.ts',
    from: 'Math.max(node.attempts, run.tried.get(node.path) ?? 0)',
    to: 'node.attempts',
  },
  {
    bug: 'what was cut off begins without a tree of its own',
    file: 'files-read.ts',
    from: 'return key === TREE_KEY || key',
    to: 'return key',
  },
  {
    bug: 'dependents are not asked',
    file: 'settle.ts',
    from: 'dependent.up |= up;\n    if (dependent.left === 0) touch',
    to: 'dependent.up |= up;\n    if (dependent.left < 0) touch',
  },
  {
    bug: 'a skipped need counts as failed',
    file: 'join.ts',
    from: "=== 'need-failed' ? 'bad' : 'skipped'",
    to: "=== 'need-failed' ? 'bad' : 'bad'",
  },
  {
    bug: 'list order forgets failures',
    file: 'settle.ts',
    from: "if (kind === 'bad') scope.firstBad",
    to: "if (kind === 'skipped') scope.firstBad",
  },
  { bug: 'never-on is not asked', file: 'retry.ts', from: 'if (never.value) return', to: 'if (!never) return' },
  { bug: 'there is no jitter', file: 'retry.ts', from: '(retry.jitter ?? 0) / 100', to: '0' },
  {
    bug: 'the time of a retry leaves out its delay',
    file: 'retry.ts',
    from: 'node.endedAt + delayMs - node.startedAt',
    to: 'node.endedAt - node.startedAt',
  },
  {
    bug: 'a rejection sends back only what needs it directly',
    seed: 12,
    file: 'rework.ts',
    from: '(dependent) => found.add(dependent)',
    to: '(dependent) => index === from && found.add(dependent)',
  },
  {
    bug: 'a rejection passes over the next step of a list',
    file: 'rework.ts',
    from: 'while (walked > index + 1)',
    to: 'while (walked > index + 2)',
  },
  {
    bug: 'what was sent back may be kept',
    file: 'replan.ts',
    from: 'node.ending || node.sentBack',
    to: 'node.ending',
  },
  {
    bug: 'what was sent back is remembered as a success',
    seed: 12,
    file: 'replan.ts',
    from: 'run.memory?.set(key, { ...carried, success: null, ...more });',
    to: 'void more;',
  },
  {
    bug: 'edges of what is sent back are not counted again',
    file: 'settle.ts',
    from: 'for (const node of stay) tell(run, node, scope, renewed);',
    to: '',
  },
  {
    bug: 'nobody waits for what is under way before a rework',
    seed: 13,
    file: 'rework.ts',
    from: 'if (members.some((member) => isBusy(member) && !serving.includes(member))) return null;',
    to: '',
  },
  {
    bug: 'whoever waits to send others back is not asked again',
    seed: 13,
    file: 'settle.ts',
    from: 'for (const index of scope.rejected) touch',
    to: 'for (const index of [0].slice(1)) touch',
  },
  {
    bug: 'one rework too many',
    file: 'approve.ts',
    from: 'count < plan.onReject.max',
    to: 'count <= plan.onReject.max',
  },
  {
    bug: 'a rejection that skips lets a list go on',
    file: 'join.ts',
    from: "if (isRejected(node)) return 'bad';",
    to: '',
  },
  {
    bug: 'a verdict on something else counts',
    file: 'answer.ts',
    from: 'answer.digest !== request.digest',
    to: 'answer.digest === ""',
  },
  {
    bug: 'a claim outlives its writer',
    file: 'claims.ts',
    from: '    claim.isHeld = false;',
    to: '',
  },
  {
    bug: 'what is inside goes on without the claim',
    file: 'claims.ts',
    from: 'if (isOpen(node)) run.withheld.set(node, []);',
    to: '',
  },
  { bug: 'who is held back is forgotten', file: 'claims.ts', from: '  letGo(run, held);', to: '' },
  {
    bug: 'a claim is asked for before there is room',
    seed: 16,
    file: 'next.ts',
    from: "  'claim.started',\n",
    to: '',
  },
  {
    bug: 'a step starts before it has its lock',
    file: 'claims.ts',
    from: 'if (!isHeld) return null;',
    to: "return 'go';",
  },
  {
    bug: 'what another run did once is done again',
    file: 'claims.ts',
    from: 'if (done !== null) return keptOnce(node, name, done);',
    to: "if (done !== null) return 'go';",
  },
  { bug: 'steps are undone in the order of their end', file: 'compensation.ts', from: '.toReversed()', to: '' },
  {
    bug: 'what was undone is kept by a resume',
    seed: 13,
    file: 'compensation.ts',
    from: '  forgetWithin(run, [undone], { undone: true });',
    to: '',
  },
  {
    bug: 'what could not be undone counts as undone',
    file: 'compensation.ts',
    from: "return result === 'succeeded' || result === 'skipped';",
    to: "return result !== 'cancelled';",
  },
  {
    bug: 'a service is released before its last user has ended',
    file: 'serving.ts',
    from: "other.state !== 'settled' && mayUse",
    to: "other.state === 'blocked' && mayUse",
  },
  {
    bug: 'the edges of a service stay good when its writer goes',
    file: 'serving.ts',
    from: '  takeBack(run, node, scope);',
    to: '',
  },
  {
    bug: 'a service that died was a good need',
    file: 'settle.ts',
    from: '    countEdge(dependent, node.index, kind);',
    to: "    countEdge(dependent, node.index, wasGood ? 'good' : kind);",
  },
  { bug: 'a service keeps its place', file: 'serving.ts', from: '  run.running--;', to: '' },
  { bug: 'a service keeps its place among members', file: 'serving.ts', from: '  scope.active--;', to: '' },
  {
    bug: 'a service that starts again is work of a child workflow',
    file: 'operations.ts',
    from: 'if (!isService(node.plan)) markWorked',
    to: 'markWorked',
  },
  { bug: 'a retry too many', file: 'retry.ts', from: 'failures >= retry.attempts', to: 'failures > retry.attempts' },
  {
    bug: 'an interruption spends a retry',
    file: 'operations.ts',
    from: 'node.interruptions++;',
    to: 'node.interruptions++; node.failures++;',
  },
  {
    bug: 'a second answer counts',
    file: 'operations.ts',
    from: '  run.ops.delete(op);\n  return open as',
    to: '  return open as',
  },
  {
    bug: 'a late success counts as cancelled',
    file: 'ask.ts',
    from: "if (ended.outcome === 'cancelled')",
    to: "if (ended.outcome === 'cancelled' || node.stop !== null)",
  },
  {
    bug: 'cancel reaches a finally',
    file: 'cancel.ts',
    from: "=== 'end' && !node.killed",
    to: "=== 'answer' && !node.killed",
  },
  {
    bug: 'finally is left out of a cancel',
    file: 'rules.ts',
    from: 'plan.bodies[base + FINALLY_SLOT] && !node.killed',
    to: 'plan.bodies[base + FINALLY_SLOT] && node.stop === null',
  },
  {
    bug: 'a child workflow sees what is around it',
    file: 'contexts.ts',
    from: 'if (isEdge(scope)) return;',
    to: '',
  },
  {
    bug: 'a child workflow reads the inputs of the run',
    file: 'scene.ts',
    from: 'return inputsAt(run, scene.from);',
    to: 'return run.inputs;',
  },
  {
    bug: 'the end of a child workflow is kept though its steps ran again',
    file: 'scopes.ts',
    from: 'return slots.worked || body',
    to: 'return body',
  },
  {
    bug: 'what follows the steps of a try is kept though they ran again',
    file: 'scopes.ts',
    from: "if (slots === null || partOf(plan, slot) === 'body') return false;",
    to: "if (slots === null || plan.kind === 'try' || partOf(plan, slot) === 'body') return false;",
  },
  {
    bug: 'the end of a child workflow is kept after a failure',
    file: 'scopes.ts',
    from: "|| body === 'failed' || body === 'cancelled'",
    to: '',
  },
  {
    bug: 'an output is kept though the input that it is made of changed',
    seed: 17,
    file: 'fingerprints.ts',
    from: 'if (childAround(node.scope) !== null)',
    to: 'if (childAround(null) !== null)',
  },
  {
    bug: 'the steps at once of a child workflow have no bound',
    file: 'scopes.ts',
    from: 'slots?.child?.file.concurrency',
    to: 'undefined',
  },
  {
    bug: 'the environment reaches into a child workflow',
    seed: 18,
    file: 'resolve.ts',
    from: 'isEdge(scope) && !isFragment(owner)',
    to: 'false',
  },
  {
    bug: 'a child workflow of several answers the failure of another',
    file: 'scope.ts',
    from: '[base + slot] : []',
    to: '[slot] : []',
  },
  {
    bug: 'another file is run than the one that was picked',
    file: 'scopes.ts',
    from: 'base: which * CHILD_SLOTS',
    to: 'base: 0',
  },
  {
    bug: 'an input that is given stands back behind its default',
    file: 'child.ts',
    from: 'inputs[name] = value ?? spec.default ?? null;',
    to: 'inputs[name] = spec.default ?? value;',
  },
  {
    bug: 'a paused run starts',
    file: 'next.ts',
    from: 'if (run.paused && !runsWhilePaused(node)) {',
    to: 'if (run.paused && node.killed) {',
  },
  {
    bug: 'the last catch that holds is taken',
    seed: 13,
    file: 'rules.ts',
    from: 'catchSlots(plan, slotsOf(node).child?.base)',
    to: 'catchSlots(plan, slotsOf(node).child?.base).toReversed()',
  },
  {
    bug: 'a catch that fails answers all the same',
    seed: 12,
    file: 'rules.ts',
    from: "answer !== null && answer !== 'failed'",
    to: 'answer !== null',
  },
  {
    bug: 'a failure that no catch is for is forgotten',
    file: 'rules.ts',
    from: "? finishAs(run, node, 'failed') : refusal",
    to: "? finishAs(run, node, 'succeeded') : refusal",
  },
  {
    bug: 'a loop does one iteration too many',
    file: 'loop.ts',
    from: 'slots.opened >= spec.max',
    to: 'slots.opened > spec.max',
  },
  {
    bug: 'a loop that is exhausted has succeeded',
    file: 'loop.ts',
    from: "if (stopped !== 'max' || (spec.until",
    to: "if (stopped === 'max' || (spec.until",
  },
  {
    bug: 'a plateau takes one iteration less',
    file: 'loop.ts',
    from: 'results.slice(-count)',
    to: 'results.slice(1 - count).concat(results.slice(-1)).slice(-count)',
  },
  {
    bug: 'a loop goes on after a failure',
    file: 'loop.ts',
    from: "if (result === 'failed') return",
    to: "if (result === 'hollow') return",
  },
  {
    bug: 'while is asked of the iteration that ended',
    file: 'iteration-end.ts',
    from: 'number: scope.slot + 2',
    to: 'number: scope.slot + 1',
  },
  { bug: 'the delay of a loop never ends', file: 'scopes.ts', from: '  slots.waited = false;\n', to: '' },
  {
    bug: 'an iteration does not depend on the one before',
    file: 'fingerprints.ts',
    from: "if (before) parts['the iteration before']",
    to: "if (before === undefined) parts['the iteration before']",
  },
  {
    bug: 'what an iteration did is forgotten before its loop has read it',
    seed: 13,
    file: 'scopes.ts',
    from: 'node.slots === null || isIteration(node)) return;',
    to: 'node.slots === null) return;',
  },
  {
    bug: 'one item too many may fail',
    file: 'each.ts',
    from: 'items.failed > allowed',
    to: 'items.failed > 1 + allowed',
  },
  {
    bug: 'items are opened after a fail-fast',
    file: 'each.ts',
    from: 'node.stop !== null || slots.failingFast ||',
    to: 'node.stop !== null ||',
  },
  {
    bug: 'too many items at once',
    file: 'each.ts',
    from: 'slots.live.size < (spec.max',
    to: 'slots.live.size <= (spec.max',
  },
  {
    bug: 'an item that ended is not closed',
    file: 'settle.ts',
    from: 'if (scope.unsettled === 0 && scope.slot >= 0)',
    to: 'if (scope.unsettled < 0)',
  },
  { bug: 'repetitions stay', file: 'items.ts', from: 'seen.size < seen.add(', to: '0 < seen.add(' },
  {
    bug: 'excluded combinations stay',
    file: 'matrix.ts',
    from: 'all.filter((one) => !exclude',
    to: 'all.filter((one) => exclude',
  },
  {
    bug: 'included objects change the values of axes',
    file: 'matrix.ts',
    from: '!Object.hasOwn(own, name) || same(',
    to: '!Object.hasOwn(own, name) || !same(',
  },
  {
    bug: 'a race is not decided before its end',
    file: 'settle.ts',
    from: ' || decidesRace) touch',
    to: ') touch',
  },
  {
    bug: 'the losers of a race go on',
    file: 'cancel.ts',
    from: "  stopMembers(run, node, 'race', effects);\n",
    to: '',
  },
  {
    bug: 'a race fails with its losers',
    file: 'scope-end.ts',
    from: 'node.slots?.winner == null ? scopeResult(scope)',
    to: 'node.slots?.winner !== -1 ? scopeResult(scope)',
  },
  { bug: 'max lets one more in', file: 'next.ts', from: 'scope.active < scope.max', to: 'scope.active <= scope.max' },
  { bug: 'parked members are forgotten', file: 'settle.ts', from: '  release(run, scope);\n', to: '' },
  {
    bug: 'who waits for a shared capture is not asked again',
    file: 'operations.ts',
    from: 'if (waiter !== undefined) touch(run, waiter);',
    to: '',
  },
  {
    bug: 'a hook that fails changes nothing',
    file: 'hooks.ts',
    from: "(hook.result !== 'failed' && hook.result",
    to: "(hook.result !== 'hollow' && hook.result",
  },
  {
    bug: 'a hook begins under a cancel',
    file: 'hooks.ts',
    from: 'if (node.stop !== null || !node.plan.hooks',
    to: 'if (!node.plan.hooks',
  },
  {
    bug: 'a cancel leaves a hook going',
    file: 'cancel.ts',
    from: 'for (const member of node.hook?.scope?.nodes ?? [])',
    to: 'for (const member of [] as Node[])',
  },
  {
    bug: 'what follows a success follows every end',
    file: 'rules.ts',
    from: "return body === 'succeeded' && !isOver;",
    to: 'return !isOver;',
  },
  {
    bug: 'a limit bounds a finally',
    file: 'late.ts',
    from: "part !== 'end'",
    to: "part === 'end'",
  },
  { bug: 'a limit goes on over a retry', file: 'scopes.ts', from: '  node.late = null;\n', to: '' },
  {
    bug: 'of two limits the later one counts',
    file: 'time-limits.ts',
    from: 'timeoutMs <= leftMs',
    to: 'timeoutMs > leftMs',
  },
  {
    bug: 'a catch answers a time that is over',
    file: 'rules.ts',
    from: '(!slots.timedOut || node.scope === null ||',
    to: '(!slots.timedOut || node.scope !== null ||',
  },
  {
    bug: 'a race that is won is too late',
    seed: 12,
    file: 'late.ts',
    from: 'timedOut || winner !== null',
    to: 'timedOut',
  },
  {
    bug: 'the pause of a loop has no end',
    file: 'ask.ts',
    from: 'return node.late === null ? null : lateEnd(node);',
    to: 'return null;',
  },
  { bug: 'an event is taken twice', file: 'signals.ts', from: '.isTaken = true;', to: '.isTaken = false;' },
  {
    bug: 'an event is for one step only',
    file: 'signals.ts',
    from: '|| op <= signal.lastOp',
    to: '|| op < 0 * signal.lastOp',
  },
  {
    bug: 'who waits does not hear of an event',
    file: 'signals.ts',
    from: 'open.data.event === name) touch(run, open.node);',
    to: 'open.data.event === name) continue;',
  },
  {
    bug: 'a check sees the values of the one before',
    file: 'checks.ts',
    from: '  node.captured = node.refused = node.resolved = null;\n',
    to: '',
  },
  {
    bug: 'the pause between two checks goes on over a crash',
    file: 'evolve.ts',
    from: '      pollNow(run);\n',
    to: '',
  },
  {
    bug: 'a probe is not told to stop',
    seed: 12,
    file: 'cancel.ts',
    from: "if (node.state === 'waiting') effects",
    to: "if (node.state === 'open') effects",
  },
  {
    bug: 'a wait has no limit',
    file: 'await.ts',
    from: 'askLimit(run, node, node.plan.timeoutMs)',
    to: 'askLimit(run, node, undefined)',
  },
  {
    bug: 'a result that was found is not taken',
    file: 'caching.ts',
    from: 'return caching.hit === null ? START : takeHit(run, node, caching.hit);',
    to: 'return START;',
  },
  {
    bug: 'what was cut off is not looked up again',
    file: 'operations.ts',
    from: 'node.caching = null; // what it reads may have changed',
    to: '',
  },
  {
    bug: 'a writer keeps what the one before did not get to keep',
    file: 'evolve.ts',
    from: '      dropCaching(run);\n',
    to: '',
  },
  {
    bug: 'what is asked for again is looked for',
    file: 'replan.ts',
    from: 'return node.sentBack || runsAgain(run, node);',
    to: 'return node.sentBack;',
  },
  {
    bug: 'what is computed from a result need not hold',
    file: 'caching.ts',
    from: "if (computed.kind === 'error') return START;",
    to: "if (computed.kind === 'error') return refusal(run, node, computed);",
  },
  {
    bug: 'a result of another run has no hook',
    seed: 12,
    file: 'hooks.ts',
    from: "wish.cause.kind === 'cached'",
    to: 'false',
  },
  {
    bug: 'a changed need does not change the fingerprint',
    file: 'fingerprints.ts',
    from: '] = shortPrint(printOf(need));',
    to: "] = '';",
  },
  {
    bug: 'an effect that was cut off is simply begun again',
    file: 'operations.ts',
    from: "node.doubt = doubtOf('cut-off');",
    to: 'node.doubt = null;',
  },
  {
    bug: 'what is not known of an effect is forgotten by a new plan',
    file: 'replan.ts',
    from: 'if (doubt !== null) return doubt.why;',
    to: 'if (doubt !== null) return null;',
  },
  {
    bug: 'a success that changed simply runs again',
    file: 'doubt.ts',
    from: "return 'changed';",
    to: 'return null;',
  },
  {
    bug: 'a look that knows nothing counts as not done',
    seed: 12,
    file: 'doubt.ts',
    from: "isKnown ? 'not-done' : 'unknown'",
    to: "isKnown ? 'not-done' : 'not-done'",
  },
  {
    bug: 'what a look takes from outside stays with the step',
    file: 'doubt.ts',
    from: 'Object.assign(node, doubt.setAside);',
    to: '',
  },
  {
    bug: 'an attempt that succeeded is made again for its outputs, whatever it did',
    seed: 12,
    file: 'ask.ts',
    from: 'node.stop !== null || isGuarded(node.plan)',
    to: 'node.stop !== null',
  },
  {
    bug: 'an effect that took too long has simply failed',
    file: 'ask.ts',
    from: "ended.outcome === 'timed-out' ? 'timed-out'",
    to: "ended.outcome === 'timed-out' ? null",
  },
  {
    bug: 'what a step ensures is looked at once for all its attempts',
    file: 'operations.ts',
    from: '  node.checks = null;\n  node.doubt = null;',
    to: '  node.doubt = null;',
  },
  {
    bug: 'a group ensures nothing',
    file: 'scope-end.ts',
    from: "return result === 'succeeded' || (around",
    to: 'return (around',
  },
  {
    bug: 'the state before is taken anew for each attempt',
    file: 'ensures.ts',
    from: 'if (!node.captured?.has(key)) captures',
    to: 'if (node.attempts > 0 || !node.captured?.has(key)) captures',
  },
];

const SEED = 11;
const RUNS = 1_000;
const folder = mkdtempSync(join(tmpdir(), 'giga-'));
const cores = new Map<Mutant, Core>();

beforeAll(async () => {
  const core = await translateCore();
  for (const [name, text] of core) {
    mkdirSync(dirname(join(folder, 'core', name)), { recursive: true });
    writeFileSync(join(folder, 'core', moduleName(name)), text);
  }
  await Promise.all(MUTANTS.map(async (mutant, index) => cores.set(mutant, await plant(mutant, index, core))));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How many lives it took; all of them where none failed. */
function livesUntil(core: Core, seed: number, numRuns: number): { readonly failed: boolean; readonly numRuns: number } {
  return fc.check(
    fc.property(PLANS, MOVES, ({ plan, edited }, moves) => void live(core, plan, edited, moves, newStats())),
    { numRuns, seed, endOnFailure: true },
  );
}

test.each(MUTANTS.map((mutant) => [mutant.bug, mutant] as const))('is caught: %s', (_, mutant) => {
  const core = cores.get(mutant);
  if (core === undefined) throw new Error('the bug was not planted');
  const { failed, numRuns } = livesUntil(core, mutant.seed ?? SEED, RUNS);
  if (process.env.GIGA_STATS) console.log(mutant.bug, numRuns);
  expect(failed).toBe(true);
});

const SEEDS = [...new Set([SEED, ...MUTANTS.flatMap(({ seed = SEED }) => seed)])];

test.each(SEEDS)('nothing is caught where no bug was planted: seed %i', (seed) => {
  const core = { newRun, evolve, next, fold, decide, viewRun, viewSteps };
  expect(livesUntil(core, seed, 350).failed).toBe(false);
});

/** The core as JavaScript: every file for itself, imports as they stand. Written once; a planted bug has `run` anew. */
async function translateCore(): Promise<ReadonlyMap<string, string>> {
  const files = readdirSync('src/core', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const texts = files.map(
    async (file) => [file.replaceAll('\\', '/'), await translate(join('src/core', file))] as const,
  );
  return new Map(await Promise.all(texts));
}

async function translate(file: string, change: (text: string) => string = (text) => text): Promise<string> {
  const { code } = await transform(change(readFileSync(file, 'utf8')), { loader: 'ts', format: 'esm' });
  return code
    .replace(/(from\s*"\.[^"]*)\.ts"/g, '$1.mjs"')
    .replace('"re2js"', JSON.stringify(import.meta.resolve('re2js')));
}

async function plant({ file, from, to }: Mutant, index: number, core: ReadonlyMap<string, string>): Promise<Core> {
  const root = join(folder, `mutant-${index}`);
  mkdirSync(join(root, 'run'), { recursive: true });
  for (const entry of readdirSync(join(folder, 'core'))) {
    if (entry !== 'run') symlinkSync(join(folder, 'core', entry), join(root, entry)); // one copy for all of them
  }
  for (const [name, text] of core) if (name.startsWith('run/')) writeFileSync(join(root, moduleName(name)), text);
  const changed = await translate(join('src/core/run', file), (text) => {
    if (text.split(from).length !== 2) throw new Error(`\`${from}\` does not stand exactly once in ${file}`);
    return text.replace(from, to);
  });
  writeFileSync(join(root, 'run', moduleName(file)), changed);
  const load = (name: string) => import(pathToFileURL(join(root, 'run', `${name}.mjs`)).href) as Promise<Core>; // each gives a part of it
  const parts = await Promise.all(['run', 'evolve', 'next', 'fold', 'decide', 'view'].map(load));
  return Object.assign({}, ...parts) as Core;
}

function moduleName(file: string): string {
  return file.replace(/\.ts$/, '.mjs');
}
