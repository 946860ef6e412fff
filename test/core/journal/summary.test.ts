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

test('a run waits for people while somebody is asked and nobody has answered', () => {
  const asks = (node: string, purpose: 'approval' | 'assume' | 'event'): RunEvent => ({
    type: 'wait.started',
    node,
    op: 1,
    purpose,
    data: {},
  });
  const answered: RunEvent = { type: 'wait.ended', node: 'a', op: 1 };
  const settled: RunEvent = { type: 'step.settled', node: 'a', result: 'cancelled', cause: { kind: 'not-selected' } };
  const back: RunEvent = { type: 'scope.reworked', node: 'b', count: 1, steps: ['a', 'b'] };
  const replanned: RunEvent = { type: 'run.replanned', plan: 'p' };
  const statusOf = (...events: RunEvent[]): string => summaryOf(created, opened(5), ...events).status;
  expect(statusOf(asks('a', 'approval'))).toBe('waiting');
  expect(statusOf(asks('a', 'assume'), step)).toBe('waiting');
  expect(statusOf(asks('a', 'event'))).toBe('open');
  for (const end of [answered, settled, back, replanned]) expect(statusOf(asks('a', 'approval'), end)).toBe('open');
  expect(statusOf(asks('a', 'approval'), asks('c', 'approval'), answered)).toBe('waiting');
  expect(summaryOf(opened(7))).toMatchObject({ startedAt: 100, pid: 7 });
});
