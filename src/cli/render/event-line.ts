/** One record of a journal on one line, for people. Pure. */
import type { Recorded } from '../../core/run/event.ts';
import { harmless } from './text.ts';
import { timeOfDay } from './time.ts';

const ENVELOPE: readonly string[] = ['seq', 'epoch', 'at', 'durableUpTo', 'type', 'node'];
const MAX_LENGTH = 160;

/** `   12 12:00:43 step.settled build result=succeeded cause={"kind":"attempt"}`. */
export function eventLine(record: Recorded): string {
  const node = 'node' in record && record.node !== '' ? ` ${record.node}` : '';
  const rest = Object.entries(record)
    .filter(([key, value]) => !ENVELOPE.includes(key) && value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const text = harmless(rest.replaceAll('\n', '⏎'));
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return `${String(record.seq).padStart(5)} ${timeOfDay(record.at)} ${record.type}${harmless(node)} ${short}`.trimEnd();
}
