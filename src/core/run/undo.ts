/** Where a run can go back to, by its journal: saved trees, what was undone, and an undo that was cut off. Pure; knows no git. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { isJsonObject } from '../json.ts';
import type { Path, Recorded, RunEvent } from './event.ts';
import { TREE_KEY } from './saved-tree.ts';
import { counting, type Ranges } from './voids.ts';

export type Rewound = Extract<RunEvent, { readonly type: 'run.rewound' }>;

/** Before a step that may write. */
export interface UndoPoint {
  readonly path: Path;
  /** From this record on everything is undone. */
  readonly seq: number;
  readonly tree: string;
  /** Wall clock, ms since 1970. */
  readonly at: number;
}

/** In the order of the journal: for each time that a step was done, the tree from before its first attempt. */
export function pointsOf(records: readonly Recorded[]): readonly UndoPoint[] {
  const asked = new Map<number, Recorded & { readonly type: 'capture.started' }>();
  const begun = new Set<Path>();
  const points: UndoPoint[] = [];
  for (const record of counting(records)) {
    if (record.type === 'capture.started' && record.captures.some(({ key }) => key === TREE_KEY))
      asked.set(record.op, record);
    else if (record.type === 'step.settled') begun.delete(record.node);
    else if (record.type === 'capture.ended') {
      const started = asked.get(record.op);
      const tree = record.values[TREE_KEY];
      asked.delete(record.op);
      if (started === undefined || typeof tree !== 'string' || begun.has(record.node)) continue;
      begun.add(record.node);
      points.push({ path: record.node, seq: started.seq, tree, at: record.at });
    }
  }
  return points;
}

/** What the last undo did, and what was void before it; null when nothing was undone since the run last went on. */
export function undone(records: readonly Recorded[]): { readonly event: Rewound; readonly voids: Ranges } | null {
  let stack: { readonly event: Rewound; readonly voids: Ranges }[] = [];
  let voids: Ranges = [];
  for (const record of records) {
    if (record.type === 'run.rewound') {
      if (record.to === undefined) stack.pop();
      else stack.push({ event: record, voids });
      voids = record.voids;
    } else if (!isIntent(record)) stack = [];
  }
  return stack.at(-1) ?? null;
}

export type Word = 'undo' | 'redo';

/** The record that says what is about to be done, before any file is touched. */
export function intentOf(command: Word, by: string, { type: _type, ...rewound }: Rewound): RunEvent {
  return { type: 'command.received', command, by, accepted: true, data: JSON.parse(JSON.stringify(rewound)) };
}

function isIntent(record: Recorded): record is Recorded & { readonly type: 'command.received' } {
  return record.type === 'command.received' && (record.command === 'undo' || record.command === 'redo');
}

/** An undo or redo that was begun and of which no end is recorded. */
export function unfinished(records: readonly Recorded[]): { readonly word: Word; readonly event: Rewound } | null {
  const last = records.findLast((record) => record.type === 'run.rewound' || isIntent(record));
  if (last === undefined || !isIntent(last) || !isJsonObject(last.data)) return null;
  return { word: last.command === 'undo' ? 'undo' : 'redo', event: { type: 'run.rewound', ...last.data } as Rewound }; // as this giga wrote it
}

/** For whoever wants to do something else with such a run. */
export function cutOff(id: string, word: Word): Diagnostic {
  return problem('RUN_UNDO_UNFINISHED', `The last \`giga ${word}\` of run ${id} was cut off.`, {
    hint: `\`giga ${word} ${id}\` completes it.`,
  });
}
