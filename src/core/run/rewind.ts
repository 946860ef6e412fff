/** What a rewind leaves of what it makes void: how often steps were tried, so that no number, key or verdict is given twice. */
import { isComposite } from '../plan/plan.ts';
import type { Path, Recorded, RunEvent } from './event.ts';
import type { Node } from './node.ts';
import type { Run } from './run.ts';

type Rewound = Extract<RunEvent, { readonly type: 'run.rewound' }>;

/** Folded like any event: what it makes void was left out before. */
export function rewound(run: Run, { tried = {} }: Rewound): void {
  for (const [path, count] of Object.entries(tried)) {
    run.tried.set(path, Math.max(count, run.tried.get(path) ?? 0));
    run.asked.set(path, Math.max(count, run.asked.get(path) ?? 0)); // of approvals alone it is read
    const { generations } = run.reworks;
    generations.set(path, (generations.get(path) ?? 0) + 1);
    const node = run.byPath.get(path);
    if (node !== undefined) countOn(run, node);
  }
}

/** A step goes on counting its attempts where those that are void ended. */
export function countOn(run: Run, node: Node): void {
  if (run.tried.size === 0 || isComposite(node.plan)) return;
  node.attempts = Math.max(node.attempts, run.tried.get(node.path) ?? 0);
}

/** How often each step was tried, or asked, in the records from one on. */
export function triedFrom(
  records: readonly Recorded[],
  from: number,
  asked: ReadonlyMap<Path, number>,
): Readonly<Record<Path, number>> {
  const tried = new Map<Path, number>();
  const count = (path: Path, times: number): void => void tried.set(path, Math.max(times, tried.get(path) ?? 0));
  for (const record of records) {
    if (record.seq < from) continue;
    if (record.type === 'attempt.started') count(record.node, record.attempt);
    if (record.type === 'wait.started' && record.purpose === 'approval')
      count(record.node, asked.get(record.node) ?? 1);
    if (record.type === 'run.rewound')
      for (const [path, times] of Object.entries(record.tried ?? {})) count(path, times);
  }
  return Object.fromEntries(tried);
}
