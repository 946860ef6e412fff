/** Finds where unchecked text comes to in a file: every use of it, and what it would decide there. Knows no messages. */
import type { Span } from '../../core/diagnostic/diagnostic.ts';
import { flowOf } from '../../core/taint/flow.ts';
import { asText, join, type Origin, origins, type Taint } from '../../core/taint/taint.ts';
import { pathOf, type StepDraft } from '../compile/draft.ts';
import type { Face } from '../compile/family.ts';
import { entryOf, valueOf } from '../compile/tree.ts';
import { givenTo } from './children.ts';
import type { FlowFile } from './contexts.ts';
import { type Sink, sinkOf } from './sinks.ts';
import type { Flows } from './steps.ts';
import type { Use } from './use.ts';

/** Unchecked text at one place. */
export interface TaintEnd {
  /** The path of the step; `''` for what belongs to no step. */
  readonly step: string;
  /** The key that it stands in. */
  readonly key: string;
  /** Null where any text may stand. */
  readonly sink: Sink | null;
  /** At least one, none of them excused by the sink. */
  readonly from: readonly Origin[];
  readonly at: Span;
  /** In the file that the step runs: where it decides something. */
  readonly inside?: Span;
}

/** In the order of compiling. */
export function endsOf(file: FlowFile, sourcesAt: Flows['sourcesAt']): readonly TaintEnd[] {
  const ends = file.scene.uses.flatMap((use) => endsOfUse(file, use, sourcesAt));
  for (const step of file.compiled.keys())
    for (const { face } of step.children ?? [])
      if (face !== null) ends.push(...endsInside(file, step, face, sourcesAt));
  const once = new Map(ends.map((end) => [`${end.at.start.offset} ${end.key} ${end.sink?.decides}`, end] as const));
  return [...once.values()];
}

const READ: Sink = { decides: 'which file is read' };

function endsOfUse(file: FlowFile, use: Use, sourcesAt: Flows['sourcesAt']): readonly TaintEnd[] {
  let read: Taint = null;
  const sources = { ...sourcesAt(use.place), readPath: (path: Taint) => (read = join(read, path)) };
  const value = flowOf(use.expression, sources);
  const sink = sinkOf(use);
  // A list of arguments may be one of values; a text that decides is one.
  const taint = sink === null || use.runs !== undefined ? value : asText(value);
  return [...endOf(file, use, taint, sink), ...endOf(file, use, read, READ)];
}

function endOf({ scene }: FlowFile, use: Use, taint: Taint, sink: Sink | null): readonly TaintEnd[] {
  const from = unexcused(origins(taint), sink);
  if (from.length === 0) return [];
  const { place, scalar, expression } = use;
  const at = scene.locator.spanIn(scalar, use.from, use.from + expression.source.length);
  const key = place.variable === undefined ? place.key : `env.${place.variable}`;
  return [{ step: place.step === null ? '' : pathOf(place.step), key, sink, from, at }];
}

function unexcused(from: readonly Origin[], sink: Sink | null): readonly Origin[] {
  return sink?.takesEncoded ? from.filter(({ encoded }) => encoded !== true) : from;
}

/** What the step gives to a file that lets it decide something. */
function endsInside(
  { scene, ...file }: FlowFile,
  step: StepDraft,
  face: Face,
  sourcesAt: Flows['sourcesAt'],
): readonly TaintEnd[] {
  const given = givenTo({ scene, ...file }, step, face, sourcesAt);
  return face.flows.reaches().flatMap(({ given: name, sink, at: inside, encoded }): readonly TaintEnd[] => {
    const own = origins(given(name));
    const from = unexcused(encoded ? own.map((one) => ({ ...one, encoded: true as const })) : own, sink);
    if (from.length === 0) return [];
    const input = valueOf(valueOf(step.tree, 'with'), name.slice(name.indexOf('.') + 1));
    const range = input?.range ?? entryOf(step.tree, step.action ?? '')?.keyRange ?? step.idRange;
    return [{ step: pathOf(step), key: name, sink, from, at: scene.locator.span(range), inside }];
  });
}
