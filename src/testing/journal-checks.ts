/**
 * What must hold of the journal of any run, whatever happened to it: a list of checks, each by its name, over all records in order.
 * Knows plans and events, no engine and no faults.
 */
import { INTERRUPT_HOOK, type Plan } from '../core/plan/plan.ts';
import type { Cause, Path, Recorded, StepResult } from '../core/run/event.ts';
import { isAfterwards, isAtOrIn } from '../core/run/plan-paths.ts';
import { edgesOf } from './edges.ts';

export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

/** The body of a `try` that comes last. */
const FINALLY = 2;

/** What was read so far. */
interface Read {
  plan: Plan | null;
  readonly settled: Map<Path, StepResult>;
  /** Steps whose failure counts as none. */
  readonly open: Map<Path, number>;
  readonly serving: Set<Path>;
  /** The fingerprint of the last success of a step. */
  readonly succeeded: Map<Path, string>;
  /** Of the attempt under way. */
  readonly fingerprints: Map<Path, string>;
  readonly failures: Map<Path, number>;
  /** Ops that have had their answer; of this writer, where each asks for itself. */
  readonly answered: Set<number>;
  finished: boolean;
}

/** Says what is wrong with a record, given all before it; null for nothing. */
type Check = (record: Recorded, read: Read, index: number, records: readonly Recorded[]) => string | null;

const CHECKS: Readonly<Record<string, Check>> = {
  'sequence numbers have no gap': ({ seq }, _, index) =>
    seq === index ? null : `record ${index} has the number ${seq}`,
  'epochs never fall': ({ epoch }, _, index, records) =>
    epoch >= (records[index - 1]?.epoch ?? 1) ? null : `epoch ${epoch} after ${records[index - 1]?.epoch}`,
  'nothing is claimed to be on disk that is not written': ({ durableUpTo }, _, index) =>
    durableUpTo < index ? null : `durable up to ${durableUpTo}`,
  'a run begins once': ({ type }, _, index) => ((type === 'run.created') === (index === 0) ? null : type),
  'a run finishes once': ({ type }, { finished }) =>
    type === 'run.finished' && finished ? 'it was finished before' : null,
  'nothing begins in a run that is over': ({ type }, { finished }) =>
    finished && (type.endsWith('.started') || type === 'step.settled' || type === 'node.opened') ? type : null,
  'a run finishes with no live children': ({ type }, { open, serving }) =>
    type === 'run.finished' && open.size + serving.size > 0 ? [...open.keys(), ...serving].join(', ') : null,
  'terminal states never change': (record, { settled }) => {
    if (record.type === 'step.settled') return settled.has(record.node) ? `${record.node} settles again` : null;
    const isBegun = record.type.endsWith('.started') && record.type !== 'capture.started';
    return isBegun && 'node' in record && settled.has(record.node) ? `${record.type} of ${record.node}` : null;
  },
  'all that is asked for is answered once': (record, { answered }) =>
    record.type.endsWith('.ended') && 'op' in record && answered.has(record.op)
      ? `${record.type} of ${record.node}`
      : null,
  'one live attempt a step': (record, { open, serving }) =>
    record.type === 'attempt.started' && (open.has(record.node) || serving.has(record.node)) ? record.node : null,
  'no more at once than the plan lets': ({ type }, { open, plan }) =>
    type === 'attempt.started' && plan !== null && open.size >= plan.concurrency ? `${open.size + 1} attempts` : null,
  'no more attempts than the plan lets': (record, { failures, plan }) => {
    if (record.type !== 'attempt.started' || plan === null) return null;
    const node = edgesOf(plan, record.node)?.node;
    if (node === undefined || (node.kind === 'action' && node.idempotent === false)) return null; // someone may want it again
    const most = node.retry?.attempts ?? 1;
    const failed = failures.get(record.node) ?? 0;
    return failed >= most ? `attempt after ${failed} failures of ${record.node}` : null;
  },
  'nothing is done again after a success of the same content': (record, { succeeded }) =>
    record.type === 'attempt.started' && succeeded.get(record.node) === record.fingerprint ? record.node : null,
  'nothing begins before what it needs': (record, read) =>
    record.type === 'attempt.started' ? wrongNeed(record.node, read) : null,
  'skipped only for a cause that is in the journal': (record, read) =>
    record.type === 'step.settled' && record.result === 'skipped' ? wrongCause(record, read) : null,
};

/** The names of all that is checked. */
export const JOURNAL_INVARIANTS: readonly string[] = Object.keys(CHECKS);

export function checkJournal(records: readonly Recorded[], plans: ReadonlyMap<string, Plan>): readonly Violation[] {
  const found: Violation[] = [];
  const read: Read = {
    plan: null,
    settled: new Map(),
    open: new Map(),
    serving: new Set(),
    succeeded: new Map(),
    fingerprints: new Map(),
    failures: new Map(),
    answered: new Set(),
    finished: false,
  };
  const checks = Object.entries(CHECKS);
  for (const [index, record] of records.entries()) {
    for (const [invariant, check] of checks) {
      const wrong = check(record, read, index, records);
      if (wrong !== null) found.push({ invariant, detail: `record ${index}: ${wrong}` });
    }
    readOn(record, read, plans);
  }
  return found;
}

const UNDOING = '/compensate/';

function isCompensation(plan: Plan | null, node: string): boolean {
  return plan !== null && edgesOf(plan, node)?.node.kind === 'compensate';
}

function readOn(record: Recorded, read: Read, plans: ReadonlyMap<string, Plan>): void {
  if (record.type.endsWith('.ended') && 'op' in record) read.answered.add(record.op);
  switch (record.type) {
    case 'run.created':
      read.plan = plans.get(record.plan) ?? null;
      return;
    case 'run.replanned':
      read.plan = plans.get(record.plan) ?? null;
      read.finished = false;
      for (const known of [read.settled, read.succeeded, read.failures]) known.clear();
      return;
    case 'run.opened':
      read.answered.clear();
      read.open.clear();
      read.serving.clear();
      return;
    case 'run.finished':
      read.finished = true;
      return;
    case 'node.opened':
      return forget(read, (path) => isInside(record.node, path));
    case 'scope.opened': // of the run: its `finally`, also when it is interrupted, and again at its end
      return record.node === '' && isFinally(record.slot)
        ? forget(read, (path) => path.startsWith('finally/'))
        : undefined;
    case 'scope.closed': // what could not be undone may be undone by another `compensate`, further out
      return record.result !== 'succeeded' && isCompensation(read.plan, record.node)
        ? forget(read, (path) => path.includes(UNDOING) && read.settled.get(path) !== 'succeeded')
        : undefined;
    case 'scope.reworked': {
      const steps = new Set(record.steps);
      return forget(read, (path) => isAtOrIn(steps, path));
    }
    case 'attempt.started':
      read.open.set(record.node, record.op);
      read.fingerprints.set(record.node, record.fingerprint);
      return;
    case 'attempt.serving':
      if (read.open.get(record.node) === record.op) {
        read.open.delete(record.node);
        read.serving.add(record.node);
      }
      return;
    case 'attempt.ended':
      if (read.open.get(record.node) === record.op) read.open.delete(record.node);
      read.serving.delete(record.node);
      if (record.outcome === 'failed' || record.outcome === 'timed-out' || record.outcome === 'hollow')
        read.failures.set(record.node, (read.failures.get(record.node) ?? 0) + 1);
      return;
    case 'step.settled':
      return settle(record, read);
    default:
      return;
  }
}

function settle({ node, result, cause }: Recorded & { readonly type: 'step.settled' }, read: Read): void {
  read.settled.set(node, result);
  const fingerprint = read.fingerprints.get(node);
  if (result === 'succeeded' && cause.kind === 'attempt' && fingerprint !== undefined)
    read.succeeded.set(node, fingerprint);
}

/** What is begun anew. */
function forget(read: Read, isMeant: (path: Path) => boolean): void {
  for (const known of [read.settled, read.succeeded, read.failures])
    for (const path of known.keys()) if (isMeant(path)) known.delete(path);
}

function isFinally(slot: number): boolean {
  return slot === FINALLY || slot === INTERRUPT_HOOK;
}

function isInside(node: Path, path: Path): boolean {
  if (node === '') return path !== '';
  return path.length > node.length && path.startsWith(node) && '/[#'.includes(path.charAt(node.length));
}

function wrongNeed(path: Path, { plan, settled, serving }: Read): string | null {
  const edges = plan === null ? null : edgesOf(plan, path);
  if (edges === null) return null;
  const { node, needs } = edges;
  const join = node.join ?? 'all-succeeded';
  const isFree = node.if?.replacesJoin === true || isAfterwards(path);
  const missing = needs.find((need) => !settled.has(need.path) && !serving.has(need.path));
  if (missing !== undefined && join !== 'any-succeeded') return `${path} before its need ${missing.path}`;
  if (isFree || join !== 'all-succeeded') return null;
  const bad = needs.find(({ path: need, isAllowed }) => {
    const result = settled.get(need);
    return result === 'cancelled' || (result === 'failed' && !isAllowed);
  });
  return bad === undefined ? null : `${path} although its need ${bad.path} is ${settled.get(bad.path)}`;
}

function wrongCause({ node, cause }: { readonly node: Path; readonly cause: Cause }, { settled }: Read): string | null {
  switch (cause.kind) {
    case 'need-failed':
    case 'need-skipped': {
      const result = settled.get(node.slice(0, node.lastIndexOf('/') + 1) + cause.need);
      return result === undefined || result === 'succeeded' || result === 'kept'
        ? `because of ${cause.need}, which is ${result}`
        : null;
    }
    case 'children': {
      const worked = [...settled].find(
        ([path, result]) => isInside(node, path) && !isAfterwards(path) && result !== 'skipped',
      );
      return worked === undefined ? null : `although ${worked.join(' ')}`;
    }
    case 'condition-false':
    case 'no-branch':
    case 'no-items':
    case 'nothing-to-undo':
    case 'not-selected':
    case 'rejected':
      return null;
    default:
      return `because of ${cause.kind}`;
  }
}
