/** A test file as tests: fakes, and expectations with their places. Knows the form of the file, no workflow and no run. */
import { type Diagnostic, hasErrors, problem, type Reading, type Span } from '../../core/diagnostic/diagnostic.ts';
import type { Document, Locator, MapTree, Tree } from '../../core/document.ts';
import { bareObject, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { parseDuration } from '../../core/units.ts';
import { entryOf, isText, jsonOf, valueOf } from '../compile/tree.ts';
import { makeLocator } from '../read/locator.ts';
import { checkShape } from '../schema/check-shape.ts';

export interface TestFile {
  /** As written, relative to the file; null: the workflow beside it. */
  readonly workflow: string | null;
  readonly tests: readonly WorkflowTest[];
}
export interface WorkflowTest {
  readonly name: string;
  readonly at: Span;
  readonly inputs: JsonObject;
  /** By path; for each attempt, the last for all that follow. */
  readonly fakes: ReadonlyMap<string, FakeStep>;
  /** What people say to approvals, by path; null where no test says anything: then all are granted. */
  readonly answers: ReadonlyMap<string, FakeAnswers> | null;
  /** What is sent, in that order; null where no test says anything: then every event comes at once. */
  readonly events: readonly FakeEvent[] | null;
  readonly expectations: readonly Expectation[];
}
export interface FakeStep {
  readonly at: Span;
  readonly attempts: readonly Fake[];
}
export interface Fake {
  readonly outputs: JsonObject;
  readonly fails: { readonly exitCode?: number; readonly code?: string; readonly message?: string } | null;
  readonly takesMs: number;
}
export interface FakeAnswers {
  readonly at: Span;
  /** For each time that it is asked, the last for all that follow. */
  readonly answers: readonly FakeAnswer[];
}
export interface FakeAnswer {
  readonly verdict: string;
  readonly by: string;
  readonly form: Json;
  readonly comment: string | null;
  /** After it was asked. */
  readonly afterMs: number;
}
export interface FakeEvent {
  readonly name: string;
  readonly data: Json;
  readonly by: string;
  /** After the run began. */
  readonly afterMs: number;
}
export type StepField = 'result' | 'cause' | 'attempts' | 'error' | 'with';
export type Expectation = { readonly at: Span } & (
  | { readonly kind: 'verdict'; readonly value: Json }
  | { readonly kind: 'output'; readonly name: string; readonly value: Json }
  | { readonly kind: 'step'; readonly path: string; readonly field: StepField; readonly value: Json }
  | { readonly kind: 'step-output'; readonly path: string; readonly name: string; readonly value: Json }
  | { readonly kind: 'order'; readonly paths: readonly string[] }
  | { readonly kind: 'at-most'; readonly ms: number }
);

/** The tests of a document, or every problem of its form. */
export function readTests(document: Document): Reading<TestFile> {
  const shape = checkShape(document);
  if (document.root === null || hasErrors(shape)) return { value: null, diagnostics: shape };
  const reader: Reader = { locator: makeLocator(document.text, document.file), problems: [...shape] };
  const { root } = document;
  const workflow = valueOf(root, 'workflow');
  const shared = {
    inputs: objectOf(valueOf(root, 'inputs')),
    fakes: fakesOf(reader, valueOf(root, 'fakes')),
    answers: answersOf(reader, valueOf(root, 'answers')),
    events: eventsOf(reader, valueOf(root, 'events')),
  };
  const tree = valueOf(root, 'tests');
  const entries = tree?.kind === 'map' ? tree.entries : [];
  const tests = entries.map(
    ({ key, keyRange, value }): WorkflowTest => ({
      name: key,
      at: reader.locator.span(keyRange),
      inputs: bareObject([...Object.entries(shared.inputs), ...Object.entries(objectOf(valueOf(value, 'inputs')))]),
      fakes: new Map([...shared.fakes, ...fakesOf(reader, valueOf(value, 'fakes'))]),
      answers: both(shared.answers, answersOf(reader, valueOf(value, 'answers'))),
      events: eventsOf(reader, valueOf(value, 'events')) ?? shared.events,
      expectations: expectationsOf(reader, valueOf(value, 'expect')),
    }),
  );
  const value = { workflow: isText(workflow) ? workflow.value : null, tests };
  return { value: hasErrors(reader.problems) ? null : value, diagnostics: reader.problems };
}

interface Reader {
  readonly locator: Locator;
  readonly problems: Diagnostic[];
}

function objectOf(tree: Tree | undefined): JsonObject {
  const value = tree === undefined ? null : jsonOf(tree);
  return isJsonObject(value) ? value : {};
}

function entriesOf(tree: Tree | undefined): MapTree['entries'] {
  return tree?.kind === 'map' ? tree.entries : [];
}

function fakesOf(reader: Reader, tree: Tree | undefined): ReadonlyMap<string, FakeStep> {
  const fakes = entriesOf(tree).map(({ key, keyRange, value }): readonly [string, FakeStep] => {
    const attempts = (value.kind === 'list' ? value.items : [value]).map((one) => fakeOf(reader, one));
    return [key, { at: reader.locator.span(keyRange), attempts }];
  });
  return new Map(fakes);
}

function fakeOf(reader: Reader, tree: Tree): Fake {
  return {
    outputs: objectOf(valueOf(tree, 'outputs')),
    fails: failureOf(valueOf(tree, 'fails')),
    takesMs: laterBy(reader, tree, 'takes'),
  };
}

function failureOf(tree: Tree | undefined): Fake['fails'] {
  const value = tree === undefined ? false : jsonOf(tree);
  if (typeof value === 'number') return { exitCode: value };
  if (!isJsonObject(value)) return value === true ? {} : null;
  const { 'exit-code': exitCode, code, message } = value;
  return {
    ...(typeof exitCode === 'number' && { exitCode }),
    ...(typeof code === 'string' && { code }),
    ...(typeof message === 'string' && { message }),
  };
}

type Answers = WorkflowTest['answers'];

function both(shared: Answers, own: Answers): Answers {
  return shared === null ? own : new Map([...shared, ...(own ?? [])]);
}

function answersOf(reader: Reader, tree: Tree | undefined): Answers {
  if (tree === undefined) return null;
  const answers = entriesOf(tree).map(({ key, keyRange, value }): readonly [string, FakeAnswers] => {
    const said = (value.kind === 'list' ? value.items : [value]).map((one) => answerOf(reader, one));
    return [key, { at: reader.locator.span(keyRange), answers: said }];
  });
  return new Map(answers);
}

/** A word alone is a verdict. */
function answerOf(reader: Reader, tree: Tree): FakeAnswer {
  const said = jsonOf(tree);
  const { verdict = '', by = TESTER, form = null, comment = null } = isJsonObject(said) ? said : { verdict: said };
  const texts = { verdict: String(verdict), by: String(by), comment: comment === null ? null : String(comment) };
  return { ...texts, form, afterMs: laterBy(reader, tree, 'after') };
}

function eventsOf(reader: Reader, tree: Tree | undefined): WorkflowTest['events'] {
  if (tree === undefined) return null;
  const events = (tree.kind === 'list' ? tree.items : []).map((one): FakeEvent => {
    const { name = '', data = null, by = TESTER } = objectOf(one);
    return { name: String(name), data, by: String(by), afterMs: laterBy(reader, one, 'at') };
  });
  return events.toSorted((a, b) => a.afterMs - b.afterMs);
}

/** Who answers and sends where nobody is named. */
const TESTER = 'test';

function laterBy(reader: Reader, tree: Tree, key: string): number {
  const after = valueOf(tree, key);
  return after === undefined ? 0 : durationOf(reader, after, key);
}

function durationOf({ locator, problems }: Reader, tree: Tree, key: string): number {
  const ms = isText(tree) ? parseDuration(tree.value) : null;
  if (ms === null)
    problems.push(
      problem('PLAN_BAD_DURATION', `\`${key}\` is not a duration.`, {
        at: locator.span(tree.range),
        hint: 'Write a number with a unit, such as `30s` or `1h30m`.',
      }),
    );
  return ms ?? 0;
}

function expectationsOf(reader: Reader, tree: Tree | undefined): readonly Expectation[] {
  const at = (of: Tree): { readonly at: Span } => ({ at: reader.locator.span(of.range) });
  const verdict = valueOf(tree, 'verdict');
  const order = valueOf(tree, 'order');
  const most = valueOf(tree, 'at-most');
  return [
    ...(verdict ? [{ kind: 'verdict', value: jsonOf(verdict), ...at(verdict) } as const] : []),
    ...entriesOf(valueOf(tree, 'steps')).flatMap(({ key, value }) => ofStep(reader, key, value)),
    ...(order?.kind === 'list'
      ? [{ kind: 'order', paths: order.items.map((item) => String(jsonOf(item))), ...at(order) } as const]
      : []),
    ...entriesOf(valueOf(tree, 'outputs')).map(
      ({ key, value }) => ({ kind: 'output', name: key, value: jsonOf(value), ...at(value) }) as const,
    ),
    ...(most ? [{ kind: 'at-most', ms: durationOf(reader, most, 'at-most'), ...at(most) } as const] : []),
  ];
}

const FIELDS: readonly StepField[] = ['result', 'cause', 'attempts', 'error', 'with'];

function ofStep({ locator }: Reader, path: string, tree: Tree): readonly Expectation[] {
  const at = (of: Tree): { readonly at: Span } => ({ at: locator.span(of.range) });
  if (tree.kind !== 'map') return [{ kind: 'step', path, field: 'result', value: jsonOf(tree), ...at(tree) }];
  const fields = FIELDS.flatMap((field) => {
    const entry = entryOf(tree, field);
    return entry === undefined
      ? []
      : [{ kind: 'step', path, field, value: jsonOf(entry.value), ...at(entry.value) } as const];
  });
  const outputs = entriesOf(valueOf(tree, 'outputs')).map(
    ({ key, value }) => ({ kind: 'step-output', path, name: key, value: jsonOf(value), ...at(value) }) as const,
  );
  return [...fields, ...outputs];
}
