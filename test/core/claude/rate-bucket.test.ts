/** How much is left of what a provider told, however its answers come in; and what was taken within a minute. */
import { describe, expect, it } from 'vitest';
import { createBucket } from '../../../src/core/claude/rate-bucket.ts';
import { createRateWindow } from '../../../src/core/claude/rate-window.ts';

const level = (remaining: number, fullInMs = 60_000) => ({ limit: 100, remaining, fullInMs });
const isRoom = (bucket: ReturnType<typeof createBucket>, amount: number, nowMs = 0) =>
  bucket.roomAtMs(amount, 0, nowMs) === nowMs;

describe('what is left', () => {
  it('is the least of what may have been told last: of answers that overtook each other', () => {
    const bucket = createBucket();
    // Sent as 1 and 2; the answer to the second, which was counted last, comes first.
    bucket.hear(level(50), { sent: 2, heard: 3 }, 1, 0);
    bucket.hear(level(51), { sent: 1, heard: 4 }, 4, 0);
    expect([isRoom(bucket, 50), isRoom(bucket, 51)]).toEqual([true, false]);
  });

  it('is what a later call was told, also where that is more', () => {
    const bucket = createBucket();
    bucket.hear(level(5), { sent: 1, heard: 2 }, 2, 0);
    bucket.hear(level(40), { sent: 3, heard: 4 }, 4, 0);
    expect(isRoom(bucket, 40)).toBe(true);
  });

  it('is not what an answer was told that came before one of a call that may have been counted later', () => {
    const bucket = createBucket();
    // Sent as 1 to 4; heard of 3, then of 1, of 2 and of 4: which of them was counted last nobody knows.
    bucket.hear(level(30), { sent: 3, heard: 5 }, 1, 0);
    bucket.hear(level(20), { sent: 1, heard: 6 }, 2, 0);
    bucket.hear(level(25), { sent: 2, heard: 7 }, 4, 0);
    expect([isRoom(bucket, 20), isRoom(bucket, 21)]).toEqual([true, false]);
    bucket.hear(level(60), { sent: 4, heard: 8 }, 8, 0);
    expect(isRoom(bucket, 21)).toBe(false);
    bucket.hear(level(70), { sent: 10, heard: 11 }, 11, 0);
    expect(isRoom(bucket, 70)).toBe(true);
  });

  it('fills up little by little, until it once was less than it should have been', () => {
    const bucket = createBucket();
    bucket.wasWrong(); // nothing was told
    bucket.hear(level(0), { sent: 1, heard: 2 }, 2, 0);
    expect(bucket.roomAtMs(50, 0, 0)).toBe(30_000);
    expect(bucket.roomAtMs(50, 10, 0)).toBe(36_000);
    bucket.wasWrong();
    expect(bucket.roomAtMs(50, 0, 0)).toBe(60_000);
    expect(isRoom(bucket, 100, 60_000)).toBe(true);
    expect(bucket.roomAtMs(1_000, 0, 60_000)).toBe(60_000); // more than the whole is the whole
    expect(bucket.roomAtMs(60, 50, 60_000)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is less what was used and not told', () => {
    const bucket = createBucket();
    bucket.use(10); // nothing was told
    bucket.hear(level(50), { sent: 1, heard: 2 }, 2, 0);
    bucket.use(10);
    expect([isRoom(bucket, 40), isRoom(bucket, 41)]).toEqual([true, false]);
  });
});

describe('a minute', () => {
  it('is over when it is over, and not before', () => {
    const window = createRateWindow(2);
    window.take(1, 1, 0);
    window.take(2, 1, 10);
    expect(window.roomAtMs(1, 59_999)).toBe(60_000);
    expect(window.roomAtMs(1, 60_000)).toBe(60_000);
    expect(window.roomAtMs(2, 60_000)).toBe(60_010);
  });

  it('counts what was used once it is known', () => {
    const window = createRateWindow(100);
    window.take(1, 90, 0);
    expect(window.roomAtMs(50, 1)).toBe(60_000);
    window.correct(1, 20);
    window.correct(7, 20); // long forgotten
    expect(window.roomAtMs(50, 1)).toBe(1);
    expect(window.roomAtMs(90, 1)).toBe(60_000);
  });
});
