/** What a plugin that wants out can reach, at each level: all of it is tried, and looked at from outside. */
import { describe, expect, it } from 'vitest';
import { ATTEMPTS } from './attempts.ts';
import { close, hasSandbox, LEVELS, type Level, open, openTarget } from './place.ts';

const canRun = (level: Level): boolean => process.platform === 'linux' && (hasSandbox || !level.includes('sandboxed'));

describe.each(LEVELS)('a plugin that is %s', (level) => {
  const attempts = ATTEMPTS.filter(({ unkept }) => level !== 'unkept' || unkept !== null);
  it.runIf(canRun(level)).each(attempts)('$name', async ({ body, unkept, open: openAt = [] }) => {
    const target = await openTarget();
    const plugin = await open(level, { attempt: body });
    try {
      const end = await plugin.call('attempt', target.input);
      const reached = await target.reached(end);
      const mayReach = level === 'unkept' || openAt.includes(level);
      expect({ reached, end }).toEqual({ reached: mayReach ? [unkept] : [], end });
    } finally {
      close(plugin);
      target.remove();
    }
  });
});
