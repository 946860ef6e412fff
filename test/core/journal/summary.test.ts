/** The line of a run in a list, folded from its records. */
import { expect, test } from 'vitest';
import { summarize } from '../../../src/core/journal/summary.ts';
import type { Recorded, RunEvent } from '../../../src/core/run/event.ts';

const created: RunEvent = {
  type: 'run.created',
  run: 'r',
  plan: 'p',
  inputs: {},
  trigger: 'cli',
  workflow: { name: 'release', file: 'w/release.yaml' },
};
const opened = (pid: number): RunEvent => ({ type: 'run.opened', host: 'h', giga: '1', pid });
const counts = { succeeded: 1, kept: 0, failed: 0, skipped: 0, cancelled: 0, allowed: 0 };
const finished: RunEvent = { type: 'run.finished', verdict: 'failed', outputs: {}, counts };
const paused: RunEvent = { type: 'run.paused', cause: 'signal', signal: 'SIGINT' };
const step: RunEvent = { type: 'timer.ended', node: 'a', op: 1 };

const summaryOf = (...events: RunEvent[]): ReturnType<typeof summarize> =>
  summarize(events.map((event, seq): Recorded => ({ seq, epoch: 1, at: 100 + seq, durableUpTo: -1, ...event })));

const base = { workflow: 'release', file: 'w/release.yaml', startedAt: 100 };

test.each([
  ['nothing', [], { workflow: '', file: '', status: 'open', verdict: null, startedAt: null, endedAt: null, pid: null }],
  ['a run at work', [created, opened(5), step], { ...base, status: 'open', verdict: null, endedAt: null, pid: 5 }],
  [
    'a finished run',
    [created, opened(5), step, finished],
    { ...base, status: 'finished', verdict: 'failed', endedAt: 103, pid: 5 },
  ],
  [
    'a run that asks nobody',
    [{ ...created, models: 'fake' }, opened(5)],
    { ...base, status: 'open', verdict: null, endedAt: null, pid: 5, models: 'fake' },
  ],
  ['a paused run', [created, opened(5), paused], { ...base, status: 'paused', verdict: null, endedAt: 102, pid: 5 }],
  [
    'a paused run that goes on',
    [created, paused, opened(6), { type: 'run.resumed' }],
    { ...base, status: 'open', verdict: null, endedAt: null, pid: 6 },
  ],
  [
    'a finished run that was looked at again',
    [created, finished, opened(6)],
    { ...base, status: 'finished', verdict: 'failed', endedAt: 101, pid: 6 },
  ],
  [
    'a finished run with another plan',
    [created, finished, { type: 'run.replanned', plan: 'q' }],
    { ...base, status: 'open', verdict: null, endedAt: null, pid: null },
  ],
  [
    'a finished run that was rewound',
    [created, finished, { type: 'run.rewound', voids: [[1, 1]] }],
    { ...base, status: 'open', verdict: null, endedAt: null, pid: null },
  ],
] as const)('%s', (_, events, expected) => {
  expect(summaryOf(...events)).toEqual(expected);
});

const asks = (node: string, purpose: string): RunEvent =>
  ({ type: 'wait.started', node, op: 1, purpose }) as unknown as RunEvent; // as far as is read
const ended = (node: string): RunEvent => ({ type: 'wait.ended', node, op: 1 }) as unknown as RunEvent;
const settled = (node: string): RunEvent => ({ type: 'step.settled', node }) as unknown as RunEvent;
const reworked = (...steps: string[]): RunEvent => ({ type: 'scope.reworked', steps }) as unknown as RunEvent;
const replanned: RunEvent = { type: 'run.replanned', plan: 'q' };

test.each<[string, readonly RunEvent[], string]>([
  ['an approval', [asks('a', 'approval')], 'waiting'],
  ['a word on an effect in doubt', [asks('a', 'assume')], 'waiting'],
  ['something else', [asks('a', 'event')], 'open'],
  ['an approval that was given', [asks('a', 'approval'), ended('a')], 'open'],
  ['an approval of a step that has ended', [asks('a', 'approval'), settled('a')], 'open'],
  ['one of two approvals', [asks('a', 'approval'), asks('b', 'approval'), ended('a')], 'waiting'],
  ['an approval that was sent back', [asks('a', 'approval'), reworked('b', 'a')], 'open'],
  ['an approval beside one that was sent back', [asks('a', 'approval'), reworked('b')], 'waiting'],
  ['an approval of another plan', [asks('a', 'approval'), replanned], 'open'],
  ['an approval of a paused run', [asks('a', 'approval'), paused], 'paused'],
  ['an approval of a finished run', [asks('a', 'approval'), finished], 'finished'],
  ['an approval of a run that goes on', [asks('a', 'approval'), paused, { type: 'run.resumed' }], 'waiting'],
])('a run that waits for %s', (_, events, status) => {
  expect(summaryOf(created, opened(5), ...events)).toMatchObject({ ...base, pid: 5, status });
});

test('a run of which only the opening is known began with that', () => {
  expect(summaryOf(opened(7))).toMatchObject({ startedAt: 100, pid: 7 });
});
