/** What a waiting step waits for, and how long still, in a few words. Pure. */
import { harmless } from './text.ts';
import { duration } from './time.ts';
import type { ActiveStep } from './view.ts';

/** `for event \`deployed\`, 4m00s left`; `for 9.9s`; `retry in 2.0s`. */
export function waitingText({ waitsFor, dueAt, ended }: ActiveStep, now: number): string {
  const left = dueAt === undefined ? null : duration(dueAt - now);
  if (waitsFor !== undefined) return `for ${harmless(waitsFor)}${left === null ? '' : `, ${left} left`}`;
  return left === null ? '' : `${ended ? 'retry in' : 'for'} ${left}`;
}
