/** Refuses what unchecked text would decide, and says of a file what it does with text that it is given. Knows where text comes to, no runs. */
import type { Span } from '../../core/diagnostic/diagnostic.ts';
import type { OutputSpec } from '../../core/plan/plan.ts';
import { type Origin, substitute, type Taint } from '../../core/taint/taint.ts';
import type { FlowFile } from './contexts.ts';
import { endsOf, type TaintEnd } from './ends.ts';
import { hintFor, inputHint, sourceWord } from './hints.ts';
import type { Sink } from './sinks.ts';
import { type Flows, isSource, makeFlows } from './steps.ts';

/** What a file shows of its flows to those that name it. */
export interface FileFlows {
  /** Whether it gives unchecked text by itself. */
  readonly hasSources: boolean;
  /** Its outputs, by what it is given. */
  outputs(given: (name: string) => Taint): readonly (readonly [string, Taint])[];
  /** Where what it is given decides something. */
  reaches(): readonly Reach[];
  /** Where text of its own steps comes to, refused or not; of the file that is run itself, also where its inputs decide. */
  ends(): readonly FoundEnd[];
}

/** Plain data. */
export type FoundEnd = Omit<TaintEnd, 'at'> & { readonly at: Span };

/** What a value that the file is given would decide in it, and where. */
export interface Reach {
  /** `inputs.path`. */
  readonly given: string;
  readonly sink: Sink;
  at(): Span;
  readonly encoded: boolean;
}

/** Reports what text of the file's own steps decides. Without such a step nothing is looked at, until somebody asks. */
export function checkTaint(file: FlowFile, outputs: Readonly<Record<string, OutputSpec>>): FileFlows {
  const hasSources = file.scene.uses.isKept && [...file.compiled.keys()].some(isSource);
  const flows = once((): Flows => makeFlows(file));
  const all = once(() => endsOf(file, flows().sourcesAt));
  if (hasSources) for (const end of all()) report(file, end);
  return {
    hasSources,
    outputs: (given) =>
      [...flows().outputs(outputs)].map(
        ([name, taint]) => [name, substitute(taint, file.scene.document.file, given)] as const,
      ),
    reaches: once(() => all().flatMap(reachesOf)),
    ends: () =>
      all()
        .filter(({ from, sink }) => from.some(isOwn) || (sink !== null && file.scene.role.kind === 'root'))
        .map((end) => ({ ...end, at: end.at() })),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function isOwn({ kind }: Origin): boolean {
  return kind !== 'given';
}

/** Of what the file is given, others judge. */
function reachesOf({ sink, from, at }: TaintEnd): readonly Reach[] {
  if (sink === null) return [];
  return from
    .filter((origin) => !isOwn(origin))
    .map(({ of, encoded }) => ({ given: of, sink, at, encoded: encoded === true }));
}

function report({ scene, compiled }: FlowFile, { key, sink, from, at, inside }: TaintEnd): void {
  const origin = from.find(isOwn);
  if (sink === null || origin === undefined) return;
  const way = [origin.of, ...origin.via].map((name) => `\`${name}\``).join(' → ');
  scene.error('PLAN_TAINTED', `Unchecked text of ${sourceWord(origin)} decides ${sink.decides}: ${way}.`, at(), {
    label: 'anything may stand here',
    hint: inside === undefined ? hintFor(origin, sink, compiled.keys()) : inputHint(key, sink),
    related: [
      ...(inside === undefined ? [] : [{ message: `decides ${sink.decides} here`, at: inside }]),
      ...(origin.at === undefined ? [] : [{ message: 'the text comes from this step', at: origin.at }]),
    ],
  });
}
