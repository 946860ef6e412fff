/** Finds where unchecked text comes to in a file: every use of it, and what it would decide there. Knows no messages. */
import type { Span } from '../../core/diagnostic/diagnostic.ts';
import { flowOf } from '../../core/taint/flow.ts';
import { asText, join, member, type Origin, origins, type Taint, through } from '../../core/taint/taint.ts';
import { toolFiles } from '../compile/agent-workflows.ts';
import { pathOf, type StepDraft } from '../compile/draft.ts';
import type { ChildDraft } from '../compile/family.ts';
import { placeOf } from '../compile/place.ts';
import { entryOf, isText, valueOf } from '../compile/tree.ts';
import { givenTo } from './children.ts';
import type { FlowFile } from './contexts.ts';
import { ranBy, type Sink, sinkOf } from './sinks.ts';
import { type Flows, literalField } from './steps.ts';
import type { Use } from './use.ts';
import { runVariables } from './variables.ts';

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
  /** What it is told apart by from other places of the file. */
  readonly range: readonly number[];
  /** Looked up when it is asked for: most uses are no problem. */
  at(): Span;
  /** In the file that the step runs: where it decides something. */
  readonly inside?: Span;
}

/** In the order of compiling. */
export function endsOf(file: FlowFile, sourcesAt: Flows['sourcesAt']): readonly TaintEnd[] {
  const ends = file.scene.uses.list.flatMap((use) => endsOfUse(file, use, sourcesAt));
  for (const step of file.compiled.keys()) ends.push(...endsOfVariables(file, step, sourcesAt));
  for (const step of file.compiled.keys())
    for (const child of step.children ?? []) ends.push(...endsInside(file, step, child, sourcesAt));
  const once = new Map(ends.map((end) => [`${end.range.join()} ${end.key} ${end.sink?.decides}`, end] as const));
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
  const to = use.from + expression.source.length;
  const at = (): Span => scene.locator.spanIn(scalar, use.from, to);
  const range = [...scalar.range, use.from];
  const key = place.variable === undefined ? place.key : `env.${place.variable}`;
  return [{ step: place.step === null ? '' : pathOf(place.step), key, sink, from, range, at }];
}

/** A variable that a script runs. */
function endsOfVariables(file: FlowFile, step: StepDraft, sourcesAt: Flows['sourcesAt']): readonly TaintEnd[] {
  const node = file.compiled.get(step);
  const script = step.action === 'run' ? valueOf(step.tree, 'run') : undefined;
  if (node?.kind !== 'action' || !isText(script) || !script.value.includes('$')) return [];
  const shell = literalField(node.with, 'shell');
  if (shell !== 'bash' && shell !== 'sh') return [];
  const variables = sourcesAt(placeOf(step, 'run')).context('env');
  const names =
    variables?.kind === 'parts' ? [...variables.fields].flatMap(([name, taint]) => (taint === null ? [] : [name])) : [];
  return runVariables(script.value, shell, new Set(names)).map(({ name, from, to, by }) => ({
    step: pathOf(step),
    key: 'run',
    sink: ranBy(by),
    from: origins(through(member(variables, name), `env.${name}`)),
    range: [...script.range, from],
    at: () => file.scene.locator.spanIn(script, from, to),
  }));
}

function unexcused(from: readonly Origin[], sink: Sink | null): readonly Origin[] {
  return sink?.takesEncoded ? from.filter(({ encoded }) => encoded !== true) : from;
}

/** What the step gives to a file that lets it decide something. */
function endsInside(
  file: FlowFile,
  step: StepDraft,
  { key: path, face }: ChildDraft,
  sourcesAt: Flows['sourcesAt'],
): readonly TaintEnd[] {
  if (face === null) return [];
  const given = givenTo(file, step, face, sourcesAt);
  const tool = toolFiles(step).find(({ value }) => value === path);
  return face.flows.reaches().flatMap(({ given: name, sink, at: inside, encoded }): readonly TaintEnd[] => {
    const own = origins(given(name));
    const from = unexcused(encoded ? own.map((one) => ({ ...one, encoded: true as const })) : own, sink);
    if (from.length === 0) return [];
    const input = valueOf(valueOf(step.tree, 'with'), name.slice(name.indexOf('.') + 1));
    const range = (tool ?? input)?.range ?? entryOf(step.tree, step.action ?? '')?.keyRange ?? step.idRange;
    const at = (): Span => file.scene.locator.span(range);
    return [{ step: pathOf(step), key: name, sink, from, range, at, inside: inside() }];
  });
}
