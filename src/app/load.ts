/** Loads a workflow file as a Plan: reads, checks, compiles, and remembers what a text compiled to. Starts nothing. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Diagnostic, hasErrors, problem, type Reading } from '../core/diagnostic/diagnostic.ts';
import type { Document, MapTree } from '../core/document.ts';
import { bareObject, digest, type Json } from '../core/json.ts';
import { PLAN_VERSION, type Plan } from '../core/plan/plan.ts';
import { VERSION } from '../core/version.ts';
import { compilerSettings } from './config/config.ts';
import { readEnvFile } from './config/read-config.ts';
import type { Project } from './project.ts';
import { slashed } from './workspace.ts';

export interface LoadedPlan {
  readonly plan: Plan;
  readonly hash: string;
  /** The text of the file. */
  readonly source: string;
  /** Remembers what the text compiled to, in the state folder; for those who make one anyway. */
  remember(): void;
}

/** What is remembered of a workflow that compiled without errors, beside its plan. Env-files stand with what they held, since they are part of the plan. */
interface Remembered {
  readonly hash: string;
  readonly warnings: readonly Diagnostic[];
  readonly envFiles: Readonly<Record<string, string>>;
}

/** Plans at hand by hash: a large one takes a while to read. */
type PlansAtHand = ReadonlyMap<string, Plan>;
const NONE_AT_HAND: PlansAtHand = new Map();

/** `file` is absolute. Every problem of the file at once; there is a plan only without errors. */
export async function loadWorkflow(
  project: Project,
  file: string,
  atHand: PlansAtHand = NONE_AT_HAND,
): Promise<Reading<LoadedPlan>> {
  const name = slashed(project.cwd, file);
  const source = readSource(file, name);
  if (typeof source !== 'string') return { value: null, diagnostics: [source] };
  return compileText(project, file, source, atHand);
}

/** As `loadWorkflow`, for a text that need not be in a file; `file` (absolute) says what it is relative to. */
export async function compileText(
  project: Project,
  file: string,
  source: string,
  atHand: PlansAtHand = NONE_AT_HAND,
): Promise<Reading<LoadedPlan>> {
  const name = slashed(project.cwd, file);
  const cache = cachePath(project, file, source);
  const known = recall(cache, atHand);
  if (known) return { value: { ...known, source, remember: () => {} }, diagnostics: known.warnings };
  return compileSource(project, file, name, source, cache);
}

async function compileSource(
  project: Project,
  file: string,
  name: string,
  source: string,
  cache: string,
): Promise<Reading<LoadedPlan>> {
  const [{ loadDocument }, { compileWorkflow }] = await Promise.all([
    import('../lang/read/load-document.ts'),
    import('../lang/compile/index.ts'),
  ]);
  const read = await loadDocument(source, name);
  const document = read.value;
  if (document === null || (document.root === null && hasErrors(read.diagnostics)))
    return { value: null, diagnostics: read.diagnostics };
  const wrongKind = refuseKind(document);
  if (wrongKind) return { value: null, diagnostics: [...read.diagnostics, wrongKind] };
  const envFiles = readEnvFiles(document.root, file, project.cwd);
  const compiled = compileWorkflow(document, {
    file: slashed(project.root, file),
    ...compilerSettings(project.config),
    envFiles: envFiles.variables,
  });
  const diagnostics = [...read.diagnostics, ...envFiles.diagnostics, ...compiled.diagnostics];
  if (compiled.value === null || hasErrors(diagnostics)) return { value: null, diagnostics };
  const plan = compiled.value;
  const hash = digest(plan as unknown as Json);
  let isKept = false;
  const keep = (): void => {
    if (!isKept) remember(cache, { hash, warnings: diagnostics, envFiles: envFiles.texts }, plan);
    isKept = true;
  };
  if (existsSync(project.state)) keep();
  return { value: { plan, hash, source, remember: keep }, diagnostics };
}

function readSource(file: string, name: string): string | Diagnostic {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // what fs throws is an ErrnoException
    if (code === 'ENOENT')
      return problem('DOC_NOT_FOUND', `There is no file "${name}".`, {
        hint: 'Check the path, or see `giga run` for the workflows here.',
      });
    return problem('DOC_UNREADABLE', `"${name}" cannot be read: ${message}.`);
  }
}

function refuseKind({ kind, file }: Document): Diagnostic | null {
  if (kind === 'workflow') return null;
  const hint = file.endsWith('.md')
    ? 'A workflow in Markdown begins with frontmatter that says `kind: workflow`.'
    : 'A workflow is a YAML file with `steps`.';
  return problem('DOC_NOT_A_WORKFLOW', `"${file}" is not a workflow but a document of kind \`${kind}\`.`, { hint });
}

interface EnvFiles {
  readonly variables: Readonly<Record<string, string>>;
  /** The text of each file, by absolute path. */
  readonly texts: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The files that `env-files` of the workflow names, relative to the document; later ones win. */
function readEnvFiles(root: MapTree | null, file: string, cwd: string): EnvFiles {
  const tree = root?.entries.find((entry) => entry.key === 'env-files')?.value;
  const named = tree?.kind === 'list' ? tree.items : tree ? [tree] : [];
  const variables = bareObject<string>();
  const texts = bareObject<string>();
  const diagnostics: Diagnostic[] = [];
  for (const item of named) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') continue; // the shape check has said so
    const path = resolve(dirname(file), item.value);
    const read = readEnvFile(path, slashed(cwd, path));
    diagnostics.push(...read.diagnostics);
    for (const [key, { value }] of read.value ?? []) variables[key.slice(key.indexOf('.') + 1)] = String(value);
    if (read.value) texts[path] = readFileSync(path, 'utf8');
  }
  return { variables, texts, diagnostics };
}

/** Everything that compiling depends on, but for env-files, is in the name. */
function cachePath(project: Project, file: string, source: string): string {
  const settings = compilerSettings(project.config) as unknown as Json; // settings are plain JSON
  const key = digest([
    VERSION,
    PLAN_VERSION,
    slashed(project.root, file),
    slashed(project.cwd, file),
    source,
    settings,
  ]);
  return join(project.state, 'cache', 'plans', `${key}.json`);
}

/** Two lines: what is remembered beside the plan, and the plan. */
function recall(path: string, atHand: PlansAtHand): (Remembered & { readonly plan: Plan }) | null {
  try {
    const [first = '', second = ''] = readFileSync(path, 'utf8').split('\n');
    const known = JSON.parse(first) as Remembered; // written by `remember`; anything else lacks a plan
    const unchanged = Object.entries(known.envFiles).every(([envFile, text]) => readFileSync(envFile, 'utf8') === text);
    const plan = atHand.get(known.hash) ?? (JSON.parse(second) as Plan); // as above
    return unchanged && plan.v === PLAN_VERSION ? { ...known, plan } : null;
  } catch {
    return null;
  }
}

/** A cache that cannot be written is no cache; whoever needs the state folder says so by itself. */
function remember(path: string, known: Remembered, plan: Plan): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify(known)}\n${JSON.stringify(plan)}`);
    renameSync(temporary, path);
  } catch {
    // Compiling again costs time, not truth.
  }
}
