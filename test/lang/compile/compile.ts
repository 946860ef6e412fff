/** Compiles YAML and Markdown texts for tests, and shows what came of it in short texts. */
import { expect } from 'vitest';
import { type Diagnostic, problem } from '../../../src/core/diagnostic/diagnostic.ts';
import { isComposite, type Plan, type PlanNode, type PlanScope } from '../../../src/core/plan/plan.ts';
import { type CompileOptions, compileWorkflow, type SourceFile } from '../../../src/lang/compile/index.ts';
import { readDocument } from '../../../src/lang/read/document.ts';

export interface Compiled {
  readonly plan: Plan | null;
  readonly diagnostics: readonly Diagnostic[];
}

export function compileText(text: string, options: CompileOptions = {}, file = 'test.yaml'): Compiled {
  const reading = readDocument(text, file);
  if (reading.value === null) return { plan: null, diagnostics: reading.diagnostics };
  const compiled = compileWorkflow(reading.value, options);
  return { plan: compiled.value, diagnostics: [...reading.diagnostics, ...compiled.diagnostics] };
}

/** Texts of files by their paths; `main.yaml` is the one that is compiled. */
export type Files = Readonly<Record<string, string>>;
export interface CompiledFiles extends Compiled {
  /** Which files were asked for, each time. */
  readonly asked: readonly (readonly string[])[];
}

/** Compiles `main.yaml`, giving each file when it is asked for. */
export function compileFiles(texts: Files, options: CompileOptions = {}): CompiledFiles {
  const files = new Map<string, SourceFile>();
  const asked: (readonly string[])[] = [];
  const main = readDocument(texts['main.yaml'] ?? '', 'main.yaml').value;
  if (main === null) throw new Error('the text is unusable');
  for (;;) {
    const { value, diagnostics, missing } = compileWorkflow(main, { ...options, files });
    if (missing.length === 0) return { plan: value, diagnostics, asked };
    asked.push(missing);
    for (const file of missing) files.set(file, sourceOf(texts, file));
  }
}

function sourceOf(texts: Files, file: string): SourceFile {
  const text = texts[file];
  if (text === undefined) {
    const refusal = problem('PLAN_FILE_MISSING', `There is no file "${file}".`);
    return { document: null, diagnostics: [], refusal };
  }
  const { value, diagnostics } = readDocument(text, file);
  return { document: value, diagnostics, envFiles: text.includes('env-files') ? { FROM_FILE: 'f' } : {} };
}

/** The plan of a text that has no errors. */
export function planOf(text: string, options: CompileOptions = {}, file = 'test.yaml'): Plan {
  const { plan, diagnostics } = compileText(text, options, file);
  expect(problemsOf(diagnostics.filter(({ severity }) => severity === 'error'))).toEqual([]);
  if (plan === null) throw new Error('There is no plan, and no error says why.');
  return plan;
}

/** `CODE line:column`, in the order of the text. */
export function problemsOf(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code, at }) => (at === undefined ? code : `${code} ${at.start.line}:${at.start.column}`));
}

/** The steps of the main part. */
export function stepsOf(plan: Plan): readonly PlanNode[] {
  return plan.root.bodies[0]?.nodes ?? [];
}

export function stepOf(plan: Plan, path: string): PlanNode {
  let scope: PlanScope | null | undefined = plan.root.bodies[0];
  let found: PlanNode | undefined;
  for (const id of path.split('/')) {
    found = scope?.nodes.find((node) => node.id === id);
    scope = found !== undefined && isComposite(found) ? found.bodies[0] : null;
  }
  if (found === undefined) throw new Error(`There is no step ${path}.`);
  return found;
}

/** Each step of a scope with what it waits for: `c <- a b`, `d after a b c`. */
export function edgesOf(scope: PlanScope | null | undefined): readonly string[] {
  return (scope?.nodes ?? []).map((node) => {
    const needs = node.needs.map((index) => scope?.nodes[index]?.id ?? '?').join(' ');
    return `${node.id}${needs === '' ? '' : ` <- ${needs}`}${node.after === undefined ? '' : ` after ${node.after}`}`;
  });
}

/** The request of a `run` step with expressions in `${ }` marks. */
export function requestOf(node: PlanNode): Readonly<Record<string, unknown>> {
  if (node.kind !== 'action') throw new Error(`${node.id} is no action.`);
  return shown(node.with) as Readonly<Record<string, unknown>>; // a request is an object
}

/** A template as plain data, in which an expression is its source. */
export function shown(template: Extract<PlanNode, { kind: 'action' }>['with']): unknown {
  switch (template.kind) {
    case 'literal':
      return template.value;
    case 'value':
      return `<${template.expression.source}>`;
    case 'text':
      return (
        template.parts.map((part) => (typeof part === 'string' ? part : `{${part.source}}`)).join('') +
        (template.nulls === 'refuse' ? '!' : '')
      );
    case 'list':
    case 'argv':
      return template.items.map(shown);
    case 'object':
      return Object.fromEntries(template.entries.map(([key, value]) => [key, shown(value)]));
  }
}
