import { describe, expect, it } from 'vitest';
import { beginPulse, type Progress, type Pulse } from '../../../src/app/mcp-server/pulse.ts';
import { virtualTime, WORLD } from '../../../src/testing/virtual-time.ts';

interface Bench {
  readonly pulse: Pulse;
  readonly told: Progress[];
  /** Lets so many timers ring. */
  wait(rings: number): void;
}

function bench(expected: number): Bench {
  const time = virtualTime(0);
  const told: Progress[] = [];
  const pulse = beginPulse(time.clockOf(WORLD), expected, (news) => told.push(news));
  return {
    pulse,
    told,
    wait(rings) {
      for (let i = 0; i < rings; i++) time.step();
    },
  };
}

describe('the progress of a run', () => {
  it('is told for each step that settles', () => {
    const { pulse, told } = bench(2);
    pulse.settled('a', 'succeeded');
    pulse.settled('b', 'skipped');
    expect(told).toEqual([
      { done: 1, total: 2, message: 'a: succeeded' },
      { done: 2, total: 2, message: 'b: skipped' },
    ]);
  });

  it('has no total where there are more steps than were expected', () => {
    const { pulse, told } = bench(1);
    pulse.settled('a[x]', 'succeeded');
    pulse.settled('a[y]', 'succeeded');
    expect(told.map(({ total }) => total)).toEqual([1, undefined]);
  });

  it('goes on while nothing settles: it always grows, and never reaches the next step', () => {
    const { pulse, told, wait } = bench(2);
    wait(3);
    pulse.wrote('a', '14 passed');
    wait(1);
    pulse.settled('a', 'succeeded');
    wait(2);
    const done = told.map((news) => news.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(new Set(done).size).toBe(7);
    expect(done.slice(0, 4).every((at) => at > 0 && at < 1)).toBe(true);
    expect(done[4]).toBe(1);
    expect(told.map(({ message }) => message).slice(2)).toEqual([
      'running',
      'a: 14 passed',
      'a: succeeded',
      'running',
      'running',
    ]);
  });

  it('ends with the run', () => {
    const { pulse, told, wait } = bench(1);
    pulse.settled('a', 'succeeded');
    pulse.stop();
    wait(3);
    expect(told).toHaveLength(1);
  });
});
