/** What somebody who trusts a workflow should know, in lines. Pure. */
import type { Security, TextOfOthers } from '../../app/commands/security.ts';
import { column, harmless, type Paint, widthOf } from './text.ts';

const MOST = 200;

/** A heading for each kind of thing that there is, and its lines; one line where there is nothing. */
export function securityLines(security: Security, paint: Paint): string[] {
  const { texts, programs, agents, unpinned } = security;
  const refused = texts.filter(({ by, decides }) => by === 'others' && decides !== null);
  const given = texts.filter(({ by }) => by === 'user');
  const lines = [
    ...section(paint, 'unchecked text that decides something', textLines(refused)),
    ...section(paint, 'unchecked text as data', textLines(texts.filter(({ decides }) => decides === null))),
    ...section(paint, 'inputs that decide something', textLines(given)),
    ...section(
      paint,
      'agents that may do much',
      agents.map(({ step, may }) => `${step}: ${may.join(', ')}`),
    ),
    ...section(paint, 'programs in no sandbox', programs),
    ...section(paint, 'MCP servers that giga.lock does not know', unpinned),
  ];
  return lines.length === 0 ? ['no text of models, servers or the web; no programs, no agents, no servers'] : lines;
}

function section(paint: Paint, title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const more = lines.length > MOST ? [`  … ${lines.length - MOST} more`] : [];
  return [paint('bold', title), ...lines.slice(0, MOST).map((line) => `  ${harmless(line)}`), ...more];
}

function textLines(texts: readonly TextOfOthers[]): readonly string[] {
  const places = texts.map(({ step, key }) => (step === '' ? key : `${step}.${key}`));
  const width = Math.min(40, Math.max(0, ...places.map(widthOf)));
  return texts.map(({ way, decides }, at) => {
    const what = decides === null ? '' : `   decides ${decides}`;
    return `${column(harmless(places[at] ?? ''), width)}  ← ${way.toReversed().join(' ← ')}${what}`;
  });
}
