/** Compiles `files`: globs of what the step reads, with the folder that they are relative to. Knows no disk. */
import type { Template } from '../../core/expr/ast.ts';
import type { StepDraft } from './draft.ts';
import { placeOf } from './place.ts';
import { cwdOf, requestTemplate } from './run-step.ts';
import { listTemplate, textTemplate } from './text.ts';
import { entryOf } from './tree.ts';
import type { Scene } from './world.ts';

export function compileFiles(scene: Scene, step: StepDraft): Template | undefined {
  const tree = entryOf(step.tree, 'files')?.value;
  if (tree === undefined) return undefined;
  const items = tree.kind === 'list' ? tree.items : [tree];
  const place = placeOf(step, 'files');
  const globs = items.map((item) => {
    const glob = textTemplate(scene, item, place, 'refuse');
    if (glob.kind === 'literal' && leadsOut(String(glob.value)))
      scene.error(
        'PLAN_FILES_PATH',
        `The glob \`${String(glob.value)}\` leads out of the folder in which the step works.`,
        item.range,
        { hint: '`files` are named relative to the `cwd` of the step, and lie below it.' },
      );
    return glob;
  });
  return requestTemplate([
    ['cwd', cwdOf(scene, step)],
    ['globs', listTemplate(globs)],
  ]);
}

function leadsOut(glob: string): boolean {
  const path = glob.replace(/^!/, '');
  return path === '' || path.split(/[\\/]/).includes('..') || /^(?:[\\/]|[A-Za-z]:)/.test(path);
}
