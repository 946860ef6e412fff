/** The files that a workflow names, and those that these name: each compiled once for each way in which it is named, within bounds. Knows no keys. */
import type { Diagnostic, Span } from '../../core/diagnostic/diagnostic.ts';
import type { Document } from '../../core/document.ts';
import type { Type } from '../../core/expr/type.ts';
import { canonical, type Json, type JsonObject } from '../../core/json.ts';
import type { Manner, Plan } from '../../core/plan/plan.ts';
import type { Isolation, PluginManifest } from '../../core/plugin.ts';
import type { FileFlows } from '../taint/check.ts';
import type { Defaults } from './defaults.ts';
import type { Permitted } from './permissions.ts';

/** Files in one another, the one that is run included. */
export const MAX_FILES_DEEP = 16;
/** Files that one run may be made of. */
export const MAX_FILES = 1_000;
/** Steps of a run with all its child workflows, counted at each place where they are run. */
export const MAX_STEPS = 200_000;
/** Groups in one another, through all files. */
export const MAX_GROUPS_DEEP = 128;

/** A file as it could be read. */
export interface SourceFile {
  /** Null where its text is unusable, or there is none. */
  readonly document: Document | null;
  /** Problems of reading it, at their places in it. */
  readonly diagnostics: readonly Diagnostic[];
  /** Why it is no workflow at all: said where it is named. */
  readonly refusal?: Diagnostic;
  /** It stands in the workspace, and is a link to what does not. */
  readonly isLinkOut?: true;
  /** Variables of the files that its `env-files` name. */
  readonly envFiles?: Readonly<Record<string, string>>;
}

/** A plugin as it could be read. */
export type PluginSource =
  | {
      readonly ok: true;
      readonly integrity: string;
      readonly builtins: readonly string[];
      readonly manifest: PluginManifest;
    }
  /** Problems with places of their own are told there, others where it is named. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** As what a document is compiled. */
export type Role =
  | { readonly kind: 'root'; readonly permitted: Permitted }
  /** A workflow that a step runs; `permitted` is what that step may reach, and `around` how all that is inside is run. */
  | { readonly kind: 'child'; readonly permitted: Permitted; readonly around: Manner }
  /** Steps that become part of another workflow, with what that has. */
  | {
      readonly kind: 'fragment';
      readonly permitted: Permitted;
      readonly around: Manner;
      readonly env: readonly string[];
      readonly secrets: readonly string[];
      readonly vars: JsonObject;
      readonly defaults: Defaults;
    };

/** One of the files that a step may run. */
export interface ChildDraft {
  /** As the step names it. */
  readonly key: string;
  /** Null when it could not be read: its problems, or one at the step, say why. */
  readonly face: Face | null;
}

/** What a workflow needs to know of a file that it names. */
export interface Face {
  /** As the user would name the file. */
  readonly file: string;
  readonly plan: Plan;
  /** The most steps at once that it asks for itself. */
  readonly concurrency: number | undefined;
  readonly outputs: ReadonlyMap<string, Type>;
  readonly flows: FileFlows;
  /** Where it declares an input or a secret; null where that is not known. */
  placeOf(what: 'inputs' | 'secrets', name: string): Span | null;
  /** Its steps with those of its own children; files and groups in one another. */
  readonly steps: number;
  readonly filesDeep: number;
  readonly groupsDeep: number;
}

export interface Family {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** What must be read before anything can be said. */
  readonly missing: Set<string>;
  /** Plugins by the path of their file, and those that must be read: kept from the machine as they will be. */
  readonly plugins: ReadonlyMap<string, PluginSource>;
  readonly missingPlugins: Map<string, Isolation>;
  /** The files that are being compiled, the outermost first. */
  readonly chain: string[];
  readonly diagnostics: Diagnostic[];
  /** Of each file, for each way in which it is compiled. */
  readonly flows: FileFlows[];
  faceOf(file: string, source: SourceFile, role: Role): Face | null;
}

export type CompileFile = (source: SourceFile, file: string, family: Family, role: Role) => Face | null;

export function makeFamily({ files, plugins }: Pick<Family, 'files' | 'plugins'>, compile: CompileFile): Family {
  const made = new Map<string, Face | null>();
  const family: Family = {
    files,
    missing: new Set(),
    plugins,
    missingPlugins: new Map(),
    chain: [],
    diagnostics: [],
    flows: [],
    faceOf(file, source, role) {
      const key = `${file}\n${canonical(role as unknown as Json)}`; // a Role is plain JSON
      const known = made.get(key);
      if (known !== undefined) return known;
      family.chain.push(file);
      const face = compile(source, file, family, role);
      family.chain.pop();
      made.set(key, face);
      return face;
    },
  };
  return family;
}

/** The path that `path` means in the document `from`, both with `/`. */
export function pathFrom(from: string, path: string): string {
  const written = path.replaceAll('\\', '/');
  const isAbsolute = /^(?:[A-Za-z]:)?\//.test(written);
  const parts = isAbsolute ? [] : from.split('/').slice(0, -1);
  for (const part of written.split('/')) {
    const last = parts.at(-1);
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    if (part === '..' && last !== undefined && last !== '..' && last !== '') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}
