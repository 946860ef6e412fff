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
  const shared = { inputs: objectOf(valueOf(root, 'inputs')), fakes: fakesOf(reader, valueOf(root, 'fakes')) };
  const tree = valueOf(root, 'tests');
  const entries = tree?.kind === 'map' ? tree.entries : [];
  const tests = entries.map(
    ({ key, keyRange, value }): WorkflowTest => ({
      name: key,
      at: reader.locator.span(keyRange),
      inputs: bareObject([...Object.entries(shared.inputs), ...Object.entries(objectOf(valueOf(value, 'inputs')))]),
      fakes: new Map([...shared.fakes, ...fakesOf(reader, valueOf(value, 'fakes'))]),
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
  const takes = valueOf(tree, 'takes');
  return {
    outputs: objectOf(valueOf(tree, 'outputs')),
    fails: failureOf(valueOf(tree, 'fails')),
    takesMs: takes === undefined ? 0 : durationOf(reader, takes, 'takes'),
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
