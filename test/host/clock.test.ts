/** The clock: long waits in parts, and a machine that slept. */
import { describe, expect, test } from 'vitest';
import { createClock, type TimeSource } from '../../src/host/clock.ts';

/** Time that only goes when told; each timer as the platform would have it. */
function handTime(): TimeSource & {
  pass(ms: number): void;
  sleep(ms: number): void;
  setWall(ms: number): void;
  longest(): number;
  waiting(): number;
} {
  let wall = 1_000_000;
  let monotonic = 50;
  let longest = 0;
  let timers: { readonly due: number; readonly ring: () => void }[] = [];
  const fire = (): void => {
    for (const timer of timers.filter(({ due }) => due <= monotonic).toSorted((a, b) => a.due - b.due)) {
      if (!timers.includes(timer)) continue;
      timers = timers.filter((other) => other !== timer);
      timer.ring();
    }
  };
  return {
    wallMs: () => wall,
    monotonicMs: () => monotonic,
    timer: (delayMs, then) => {
      longest = Math.max(longest, delayMs);
      const timer = { due: monotonic + delayMs, ring: then };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    pass: (ms) => {
      for (let left = ms; left > 0; left -= 1000) {
        wall += Math.min(left, 1000);
        monotonic += Math.min(left, 1000);
        fire();
      }
    },
    sleep: (ms) => {
      wall += ms;
    },
    setWall: (ms) => {
      wall = ms;
    },
    longest: () => longest,
    waiting: () => timers.length,
  };
}

describe('a wait', () => {
  const DAY_MS = 86_400_000;

  test.each([0, 1, 999.5, 29_999, 30_000, 30_001, 3_600_000])('of %d ms ends once, and not before', (delayMs) => {
    const time = handTime();
    let rings = 0;
    createClock(time).after(delayMs, () => rings++);
    time.pass(Math.max(0, delayMs - 1000));
    const early = delayMs > 1000 ? rings : 0;
    time.pass(2000);
    time.pass(DAY_MS / 100);
    expect({ early, rings, waiting: time.waiting() }).toEqual({ early: 0, rings: 1, waiting: 0 });
  });

  test('longer than a platform timer can hold is split', () => {
    const time = handTime();
    let rings = 0;
    const takeBack = createClock(time).after(400 * DAY_MS, () => rings++);
    time.pass(DAY_MS / 10);
    expect(rings).toBe(0);
    expect(time.longest()).toBeLessThan(2 ** 31);
    takeBack();
    expect(time.waiting()).toBe(0);
  });

  test('ends soon after a machine wakes that slept over it', () => {
    const time = handTime();
    let rings = 0;
    createClock(time).after(3_600_000, () => rings++);
    time.pass(1000);
    time.sleep(2 * 3_600_000);
    time.pass(30_000);
    expect(rings).toBe(1);
  });

  test('is not made longer by a wall clock that is set back', () => {
    const time = handTime();
    let rings = 0;
    createClock(time).after(60_000, () => rings++);
    time.setWall(5);
    time.pass(60_000);
    expect(rings).toBe(1);
  });

  test('that is taken back never ends, also when its last part is due', () => {
    const time = handTime();
    let rings = 0;
    const takeBack = createClock(time).after(45_000, () => rings++);
    time.pass(31_000);
    takeBack();
    takeBack();
    time.pass(100_000);
    expect(rings).toBe(0);
    expect(time.waiting()).toBe(0);
  });
});

test("the machine's clock: monotonic time does not fall, and a wait ends", async () => {
  const clock = createClock();
  const before = clock.monotonicMs();
  expect(Math.abs(clock.wallMs() - Date.now())).toBeLessThan(60_000);
  await new Promise<void>((resolve) => clock.after(1, resolve));
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
});
