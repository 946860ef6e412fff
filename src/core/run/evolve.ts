/**
 * Folds one event into a run: the only place that changes a run. Knows what events mean, not when they are due.
 *
 * | event               | does                                                                                  |
 * | run.created         | puts the plan in force                                                                |
 * | run.opened          | every attempt under way was cut off; captures, timers and claims are asked again      |
 * | run.replanned       | a fresh fold of another plan, with what succeeded so far as its first cache           |
 * | run.paused, resumed | holds, and lets go, what has not begun                                                |
 * | node.opened         | blocked → open; open → open is a retry                                                |
 * | scope.opened        | adds the members of a slot                                                            |
 * | race.won            | stops all members but the winner                                                      |
 * | scope.reworked      | puts members of a scope back to blocked                                               |
 * | scope.closed        | folds a slot to its result and forgets its members                                    |
 * | cancel.requested    | stops a subtree, except finallys that run                                             |
 * | step.settled        | any → settled, and counts it with those that wait for it                              |
 * | budget.raised       | lets calls of models take more                                                        |
 * | attempt.noted       | keeps what a later attempt goes on from, and what its calls take                      |
 * | KIND.started, ended | opens and closes one piece of asked-for work; see operations.ts                       |
 */
import { receiveAssumption } from './assume.ts';
import { raiseBudget } from './budget.ts';
import { dropCaching, endCache, startCache } from './caching.ts';
import { cancelTree, winRace } from './cancel.ts';
import { endCheck, pollNow, startCheck } from './checks.ts';
import { endClaim, reopenClaims, startClaim } from './claims.ts';
import { noteDrift } from './drift.ts';
import type { Effect } from './effect.ts';
import type { Recorded, RunEvent } from './event.ts';
import { forgetFiles } from './files-read.ts';
import { closeHook, forgetInterrupt, interrupt, openHook } from './hooks.ts';
import type { Node } from './node.ts';
import {
  endAttempt,
  endCapture,
  endTimer,
  endWait,
  interruptAll,
  noteAttempt,
  pendingWork,
  startAttempt,
  startCapture,
  startTimer,
  startWait,
} from './operations.ts';
import { replan } from './replan.ts';
import { rewound } from './rewind.ts';
import { rework } from './rework.ts';
import { letGo, type Run, setPlan } from './run.ts';
import { closeScope, openNode, openScope } from './scopes.ts';
import { releaseService, startServing } from './serving.ts';
import { settle } from './settle.ts';
import { receive } from './signals.ts';
import { noteSpend } from './spend.ts';

const NO_EFFECTS: readonly Effect[] = [];

/**
 * Folds one event and returns the effects to perform once it is written; whoever replays throws them away.
 * Times come from the record, or from `at` (ms since 1970) where the event is folded before it is recorded: timers are due by them.
 * News of what is closed (a second answer, a late timer, a cancel of a step that settled) changes nothing.
 */
export function evolve(run: Run, event: RunEvent | Recorded, at?: number): readonly Effect[] {
  run.at = 'at' in event ? event.at : (at ?? run.at);
  if (event.type === 'attempt.noted') {
    noteAttempt(run, event);
    noteSpend(run.spend, event);
  }
  if (event.type.endsWith('.noted') || event.type.startsWith('x-')) return NO_EFFECTS;
  return 'node' in event ? evolveNode(run, event) : evolveRun(run, event);
}

type OfRun = Exclude<RunEvent, { readonly node: string }>;
type OfNode = Extract<RunEvent, { readonly node: string }>;

function evolveRun(run: Run, event: OfRun): readonly Effect[] {
  switch (event.type) {
    case 'run.created':
      Object.assign(run, { id: event.run, inputs: event.inputs, trigger: event.trigger, workflow: event.workflow });
      run.createdAt = run.at;
      run.require = event.require ?? [];
      setPlan(run, event.plan);
      return NO_EFFECTS;
    case 'run.opened':
      if (run.plan === null) return NO_EFFECTS;
      run.openings++;
      run.assumed.clear();
      noteDrift(run, event.changed);
      interruptAll(run);
      forgetFiles(run);
      pollNow(run);
      dropCaching(run);
      return [...pendingWork(run), ...reopenClaims(run)];
    case 'run.replanned':
      return replan(run, event);
    case 'run.paused':
      run.paused = true;
      if (event.cause === 'signal') interrupt(run);
      return NO_EFFECTS;
    case 'run.resumed': {
      run.paused = false;
      const effects = forgetInterrupt(run);
      letGo(run, run.held);
      return effects;
    }
    case 'run.finished':
      run.status = 'finished';
      run.verdict = event.verdict;
      run.outputs = event.outputs;
      run.error = event.error ?? null;
      return NO_EFFECTS;
    case 'run.rewound': // what it makes void is left out by `fold`, before anything is folded
      rewound(run, event);
      return NO_EFFECTS;
    case 'command.received':
      receive(run, event);
      receiveAssumption(run, event);
      return NO_EFFECTS;
    case 'budget.raised':
      raiseBudget(run.raised, event);
      return NO_EFFECTS;
    default:
      throw new Error(`Bug: the event ${JSON.stringify(event)} was not refused on reading`);
  }
}

function evolveNode(run: Run, event: OfNode): readonly Effect[] {
  switch (event.type) {
    case 'attempt.serving':
      return startServing(run, event);
    case 'attempt.ended':
      return endAttempt(run, event);
    case 'timer.ended':
      return endTimer(run, event);
    case 'capture.ended':
      return endCapture(run, event);
    case 'wait.ended':
      return endWait(run, event);
    case 'check.ended':
      endCheck(run, event);
      return NO_EFFECTS;
    case 'claim.ended':
      return endClaim(run, event);
    case 'cache.ended':
      return endCache(run, event);
    default: {
      const node = run.byPath.get(event.node);
      if (node === undefined) return NO_EFFECTS;
      // Of what is settled only the run itself still asks: for what its outputs need.
      if (node.state === 'settled' && event.type !== 'capture.started') return NO_EFFECTS;
      return evolveLive(run, node, event);
    }
  }
}

function evolveLive(run: Run, node: Node, event: OfNode): readonly Effect[] {
  switch (event.type) {
    case 'attempt.started':
      return startAttempt(run, node, event);
    case 'timer.started':
      return startTimer(run, node, event);
    case 'capture.started':
      return startCapture(run, node, event);
    case 'wait.started':
      return startWait(run, node, event);
    case 'check.started':
      return startCheck(run, node, event);
    case 'claim.started':
      return startClaim(run, node, event);
    case 'cache.started':
      return startCache(run, node, event);
    case 'node.opened':
      return openNode(run, node, event);
    case 'scope.opened':
      if (event.slot < 0) openHook(run, node, event);
      else openScope(run, node, event.slot);
      return NO_EFFECTS;
    case 'service.released':
      return releaseService(run, node);
    case 'race.won':
      return winRace(run, node, event.slot);
    case 'scope.reworked':
      return rework(run, node, event);
    case 'scope.closed':
      if (event.slot < 0) closeHook(run, node, event);
      else closeScope(run, node, event);
      return NO_EFFECTS;
    case 'cancel.requested':
      return cancelTree(run, node, event.cause);
    case 'step.settled':
      return settle(run, node, event);
    default:
      throw new Error(`Bug: the event ${JSON.stringify(event)} was not refused on reading`);
  }
}
