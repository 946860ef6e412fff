/** What a journal says of a key of `once`: whether its run has done it. Knows journals, not who asks. */
import type { JsonObject } from '../json.ts';
import type { AttemptEnded, OnceDone, Path, Recorded } from './event.ts';
import { isAtOrIn } from './plan-paths.ts';

/**
 * | done   | a step succeeded under the key, and was not undone                                   |
 * | doubt  | an attempt began, and nothing says how it ended, or the step has not settled by it   |
 * | undone | it succeeded, and was compensated                                                    |
 * | free   | nothing was begun, or what was begun is known to have failed                         |
 */
export type OnceFacts =
  | { readonly kind: 'done'; readonly done: OnceDone }
  | { readonly kind: 'doubt'; readonly node: Path }
  | { readonly kind: 'undone' | 'free' };

interface Told {
  /** The step at the path asks for the key under the plan in force. */
  isAsking: boolean;
  state: 'free' | 'begun' | 'ended' | 'done' | 'undone';
  outputs: JsonObject;
  endedAt: number;
}

/** Also what a rewind made void has happened in the world. */
export function onceFacts(records: readonly Recorded[], run: string, key: string): OnceFacts {
  const told = new Map<Path, Told>();
  for (const record of records) tell(told, record, key);
  const all = [...told];
  const done = all.find(([, { state }]) => state === 'done');
  if (done !== undefined) {
    const [node, { endedAt, outputs }] = done;
    return { kind: 'done', done: { run, node, endedAt, outputs } };
  }
  const open = all.find(([, { state }]) => state === 'begun' || state === 'ended');
  if (open !== undefined) return { kind: 'doubt', node: open[0] };
  return { kind: all.some(([, { state }]) => state === 'undone') ? 'undone' : 'free' };
}

function tell(told: Map<Path, Told>, record: Recorded, key: string): void {
  if (record.type === 'run.replanned') for (const one of told.values()) one.isAsking = false;
  if (!('node' in record)) return;
  if (record.type === 'scope.closed' && record.undone !== undefined) return takeBack(told, record.undone);
  const known = told.get(record.node);
  if (record.type === 'claim.started' && record.of === 'once') {
    if (known !== undefined) known.isAsking = record.name === key;
    else if (record.name === key)
      told.set(record.node, { isAsking: true, state: 'free', outputs: {}, endedAt: record.at });
  }
  if (known?.isAsking === true) follow(known, record);
}

function follow(step: Told, record: Recorded): void {
  switch (record.type) {
    case 'attempt.started':
      step.state = 'begun';
      break;
    case 'attempt.ended':
      step.state = stateAfter(record);
      step.outputs = record.outputs ?? {};
      break;
    case 'step.settled':
      if (record.result === 'succeeded' || record.cause.kind === 'hook') {
        step.state = 'done';
        step.outputs = { ...step.outputs, ...record.outputs };
        step.endedAt = record.at;
      } else if (step.state === 'ended') step.state = 'free'; // it did its work, and what was computed from that failed
      break;
    default:
      break; // says nothing of what it did
  }
}

/** A success counts when the step has settled by it. */
function stateAfter({ outcome }: AttemptEnded): Told['state'] {
  if (outcome === 'succeeded') return 'ended';
  return outcome === 'interrupted' || outcome === 'in-doubt' ? 'begun' : 'free';
}

function takeBack(told: Map<Path, Told>, undone: Path): void {
  const named = new Set([undone]);
  for (const [path, step] of told) if (step.state === 'done' && isAtOrIn(named, path)) step.state = 'undone';
}
