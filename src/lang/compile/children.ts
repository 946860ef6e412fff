/** Finds the files that the steps of a document run or include, before any of its expressions is checked. Knows no inputs. */
import type { ScalarTree, Tree } from '../../core/document.ts';
import { alternatives } from '../../core/expr/type.ts';
import { inferType } from '../expr/check.ts';
import { type EmbeddedExpression, parseTemplate } from '../expr/parse.ts';
import { toolFiles } from './agent-workflows.ts';
import type { Defaults } from './defaults.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import {
  type ChildDraft,
  type Face,
  MAX_FILES,
  MAX_FILES_DEEP,
  pathFrom,
  type Role,
  type SourceFile,
} from './family.ts';
import { mannerAround } from './manner.ts';
import { permittedTo } from './permissions.ts';
import { placeOf } from './place.ts';
import { entryOf, isText } from './tree.ts';
import type { Scene } from './world.ts';

/** Files that one template may stand for. */
const MAX_ALTERNATIVES = 32;

/** What the fragments of a workflow have of it. */
export interface Shared {
  readonly vars: Extract<Role, { readonly kind: 'fragment' }>['vars'];
  readonly defaults: Defaults;
}

/** Gives every step that names files their faces; what is not read yet joins the missing files. */
export function resolveChildren(scene: Scene, scopes: readonly ScopeDraft[], shared: Shared): void {
  const steps = scopes.flatMap((scope) =>
    scope.steps.filter((step) => step.action === 'workflow' || step.action === 'include' || toolFiles(step).length > 0),
  );
  // Templates may read what other children give.
  const isTemplate = (step: StepDraft): boolean => pathTree(step)?.value.includes('${{') ?? false;
  for (const step of [...steps.filter((one) => !isTemplate(one)), ...steps.filter(isTemplate)]) {
    if (step.action === 'claude') {
      step.children = toolFiles(step).map((one) => childOf(scene, step, one.value, one, shared));
      continue;
    }
    const tree = pathTree(step);
    const paths = tree === null ? [] : (pathsOf(scene, step, tree) ?? []);
    step.children = paths.map((path) => childOf(scene, step, path, tree as ScalarTree, shared)); // without a tree there are no paths
  }
}

/** The text of `workflow` or `include`. */
export function pathTree(step: StepDraft): (ScalarTree & { readonly value: string }) | null {
  const tree: Tree | undefined = step.action === null ? undefined : entryOf(step.tree, step.action)?.value;
  return isText(tree) && tree.value !== '' ? tree : null;
}

function childOf(scene: Scene, step: StepDraft, key: string, tree: ScalarTree, shared: Shared): ChildDraft {
  return { key, face: faceOf(scene, step, key, tree, shared) };
}

function faceOf(scene: Scene, step: StepDraft, key: string, tree: ScalarTree, shared: Shared): Face | null {
  const { family } = scene;
  const file = pathFrom(scene.file, key);
  if (!isBounded(scene, file, tree)) return null;
  const source = family.files.get(file);
  if (source === undefined) {
    family.missing.add(file);
    return null;
  }
  const { refusal } = source;
  if (refusal !== undefined) {
    scene.error(refusal.code, refusal.message, tree.range, refusal.hint === undefined ? {} : { hint: refusal.hint });
    return null;
  }
  return readFace(scene, step, file, source, shared);
}

/** False, with a problem, for a file that contains itself, or is one too many. */
function isBounded(scene: Scene, file: string, { range }: ScalarTree): boolean {
  const { chain, files, missing } = scene.family;
  const start = chain.indexOf(file);
  if (start >= 0) {
    const ring = [...chain.slice(start), file].map((one) => `"${one}"`).join(' → ');
    scene.error('PLAN_FILE_CYCLE', `These files contain each other, so the plan would have no end: ${ring}.`, range, {
      hint: 'To do something again until a condition holds, use `loop`.',
    });
    return false;
  }
  if (chain.length >= MAX_FILES_DEEP) {
    const message = `Files are named by files more than ${MAX_FILES_DEEP} deep: ${chain.map((one) => `"${one}"`).join(' → ')}.`;
    scene.error('PLAN_TOO_DEEP', message, range, { hint: 'Let an outer workflow run the inner one itself.' });
    return false;
  }
  if (files.size + missing.size < MAX_FILES || files.has(file) || missing.has(file)) return true;
  scene.error('PLAN_TOO_LARGE', `The run would be made of more than ${MAX_FILES} files.`, range, {
    hint: 'Let parts of it be runs of their own.',
  });
  return false;
}

function readFace(scene: Scene, step: StepDraft, file: string, source: SourceFile, shared: Shared): Face | null {
  const permitted = permittedTo(step, scene);
  const around = mannerAround(scene, step);
  if (step.action !== 'include') return scene.family.faceOf(file, source, { kind: 'child', permitted, around });
  const env = scene.world.contextsAt(placeOf(step, 'with')).get('env');
  const names = env?.kind === 'object' ? [...env.fields.keys()].toSorted() : [];
  const { secrets } = scene.world;
  return scene.family.faceOf(file, source, { kind: 'fragment', permitted, around, env: names, secrets, ...shared });
}

/** Every path that the text can come to; null where that cannot be known, which is reported. */
function pathsOf(
  scene: Scene,
  step: StepDraft,
  tree: ScalarTree & { readonly value: string },
): readonly string[] | null {
  if (!tree.value.includes('${{')) return [tree.value];
  if (step.action === 'include') {
    scene.error('PLAN_OPEN_FILE', 'What is included becomes part of the plan: its path is a plain text.', tree.range, {
      hint: '`choose` takes one of several steps; `workflow:` takes a template of known words.',
    });
    return null;
  }
  const parsed = parseTemplate(tree.value);
  if (!parsed.ok) return null; // said when the step is compiled
  let paths: readonly string[] = [''];
  for (const part of parsed.parts) {
    const words = typeof part === 'string' ? [part] : wordsOf(scene, step, tree, part);
    if (words === null) return null;
    paths = paths.flatMap((path) => words.map((word) => path + word));
    if (paths.length > MAX_ALTERNATIVES) {
      scene.error('PLAN_OPEN_FILE', `The template stands for more than ${MAX_ALTERNATIVES} files.`, tree.range, {
        hint: 'Use `choose`, with a step for each kind.',
      });
      return null;
    }
  }
  return paths;
}

/** The words that an expression can be; null, with a problem, where they are not known. */
function wordsOf(scene: Scene, step: StepDraft, tree: ScalarTree, part: EmbeddedExpression): readonly string[] | null {
  const place = placeOf(step, 'workflow');
  const { type, problems } = inferType(part.expr, {
    contexts: scene.world.contextsAt(place),
    dynamicSteps: place.wholeSteps,
  });
  if (problems.length > 0) return null; // said when the step is compiled
  const kinds = alternatives(type).filter(({ kind }) => kind !== 'null'); // a null is a failure when it comes to that
  const known = kinds.flatMap((one) => (one.kind === 'string' && one.words !== undefined ? [one.words] : []));
  if (known.length > 0 && known.length === kinds.length) return known.flat();
  const end = part.start + part.source.length;
  scene.error(
    'PLAN_OPEN_FILE',
    `Which workflow \`${part.source}\` names cannot be known before the run.`,
    scene.locator.spanIn(tree, part.start, end),
    {
      label: 'may be any text',
      hint: 'Use an input, or an output with a schema, that has an `enum`; or `choose`.',
    },
  );
  return null;
}
