/**
 * Lives a run through on a virtual machine: process after process, each with its trouble, until faults stop and one brings the run to
 * its end; and judges all of it. The same case and the same trouble give the same lives. Knows no chance.
 */
import type { Plan } from '../core/plan/plan.ts';
import { decide } from '../core/run/decide.ts';
import type { Recorded } from '../core/run/event.ts';
import { fold } from '../core/run/fold.ts';
import type { Run } from '../core/run/run.ts';
import { viewRun, viewSteps } from '../core/run/view.ts';
import { makeChance, seedOf } from './chance.ts';
import { checkJournal, type Violation } from './journal-checks.ts';
import { type Judge, makeJudge } from './judge.ts';
import { beginLife, type Life, type LifeEnd, type LifeOf, storeOf, type Watch } from './life.ts';
import { type Machine, virtualMachine } from './machine.ts';
import { same } from './same.ts';
import { type Blow, PEACE, type Trouble, type Troubles } from './trouble.ts';
import { type VirtualProcess, virtualProcess } from './virtual-process.ts';
import { atRest, WORLD } from './virtual-time.ts';

export interface Lived {
  /** Of the last life: null where it did not come to one. */
  readonly end: LifeEnd | null;
  readonly records: readonly Recorded[];
  readonly run: Run | null;
  readonly violations: readonly Violation[];
  /** How many processes there were. */
  readonly lives: number;
}

export interface LiveOptions {
  /** Of what the disk keeps, and of small delays. */
  readonly seed: number;
  readonly troubles: Troubles;
  /** The plan is kept on disk under its hash. */
  readonly storesPlan?: boolean;
}

/** Steps of time in one run: more is endless. */
const MOST_STEPS = 50_000;
/** Lives after all trouble is over. */
const MOST_LIVES = 4;

export async function liveThrough(of: LifeOf, { seed, troubles, storesPlan = false }: LiveOptions): Promise<Lived> {
  const chance = makeChance(seedOf(seed, 'disk'));
  const numbers = (below: number): number =>
    below === 3 && !troubles.shortWrites ? 1 : chance.below(Math.max(1, below));
  const world: World = {
    of,
    machine: virtualMachine(numbers),
    judge: makeJudge(of.plan),
    chance: (below) => chance.below(Math.max(1, below)),
    storesPlan,
    lives: [],
    steps: 0,
    lostLock: false,
  };
  await Promise.resolve();
  for (const trouble of troubles.lives) if (!hasFinished(world)) await liveOne(world, trouble);
  let last = world.lives.find(isFinished) ?? null;
  for (let life = 0; life < MOST_LIVES && !isOver(last); life++) {
    last = await liveOne(world, PEACE);
    judgePeace(world, last);
  }
  const records = await judgeEnd(world, last);
  return {
    end: last?.end() ?? null,
    records,
    run: last?.state() ?? null,
    violations: world.judge.violations,
    lives: world.lives.length,
  };
}

interface World {
  /** Where what was begun is lost, another run is begun. */
  of: LifeOf;
  readonly machine: Machine;
  readonly judge: Judge;
  readonly chance: (below: number) => number;
  readonly storesPlan: boolean;
  readonly lives: Life[];
  steps: number;
  /** A lock may have been lost with the power: nobody can tell who held it. */
  lostLock: boolean;
}

function hasFinished({ lives }: World): boolean {
  return lives.some(isFinished);
}

function isFinished(life: Life): boolean {
  return life.end()?.kind === 'finished';
}

function isOver(life: Life | null): boolean {
  const kind = life?.end()?.kind;
  return kind === 'finished' || kind === 'waiting';
}

/** Nothing befell it: it cannot be refused the run, but for one of which nothing was left that anyone knew of. */
function judgePeace({ judge }: World, life: Life): void {
  const end = life.end();
  if (end?.kind === 'broken') judge.violate('every run ends once faults stop', end.diagnostic.message);
  if (end?.kind !== 'refused' || end.diagnostics.some(({ code }) => code === 'RUN_EXISTS')) return;
  judge.violate('every run ends once faults stop', end.diagnostics.map(({ message }) => message).join(' '));
}

async function liveOne(world: World, trouble: Trouble): Promise<Life> {
  const { machine } = world;
  machine.claims.clear();
  machine.disk.mend();
  const life = begin(world, trouble, world.lostLock);
  await liveOn(world);
  const end = life.end();
  const isTaken = end?.kind === 'refused' && end.diagnostics.some(({ code }) => code === 'RUN_EXISTS');
  if (isTaken && !machine.disk.exists(`/project/.giga/runs/${world.of.run}/lock.1`))
    world.of = { ...world.of, run: `${world.of.run}-` };
  return life;
}

function begin(world: World, trouble: Trouble, takeover: boolean): Life {
  const { machine, of, judge, chance, storesPlan } = world;
  let coming = trouble.blows.filter(({ attempt }) => attempt === undefined);
  let attempts = 0;
  const blowAt = (moment: number): void => {
    const due = coming.filter((one) => one.moment <= moment);
    if (due.length === 0) return;
    coming = coming.filter((one) => one.moment > moment);
    for (const { blow } of due) strike(world, life ?? { process }, blow);
  };
  const process = virtualProcess(machine.processes.length + 1, blowAt);
  machine.processes.push(process);
  const upTo = (ms: number) => (): number => (ms === 0 ? 0 : chance(ms + 1));
  const how = {
    takeover,
    stays: !trouble.leaves,
    storesPlan,
    syncMs: upTo(trouble.syncMs),
    lookMs: upTo(trouble.lookMs),
    lateMs: upTo(trouble.lateMs),
    twice: () => trouble.twice && chance(3) === 0,
  };
  const watch: Watch = {
    ...judge,
    began: (...told) => {
      judge.began(...told);
      attempts++;
      const near = trouble.blows.filter(({ attempt }) => attempt === attempts);
      coming.push(...near.map((one) => ({ ...one, moment: process.moments + one.moment })));
    },
  };
  let life: Life | null = null;
  life = beginLife(machine, process, of, how, watch);
  world.lives.push(life);
  return life;
}

type Struck = Pick<Life, 'process'> & Partial<Life>;

/** Everything but death comes a moment later, as from outside. */
function strike(world: World, life: Struck, blow: Blow): void {
  const { machine, judge, of } = world;
  const { process } = life;
  const soon = (then: () => void): void => machine.time.soon(process, then);
  switch (blow.kind) {
    case 'dies':
      if (blow.power) losePower(world);
      process.die();
      return machine.claims.clear();
    case 'is-taken-over':
      begin(world, PEACE, true);
      if (blow.stillMs > 0) standStill(world, process, blow.stillMs);
      return;
    case 'has-a-rival':
      return void begin(world, PEACE, false);
    case 'is-paused':
      return soon(() => {
        life.pause?.();
        if (blow.thenKilled) soon(() => life.kill?.());
      });
    case 'is-cancelled':
      return soon(() =>
        life.command?.({ kind: 'cancel', node: pathOf(of.plan, blow.step), cause: 'user', by: 'someone' }),
      );
    case 'disk-fails':
      return machine.disk.failAfter(0, blow.code);
    case 'sync-fails':
      judge.powerLost(); // what the sync was to write reads well, and is gone with the power only
      return machine.disk.failSyncs(1);
    case 'clock-jumps':
      return machine.time.jump(blow.ms);
  }
}

function losePower(world: World): void {
  const { machine, judge } = world;
  for (const process of machine.processes) process.die();
  machine.disk.losePower();
  judge.powerLost();
  world.lostLock = true;
}

function standStill({ machine }: World, process: VirtualProcess, ms: number): void {
  process.standStill(true);
  machine.time.after(WORLD, ms, () => process.standStill(false));
}

function pathOf({ root }: Plan, step: number | null): string {
  const nodes = root.bodies[0]?.nodes ?? [];
  return step === null ? '' : (nodes[step % nodes.length]?.id ?? '');
}

/** Until no process lives that could go on. */
async function liveOn(world: World): Promise<void> {
  const { machine, judge } = world;
  for (;;) {
    await atRest();
    const ended = world.lives.filter((life) => life.end() !== null && life.process.isAlive);
    for (const life of ended) close(world, life);
    if (ended.length > 0) continue;
    if (world.lives.every(({ process, end }) => !process.isAlive || end() !== null)) break;
    if (world.steps++ > MOST_STEPS) {
      judge.violate('every run ends once faults stop', 'it goes on and on');
      for (const { process } of world.lives) process.die();
      break;
    }
    if (machine.time.step()) continue;
    if (!stopIdle(world)) break;
  }
}

/** Nothing is left to happen: who still waits does so for news that never come, and is told to go. */
function stopIdle({ lives, judge, machine }: World): boolean {
  const waiting = lives.filter(({ process, end }) => process.isAlive && end() === null);
  const old = waiting.slice(0, -1);
  if (old.length > 0) {
    for (const { process } of old) process.die(); // was said to be dead, and has had no reason to find out that it lost the run
    machine.claims.clear();
    return true;
  }
  for (const life of waiting) {
    const state = life.state();
    const isIdle = state !== null && [...state.ops.values()].every(({ kind }) => kind === 'wait');
    if (!isIdle || state.paused) {
      const open = [...(state?.ops.values() ?? [])].map(({ kind, node }) => `${kind} of ${node.path}`);
      judge.violate('every run ends once faults stop', `it stands still: ${open.join(', ') || 'nothing is open'}`);
      life.process.die();
    } else life.pause();
  }
  return waiting.length > 0;
}

/** A process that has come to its end is gone; it has left nothing at work. */
function close({ judge, machine }: World, life: Life): void {
  const end = life.end();
  const live = judge.liveIn(life.process, end?.kind === 'broken');
  if (live.length > 0) judge.violate('no process leaves live children', `${end?.kind}: ${live.join(', ')}`);
  const isWhole = end?.kind === 'finished' || end?.kind === 'paused' || end?.kind === 'waiting';
  const last = life.records().length - 1;
  if (isWhole && life.state() !== null && judge.publishedBy(life.process) !== last)
    judge.violate('all that is written is told', `up to ${judge.publishedBy(life.process)} of ${last}`);
  life.process.die();
  machine.claims.clear();
}

/** What the last reader finds. */
async function judgeEnd(world: World, last: Life | null): Promise<readonly Recorded[]> {
  const { machine, judge, of, storesPlan } = world;
  const end = last?.end() ?? null;
  if (!isOver(last) && end?.kind !== 'paused')
    judge.violate('every run ends once faults stop', end === null ? 'no end' : JSON.stringify(end));
  const reader = virtualProcess(machine.processes.length + 1);
  machine.processes.push(reader);
  const before = storesPlan ? machine.disk.fingerprint() : '';
  const read = await storeOf(machine, reader, { syncMs: () => 0 }).read(of.run);
  if (storesPlan && machine.disk.fingerprint() !== before)
    judge.violate('looking changes nothing', 'the disk is another one');
  const records = read.ok ? read.value.records : [];
  if (!read.ok) judge.violate('every run ends once faults stop', JSON.stringify(read.diagnostics));
  judge.found(records);
  const plans = new Map(of.plans).set(of.hash, of.plan);
  judge.violations.push(...checkJournal(records, plans));
  const state = last?.state() ?? null;
  if (state !== null) compareFolds(world, state, records);
  return records;
}

/** The journal says what the last process had in memory, and whether it can go on. */
function compareFolds({ of, judge }: World, state: Run, records: readonly Recorded[]): void {
  const plans = new Map(of.plans).set(of.hash, of.plan);
  const surroundings = { plans, ...of.surroundings };
  const told = fold(surroundings, records);
  const [a, b] = [[...viewSteps(state)], [...viewSteps(told)]];
  const wrong = a.findIndex((step, index) => !same(step, b[index]));
  if (!same(viewRun(state), viewRun(told)) || a.length !== b.length || wrong >= 0)
    judge.violate(
      'the fold is deterministic',
      JSON.stringify(wrong < 0 ? [viewRun(state), viewRun(told)] : [a[wrong], b[wrong]]),
    );
  const asked = { kind: 'resume', plan: of.hash } as const;
  const once = decide(told, asked);
  if (!same(once, decide(told, asked)) || !same(viewRun(told), viewRun(state)))
    judge.violate('looking changes nothing', 'a resume is another one when it is asked for twice');
}
