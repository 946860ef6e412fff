/** Compiles the action `write` to the request that its step type takes. */
import type { Template } from '../../core/expr/ast.ts';
import { parseMode } from '../../core/plan/write-request.ts';
import type { StepDraft } from './draft.ts';
import { placeOf } from './place.ts';
import { cwdOf, requestTemplate } from './run-step.ts';
import { deepTemplate, literal, textTemplate } from './text.ts';
import { entryOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

/** A template that evaluates to a WriteRequest. */
export function compileWrite(scene: Scene, step: StepDraft): Template {
  const write = entryOf(step.tree, 'write')?.value;
  const path = valueOf(write, 'path');
  const content = valueOf(write, 'content');
  const mode = valueOf(write, 'mode');
  if (write === undefined) return literal(null);
  if (path === undefined || content === undefined) {
    scene.malformed(write.range, '`write` takes `{ path, content, mode }`.');
    return literal(null);
  }
  const modeText = mode === undefined ? null : textTemplate(scene, mode, placeOf(step, 'mode'), 'refuse');
  if (mode !== undefined && modeText?.kind === 'literal' && parseMode(String(modeText.value)) === null)
    scene.malformed(mode.range, '`mode` is made of three octal digits.', 'Write `644` or `755`.');
  return requestTemplate([
    ['path', textTemplate(scene, path, placeOf(step, 'path'), 'refuse')],
    ['content', deepTemplate(scene, content, placeOf(step, 'content'))],
    ...(modeText === null ? [] : [['mode', modeText] as const]),
    ['cwd', cwdOf(scene, step)],
  ]);
}
