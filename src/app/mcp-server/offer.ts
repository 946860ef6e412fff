/** Finds the workflows that a server offers, and loads one as a tool. Knows no protocol and starts nothing. */
import { basename, extname } from 'node:path';
import type { Diagnostic, Reading, Result } from '../../core/diagnostic/diagnostic.ts';
import { sha256 } from '../../core/json.ts';
import { type LoadedPlan, loadWorkflow } from '../load.ts';
import type { Project } from '../project.ts';
import { findWorkflow, workflowNames } from '../workspace.ts';

export interface OfferOptions {
  /** The folder that names are found from. Absolute. */
  readonly cwd: string;
  /** Names or files of the workflows that are offered. None: all that `giga run NAME` finds. */
  readonly workflows: readonly string[];
  /** Opens the project of a file, or that of `cwd`. */
  readonly open: (file?: string) => Promise<Result<Project>>;
}

/** A workflow that is offered, by the name of its tool. */
export interface Offered {
  readonly tool: string;
  /** Absolute. */
  readonly file: string;
}

export interface LoadedTool extends Offered {
  readonly project: Project;
  readonly loaded: LoadedPlan;
}

/** What is offered now. Fails only of a workflow that was asked for by a name and is not there. */
export function findOffer({ cwd, workflows }: Pick<OfferOptions, 'cwd' | 'workflows'>): Result<readonly Offered[]> {
  const files = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const name of workflows.length > 0 ? workflows : workflowNames(cwd)) {
    const found = findWorkflow(cwd, name);
    if (found.ok) files.add(found.value);
    else if (workflows.length > 0) diagnostics.push(...found.diagnostics);
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: named([...files]) };
}

/** Compiles a workflow as it is now: a tool is what its file says when it is called. */
export async function loadTool(options: OfferOptions, offered: Offered): Promise<Reading<LoadedTool>> {
  const project = await options.open(offered.file);
  if (!project.ok) return { value: null, diagnostics: project.diagnostics };
  const { value, diagnostics } = await loadWorkflow(project.value, offered.file);
  return { value: value === null ? null : { ...offered, project: project.value, loaded: value }, diagnostics };
}

/** The names that models take are narrower than those of files. Those that would share one are told apart by a digest, so that no name depends on which others there are. */
const NAME = { length: 64, unfit: /[^A-Za-z0-9_-]+/g };
const DIGITS = 6;

function named(files: readonly string[]): readonly Offered[] {
  const plain = files.map((file) => ({ file, name: toolName(basename(file, extname(file))) }));
  return plain.map(({ file, name }) => {
    const isShared = plain.some((other) => other.file !== file && other.name === name);
    const unlike = isShared ? `-${sha256(file).slice(0, DIGITS)}` : '';
    return { file, tool: `${name.slice(0, NAME.length - unlike.length)}${unlike}` };
  });
}

/** `release notes.v2` is `release-notes-v2`. */
export function toolName(name: string): string {
  const fit = name.replace(NAME.unfit, '-').replace(/^-+|-+$/g, '');
  return (fit === '' ? `workflow-${sha256(name).slice(0, DIGITS)}` : fit).slice(0, NAME.length);
}
