/** Says of which step it is not known whether its effect has happened, and how someone who knows says it. Pure. */
import type { Doubted } from '../../core/run/approval.ts';
import { doubtText } from '../../core/run/waited.ts';
import { LOOKS } from './states.ts';
import { harmless, type Paint, quoted } from './text.ts';

interface Around {
  readonly run: string;
  /** Flags that lead to the run from here. */
  readonly where: string;
  readonly paint: Paint;
}

export function doubtLines({ node, why, verified }: Doubted, { run, where, paint }: Around): string[] {
  const command = `giga resume ${run}${where} --assume ${quoted(harmless(node))}`;
  const unknown = verified ? '`verify` does not know whether it has happened' : 'nothing tells whether it has happened';
  return [
    `${LOOKS['in-doubt'].symbol} ${paint('bold', harmless(node))}  ${LOOKS['in-doubt'].word}  ${doubtText(why)}, and ${unknown}`,
    `answer ${command}=done   it has happened`,
    `answer ${command}=retry  it has not, or may happen again: do it`,
  ];
}
