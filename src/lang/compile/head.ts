/** What a document says of itself at its top level: its name, its secrets, its variables, how many steps at once. Knows no steps. */
import type { MapTree, Tree } from '../../core/document.ts';
import { bareObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { Compilation } from './compilation.ts';
import { flagOf, wholeOf } from './quantities.ts';
import { isText, jsonOf, valueOf } from './tree.ts';

const MAX_CONCURRENCY = 10_000;

export function nameOf({ document }: Compilation, root: MapTree): string {
  const name = valueOf(root, 'name');
  if (isText(name) && name.value !== '') return name.value;
  const file = document.file.split(/[\\/]/).at(-1) ?? '';
  return file.replace(/\.(?:ya?ml|md)$/i, '') || 'workflow';
}

export function secretNames(compilation: Compilation, root: MapTree): readonly string[] {
  if (compilation.role.kind === 'fragment') return compilation.role.secrets;
  const tree = valueOf(root, 'secrets');
  if (tree === undefined) return [];
  if (tree.kind === 'list') return [...new Set(tree.items.flatMap((item) => (isText(item) ? [item.value] : [])))];
  compilation.malformed(tree.range, '`secrets` is a list of names.');
  return [];
}

/** Plain values: the configuration's, over them the workflow's, over them those of the command line. */
export function varsOf(compilation: Compilation, root: MapTree): JsonObject {
  if (compilation.role.kind === 'fragment') return compilation.role.vars;
  const tree = valueOf(root, 'vars');
  if (tree !== undefined && tree.kind !== 'map')
    compilation.malformed(tree.range, '`vars` is a map of names and values.');
  const own = tree?.kind === 'map' ? tree.entries.map((entry) => [entry.key, jsonOf(entry.value)] as const) : [];
  const { config, vars } = compilation.options;
  const declared = [...Object.entries(config?.vars ?? {}), ...own];
  const names = declared.map(([name]) => name);
  const given = Object.entries(vars ?? {}).map(([name, value]) => [declaredName(name, names), value] as const);
  return bareObject<Json>([...declared, ...given]);
}

/** The name that is meant: variables of the environment are written in capitals, so that `GIGA_VAR_BASE_URL` is `base-url`. */
function declaredName(given: string, names: readonly string[]): string {
  if (names.includes(given)) return given;
  return names.find((name) => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_') === given) ?? given;
}

/** The most steps at once that the document itself says. */
export function concurrencyOf(compilation: Compilation, root: MapTree): number | undefined {
  const tree = valueOf(root, 'concurrency');
  const max = tree?.kind === 'map' ? valueOf(tree, 'max') : tree;
  return max === undefined ? undefined : wholeOf(compilation, max, 'concurrency', 1, MAX_CONCURRENCY);
}

/** What the run does about the files around it. */
export function workspaceOf(compilation: Compilation, root: MapTree): Pick<Plan, 'workspace'> {
  const tree = valueOf(root, 'workspace');
  const save = flagOf(compilation, valueOf(tree, 'save'), 'save');
  const merge = mergeOf(compilation, tree);
  return save || merge !== null ? { workspace: { ...(save && { save }), ...(merge !== null && { merge }) } } : {};
}

/** How a run in a worktree ends; null where it works in none. */
function mergeOf(compilation: Compilation, tree: Tree | undefined): 'ff' | 'squash' | 'none' | null {
  const merge = valueOf(tree, 'merge');
  if (!flagOf(compilation, valueOf(tree, 'worktree'), 'worktree')) {
    if (merge !== undefined)
      compilation.malformed(
        merge.range,
        '`merge` says what becomes of a worktree, and there is none.',
        'Write `worktree: true`.',
      );
    return null;
  }
  const how = isText(merge) ? merge.value : 'ff';
  return how === 'squash' || how === 'none' ? how : 'ff';
}
