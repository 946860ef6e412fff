/** Where a run can go back to, what that makes void, and what outlives it: from journals alone. */
import { describe, expect, test } from 'vitest';
import type { Recorded, RunEvent } from '../../../src/core/run/event.ts';
import { triedFrom } from '../../../src/core/run/rewind.ts';
import { intentOf, pointsOf, type Rewound, undone, unfinished } from '../../../src/core/run/undo.ts';
import { counting, withRange } from '../../../src/core/run/voids.ts';

/** Records numbered from 0. */
const journal = (...events: readonly RunEvent[]): readonly Recorded[] =>
  events.map((event, seq) => ({ ...event, seq, epoch: 1, at: 1000 + seq, durableUpTo: -1 }));

const asked = (node: string, op: number): RunEvent => ({
  type: 'capture.started',
  node,
  op,
  captures: [{ key: 'tree[]', kind: 'tree', args: [] }],
});
const saved = (node: string, op: number, tree: string): RunEvent => ({
  type: 'capture.ended',
  node,
  op,
  values: { 'tree[]': tree },
});
const settled = (node: string): RunEvent => ({
  type: 'step.settled',
  node,
  result: 'succeeded',
  cause: { kind: 'attempt' },
});
const started = (node: string, op: number, attempt: number): RunEvent => ({
  type: 'attempt.started',
  node,
  op,
  attempt,
  fingerprint: 'f',
});
const rewound = (voids: Rewound['voids'], more: Partial<Rewound> = {}): Rewound => ({
  type: 'run.rewound',
  voids,
  ...more,
});

describe('the points to which a run can go back', () => {
  test('are those before steps, in the order of the journal', () => {
    const records = journal(asked('a', 1), asked('b', 2), saved('b', 2, 't2'), saved('a', 1, 't1'));
    expect(pointsOf(records)).toEqual([
      { path: 'b', seq: 1, tree: 't2', at: 1002 },
      { path: 'a', seq: 0, tree: 't1', at: 1003 },
    ]);
  });
  test('a step that was cut off begins where it first began', () => {
    const records = journal(asked('a', 1), saved('a', 1, 'first'), asked('a', 2), saved('a', 2, 'second'));
    expect(pointsOf(records).map(({ tree }) => tree)).toEqual(['first']);
  });
  test('a step that is done again has another', () => {
    const again = [asked('a', 2), saved('a', 2, 'second')];
    const records = journal(asked('a', 1), saved('a', 1, 'first'), settled('a'), ...again);
    expect(pointsOf(records).map(({ tree }) => tree)).toEqual(['first', 'second']);
  });
  test('are none where saving failed, or where the records are void', () => {
    const failed: RunEvent = { type: 'capture.ended', node: 'a', op: 1, values: {} };
    expect(pointsOf(journal(asked('a', 1), failed))).toEqual([]);
    expect(pointsOf(journal(asked('a', 1), saved('a', 1, 't'), rewound([[0, 1]])))).toEqual([]);
  });
});

describe('what was undone', () => {
  const first = rewound([[2, 3]], { to: 'b', before: 'x' });
  const second = rewound([[1, 4]], { to: 'a', before: 'y' });
  const redo = rewound([[2, 3]]);
  test.each<[string, readonly RunEvent[], unknown]>([
    ['nothing', [settled('a')], null],
    [
      'the last undo, with what was void before it',
      [settled('a'), first, second],
      { event: { to: 'a' }, voids: [[2, 3]] },
    ],
    ['after a redo the undo before it', [settled('a'), first, second, redo], { event: { to: 'b' }, voids: [] }],
    ['nothing once the run has gone on', [first, { type: 'run.opened', host: '', giga: '', pid: 1 }], null],
    ['its own intents are no going on', [first, intentOf('redo', 'me', redo)], { event: { to: 'b' } }],
  ])('%s', (_name, events, expected) => {
    const found = undone(journal(...events));
    if (expected === null) expect(found).toBe(null);
    else expect(found).toMatchObject(expected as object);
  });
});

test('an undo that was cut off is the one whose intent has no end', () => {
  const aim = rewound([[0, 1]], { to: 'a', tree: 't', before: 'b', tried: { a: 2 } });
  const intent = intentOf('undo', 'me', aim);
  expect(unfinished(journal(settled('a'), intent))).toEqual({ word: 'undo', event: aim });
  expect(unfinished(journal(settled('a'), intent, aim))).toBe(null);
  expect(unfinished(journal(settled('a')))).toBe(null);
});

test('ranges are joined, and leave out what lies in them', () => {
  const voids = withRange(withRange([], 5, 9), 2, 12);
  expect(voids).toEqual([[2, 12]]);
  expect(withRange([[1, 2]], 5, 9)).toEqual([
    [1, 2],
    [5, 9],
  ]); // prettier-ignore
  const records = journal(
    ...Array.from({ length: 14 }, (_, op) => started('a', op, 1)),
    rewound([
      [5, 9],
      [2, 3],
    ]),
  ); // prettier-ignore
  expect([...counting(records)].map(({ seq }) => seq)).toEqual([0, 1, 4, 10, 11, 12, 13, 14]);
});

test('what was tried is counted from a record on, through earlier rewinds', () => {
  const approval: RunEvent = { type: 'wait.started', node: 'gate', op: 3, purpose: 'approval', data: {} };
  const records = journal(started('a', 1, 9), started('b', 2, 2), approval, rewound([], { tried: { c: 4, b: 1 } }));
  expect(triedFrom(records, 1, new Map([['gate', 3]]))).toEqual({ b: 2, gate: 3, c: 4 });
});
