/** Loads a workflow file as a Plan: reads, checks, compiles, and remembers what a text compiled to. Starts nothing. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Diagnostic, hasErrors, type Reading } from '../core/diagnostic/diagnostic.ts';
import { digest, type Json, sha256, sha256Of } from '../core/json.ts';
import { PLAN_VERSION, type Plan } from '../core/plan/plan.ts';
import { VERSION } from '../core/version.ts';
import { writeWholeFile } from '../host/files.ts';
import type { Compiled, CompileOptions, FoundEnd, PluginSource, SourceFile } from '../lang/compile/index.ts';
import { compilerSettings } from './config/config.ts';
import type { Project } from './project.ts';
import { readEnvFiles, readSource, readSourceFile, refuseKind } from './source-files.ts';
import { slashed } from './workspace.ts';

export interface LoadedPlan {
  readonly plan: Plan;
  readonly hash: string;
  /** The text of the file. */
  readonly source: string;
  /** The other files that the plan is made of: env-files, child workflows and plugins. Absolute. */
  readonly others: readonly string[];
  /** Remembers what the text compiled to, in the state folder; for those who make one anyway. */
  remember(): void;
}

/** What is remembered of a workflow that compiled without errors, beside its plan. Other files stand with what they held, since they are part of the plan. */
interface Remembered {
  readonly hash: string;
  readonly warnings: readonly Diagnostic[];
  /** Env-files and child workflows, by absolute path. */
  readonly texts: Readonly<Record<string, string>>;
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
  if (known) {
    const others = Object.keys(known.texts);
    return { value: { ...known, source, others, remember: () => {} }, diagnostics: known.warnings };
  }
  return compileSource(project, file, name, source, cache);
}

/** Where text of models, servers and the web comes to in a file, and in those that it names. Nothing is remembered of it: the file is compiled. */
export async function taintEndsOf(project: Project, file: string): Promise<readonly FoundEnd[]> {
  const name = slashed(project.cwd, file);
  const source = readSource(file, name);
  if (typeof source !== 'string') return [];
  return (await compileDocument(project, file, name, source, new Map(), { security: true })).ends?.() ?? [];
}

async function compileSource(
  project: Project,
  file: string,
  name: string,
  source: string,
  cache: string,
): Promise<Reading<LoadedPlan>> {
  const texts = new Map<string, string>();
  const { value: plan, diagnostics } = await compileDocument(project, file, name, source, texts);
  if (plan === null) return { value: null, diagnostics };
  const hash = digest(plan as unknown as Json);
  let isKept = false;
  const keep = (): void => {
    if (!isKept) remember(cache, { hash, warnings: diagnostics, texts: Object.fromEntries(texts) }, plan);
    isKept = true;
  };
  if (existsSync(project.state)) keep();
  return { value: { plan, hash, source, others: [...texts.keys()], remember: keep }, diagnostics };
}

/** The plan, and into `texts` the other files that it is made of. The document is forgotten: it is larger than its plan. */
async function compileDocument(
  project: Project,
  file: string,
  name: string,
  source: string,
  texts: Map<string, string>,
  more: CompileOptions = {},
): Promise<Reading<Plan> & Partial<Pick<Compiled, 'ends'>>> {
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
  const envFiles = readEnvFiles(document.root, file, project.cwd, texts);
  const files = new Map<string, SourceFile>();
  const plugins = new Map<string, PluginSource>();
  const compile = () =>
    compileWorkflow(document, {
      file: slashed(project.root, file),
      ...compilerSettings(project.config),
      envFiles: envFiles.variables,
      files,
      plugins,
      ...more,
    });
  let compiled = compile();
  // Files name files: each time one level more is known. The compiler bounds their number and how deep they go.
  while (compiled.missing.length + compiled.missingPlugins.length > 0) {
    for (const path of compiled.missing) files.set(path, await readSourceFile(project, path, texts));
    for (const [path, isolation] of compiled.missingPlugins) {
      const { readPluginSource } = await import('./plugins.ts');
      plugins.set(path, await readPluginSource(project, path, isolation, texts));
    }
    compiled = compile();
  }
  const diagnostics = [...read.diagnostics, ...envFiles.diagnostics, ...compiled.diagnostics];
  return { value: hasErrors(diagnostics) ? null : compiled.value, diagnostics, ends: compiled.ends };
}

/** Everything that compiling depends on, but for the other files that it reads, is in the name. */
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

/** Three lines: the digest of the others, what is remembered beside the plan, and the plan. What is damaged was never remembered. */
function recall(path: string, atHand: PlansAtHand): (Remembered & { readonly plan: Plan }) | null {
  try {
    const [digestOfText, text] = parted(readFileSync(path, 'utf8'));
    if (sha256(text) !== digestOfText) return null;
    const [beside, planText] = parted(text);
    const known = JSON.parse(beside) as Remembered; // written by `remember`, as its digest says
    const unchanged = Object.entries(known.texts).every(([other, text]) => readFileSync(other, 'utf8') === text);
    const plan = atHand.get(known.hash) ?? (JSON.parse(planText) as Plan); // as above
    return unchanged && plan.v === PLAN_VERSION ? { ...known, plan } : null;
  } catch {
    return null;
  }
}

function parted(text: string): readonly [line: string, rest: string] {
  const end = text.indexOf('\n');
  return [text.slice(0, end), text.slice(end + 1)];
}

/** A cache that cannot be written is no cache; whoever needs the state folder says so by itself. */
function remember(path: string, known: Remembered, plan: Plan): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const pieces = [`${JSON.stringify(known)}\n`, JSON.stringify(plan)];
    writeWholeFile(temporary, `${sha256Of(pieces)}\n`);
    for (const piece of pieces) writeWholeFile(temporary, piece, { flag: 'a' });
    renameSync(temporary, path);
  } catch {
    // Compiling again costs time, not truth. On a full disk half a file would be in the way of others.
    rmSync(temporary, { force: true });
  }
}
