/** Compiles the action `service` to the request that its step type takes. */
import type { Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { patternProblem } from '../../core/expr/regex.ts';
import { patternIn } from '../../core/plan/service-request.ts';
import type { Defaults } from './defaults.ts';
import type { StepDraft } from './draft.ts';
import { permittedTo } from './permissions.ts';
import { placeOf } from './place.ts';
import { compileProgram, requestTemplate } from './run-step.ts';
import { literal, textTemplate } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

type Fields = readonly (readonly [string, Template])[];

/** A template that evaluates to a ServiceRequest. */
export function compileService(scene: Scene, step: StepDraft, defaults: Defaults): Template {
  const service = entryOf(step.tree, 'service')?.value;
  const run = valueOf(service, 'run');
  const ready = valueOf(service, 'ready');
  const stop = valueOf(service, 'stop');
  if (service === undefined || run === undefined || ready?.kind !== 'map') {
    if (service !== undefined)
      scene.malformed(service.range, '`service` takes `{ run, ready, stop }`.', 'Say by what it is known to be ready.');
    return literal(null);
  }
  return requestTemplate([
    ['run', compileProgram(scene, step, run, 'run', defaults)],
    ['ready', readyOf(scene, step, ready, defaults)],
    ...(stop === undefined ? [] : [['stop', compileProgram(scene, step, stop, 'stop', defaults)] as const]),
  ]);
}

function readyOf(scene: Scene, step: StepDraft, ready: Tree & { readonly kind: 'map' }, defaults: Defaults): Template {
  const [probe, second] = ready.entries;
  if (probe === undefined || second !== undefined) {
    scene.malformed(second?.keyRange ?? ready.range, '`ready` has one of `http`, `port`, `log` and `run`.');
    return literal({});
  }
  const { key, value } = probe;
  if (key === 'run') return requestTemplate([['run', compileProgram(scene, step, value, 'ready.run', defaults)]]);
  const text = textTemplate(scene, value, placeOf(step, `ready.${key}`), 'refuse');
  if (key === 'log' && isText(value)) checkPattern(scene, value.value, value);
  if (key !== 'http') return requestTemplate([[key, text]]);
  const { net, named } = permittedTo(step, scene);
  const permitted: Fields =
    net === null
      ? []
      : [
          ['net', literal(net)],
          ['named', literal(named)],
        ];
  return requestTemplate([['http', text], ...permitted]);
}

function checkPattern(scene: Scene, text: string, tree: Tree): void {
  const pattern = patternIn(text);
  if (pattern === null || text.includes('${{')) return;
  const wrong = patternProblem(pattern);
  if (wrong !== null) scene.error(wrong.code, wrong.message, tree.range, wrong.hint ? { hint: wrong.hint } : {});
}
