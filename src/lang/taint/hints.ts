/** Says whose text it is, and how it can be checked. Knows where schemas stand, no flows. */

import { unreachable } from '../../core/json.ts';
import type { Origin } from '../../core/taint/taint.ts';
import type { StepDraft } from '../compile/draft.ts';
import { entryOf, valueOf } from '../compile/tree.ts';
import type { Sink } from './sinks.ts';

export function sourceWord({ kind }: Origin): string {
  switch (kind) {
    case 'model':
      return 'a model';
    case 'server':
      return 'an MCP server';
    case 'web':
      return 'an HTTP answer';
    case 'event':
      return 'an event';
    case 'given':
      return 'whoever gives it';
    default:
      return unreachable(kind);
  }
}

const OUTPUT = /^steps\.([^.[]+)\.outputs\.(.+)$/;

/** The nearest place where a schema can stand. */
export function hintFor(origin: Origin, sink: Sink, step: StepDraft | undefined): string {
  if (sink.takesEncoded) return `Write \`urlEncode(${[origin.of, ...origin.via].at(-1) ?? ''})\`.`;
  const [, , field = ''] = OUTPUT.exec(origin.of) ?? [];
  const claude = valueOf(step?.tree, 'claude');
  if (claude !== undefined && entryOf(claude, 'output') !== undefined && /^[\w-]+$/.test(field))
    return `Say what it may be in the \`output\` of \`${step?.id}\`: \`${field}: { type: string, pattern: '^[a-z]+$' }\`, or an \`enum\`.`;
  const last = origin.via.at(-1) ?? origin.of;
  const [, id, name = 'value'] = OUTPUT.exec(last) ?? [];
  const value = id === step?.id ? `self.outputs.${name}` : last;
  const short = /[\w-]+$/.exec(name)?.[0] ?? 'value';
  return `Let it be checked first, with an \`enum\` or a \`pattern\` for the whole text: \`outputs: { ${short}: { value: "\${{ ${value} }}", pattern: '^[a-z]+$' } }\`.`;
}
