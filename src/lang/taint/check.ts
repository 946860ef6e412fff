/** Refuses what unchecked text would decide: each use of it is held against the flows of its file. Knows flows and sinks, no runs. */
import type { Span } from '../../core/diagnostic/diagnostic.ts';
import type { OutputSpec } from '../../core/plan/plan.ts';
import { flowOf } from '../../core/taint/flow.ts';
import { asText, join, type Origin, origins, substitute, type Taint } from '../../core/taint/taint.ts';
import type { StepDraft } from '../compile/draft.ts';
import type { Face } from '../compile/family.ts';
import { entryOf, valueOf } from '../compile/tree.ts';
import { givenTo } from './children.ts';
import type { FlowFile } from './contexts.ts';
import { hintFor, sourceWord } from './hints.ts';
import { type Sink, sinkOf } from './sinks.ts';
import { isSource, makeFlows } from './steps.ts';
import type { Use } from './use.ts';

/** What a file shows of its flows to those that name it. */
export interface FileFlows {
  /** Whether it gives untrusted text by itself. */
  readonly hasSources: boolean;
  /** Its outputs, by what it is given. */
  outputs(given: (name: string) => Taint): readonly (readonly [string, Taint])[];
  /** Where what it is given decides something. */
  reaches(): readonly Reach[];
}

/** What a value that the file is given would decide in it, and where. */
export interface Reach {
  /** `inputs.path`. */
  readonly given: string;
  readonly sink: Sink;
  readonly at: Span;
  readonly encoded: boolean;
}

/** Reports what unchecked text of the file's own steps reaches. */
export function checkTaint(file: FlowFile, outputs: Readonly<Record<string, OutputSpec>>): FileFlows {
  const hasSources = [...file.compiled].some(([step, node]) => isSource(step, node));
  let flows: ReturnType<typeof makeFlows> | undefined;
  const made = (): ReturnType<typeof makeFlows> => (flows ??= makeFlows(file));
  let reached: readonly Reach[] | undefined;
  const reaches = (): readonly Reach[] => (reached ??= lookAt(file, made().sourcesAt));
  if (hasSources) reaches();
  return {
    hasSources,
    reaches,
    outputs: (given) => [...made().outputs(outputs)].map(([name, taint]) => [name, substitute(taint, given)] as const),
  };
}

type SourcesAt = ReturnType<typeof makeFlows>['sourcesAt'];

/** Reports what comes of the file's own steps; gives what comes of what it is given. */
function lookAt(file: FlowFile, sourcesAt: SourcesAt): readonly Reach[] {
  const found: Reach[] = [];
  for (const use of file.scene.uses) {
    const sink = sinkOf(use);
    const at = (): Span => spanOf(file, use);
    let read: Taint = null;
    const sources = { ...sourcesAt(use.place), readPath: (path: Taint) => (read = join(read, path)) };
    const value = flowOf(use.expression, sources);
    // A list of arguments may be one of values.
    const taint = use.runs === undefined ? asText(value) : value;
    if (sink !== null) found.push(...judge(file, origins(taint), sink, at));
    found.push(...judge(file, origins(read), READ, at));
  }
  for (const step of file.compiled.keys())
    for (const { face } of step.children ?? []) if (face !== null) found.push(...through(file, step, face, sourcesAt));
  return found;
}

const READ: Sink = { decides: 'which file is read' };

/** One report for each place; what was given is for others to judge. */
function judge(file: FlowFile, from: readonly Origin[], sink: Sink, at: () => Span): readonly Reach[] {
  const bad = from.filter(({ encoded }) => !(encoded && sink.takesEncoded));
  const [first] = bad.filter(({ kind }) => kind !== 'given');
  if (first !== undefined) report(file, first, sink, at());
  return bad
    .filter(({ kind }) => kind === 'given')
    .map(({ of, encoded }) => ({ given: of, sink, at: at(), encoded: encoded === true }));
}

function report({ scene, compiled }: FlowFile, origin: Origin, sink: Sink, at: Span, inside?: Span): void {
  const way = [origin.of, ...origin.via].map((name) => `\`${name}\``).join(' → ');
  const step = [...compiled.keys()].find(({ id }) => origin.of.startsWith(`steps.${id}.`));
  scene.error('PLAN_TAINTED', `Unchecked text of ${sourceWord(origin)} decides ${sink.decides}: ${way}.`, at, {
    label: 'anything may stand here',
    hint: hintFor(origin, sink, step),
    related: [
      ...(inside === undefined ? [] : [{ message: `decides ${sink.decides} here`, at: inside }]),
      ...(step === undefined
        ? []
        : [{ message: 'the text comes from this step', at: scene.locator.span(step.idRange) }]),
    ],
  });
}

/** What the step gives to a file that lets it decide something. */
function through(file: FlowFile, step: StepDraft, face: Face, sourcesAt: SourcesAt): readonly Reach[] {
  const given = givenTo(file, step, face, sourcesAt);
  const found: Reach[] = [];
  for (const reach of face.flows.reaches()) {
    const from = origins(given(reach.given)).map((origin) =>
      reach.encoded ? { ...origin, encoded: true as const } : origin,
    );
    if (from.length === 0) continue;
    const name = reach.given.slice(reach.given.indexOf('.') + 1);
    const at = (): Span =>
      file.scene.locator.span(
        valueOf(valueOf(step.tree, 'with'), name)?.range ??
          entryOf(step.tree, step.action ?? '')?.keyRange ??
          step.idRange,
      );
    const bad = from.filter(({ encoded }) => !(encoded && reach.sink.takesEncoded));
    const [first] = bad.filter(({ kind }) => kind !== 'given');
    if (first !== undefined) report(file, first, reach.sink, at(), reach.at);
    for (const { of, encoded, kind } of bad)
      if (kind === 'given') found.push({ given: of, sink: reach.sink, at: at(), encoded: encoded === true });
  }
  return found;
}

function spanOf({ scene }: FlowFile, { scalar, from, expression }: Use): Span {
  return scene.locator.spanIn(scalar, from, from + expression.source.length);
}
