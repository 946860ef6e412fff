/** Checks plugins without calling them: whether they can be read, what they say of themselves, what they import, and what they ask for and use. */
import { type Diagnostic, hasErrors } from '../../core/diagnostic/diagnostic.ts';
import { ISOLATIONS, type Isolation } from '../../core/plugin.ts';
import { checkFound, type SourceText } from '../../plugin/kit/check-uses.ts';
import type { Project } from '../project.ts';
import { slashed } from '../workspace.ts';
import { type BookedPlugin, type OpenPlugin, openBooked } from './plugin-book.ts';

export interface CheckedPlugin {
  /** As the user would name it. */
  readonly file: string;
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** What could be read; null where nothing could. */
  readonly found: {
    readonly steps: readonly string[];
    readonly permissions: readonly string[];
    /** Of the bundle. */
    readonly bytes: number;
    /** The levels at which it can run. */
    readonly isolations: readonly Isolation[];
  } | null;
}

/** `isolation`: where it is to run; default: as it is named. */
export async function checkPlugin(
  project: Project,
  plugin: BookedPlugin,
  isolation: Isolation | undefined,
): Promise<CheckedPlugin> {
  const file = slashed(project.cwd, plugin.file);
  const open = await openBooked(project, plugin);
  if (!open.ok) return { file, ok: false, diagnostics: open.diagnostics, found: null };
  const { bundle, manifest } = open.value;
  const all = sourcesOf(project, open.value);
  const main = all.find((one) => one.file === file) ?? { file, text: '', isForeign: false };
  const diagnostics = checkFound(open.value, { main, all }, isolation ?? plugin.isolation);
  const found = {
    steps: Object.keys(manifest.steps),
    permissions: Object.keys(manifest.permissions),
    bytes: bundle.code.length,
    isolations: ISOLATIONS.filter((level) => level === 'none' || bundle.builtins.length === 0),
  };
  return { file, ok: !hasErrors(diagnostics), diagnostics, found };
}

function sourcesOf({ cwd }: Project, { bundle }: OpenPlugin): readonly SourceText[] {
  return Object.entries(bundle.inputs).map(([path, text]) => ({
    file: slashed(cwd, path),
    text,
    isForeign: /[\\/]node_modules[\\/]/.test(path),
  }));
}
