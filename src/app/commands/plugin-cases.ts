/** Reads the cases that stand beside a plugin. Calls nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { type Diagnostic, hasErrors, problem, type Reading, type Span } from '../../core/diagnostic/diagnostic.ts';
import type { Tree } from '../../core/document.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import { validateJson } from '../../core/schema/validate.ts';
import { jsonOf } from '../../lang/compile/tree.ts';
import { makeLocator } from '../../lang/read/locator.ts';
import { readTree } from '../config/read-tree.ts';
import type { Project } from '../project.ts';
import { slashed } from '../workspace.ts';
import { readPackageFile } from './package-files.ts';
import type { OpenPlugin } from './plugin-book.ts';

export interface PluginCase {
  readonly name: string;
  readonly at: Span;
  readonly step: string;
  readonly with: JsonObject;
  readonly config: JsonObject;
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly http: readonly Stub[];
  readonly expected: Expected;
  /** Null: must not be there. */
  readonly after: Readonly<Record<string, string | null>>;
}

/** An answer of a server. */
export interface Stub {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Expected =
  | { readonly kind: 'success'; readonly outputs: JsonObject }
  | { readonly kind: 'failure'; readonly code: string; readonly message: string };

/** Of `hello.test.yaml` beside `hello.ts`; none where there is no such file. */
export async function readCases(
  project: Project,
  { booked, manifest }: OpenPlugin,
): Promise<Reading<readonly PluginCase[]>> {
  const path = ['.yaml', '.yml']
    .map((ending) => booked.file.replace(/\.[^.]*$/, `.test${ending}`))
    .find((one) => existsSync(one));
  if (path === undefined) return { value: [], diagnostics: [] };
  const file = slashed(project.cwd, path);
  const text = readFileSync(path, 'utf8');
  const { value: tree, diagnostics } = await readTree(text, file);
  if (tree === null || hasErrors(diagnostics)) return { value: null, diagnostics };
  const locator = makeLocator(text, file);
  const json = jsonOf(tree);
  const at = (where: string): Span => locator.span(nodeAt(tree, where).range);
  const faults = shapeFaults(json).map(({ path: where, message, hint }) =>
    problem('PLUGIN_CASES', message, { at: at(where), ...(hint !== undefined && { hint }) }),
  );
  if (faults.length > 0) return { value: null, diagnostics: faults };
  const { cases } = json as unknown as { readonly cases: readonly RawCase[] }; // as the schema says
  const steps = Object.keys(manifest.steps);
  const problems: Diagnostic[] = [];
  const read = cases.map((one, index): PluginCase => {
    const where = at(`cases[${index}]`);
    if (!steps.includes(one.step)) problems.push(unknownStep(one.step, steps, at(`cases[${index}].step`)));
    return caseOf(one, where);
  });
  return problems.length > 0 ? { value: null, diagnostics: problems } : { value: read, diagnostics: [] };
}

/** A case as the schema of the file has it. */
interface RawCase {
  readonly name?: string;
  readonly step: string;
  readonly with?: JsonObject;
  readonly config?: JsonObject;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly http?: readonly (Partial<Omit<Stub, 'body'>> & { readonly url: string; readonly body?: Json })[];
  readonly outputs?: JsonObject;
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly 'files-after'?: Readonly<Record<string, string | null>>;
}

function caseOf(raw: RawCase, at: Span): PluginCase {
  const { name, step, outputs = {}, error } = raw;
  return {
    name: name ?? step,
    at,
    step,
    with: raw.with ?? {},
    config: raw.config ?? {},
    files: raw.files ?? {},
    env: raw.env ?? {},
    http: (raw.http ?? []).map(({ method = 'GET', url, status = 200, headers = {}, body = '' }) => ({
      method,
      url,
      status,
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })),
    expected:
      error === undefined
        ? { kind: 'success', outputs }
        : { kind: 'failure', code: error.code ?? 'STEP_PLUGIN_FAILED', message: error.message ?? '' },
    after: raw['files-after'] ?? {},
  };
}

interface ShapeFault {
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

function shapeFaults(json: Json): readonly ShapeFault[] {
  const schema = JSON.parse(readPackageFile('schemas/plugin-test.schema.json')) as JsonObject; // our own
  const known = keysIn(schema);
  const faults = validateJson(json, schema).map(({ path, message }): ShapeFault => {
    const [, key] = /`([^`]+)`/.exec(message) ?? [];
    const similar = key === undefined ? null : nearest(key, known);
    const what = path === '' ? 'The file' : `\`${path}\``;
    return {
      path,
      message: `${what} ${message}.`,
      ...(similar !== null && similar !== key && { hint: `Did you mean \`${similar}\`?` }),
    };
  });
  if (faults.length > 0 || !isJsonObject(json)) return faults;
  const cases = Array.isArray(json['cases']) ? json['cases'] : [];
  return cases.flatMap((one, at): readonly ShapeFault[] => {
    if (!isJsonObject(one)) return [];
    const both = one['outputs'] !== undefined && one['error'] !== undefined;
    return [
      ...(both ? [{ path: `cases[${at}]`, message: 'A case has `outputs` or `error`, and not both.' }] : []),
      ...['files', 'files-after'].flatMap((key) => strayFiles(one[key], `cases[${at}].${key}`)),
    ];
  });
}

/** Files of a case lie in its own folder. */
function strayFiles(files: Json | undefined, path: string): readonly ShapeFault[] {
  const stray = Object.keys(isJsonObject(files ?? null) ? (files as JsonObject) : {}).find(
    (file) => isAbsolute(file) || /(?:^|[\\/])\.\.(?:[\\/]|$)/.test(file),
  );
  return stray === undefined ? [] : [{ path, message: `\`${stray}\` is not in the folder of the case.` }];
}

/** The keys of the file and of a case. */
function keysIn({ properties }: JsonObject): readonly string[] {
  if (properties === undefined || !isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, schema]) => {
    const items = isJsonObject(schema) ? (schema['items'] ?? schema) : {};
    return [name, ...(isJsonObject(items) ? keysIn(items) : [])];
  });
}

function unknownStep(step: string, steps: readonly string[], at: Span): Diagnostic {
  const similar = nearest(step, steps);
  const all = steps.length === 0 ? 'It has no steps.' : `Its steps are: ${steps.join(', ')}.`;
  const hint = similar === null ? all : `Did you mean \`${similar}\`?`;
  return problem('PLUGIN_CASES', `The plugin has no step \`${step}\`.`, { at, hint });
}

/** The part of a tree that a path such as `cases[0].with.name` leads to, or the last one on the way. */
function nodeAt(tree: Tree, path: string): Tree {
  let at = tree;
  for (const [, index, key] of path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)) {
    const next: Tree | undefined =
      index !== undefined
        ? at.kind === 'list'
          ? at.items[Number(index)]
          : undefined
        : at.kind === 'map'
          ? at.entries.find((entry) => entry.key === key)?.value
          : undefined;
    if (next === undefined) return at;
    at = next;
  }
  return at;
}
