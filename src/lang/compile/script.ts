/** Compiles the text of a `run` for its shell: each `${{ }}` becomes a reference to a variable, or is refused. */
import type { ScalarTree, Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { type EmbeddedExpression, parseTemplate } from '../expr/parse.ts';
import { fitsWorker, lowerScript } from '../lower-shell/index.ts';
import type { LoweredScript, RefusedScript } from '../lower-shell/lowered.ts';
import type { Shell } from './defaults.ts';
import { resolveExpression } from './expressions.ts';
import { lowerPwsh } from './lower-pwsh.ts';
import type { Place } from './place.ts';
import { reportIn } from './report-in.ts';
import { literal, objectTemplate } from './text.ts';
import { isText } from './tree.ts';
import type { Scene } from './world.ts';

type Fields = readonly (readonly [string, Template])[];

const NO_VALUES: Template = { kind: 'literal', value: {} };
/** Nothing in the script keeps it from a shell that is shared with other steps. */
const FITS_WORKER = ['worker', { kind: 'literal', value: true }] as const satisfies Fields[number];

/** The fields of a ScriptRequest. */
export function scriptRequest(scene: Scene, tree: Tree, place: Place, shell: Shell): Fields {
  if (!isText(tree)) {
    scene.malformed(tree.range, '`run` is a script, or a list: a program and its arguments.');
    return fieldsOf(shell, '', [], [], null);
  }
  if (!tree.value.includes('${{') && !tree.value.includes('\0')) return plainFields(shell, tree.value);
  const parsed = parseTemplate(tree.value);
  if (!parsed.ok) {
    for (const error of parsed.errors) reportIn(scene, tree, error);
    return fieldsOf(shell, '', [], [], null);
  }
  const holes = parsed.parts.filter((part) => typeof part !== 'string');
  for (const hole of holes) resolveExpression(scene, place, hole, tree, hole.start);
  return lowered(scene, tree, place, shell, parsed.parts, holes);
}

function lowered(
  scene: Scene,
  tree: ScalarTree & { readonly value: string },
  place: Place,
  shell: Shell,
  parts: readonly (string | EmbeddedExpression)[],
  holes: readonly EmbeddedExpression[],
): Fields {
  const result = lower(shell, parts, tree.value);
  if (result === null) {
    refuseAll(scene, tree, shell, holes);
    return fieldsOf(shell, '', [], [], null);
  }
  if (!result.ok) {
    reportRefused(scene, tree, result, holes);
    return fieldsOf(shell, '', [], [], null);
  }
  for (const { code, message, hint, index, by } of result.warnings) {
    // What may run one of the values may run any of them where it is not known which.
    for (const hole of index === null ? holes : holes.slice(index, index + 1))
      scene.uses.list.push({
        place,
        expression: hole,
        scalar: tree,
        from: hole.start,
        runs: code === 'SHELL_VALUE_IS_PROGRAM' ? '' : by,
      });
    scene.warn(code, message, index === null ? tree.range : spanOfHole(scene, tree, holes[index]), { hint });
  }
  const values = result.refs.flatMap(({ index, name }) => {
    const hole = holes[index];
    return hole === undefined ? [] : [[name, valueOf(hole)] as const];
  });
  const integers = result.refs.flatMap((ref) => (ref.integer ? [ref.name] : []));
  const fields = fieldsOf(shell, result.script, values, integers, result.guard);
  return result.worker ? [...fields, FITS_WORKER] : fields;
}

/** A script without values. */
function plainFields(shell: Shell, script: string): Fields {
  const fields = fieldsOf(shell, script, [], [], null);
  return shell === 'bash' && fitsWorker(script) ? [...fields, FITS_WORKER] : fields;
}

/** Null for a language into which no value can be put. */
function lower(
  shell: Shell,
  parts: readonly (string | EmbeddedExpression)[],
  source: string,
): LoweredScript | RefusedScript | null {
  if (shell === 'bash' || shell === 'sh') return lowerScript(parts, shell, source);
  return shell === 'pwsh' ? lowerPwsh(parts) : null;
}

function valueOf({ source, expr }: EmbeddedExpression): Template {
  return { kind: 'text', parts: [{ source, expr }], nulls: 'refuse' };
}

function fieldsOf(
  shell: Shell,
  script: string,
  values: readonly (readonly [string, Template])[],
  integers: readonly string[],
  guard: LoweredScript['guard'],
): Fields {
  return [
    ['shell', literal(shell)],
    ['script', literal(script)],
    ['values', values.length === 0 ? NO_VALUES : objectTemplate(values)],
    ['integers', literal(integers)],
    ['guard', literal(guard)],
  ];
}

function reportRefused(
  scene: Scene,
  tree: ScalarTree,
  result: RefusedScript,
  holes: readonly EmbeddedExpression[],
): void {
  for (const { code, message, hint, index, offset } of result.problems) {
    const at = index === null ? scene.locator.spanIn(tree, offset, offset + 1) : spanOfHole(scene, tree, holes[index]);
    scene.error(code, message, at, { hint });
  }
}

const LANGUAGES: Readonly<Record<Shell, string>> = {
  bash: 'bash',
  sh: 'sh',
  pwsh: 'PowerShell',
  cmd: 'cmd',
  python: 'Python',
  node: 'Node',
};

const READ_VARIABLE: Partial<Readonly<Record<Shell, string>>> = {
  cmd: 'read it as `%VALUE%` (cmd expands it before it parses the line: only for values that you trust)',
  python: "read it as `os.environ['VALUE']`",
  node: 'read it as `process.env.VALUE`',
};

function refuseAll(scene: Scene, tree: ScalarTree, shell: Shell, holes: readonly EmbeddedExpression[]): void {
  for (const hole of holes) {
    scene.error(
      'PLAN_VALUE_IN_PROGRAM',
      `A value cannot stand inside the text of a ${LANGUAGES[shell]} program.`,
      spanOfHole(scene, tree, hole),
      {
        hint: `Put it in \`env: { VALUE: "\${{ ${hole.source} }}" }\` and ${READ_VARIABLE[shell] ?? 'read the variable'}.`,
      },
    );
  }
}

/** The whole `${{ … }}`, braces included, where it stands in the file. */
function spanOfHole(
  scene: Scene,
  tree: ScalarTree,
  hole: EmbeddedExpression | undefined,
): ReturnType<Scene['locator']['spanIn']> {
  return hole === undefined ? scene.locator.span(tree.range) : scene.locator.spanIn(tree, hole.start, hole.end);
}
