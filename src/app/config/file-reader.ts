/** Reads parts of a configuration file: what fits is taken, what does not is reported with its place. Knows no key. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { Locator, MapEntry, MapTree, ScalarTree, Tree } from '../../core/document.ts';
import type { Json } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import type { OriginKind, Setting } from './config.ts';

/** Keys that later parts of giga bring, and what they belong to. */
export type Later = Readonly<Record<string, string>>;

export interface Reader {
  readonly locator: Locator;
  readonly kind: OriginKind;
  readonly diagnostics: Diagnostic[];
  readonly settings: Map<string, Setting>;
}

/** Takes a setting from its place. */
export type Take = (name: string, at: Tree, json: Json) => void;

/** The entries whose keys are among `keys`; the others are reported. */
export function known(reader: Reader, tree: MapTree, keys: readonly string[], later: Later = {}): readonly MapEntry[] {
  return tree.entries.filter(({ key, keyRange }) => {
    if (keys.includes(key)) return true;
    const at = reader.locator.span(keyRange);
    const isLater = Object.hasOwn(later, key);
    const message = isLater
      ? `\`${key}\` is not built yet: it comes with ${later[key]}.`
      : `There is no setting \`${key}\` here.`;
    const hint = isLater ? {} : { hint: `the keys here are ${keys.join(', ')}`, ...similarHint('a key', key, keys) };
    reader.diagnostics.push(problem('CONFIG_UNKNOWN_KEY', message, { at, ...hint }));
    return false;
  });
}

/** The entries of a map whose names are well-formed; what is wrong is reported. */
export function members(reader: Reader, tree: Tree, what: string, form: RegExp): readonly MapEntry[] {
  if (tree.kind !== 'map') {
    complain(reader, tree, `\`${what}\` must be a map of names.`);
    return [];
  }
  return tree.entries.filter(({ key, keyRange }) => {
    if (form.test(key)) return true;
    reader.diagnostics.push(
      problem('CONFIG_VALUE', `"${key}" cannot be a name in \`${what}\`.`, { at: reader.locator.span(keyRange) }),
    );
    return false;
  });
}

export function complain(reader: Reader, tree: Tree, message: string, hint?: string): void {
  reader.diagnostics.push(
    problem('CONFIG_VALUE', message, { at: reader.locator.span(tree.range), ...(hint === undefined ? {} : { hint }) }),
  );
}

export function isCount(tree: Tree, max: number): tree is ScalarTree & { readonly value: number } {
  return tree.kind === 'scalar' && Number.isInteger(tree.value) && Number(tree.value) >= 1 && Number(tree.value) <= max;
}

export function placeOf(reader: Reader, tree: Tree): string {
  const { file, start } = reader.locator.span(tree.range);
  return `${file}:${start.line}:${start.column}`;
}
