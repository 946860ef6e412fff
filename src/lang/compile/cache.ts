/** Compiles `cache`: what a step reads and makes, to the request that the cache gets. Knows forms, no files. */
import type { MapTree, Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { bareObject } from '../../core/json.ts';
import type { CacheSpec } from '../../core/plan/plan.ts';
import type { StepDraft } from './draft.ts';
import { envRunTemplate } from './expressions.ts';
import { placeOf } from './place.ts';
import { optionalDuration } from './quantities.ts';
import { keyExpression, listTemplate, literal, objectTemplate, textTemplate } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

/** Absent for a step that is done in every run. */
export function compileCache(scene: Scene, step: StepDraft): CacheSpec | undefined {
  const entry = entryOf(step.tree, 'cache');
  if (entry === undefined) return undefined;
  const tree = entry.value;
  if (tree.kind === 'scalar' && tree.value === false) return undefined;
  const map = tree.kind === 'map' ? tree : NO_KEYS;
  const inputs = entryOf(map, 'inputs')?.value ?? entryOf(step.tree, 'files')?.value;
  const key = valueOf(map, 'key');
  if (inputs === undefined && key === undefined && step.action === 'run')
    scene.warn('PLAN_CACHE_NO_INPUTS', `No files are declared that step \`${step.id}\` reads.`, entry.keyRange, {
      hint: 'Without `cache: { inputs: [globs] }` a change of a file that it reads goes unseen. If it reads none, say `inputs: []`.',
    });
  const ttlMs = optionalDuration(scene, map, 'ttl');
  const tools = toolsOf(scene, valueOf(map, 'tools'));
  const request = objectTemplate([
    ['inputs', inputs === undefined ? literal(null) : globs(scene, step, inputs, 'inputs')],
    ['outputs', globs(scene, step, valueOf(map, 'outputs'), 'outputs')],
    ['key', keyTemplate(scene, step, key)],
    ['env', literal(itemsOf(valueOf(map, 'env')).flatMap((item) => nameIn(scene, item)))],
    ['ttlMs', literal(ttlMs ?? null)],
  ]);
  return { with: request, ...(tools.length > 0 && { tools: bareObject(tools) }) };
}

const NO_KEYS: MapTree = { kind: 'map', range: [0, 0], entries: [] };

function itemsOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined) return [];
  return tree.kind === 'list' ? tree.items : [tree];
}

function globs(scene: Scene, step: StepDraft, tree: Tree | undefined, key: 'inputs' | 'outputs'): Template {
  const items = itemsOf(tree);
  const place = placeOf(step, `cache.${key}`);
  const templates = items.map((item) => textTemplate(scene, item, place, 'refuse'));
  for (const [index, template] of templates.entries())
    if (template.kind === 'literal') checkGlob(scene, step, items[index], String(template.value), key);
  return listTemplate(templates);
}

/** What a file of the state or of git is, or all that there is, can be no result of a step: it would be removed when one is put back. */
const NO_OUTPUT = /^(?:\.?\/?|\*\*?(?:\/\*)?|(?:\.\/)?\.(?:git|giga)(?:\/.*)?)$/;

function checkGlob(scene: Scene, step: StepDraft, tree: Tree | undefined, glob: string, key: string): void {
  if (tree === undefined) return;
  const path = glob.replace(/^!/, '').replaceAll('\\', '/');
  const leadsUp = path.split('/').includes('..') && (key === 'outputs' || entryOf(step.tree, 'cwd') === undefined);
  if (leadsUp || path === '' || /^(?:\/|[A-Za-z]:)/.test(path))
    scene.error(
      'PLAN_CACHE_PATH',
      `The glob \`${glob}\` leads out of the folder in which the step works.`,
      tree.range,
      {
        hint: 'The files of `cache` are named relative to the `cwd` of the step, and lie in the workspace.',
      },
    );
  else if (key === 'outputs' && !glob.startsWith('!') && NO_OUTPUT.test(path))
    scene.error('PLAN_CACHE_PATH', `The glob \`${glob}\` covers more than a step can make.`, tree.range, {
      hint: 'Files that match `outputs` are removed when an earlier result is put back: name what the step makes, such as `dist/**`.',
    });
}

function keyTemplate(scene: Scene, step: StepDraft, tree: Tree | undefined): Template {
  const expression = tree === undefined ? null : keyExpression(scene, tree, placeOf(step, 'cache.key'));
  return expression === null ? literal(null) : { kind: 'value', expression };
}

function nameIn(scene: Scene, item: Tree): readonly string[] {
  if (!isText(item) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(item.value)) {
    scene.malformed(item.range, '`cache.env` is a list of names of variables.');
    return [];
  }
  if (!scene.world.secrets.includes(item.value)) return [item.value];
  scene.malformed(item.range, `\`${item.value}\` is a secret: nothing is told apart by its value.`);
  return [];
}

/** By name, what prints the version. */
function toolsOf(scene: Scene, tree: Tree | undefined): readonly (readonly [string, Template])[] {
  if (tree?.kind === 'map') return tree.entries.map(({ key, value }) => [key, commandOf(scene, value)] as const);
  const names = itemsOf(tree).flatMap((item) => (isText(item) ? [item.value] : []));
  return names.map((name) => [name, envRunTemplate(`${name} --version`)] as const); // the schema allows only names
}

function commandOf(scene: Scene, tree: Tree): Template {
  if (isText(tree) && !tree.value.includes('${{')) return envRunTemplate(tree.value);
  scene.error(
    'PLAN_VALUE_IN_PROGRAM',
    'The command of a tool cannot hold `${{ }}`: the shell would execute the value.',
    tree.range,
    {
      hint: 'Put the value into `cache.key` instead.',
    },
  );
  return literal('');
}
