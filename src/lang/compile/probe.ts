/** Compiles what is asked by a program or a request and holds if that succeeds. Knows forms, not who wants to know. */
import type { MapTree, Tree } from '../../core/document.ts';
import type { Probe } from '../../core/plan/proof.ts';
import type { Defaults } from './defaults.ts';
import type { StepDraft } from './draft.ts';
import { compileHttpIn } from './http-step.ts';
import { mannerKeys } from './manner.ts';
import type { Place } from './place.ts';
import { compileProgram } from './run-step.ts';
import { textOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

/** A probe in the manner of its step: its folder, its shell, its secrets. */
export function runProbe(
  scene: Scene,
  step: StepDraft,
  tree: Tree,
  defaults: Defaults,
  more: Partial<Place> = {},
): Probe {
  const request = compileProgram(scene, step, tree, 'run', defaults, more);
  return { kind: 'probe', action: 'run', with: request, source: sourceOf(tree), ...mannerKeys(scene, step, defaults) };
}

export function httpProbe(scene: Scene, step: StepDraft, http: Tree): Probe {
  const request = requestTree(http);
  checkRequest(scene, request);
  const url = valueOf(request, 'url');
  const source = url === undefined ? 'http' : sourceOf(url);
  return { kind: 'probe', action: 'http', with: compileHttpIn(scene, step, request), source };
}

/** `http: url` is short for `{ url }`. */
export function requestTree(http: Tree): Tree {
  if (http.kind !== 'scalar') return http;
  const made: MapTree = {
    kind: 'map',
    range: http.range,
    entries: [{ key: 'url', keyRange: http.range, value: http }],
  };
  return made;
}

const REQUEST_KEYS: readonly string[] = ['url', 'method', 'headers', 'body', 'expect'];

/** What a probe says has no use but whether it holds. */
export function checkRequest(scene: Scene, request: Tree | undefined): void {
  for (const { key, keyRange } of request?.kind === 'map' ? request.entries : [])
    if (!REQUEST_KEYS.includes(key)) scene.malformed(keyRange, `\`${key}\` is no key of a probe by \`http\`.`);
}

const MAX_SOURCE = 100;

/** A script or an address in a line. */
export function sourceOf(tree: Tree): string {
  const items = tree.kind === 'list' ? tree.items : [tree];
  const text = items.map((item) => (item.kind === 'scalar' ? textOf(item) : '…')).join(' ');
  const [line = '', more] = text.trim().split('\n');
  return more !== undefined || line.length > MAX_SOURCE ? `${line.slice(0, MAX_SOURCE)}…` : line;
}
