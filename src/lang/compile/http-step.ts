/** Compiles the action `http` to the request that its step type takes. */
import type { MapTree, Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { bareObject, type Json } from '../../core/json.ts';
import { HEADER_NAME, MAX_PAGES, METHODS, OWN_HEADERS, USUAL_PAGES } from '../../core/plan/http-request.ts';
import type { StepDraft } from './draft.ts';
import { schemaOf } from './inputs.ts';
import { permittedTo } from './permissions.ts';
import { placeOf } from './place.ts';
import { bytesOf, wholeOf } from './quantities.ts';
import { readsOf } from './reads.ts';
import { cwdOf, requestTemplate } from './run-step.ts';
import { deepTemplate, keyExpression, literal, objectTemplate, textTemplate } from './text.ts';
import { entryOf, isText, jsonOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

type Fields = readonly (readonly [string, Template])[];

/** An attempt that says nothing of time is bounded nevertheless. */
export const USUAL_HTTP_TIMEOUT_MS = 600_000;

/** A template that evaluates to an HttpRequest. */
export function compileHttp(scene: Scene, step: StepDraft): Template {
  return compileHttpIn(scene, step, entryOf(step.tree, 'http')?.value);
}

/** The same for a request that stands elsewhere. */
export function compileHttpIn(scene: Scene, step: StepDraft, http: Tree | undefined): Template {
  const url = valueOf(http, 'url');
  if (http?.kind !== 'map' || url === undefined) {
    if (http !== undefined) scene.malformed(http.range, '`http` takes `{ url, method, headers, body, expect }`.');
    return literal(null);
  }
  checkTogether(scene, http);
  const body = valueOf(http, 'body');
  const save = valueOf(http, 'save');
  const limit = entryOf(step.tree, 'max-output');
  const maxOutput = limit === undefined ? undefined : bytesOf(scene, limit.value, 'max-output');
  const { net, named } = permittedTo(step, scene);
  return requestTemplate([
    ['url', textTemplate(scene, url, placeOf(step, 'url'), 'refuse')],
    ...methodOf(scene, step, valueOf(http, 'method')),
    ['headers', headersOf(scene, step, valueOf(http, 'headers'))],
    ...(body === undefined ? [] : [['body', deepTemplate(scene, body, placeOf(step, 'body'))] as const]),
    ...expectOf(scene, valueOf(http, 'expect')),
    ...(save === undefined ? [] : [['save', textTemplate(scene, save, placeOf(step, 'save'), 'refuse')] as const]),
    ...paginateOf(scene, step, valueOf(http, 'paginate')),
    ...(net === null ? [] : [['net', literal(net)] as const, ['named', literal(named)] as const]),
    ['cwd', cwdOf(scene, step)],
    ...(maxOutput === undefined ? [] : [['maxOutput', literal(maxOutput)] as const]),
  ]);
}

/** A body that becomes a file is not looked into. */
function checkTogether(scene: Scene, http: MapTree): void {
  if (entryOf(http, 'save') === undefined) return;
  const other = entryOf(http, 'paginate') ?? entryOf(valueOf(http, 'expect'), 'json');
  if (other !== undefined) scene.malformed(other.keyRange, `\`${other.key}\` cannot stand beside \`save\`.`);
}

function methodOf(scene: Scene, step: StepDraft, tree: Tree | undefined): Fields {
  if (tree === undefined) return [];
  const method = textTemplate(scene, tree, placeOf(step, 'method'), 'refuse');
  if (method.kind !== 'literal') return [['method', method]];
  const name = String(method.value).toUpperCase();
  if (!METHODS.some((one) => one === name)) scene.malformed(tree.range, `\`method\` is one of ${METHODS.join(', ')}.`);
  return [['method', literal(name)]];
}

/** The one key of `http` in which secrets may stand. */
function headersOf(scene: Scene, step: StepDraft, tree: Tree | undefined): Template {
  if (tree?.kind !== 'map') {
    if (tree !== undefined) scene.malformed(tree.range, '`headers` is a map of names and texts.');
    return literal(bareObject<Json>());
  }
  const place = placeOf(step, 'headers', { secrets: true });
  return objectTemplate(
    tree.entries.map(({ key, keyRange, value }) => {
      if (OWN_HEADERS.has(key.toLowerCase())) scene.malformed(keyRange, `giga sets the header \`${key}\` by itself.`);
      else if (!HEADER_NAME.test(key)) scene.malformed(keyRange, `\`${key}\` cannot be the name of a header.`);
      return [key, textTemplate(scene, value, place, 'refuse')] as const;
    }),
  );
}

function expectOf(scene: Scene, tree: Tree | undefined): Fields {
  if (tree === undefined) return [];
  const status = valueOf(tree, 'status');
  const headers = valueOf(tree, 'headers');
  const json = valueOf(tree, 'json');
  return [
    [
      'expect',
      literal({
        ...(status === undefined ? {} : { status: [jsonOf(status)].flat() }),
        ...(headers === undefined ? {} : { headers: wantedHeaders(scene, headers) }),
        ...(json?.kind === 'map' ? { json: schemaOf(scene, json, null, []) } : {}),
      }),
    ],
  ];
}

function wantedHeaders(scene: Scene, tree: Tree): Record<string, Json> {
  if (tree.kind !== 'map') return {};
  return bareObject(
    tree.entries.map(({ key, value }) => {
      if (isText(value) && value.value.includes('${{'))
        scene.malformed(value.range, 'What is expected of an answer must be known before the run.');
      const wanted = jsonOf(value);
      return [key, typeof wanted === 'boolean' ? wanted : String(wanted)] as const;
    }),
  );
}

function paginateOf(scene: Scene, step: StepDraft, tree: Tree | undefined): Fields {
  const next = valueOf(tree, 'next');
  if (tree === undefined || next === undefined) return [];
  const most = valueOf(tree, 'max');
  const max = most === undefined ? USUAL_PAGES : (wholeOf(scene, most, 'max', 1, MAX_PAGES) ?? USUAL_PAGES);
  if (isText(next) && next.value.trim() === 'link') return [['paginate', literal({ next: 'link', max })]];
  const expression = keyExpression(scene, next, placeOf(step, 'next', { self: true }));
  const foreign = readsOf(expression?.expr ?? { kind: 'literal', at: 0, value: null }).some(
    (read) => read.kind !== 'context' || read.name !== 'self',
  );
  if (foreign) {
    scene.error('PLAN_CONTEXT', '`next` sees the page only, as `self`.', next.range, {
      hint: 'Write `link`, or for example `self.json.next` or `self.outputs.headers.next`.',
    });
  }
  return [['paginate', literal({ next: expression as unknown as Json, max })]]; // an expression is plain JSON
}
