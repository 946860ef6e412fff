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
const ONE_OF = "`{ type: string, pattern: '^[a-z]+$' }`, or an `enum`";

/** The nearest place where a schema can stand: at the source, where it has one, or else where it came by last. */
export function hintFor(origin: Origin, sink: Sink, drafts: Iterable<StepDraft>): string {
  const last = origin.via.at(-1) ?? origin.of;
  if (sink.takesEncoded) return `Write \`urlEncode(${last})\`.`;
  const steps = [...drafts];
  return atSource(origin, steps) ?? onTheWay(last, steps);
}

function outputOf(name: string, steps: readonly StepDraft[]): { readonly step?: StepDraft; readonly path: string } {
  const [, id, path = ''] = OUTPUT.exec(name) ?? [];
  const step = steps.find((one) => one.id === id);
  return step === undefined ? { path } : { step, path };
}

function atSource({ of }: Origin, steps: readonly StepDraft[]): string | null {
  const { step, path } = outputOf(of, steps);
  if (entryOf(valueOf(step?.tree, 'claude'), 'output') !== undefined)
    return `Say in the \`output\` of \`${step?.id}\` what \`${path}\` may be: ${ONE_OF}.`;
  if (step?.action === 'http' && path.startsWith('json.'))
    return `Say in \`expect: { json: … }\` of \`${step.id}\` what \`${path.slice('json.'.length)}\` may be: ${ONE_OF}.`;
  return null;
}

function onTheWay(name: string, steps: readonly StepDraft[]): string {
  const { step, path } = outputOf(name, steps);
  if (step?.action === 'workflow' || step?.action === 'include')
    return `Let the file check it: in its \`outputs\`, \`${path}: { value: …, pattern: '^[a-z]+$' }\`.`;
  const short = /[A-Za-z][\w-]*$/.exec(path)?.[0];
  const how = 'with an `enum` or a `pattern` for the whole text';
  if (step === undefined || short === undefined) return `Let a step check it in its \`outputs\`, ${how}.`;
  return `Let \`${step.id}\` check it, ${how}: \`outputs: { ${short}: { value: "\${{ self.outputs.${path} }}", pattern: '^[a-z]+$' } }\`.`;
}

/** Of what a file is given: it says itself what that may be. */
export function inputHint(given: string, { takesEncoded }: Sink): string {
  const name = given.slice(given.indexOf('.') + 1);
  if (takesEncoded) return `Write \`urlEncode(${given})\` there.`;
  if (given.startsWith('env.')) return 'Let it be checked before it comes into `env`.';
  return `Let the file say what its input may be: \`${name}: { type: string, pattern: '^[a-z]+$' }\`, or an \`enum\`.`;
}
