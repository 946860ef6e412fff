/** Compiles `artifacts`: globs, or `{ name, paths, if-none }`, to the request that a performer gets. */
import type { Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import type { StepDraft } from './draft.ts';
import { placeOf } from './place.ts';
import { listTemplate, literal, objectTemplate, textTemplate } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

export function compileArtifacts(scene: Scene, step: StepDraft): Template | undefined {
  const tree = entryOf(step.tree, 'artifacts')?.value;
  if (tree === undefined) return undefined;
  const place = placeOf(step, 'artifacts');
  const name = valueOf(tree, 'name');
  const ifNone = valueOf(tree, 'if-none');
  const paths = tree.kind === 'map' ? valueOf(tree, 'paths') : tree;
  const templates = itemsOf(paths).map((item) => textTemplate(scene, item, place, 'refuse'));
  for (const [index, template] of templates.entries())
    if (template.kind === 'literal') checkGlob(scene, itemsOf(paths)[index], String(template.value));
  return objectTemplate([
    ...(name === undefined ? [] : [['name', textTemplate(scene, name, place, 'refuse')] as const]),
    ['paths', listTemplate(templates)],
    ['ifNone', literal(isText(ifNone) ? ifNone.value : 'fail')],
  ]);
}

function itemsOf(paths: Tree | undefined): readonly Tree[] {
  if (paths === undefined) return [];
  return paths.kind === 'list' ? paths.items : [paths];
}

function checkGlob(scene: Scene, tree: Tree | undefined, glob: string): void {
  const path = glob.replace(/^!/, '');
  const leadsOut = path.split(/[\\/]/).includes('..') || /^(?:[\\/]|[A-Za-z]:)/.test(path);
  if (tree === undefined || (!leadsOut && path !== '')) return;
  scene.error(
    'PLAN_ARTIFACT_PATH',
    `The glob \`${glob}\` leads out of the folder in which the step works.`,
    tree.range,
    {
      hint: 'Artifacts are named relative to the `cwd` of the step, and lie below it.',
    },
  );
}
